import { readU16 } from "../../wire/addr.ts";
import { ETH_P_IP } from "../../wire/ethernet.ts";
import { setIpChecksum } from "../../wire/ipv4.ts";
import type { Skb } from "../core/skb.ts";

/** INET_ECN_set_ce (RFC 3168 §5): marks a packet of a sender that understands marks; false when it does not. */
export function markCongestion(skb: Skb): boolean {
  if (skb.netAt < 2 || readU16(skb.buf, skb.netAt - 2) !== ETH_P_IP) return false;
  const tos = skb.buf[skb.netAt + 1]!;
  if ((tos & 3) === 0) return false;
  if ((tos & 3) === 3) return true;
  skb.buf[skb.netAt + 1] = tos | 3;
  setIpChecksum(skb.buf, skb.netAt);
  return true;
}
