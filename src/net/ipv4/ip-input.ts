// From core/rx.ts (EtherType 0x0800).
// Next ipv4/icmp.ts, sock/udp.ts or sock/raw.ts by protocol; or ipv4/ip-forward.ts when the packet is for somebody else.
import { checksum } from "../../wire/checksum.ts";
import { ICMP_DEST_UNREACH, ICMP_PROT_UNREACH } from "../../wire/icmp.ts";
import { IP_HLEN, IP_PROTO, IP_TOS, ipHeaderBytes, ipIsFragment, ipTotalBytes } from "../../wire/ipv4.ts";
import { nfHook } from "../core/hook.ts";
import type { IpExtMib } from "../core/mib.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop } from "../core/trace.ts";
import type { DropReason } from "../uapi/trace.ts";
import { ipDefrag } from "./defrag.ts";
import { icmpSend } from "./icmp-send.ts";
import { ipForward } from "./ip-forward.ts";
import { countGroupIn } from "./ip-mib.ts";
import { rcvOptions } from "./options-input.ts";
import { routeInput } from "./route-input.ts";
import type { Dst } from "./route.ts";

/* RFC 791 §3. */

/** ip_rcv: is this a good IPv4 packet, and for us to look at? `start` is at the IP header. */
export function ipRcv(ns: Netns, skb: Skb): void {
  if (skb.pktType === "otherhost") {
    skb.dev!.stats.rxDropped++;
    return drop(ns, skb, "OTHERHOST");
  }
  const { ip, ipExt } = ns.mib;
  ip.InReceives++;
  ipExt.InOctets += skb.length;
  const bad = checkHeader(skb);
  if (bad !== null) return drop(ns, skb, bad);
  skb.netAt = skb.start;
  countEcn(ipExt, skb.buf[skb.netAt + IP_TOS]! & 3);
  skb.trim(ipTotalBytes(skb.buf, skb.start));
  skb.transAt = skb.start + ipHeaderBytes(skb.buf, skb.start);
  if (skb.nfBridge !== null && !skb.nfBridge.sabotaged) return ipRcvSeen(ns, skb);
  nfHook(ns, "ip", "prerouting", skb, skb.dev, null, ipRcvFinish);
}

/** RFC 3168 §5: the two bits in which routers tell of congestion. */
function countEcn(ipExt: IpExtMib, bits: number): void {
  if (bits === 0) ipExt.InNoECTPkts++;
  else if (bits === 1) ipExt.InECT1Pkts++;
  else if (bits === 2) ipExt.InECT0Pkts++;
  else ipExt.InCEPkts++;
}

/** ip_sabotage_in: the bridge it came through has shown it to prerouting already. */
function ipRcvSeen(ns: Netns, skb: Skb): void {
  skb.nfBridge!.sabotaged = true;
  ipRcvFinish(ns, skb);
}

function checkHeader(skb: Skb): DropReason | null {
  const { buf, start } = skb;
  if (skb.length < IP_HLEN) return "PKT_TOO_SMALL";
  const headerBytes = ipHeaderBytes(buf, start);
  if (buf[start]! >> 4 !== 4 || headerBytes < IP_HLEN || skb.length < headerBytes) return "IP_HDR";
  if (checksum(buf, start, start + headerBytes) !== 0) return "IP_CSUM";
  const total = ipTotalBytes(buf, start);
  return total < headerBytes || total > skb.length ? "PKT_TOO_SMALL" : null;
}

/** ip_rcv_finish: route it unless a hook already did. */
function ipRcvFinish(ns: Netns, skb: Skb): void {
  if (skb.dst === null && !routeInput(ns, skb)) return;
  if (ipHeaderBytes(skb.buf, skb.netAt) > IP_HLEN && !rcvOptions(ns, skb)) return;
  const dst = skb.dst as Dst;
  countGroupIn(ns.mib.ipExt, dst.type, skb.length);
  if (dst.type === "unicast" || (dst.type === "broadcast" && !dst.dev.isLoopback)) return ipForward(ns, skb);
  ipLocalDeliver(ns, skb);
}

/** ip_local_deliver: put fragments together, pass the input hook, hand to the protocol. */
export function ipLocalDeliver(ns: Netns, skb: Skb): void {
  const whole = ipIsFragment(skb.buf, skb.netAt) ? ipDefrag(ns, skb, "local") : skb;
  if (whole !== null) nfHook(ns, "ip", "input", whole, whole.dev, null, ipLocalDeliverFinish);
}

function ipLocalDeliverFinish(ns: Netns, skb: Skb): void {
  skb.transAt = skb.netAt + ipHeaderBytes(skb.buf, skb.netAt);
  skb.start = skb.transAt;
  skb.rawTook = ns.world.rawDeliver(ns, skb);
  skb.ct = null;
  skb.ctinfo = 0;
  const handler = ns.world.protocols.get(skb.buf[skb.netAt + IP_PROTO]!);
  if (handler !== undefined || skb.rawTook) ns.mib.ip.InDelivers++;
  if (handler !== undefined) return handler(ns, skb);
  if (!skb.rawTook) {
    icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
    return drop(ns, skb, "IP_NOPROTO");
  }
  ns.world.free(skb);
}

