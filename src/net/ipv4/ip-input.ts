// From core/rx.ts (EtherType 0x0800).
// Next ipv4/icmp.ts, sock/udp.ts or sock/raw.ts by protocol; or ipv4/ip-forward.ts when the packet is for somebody else.
import { IP4_BROADCAST, type Ip4, isLoopbackIp4, isMulticastIp4 } from "../../wire/addr.ts";
import { checksum } from "../../wire/checksum.ts";
import { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, ICMP_NET_UNREACH, ICMP_PKT_FILTERED, ICMP_PROT_UNREACH } from "../../wire/icmp.ts";
import { IP_HLEN, IP_PROTO, IP_TOS, ipDst, ipHeaderBytes, ipIsFragment, ipSrc, ipTotalBytes } from "../../wire/ipv4.ts";
import { nfHook } from "../core/hook.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import type { Errno } from "../uapi/errno.ts";
import type { DropReason } from "../uapi/trace.ts";
import { ipDefrag } from "./defrag.ts";
import { explainRoute, fibLookup } from "./fib-lookup.ts";
import type { FibResult, Flow } from "./fib.ts";
import { icmpSend } from "./icmp-send.ts";
import { maxConf } from "./in-device.ts";
import { ipForward } from "./ip-forward.ts";
import { recordRoute } from "./options.ts";
import { type Dst, flowOf, isLocalAddr } from "./route.ts";

/* RFC 791 §3. */

/** ip_rcv: is this a good IPv4 packet, and for us to look at? `start` is at the IP header. */
export function ipRcv(ns: Netns, skb: Skb): void {
  if (skb.pktType === "otherhost") {
    skb.dev!.stats.rxDropped++;
    return drop(ns, skb, "OTHERHOST");
  }
  const bad = checkHeader(skb);
  if (bad !== null) return drop(ns, skb, bad);
  skb.netAt = skb.start;
  skb.trim(ipTotalBytes(skb.buf, skb.start));
  skb.transAt = skb.start + ipHeaderBytes(skb.buf, skb.start);
  if (skb.nfBridge !== null && !skb.nfBridge.sabotaged) return ipRcvSeen(ns, skb);
  nfHook(ns, "ip", "prerouting", skb, skb.dev, null, ipRcvFinish);
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
  const dst = skb.dst as Dst;
  if (dst.type === "unicast") return ipForward(ns, skb);
  if (dst.type === "local") recordRoute(ns, skb, skb.dev!, ipDst(skb.buf, skb.netAt));
  ipLocalDeliver(ns, skb);
}

/** ip_route_input: sets `skb.dst`; false when the packet was dropped or refused. */
export function routeInput(ns: Netns, skb: Skb): boolean {
  const { buf, netAt } = skb;
  const dev = skb.dev!;
  const saddr = ipSrc(buf, netAt);
  const daddr = ipDst(buf, netAt);
  const martian = martianReason(dev, saddr, daddr);
  if (martian !== null) return refuse(ns, skb, martian);
  if (daddr === IP4_BROADCAST || isMulticastIp4(daddr)) return accept(skb, groupDst(ns, dev, daddr));
  const flow = flowOf({ daddr, saddr, tos: buf[netAt + IP_TOS]! & 0x1c, mark: skb.mark, protocol: buf[netAt + IP_PROTO]! }, dev.ifindex);
  const found = fibLookup(ns, flow);
  if (typeof found === "string") return unroutable(ns, skb, flow, found);
  return acceptRoute(ns, skb, flow, found);
}

function refuse(ns: Netns, skb: Skb, reason: DropReason): false {
  drop(ns, skb, reason);
  return false;
}

function accept(skb: Skb, dst: Dst): true {
  skb.dst = dst;
  return true;
}

/** RFC 1812 §5.3.7: sources and destinations that cannot be on a wire. */
function martianReason(dev: Netdev, saddr: Ip4, daddr: Ip4): DropReason | null {
  if (isMulticastIp4(saddr) || saddr === IP4_BROADCAST || saddr >>> 28 === 15) return "IP_INVALID_SOURCE";
  if (saddr >>> 24 === 0 && daddr !== IP4_BROADCAST && !isMulticastIp4(daddr)) return "IP_INVALID_SOURCE";
  if (daddr >>> 24 === 0 || (daddr >>> 28 === 15 && daddr !== IP4_BROADCAST)) return "IP_INVALID_DEST";
  if (dev.isLoopback) return null;
  if (isLoopbackIp4(daddr)) return dev.in4?.conf.routeLocalnet === 1 ? null : "IP_INVALID_DEST";
  if (isLoopbackIp4(saddr)) return dev.in4?.conf.routeLocalnet === 1 ? null : "IP_INVALID_SOURCE";
  return null;
}

function groupDst(ns: Netns, dev: Netdev, daddr: Ip4): Dst {
  return { type: isMulticastIp4(daddr) ? "multicast" : "broadcast", dev: ns.loopback, gateway: null, saddr: dev.in4?.addrs[0]?.local ?? daddr, route: null };
}

function acceptRoute(ns: Netns, skb: Skb, flow: Flow, found: FibResult): boolean {
  const { route, nexthop } = found;
  if (ns.world.trace !== null) trace(ns, "route", skb.dev!.name, skb, { decision: explainRoute(ns, flow, route) });
  const spoof = checkSource(ns, skb.dev!, flow);
  if (spoof !== null) return refuse(ns, skb, spoof);
  if (route.type === "local" || route.type === "broadcast") {
    return accept(skb, { type: route.type, dev: ns.loopback, gateway: null, saddr: flow.daddr, route });
  }
  if (skb.dev!.in4?.conf.forwarding !== 1) return refuse(ns, skb, "FORWARD_OFF");
  return accept(skb, { type: "unicast", dev: nexthop!.dev!, gateway: nexthop!.gateway, saddr: flow.saddr, route });
}

/** fib_validate_source: nobody else may speak as us (accept_local), and rp_filter asks for a way back. */
function checkSource(ns: Netns, dev: Netdev, flow: Flow): DropReason | null {
  if (dev.isLoopback) return null;
  if (isLocalAddr(ns, flow.saddr) && maxConf(dev, "acceptLocal") === 0) return "IP_LOCAL_SOURCE";
  const level = maxConf(dev, "rpFilter");
  if (level === 0) return null;
  const back = fibLookup(ns, flowOf({ daddr: flow.saddr, saddr: flow.daddr, tos: flow.tos }, 0));
  if (typeof back === "string") return "IP_RPFILTER";
  if (level === 2) return null;
  return back.route.nexthops.some((nh) => nh.dev === dev) ? null : "IP_RPFILTER";
}

/** ip_error: a router says so by ICMP, at most a few times; a host keeps quiet. */
function unroutable(ns: Netns, skb: Skb, flow: Flow, error: Errno): false {
  const decision = explainRoute(ns, flow, null);
  if (skb.dev!.in4?.conf.forwarding !== 1) return refuse(ns, skb, "FORWARD_OFF");
  const code = error === "EHOSTUNREACH" ? ICMP_HOST_UNREACH : error === "EACCES" ? ICMP_PKT_FILTERED : ICMP_NET_UNREACH;
  if (error !== "EINVAL" && ns.ipv4.peers.allowRouteError(flow.saddr, ns.world.sim.nowNs)) icmpSend(ns, skb, ICMP_DEST_UNREACH, code, 0);
  drop(ns, skb, "IP_INNOROUTES", decision);
  return false;
}

/** ip_local_deliver: put fragments together, pass the input hook, hand to the protocol. */
export function ipLocalDeliver(ns: Netns, skb: Skb): void {
  const whole = ipIsFragment(skb.buf, skb.netAt) ? ipDefrag(ns, skb) : skb;
  if (whole !== null) nfHook(ns, "ip", "input", whole, whole.dev, null, ipLocalDeliverFinish);
}

function ipLocalDeliverFinish(ns: Netns, skb: Skb): void {
  skb.transAt = skb.netAt + ipHeaderBytes(skb.buf, skb.netAt);
  skb.start = skb.transAt;
  skb.rawTook = ns.world.rawDeliver(ns, skb);
  skb.ct = null;
  skb.ctinfo = 0;
  const handler = ns.world.protocols.get(skb.buf[skb.netAt + IP_PROTO]!);
  if (handler !== undefined) return handler(ns, skb);
  if (!skb.rawTook) {
    icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
    return drop(ns, skb, "IP_NOPROTO");
  }
  ns.world.free(skb);
}

