import { type Ip4, IP4_ANY, IP4_BROADCAST, inPrefix, ip4, isMulticastIp4 } from "../../wire/addr.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import type { Errno } from "../uapi/errno.ts";
import { bindException, findException } from "./exception.ts";
import { type FibResult, type FibTable, type Flow, type Nexthop, type Route, tableLookup } from "./fib.ts";
import { fibLookup } from "./fib-lookup.ts";
import { SCOPE_LINK } from "./in-device.ts";

/** A routing decision attached to a packet (struct rtable). */
export interface Dst {
  readonly type: "local" | "unicast" | "broadcast" | "multicast";
  /** Device to leave by; lo for local delivery. */
  readonly dev: Netdev;
  /** `null`: the packet's own destination is the next hop. */
  readonly gateway: Ip4 | null;
  /** Source address for packets that have none yet. */
  readonly saddr: Ip4;
  readonly route: Route | null;
  /** The way out that was chosen, with what it learned about destinations; absent where no route chose. */
  readonly nexthop?: Nexthop | null;
  /** The packet goes back where it came from: its sender is told of the better way (IPSKB_DOREDIRECT). */
  readonly redirect?: boolean;
}

export const dstOf = (skb: Skb): Dst => skb.dst as Dst;

/** Next hop address of a packet to `daddr`. */
export const nexthopOf = (dst: Dst, daddr: Ip4): Ip4 => dst.gateway ?? daddr;

/** Path MTU of a decision for packets made here (ipv4_mtu): learned, else the route's metric, else the device's. */
export function dstMtu(ns: Netns, dst: Dst, daddr: Ip4): number {
  const learned = findException(ns, dst.nexthop, daddr);
  if (learned !== null && learned.mtuBytes > 0) return learned.mtuBytes;
  return routeMtu(dst, learned?.mtuLocked === true);
}

/** Of a packet passing through (ip_dst_mtu_maybe_forward): what others claim about the path counts only with ip_forward_use_pmtu. */
export function forwardMtu(ns: Netns, dst: Dst, daddr: Ip4): number {
  const isLocked = dst.route?.locked.has("mtu") === true || findException(ns, dst.nexthop, daddr)?.mtuLocked === true;
  return ns.ipv4.forwardUsePmtu === 1 || isLocked ? dstMtu(ns, dst, daddr) : routeMtu(dst, false);
}

/** A locked MTU behind a gateway is taken for 576, the least that all must pass. */
function routeMtu(dst: Dst, locked: boolean): number {
  const metric = dst.route?.metrics.get("mtu");
  if (metric !== undefined && metric > 0) return metric;
  const { mtuBytes } = dst.dev;
  return locked && dst.gateway !== null ? Math.min(mtuBytes, 576) : Math.min(mtuBytes, IP_MAX_MTU);
}

const IP_MAX_MTU = 0xffff;

/** What a caller knows when it asks for a way out; absent = anything. */
export interface OutputKey {
  readonly daddr: Ip4;
  readonly saddr?: Ip4 | undefined;
  readonly oif?: number | undefined;
  readonly tos?: number | undefined;
  readonly mark?: number | undefined;
  readonly protocol?: number | undefined;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  readonly uid?: number | undefined;
  /** Only routes of at least this scope (SO_DONTROUTE: link). */
  readonly scope?: number | undefined;
}

export function flowOf(key: OutputKey, iif = 0): Flow {
  const flow = {
    daddr: key.daddr, saddr: key.saddr ?? IP4_ANY, oif: key.oif ?? 0, iif, tos: key.tos ?? 0, mark: key.mark ?? 0,
    protocol: key.protocol ?? 0, sport: key.sport ?? 0, dport: key.dport ?? 0, uid: key.uid ?? 0,
  };
  return key.scope === undefined ? flow : { ...flow, scope: key.scope };
}

/** ip_route_output_key: how a packet made here leaves. */
export function routeOutput(ns: Netns, key: OutputKey): Dst | Errno {
  if (key.saddr !== undefined && key.saddr !== IP4_ANY) {
    if (isMulticastIp4(key.saddr) || key.saddr === IP4_BROADCAST) return "EINVAL";
  }
  const out = key.oif === undefined || key.oif === 0 ? null : ns.byIndex.get(key.oif);
  if (out === undefined) return "ENODEV";
  if (out !== null && !out.isUp) return "ENETUNREACH";
  if (out !== null && (isMulticastIp4(key.daddr) || key.daddr === IP4_BROADCAST)) return onDevice(ns, key, out);
  if (key.daddr === IP4_ANY) return { type: "local", dev: ns.loopback, gateway: null, saddr: given(key) ?? ip4(0x7f000001), route: null };
  const found = fibLookup(ns, flowOf(key));
  if (typeof found === "string") return out !== null && found === "ENETUNREACH" ? onDevice(ns, key, out) : found;
  return outputDst(ns, key, found);
}

/** A device was named and tables know nothing: "assume that the destination is on link". */
function onDevice(ns: Netns, key: OutputKey, dev: Netdev): Dst {
  const type = key.daddr === IP4_BROADCAST ? "broadcast" : isMulticastIp4(key.daddr) ? "multicast" : "unicast";
  const saddr = given(key) ?? selectAddr(ns, dev, IP4_ANY, SCOPE_LINK);
  return { type, dev, gateway: null, saddr, route: null };
}

const given = (key: OutputKey): Ip4 | undefined => (key.saddr === undefined || key.saddr === IP4_ANY ? undefined : key.saddr);

function outputDst(ns: Netns, key: OutputKey, found: FibResult): Dst {
  const { route, nexthop } = found;
  if (route.type === "local") {
    return { type: "local", dev: ns.loopback, gateway: null, saddr: given(key) ?? route.prefsrc ?? key.daddr, route };
  }
  const dev = nexthop!.dev!;
  const saddr = given(key) ?? prefsrcOf(ns, route, nexthop!);
  const type = route.type === "broadcast" || key.daddr === IP4_BROADCAST ? "broadcast" : isMulticastIp4(key.daddr) ? "multicast" : "unicast";
  const gateway = type !== "unicast" ? null : (bindException(ns, nexthop, key.daddr)?.gateway ?? nexthop!.gateway);
  return { type, dev, gateway, saddr, route, nexthop };
}

/** fib_result_prefsrc. */
export function prefsrcOf(ns: Netns, route: Route, nexthop: Nexthop): Ip4 {
  return route.prefsrc ?? selectAddr(ns, nexthop.dev!, nexthop.gateway ?? IP4_ANY, route.scope);
}

/** inet_select_addr: an own address to speak from, best one that shares a subnet with `dst`. */
export function selectAddr(ns: Netns, dev: Netdev, dst: Ip4, scope: number): Ip4 {
  let any: Ip4 | null = null;
  for (const ifa of dev.in4?.addrs ?? []) {
    if (ifa.secondary || ifa.scope > scope) continue;
    if (dst === IP4_ANY || inPrefix(dst, ifa.peer, ifa.prefixLen)) return ifa.local;
    any ??= ifa.local;
  }
  if (any !== null) return any;
  for (const other of ns.devicesInOrder()) {
    for (const ifa of other.in4?.addrs ?? []) if (!ifa.secondary && ifa.scope !== SCOPE_LINK && ifa.scope <= scope) return ifa.local;
  }
  return IP4_ANY;
}

/** inet_addr_onlink: both addresses are in one subnet of the device (`b` 0.0.0.0 = any). */
export function onLink(dev: Netdev, a: Ip4, b: Ip4): boolean {
  return (dev.in4?.addrs ?? []).some((ifa) => !ifa.secondary && inPrefix(a, ifa.peer, ifa.prefixLen) && (b === IP4_ANY || inPrefix(b, ifa.peer, ifa.prefixLen)));
}

/** inet_addr_type: what an address is to this machine. */
export function addrType(ns: Netns, a: Ip4): Route["type"] {
  if (a === IP4_BROADCAST || a === IP4_ANY) return "broadcast";
  if (isMulticastIp4(a)) return "multicast";
  return addrTypeIn(ns.ipv4.fib.local, a);
}

/** The same question to one table (inet_addr_type_table). */
export function addrTypeIn(table: FibTable, a: Ip4): Route["type"] {
  // Most addresses are in no row at all: no flow is made to learn that.
  return table.covers(a) ? (tableLookup(table, flowOf({ daddr: a }))?.route.type ?? "unicast") : "unicast";
}

/** True when the address may be used as source of packets made here. */
export const isLocalAddr = (ns: Netns, a: Ip4): boolean => addrType(ns, a) === "local";

/** The device that owns an address (__ip_dev_find): by address, else by the local table, which has all of 127.0.0.0/8. */
export function deviceOf(ns: Netns, a: Ip4): Netdev | null {
  for (const dev of ns.devices.values()) for (const ifa of dev.in4?.addrs ?? []) if (ifa.local === a) return dev;
  const found = tableLookup(ns.ipv4.fib.local, flowOf({ daddr: a }));
  return found !== null && found.route.type === "local" ? (found.nexthop?.dev ?? null) : null;
}

