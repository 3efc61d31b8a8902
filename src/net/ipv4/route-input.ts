// From ipv4/ip-input.ts, or a bridge that wants a packet routed.
// Next ipv4/ip-input.ts again: `skb.dst` says whether the packet stays here or goes on.
import { IP4_ANY, IP4_BROADCAST, type Ip4, isMulticastIp4, readU16 } from "../../wire/addr.ts";
import { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, ICMP_NET_UNREACH, ICMP_PKT_FILTERED } from "../../wire/icmp.ts";
import { IPPROTO_TCP, IPPROTO_UDP, IP_PROTO, IP_TOS, ipDst, ipHeaderBytes, ipIsFragment, ipSrc } from "../../wire/ipv4.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import type { Errno } from "../uapi/errno.ts";
import type { DropReason } from "../uapi/trace.ts";
import { bindException } from "./exception.ts";
import { explainRoute, fibLookup } from "./fib-lookup.ts";
import type { FibResult, Flow, Route } from "./fib.ts";
import { icmpSend } from "./icmp-send.ts";
import { SCOPE_HOST, andConf, maxConf, orConf } from "./in-device.ts";
import { logMartianDestination, logMartianSource, martianAddress } from "./martian.ts";
import { type Dst, flowOf, isLocalAddr, onLink } from "./route.ts";

/* RFC 1812 §5.2, Linux ip_route_input_slow. */

/** Why a packet that came in leads nowhere. */
export type InputRefusal =
  | { readonly is: "martianSource"; readonly reason: DropReason } | { readonly is: "martianDestination" }
  /** Not for this machine, and it does not forward. */
  | { readonly is: "notForwarding" }
  /** A route says no, or there is none. */
  | { readonly is: "noRoute"; readonly errno: Errno };

/** The decision, and the row it rests on. */
export interface InputDecision {
  readonly dst: Dst;
  readonly route: Route | null;
}

export const isRefusal = (d: InputDecision | InputRefusal): d is InputRefusal => "is" in d;

/** ip_route_input: sets `skb.dst`; false when the packet was dropped or refused. `daddr`: another than the header's (source routes). */
export function routeInput(ns: Netns, skb: Skb, daddr: Ip4 = ipDst(skb.buf, skb.netAt)): boolean {
  const dev = skb.dev!;
  const flow = inputFlow(ns, skb, daddr);
  const decision = decideInput(ns, dev, flow);
  if (isRefusal(decision)) return refuse(ns, skb, flow, decision);
  if (ns.world.trace !== null && decision.route !== null) trace(ns, "route", dev.name, skb, { decision: explainRoute(ns, flow, decision.route) });
  skb.dst = decision.dst;
  return true;
}

/** The packet as rules and multipath see it; ports only where somebody asks for them. */
function inputFlow(ns: Netns, skb: Skb, daddr: Ip4): Flow {
  const { buf, netAt } = skb;
  const protocol = buf[netAt + IP_PROTO]!;
  const hasPorts = ns.ipv4.wantsPorts && (protocol === IPPROTO_UDP || protocol === IPPROTO_TCP) && !ipIsFragment(buf, netAt);
  const at = netAt + ipHeaderBytes(buf, netAt);
  const readsPorts = hasPorts && at + 4 <= skb.end;
  return {
    daddr, saddr: ipSrc(buf, netAt), oif: 0, iif: skb.dev!.ifindex, tos: buf[netAt + IP_TOS]! & 0x1c, mark: skb.mark, protocol,
    sport: readsPorts ? readU16(buf, at) : 0, dport: readsPorts ? readU16(buf, at + 2) : 0, uid: 0,
  };
}

/** ip_route_input_slow without its effects: also what `ip route get … iif` asks. */
export function decideInput(ns: Netns, dev: Netdev, flow: Flow): InputDecision | InputRefusal {
  const { saddr, daddr } = flow;
  const martian = martianAddress(dev, saddr, daddr);
  if (martian === "source") return { is: "martianSource", reason: "IP_INVALID_SOURCE" };
  if (martian === "destination") return { is: "martianDestination" };
  if (isMulticastIp4(daddr)) return { dst: groupDst(ns, dev, daddr), route: null };
  if (daddr === IP4_BROADCAST || (saddr === IP4_ANY && daddr === IP4_ANY)) return broadcastInput(ns, dev, flow, null);
  const found = fibLookup(ns, flow);
  if (typeof found === "string") return dev.in4?.conf.forwarding === 1 ? { is: "noRoute", errno: found } : { is: "notForwarding" };
  return acceptRoute(ns, dev, flow, found);
}

function groupDst(ns: Netns, dev: Netdev, daddr: Ip4): Dst {
  return { type: isMulticastIp4(daddr) ? "multicast" : "broadcast", dev: ns.loopback, gateway: null, saddr: dev.in4?.addrs[0]?.local ?? daddr, route: null };
}

/** brd_input: who sends a broadcast must be reachable, unless he has no address yet (DHCP). */
function broadcastInput(ns: Netns, dev: Netdev, flow: Flow, route: Route | null): InputDecision | InputRefusal {
  if (flow.saddr !== IP4_ANY) {
    const source = validateSource(ns, dev, { ...flow, daddr: IP4_ANY }, 0);
    if (typeof source === "string") return { is: "martianSource", reason: source };
  }
  return { dst: { ...groupDst(ns, dev, IP4_BROADCAST), saddr: flow.daddr, route }, route };
}

function acceptRoute(ns: Netns, dev: Netdev, flow: Flow, found: FibResult): InputDecision | InputRefusal {
  const { route } = found;
  if (route.type === "broadcast" && !andConf(dev, "bcForwarding")) return broadcastInput(ns, dev, flow, route);
  if (route.type === "local") {
    const source = validateSource(ns, dev, flow, 0);
    if (typeof source === "string") return { is: "martianSource", reason: source };
    return { dst: { type: "local", dev: ns.loopback, gateway: null, saddr: flow.daddr, route }, route };
  }
  if (dev.in4?.conf.forwarding !== 1) return { is: "notForwarding" };
  if (route.type !== "unicast" && route.type !== "broadcast") return { is: "martianDestination" };
  return makeRoute(ns, dev, flow, found);
}

/** __mkroute_input: the way on; and whether its sender could have gone there himself. */
function makeRoute(ns: Netns, inDev: Netdev, flow: Flow, { route, nexthop }: FibResult): InputDecision | InputRefusal {
  const outDev = nexthop!.dev!;
  const source = validateSource(ns, inDev, flow, outDev.ifindex);
  if (typeof source === "string") return { is: "martianSource", reason: source };
  const gateway = bindException(ns, nexthop, flow.daddr)?.gateway ?? nexthop!.gateway;
  const redirect = outDev === inDev && source.onLink && orConf(outDev, "sendRedirects")
    && (orConf(outDev, "sharedMedia") || onLink(outDev, flow.saddr, nexthop!.gateway ?? IP4_ANY));
  const type = route.type === "broadcast" ? "broadcast" : "unicast";
  return { dst: { type, dev: outDev, gateway, saddr: flow.saddr, route, nexthop: nexthop!, redirect }, route };
}

/**
 * fib_validate_source: nobody else may speak as us (accept_local), and rp_filter asks for a way back: 1 by this very
 * device, 2 by any. The answer tells whether the sender is on the link.
 */
function validateSource(ns: Netns, dev: Netdev, flow: Flow, oif: number): { readonly onLink: boolean } | DropReason {
  if (dev.isLoopback) return NOT_ON_LINK;
  const mayRedirect = dev.ifindex === oif && orConf(dev, "sendRedirects");
  if (maxConf(dev, "rpFilter") > 0 || mayRedirect) return fullCheck(ns, dev, flow, oif);
  return orConf(dev, "acceptLocal") || !isLocalAddr(ns, flow.saddr) ? NOT_ON_LINK : "IP_LOCAL_SOURCE";
}

const NOT_ON_LINK = { onLink: false } as const;

/** __fib_validate_source. */
function fullCheck(ns: Netns, dev: Netdev, flow: Flow, oif: number): { readonly onLink: boolean } | DropReason {
  const level = maxConf(dev, "rpFilter");
  const mark = orConf(dev, "srcValidMark") ? flow.mark : 0;
  const key = { daddr: flow.saddr, saddr: flow.daddr, tos: flow.tos, mark, protocol: flow.protocol, sport: flow.dport, dport: flow.sport };
  const iif = oif === 0 ? ns.loopback.ifindex : oif;
  const back = fibLookup(ns, flowOf(key, iif));
  const lastResort = level > 0 ? "IP_RPFILTER" : NOT_ON_LINK;
  if (typeof back === "string") return lastResort;
  if (back.route.type !== "unicast") {
    if (back.route.type !== "local") return "IP_INVALID_SOURCE";
    if (!orConf(dev, "acceptLocal")) return "IP_LOCAL_SOURCE";
  }
  if (back.route.nexthops.some((nh) => nh.dev === dev)) return { onLink: (back.nexthop?.scope ?? 0) >= SCOPE_HOST };
  if ((dev.in4?.addrs.length ?? 0) === 0) return lastResort;
  if (level === 1) return "IP_RPFILTER";
  const byDevice = fibLookup(ns, flowOf({ ...key, oif: dev.ifindex }, iif));
  return { onLink: typeof byDevice !== "string" && byDevice.route.type === "unicast" && (byDevice.nexthop?.scope ?? 0) >= SCOPE_HOST };
}

/** Drops the packet, and tells the log or the sender where that is due. */
function refuse(ns: Netns, skb: Skb, flow: Flow, why: InputRefusal): false {
  if (why.is === "noRoute") return unroutable(ns, skb, flow, why.errno);
  if (why.is === "martianSource") logMartianSource(ns, skb.dev!, skb, flow.saddr, flow.daddr);
  if (why.is === "martianDestination") logMartianDestination(ns, skb.dev!, flow.saddr, flow.daddr);
  drop(ns, skb, why.is === "martianSource" ? why.reason : why.is === "martianDestination" ? "IP_INVALID_DEST" : "FORWARD_OFF");
  return false;
}

/** ip_error: a router says so by ICMP, at most a few times. */
function unroutable(ns: Netns, skb: Skb, flow: Flow, error: Errno): false {
  const decision = explainRoute(ns, flow, null);
  const code = error === "EHOSTUNREACH" ? ICMP_HOST_UNREACH : error === "EACCES" ? ICMP_PKT_FILTERED : ICMP_NET_UNREACH;
  if (error !== "EINVAL" && ns.ipv4.peers.allowRouteError(flow.saddr, ns.world.sim.nowNs)) {
    skb.dst = { type: "unicast", dev: ns.loopback, gateway: null, saddr: IP4_ANY, route: null } satisfies Dst;
    icmpSend(ns, skb, ICMP_DEST_UNREACH, code, 0);
  }
  drop(ns, skb, "IP_INNOROUTES", decision);
  return false;
}
