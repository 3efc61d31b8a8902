import { ICMP_DEST_UNREACH, ICMP_EXC_TTL, ICMP_FRAG_NEEDED, ICMP_REDIRECT, ICMP_SR_FAILED, ICMP_TIME_EXCEEDED } from "../../wire/icmp.ts";
import { readU16 } from "../../wire/addr.ts";
import { IP_DF, IP_FRAG, IP_TTL, decTtl, ipDst, ipSrc } from "../../wire/ipv4.ts";
import { type HookVerdict, nfHook } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { icmpSend } from "./icmp-send.ts";
import { ipOutput } from "./ip-output.ts";
import { forwardOptions, hasSourceRoute, isStrictMiss } from "./options-input.ts";
import { type Dst, dstOf, forwardMtu, nexthopOf } from "./route.ts";

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
  if (isStrictMiss(skb, dst)) {
    icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0);
    return drop(ns, skb, "IP_INNOROUTES");
  }
  const mtu = forwardMtu(ns, dst, ipDst(skb.buf, skb.netAt));
  if (exceedsMtu(skb, mtu)) {
    icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
    return drop(ns, skb, "FRAG_NEEDED");
  }
  decTtl(skb.buf, skb.netAt);
  if (dst.redirect === true && !hasSourceRoute(skb)) sendRedirect(ns, skb, dst);
  if (ns.world.trace !== null) trace(ns, "ttl", dst.dev.name, skb, { note: `ttl ${ttl} → ${ttl - 1}` });
  nfHook(ns, "ip", "forward", skb, skb.dev, dst.dev, ipForwardFinish);
}

/** ip_exceeds_mtu: too long for the way out and the sender forbade pieces. */
function exceedsMtu(skb: Skb, mtu: number): boolean {
  if (skb.length <= mtu || (readU16(skb.buf, skb.netAt + IP_FRAG) & IP_DF) === 0) return false;
  return skb.fragMaxBytes > mtu || !skb.ignoreDf;
}

/** ip_rt_send_redirect: tells the sender that the next hop is his neighbour too (RFC 1812 §5.2.7.2), less and less often. */
function sendRedirect(ns: Netns, skb: Skb, dst: Dst): void {
  const to = ipSrc(skb.buf, skb.netAt);
  if (!ns.ipv4.peers.allowRedirect(to, ns.world.sim.nowNs)) return;
  icmpSend(ns, skb, ICMP_REDIRECT, ICMP_REDIR_HOST, nexthopOf(dst, ipDst(skb.buf, skb.netAt)));
}

const ICMP_REDIR_HOST = 1;

function ipForwardFinish(ns: Netns, skb: Skb): HookVerdict {
  forwardOptions(ns, skb);
  ns.mib.ip.ForwDatagrams++;
  return ipOutput(ns, skb);
}
