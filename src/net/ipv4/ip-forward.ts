import { ICMP_DEST_UNREACH, ICMP_EXC_TTL, ICMP_FRAG_NEEDED, ICMP_TIME_EXCEEDED } from "../../wire/icmp.ts";
import { readU16 } from "../../wire/addr.ts";
import { IP_DF, IP_FRAG, IP_TTL, decTtl, ipDst } from "../../wire/ipv4.ts";
import { type HookVerdict, nfHook } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { icmpSend } from "./icmp-send.ts";
import { ipOutput } from "./ip-output.ts";
import { recordRoute } from "./options.ts";
import { dstMtu, dstOf } from "./route.ts";

/* RFC 1812 §5.2. From: ip-input.ts (routed, not ours). Next: ip-output.ts. */

/** ip_forward: one hop less to live, small enough for the next link, then out. */
export function ipForward(ns: Netns, skb: Skb): void {
  if (skb.pktType !== "host") return drop(ns, skb, "OTHERHOST");
  const ttl = skb.buf[skb.netAt + IP_TTL]!;
  if (ttl <= 1) {
    icmpSend(ns, skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
    return drop(ns, skb, "TTL_EXPIRED");
  }
  const dst = dstOf(skb);
  const mtu = dstMtu(ns, dst, ipDst(skb.buf, skb.netAt));
  if (exceedsMtu(skb, mtu)) {
    icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
    return drop(ns, skb, "FRAG_NEEDED");
  }
  decTtl(skb.buf, skb.netAt);
  recordRoute(ns, skb, dst.dev, null);
  if (ns.world.trace !== null) trace(ns, "ttl", dst.dev.name, skb, { note: `ttl ${ttl} → ${ttl - 1}` });
  nfHook(ns, "ip", "forward", skb, skb.dev, dst.dev, ipForwardFinish);
}

/** ip_exceeds_mtu: too long for the way out and the sender forbade pieces. */
function exceedsMtu(skb: Skb, mtu: number): boolean {
  if (skb.length <= mtu || (readU16(skb.buf, skb.netAt + IP_FRAG) & IP_DF) === 0) return false;
  return skb.fragMaxBytes > mtu || !skb.ignoreDf;
}

function ipForwardFinish(ns: Netns, skb: Skb): HookVerdict {
  return ipOutput(ns, skb);
}
