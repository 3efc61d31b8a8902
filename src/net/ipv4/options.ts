import { writeU32 } from "../../wire/addr.ts";
import { IP_HLEN, ipHeaderBytes, setIpChecksum } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { selectAddr } from "./route.ts";
import type { Ip4 } from "../../wire/addr.ts";
import type { Netdev } from "../core/netdev.ts";
import { SCOPE_UNIVERSE } from "./in-device.ts";

/* IPv4 options (RFC 791 §3.1): only record route is acted on; the others travel unchanged. */

export const IPOPT_END = 0;
export const IPOPT_NOOP = 1;
export const IPOPT_RR = 7;
export const IPOPT_TIMESTAMP = 68;

const hasOptions = (skb: Skb): boolean => ipHeaderBytes(skb.buf, skb.netAt) > IP_HLEN;

/** Options an echo reply carries back (ip_options_echo); null when the request had none. */
export function echoOptions(skb: Skb): Uint8Array | null {
  if (!hasOptions(skb)) return null;
  return skb.buf.slice(skb.netAt + IP_HLEN, skb.netAt + ipHeaderBytes(skb.buf, skb.netAt));
}

/** ip_forward_options and ip_options_build: a router or sender writes its own outgoing address into record route. */
export function recordRoute(ns: Netns, skb: Skb, dev: Netdev, saddr: Ip4 | null): void {
  if (!hasOptions(skb)) return;
  const at = findOption(skb, IPOPT_RR);
  if (at < 0) return;
  const length = skb.buf[at + 1]!;
  const pointer = skb.buf[at + 2]!;
  if (pointer < 4 || pointer + 3 > length) return;
  writeU32(skb.buf, at + pointer - 1, saddr ?? selectAddr(ns, dev, 0 as Ip4, SCOPE_UNIVERSE));
  skb.buf[at + 2] = pointer + 4;
  setIpChecksum(skb.buf, skb.netAt);
}

function findOption(skb: Skb, kind: number): number {
  const end = skb.netAt + ipHeaderBytes(skb.buf, skb.netAt);
  for (let at = skb.netAt + IP_HLEN; at < end; ) {
    const type = skb.buf[at]!;
    if (type === kind) return at;
    if (type === IPOPT_END) return -1;
    at += type === IPOPT_NOOP ? 1 : Math.max(2, skb.buf[at + 1] ?? 2);
  }
  return -1;
}
