import { SEC } from "../sim/sim.ts";
import { type Ip4, inPrefix } from "../wire/addr.ts";
import type { Netns } from "./core/netns.ts";
import { addrModified, inetAddAddr, inetDelAddr, newIfAddr } from "./ipv4/devinet.ts";
import type { IfAddr } from "./ipv4/in-device.ts";
import { DONE, answer, refuse } from "./rtnl-reply.ts";
import type { AddrRow, AddrSpec, NewFlags, RtnlReply } from "./uapi/rtnetlink.ts";

/** RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR of IPv4 (net/ipv4/devinet.c). */

export function addrRowOf(ns: Netns, ifa: IfAddr): AddrRow {
  const leftSec = (total: number): number => (total === Infinity ? Infinity : Math.max(0, Math.ceil(total - (ns.world.sim.nowNs - ifa.stampNs) / SEC)));
  return {
    ifindex: ifa.dev.ifindex, local: ifa.local, peer: ifa.peer, prefixLen: ifa.prefixLen, broadcast: ifa.broadcast,
    scope: ifa.scope, label: ifa.label, secondary: ifa.secondary, noPrefixRoute: ifa.noPrefixRoute, metric: ifa.metric,
    validSec: leftSec(ifa.validSec), preferredSec: ifa.validSec === Infinity ? Infinity : leftSec(ifa.preferredSec), deprecated: leftSec(ifa.preferredSec) === 0, createdNs: ifa.stampNs, changedNs: ifa.stampNs, protocol: ifa.protocol,
  };
}

/** inet_rtm_newaddr. An address that exists may be changed in its lifetimes, metric and flags. */
export function addrNew(ns: Netns, flags: NewFlags, spec: AddrSpec): RtnlReply {
  if (spec.prefixLen > 32) return refuse("EINVAL", "ipv4: Invalid prefix length");
  if (spec.local === undefined) return refuse("EINVAL", "ipv4: Local address is not supplied");
  const dev = ns.byIndex.get(spec.ifindex);
  if (dev === undefined) return refuse("ENODEV", "ipv4: Device not found");
  if (spec.validSec === 0) return refuse("EINVAL", "ipv4: Invalid lifetime");
  const known = dev.in4!.addrs.find((a) => a.local === spec.local && a.prefixLen === spec.prefixLen && inPrefix(a.peer, spec.peer ?? spec.local!, a.prefixLen));
  if (known === undefined) return insert(ns, toIfAddr(ns, spec, spec.local));
  if (flags.exclusive || !flags.replace) return refuse("EEXIST", "ipv4: Address already assigned");
  return modify(ns, known, spec);
}

function toIfAddr(ns: Netns, spec: AddrSpec, local: Ip4): IfAddr {
  const dev = ns.byIndex.get(spec.ifindex)!;
  return {
    ...newIfAddr(dev, local, spec.prefixLen), peer: spec.peer ?? local, broadcast: spec.broadcast ?? null, scope: spec.scope,
    label: spec.label ?? dev.name, noPrefixRoute: spec.noPrefixRoute ?? false, metric: spec.metric ?? 0,
    validSec: spec.validSec ?? Infinity, preferredSec: spec.preferredSec ?? Infinity, protocol: spec.protocol ?? 0,
  };
}

function insert(ns: Netns, ifa: IfAddr): RtnlReply {
  if (ifa.local === 0) return DONE;
  const error = inetAddAddr(ns, ifa);
  if (error === "EEXIST") return refuse(error, "ipv4: Address already assigned");
  if (error === "EINVAL") return refuse(error, "ipv4: Invalid scope value");
  watchLifetime(ns, ifa);
  return error === undefined ? DONE : refuse(error);
}

function modify(ns: Netns, ifa: IfAddr, spec: AddrSpec): RtnlReply {
  const oldMetric = ifa.metric;
  ifa.metric = spec.metric ?? ifa.metric;
  ifa.protocol = spec.protocol ?? ifa.protocol;
  ifa.noPrefixRoute = spec.noPrefixRoute ?? false;
  ifa.validSec = spec.validSec ?? Infinity;
  ifa.preferredSec = spec.preferredSec ?? Infinity;
  ifa.stampNs = ns.world.sim.nowNs;
  addrModified(ns, ifa, oldMetric);
  watchLifetime(ns, ifa);
  return DONE;
}

/** check_lifetime: an address whose time is over goes by itself. */
function watchLifetime(ns: Netns, ifa: IfAddr): void {
  if (ifa.validSec === Infinity) return;
  const { stampNs } = ifa;
  ns.world.sim.after(ifa.validSec * SEC, () => {
    if (ifa.stampNs === stampNs && ifa.validSec !== Infinity && ifa.dev.in4?.addrs.includes(ifa) === true) inetDelAddr(ns, ifa);
  }, undefined);
}

/** inet_rtm_deladdr: the first address that has all that was named. */
export function addrDel(ns: Netns, ifindex: number, prefixLen: number, local?: Ip4, peer?: Ip4, label?: string): RtnlReply {
  const dev = ns.byIndex.get(ifindex);
  if (dev === undefined) return refuse("ENODEV", "ipv4: Device not found");
  const found = dev.in4!.addrs.find((a) => (local === undefined || a.local === local) && (label === undefined || a.label === label)
    && (peer === undefined || (a.prefixLen === prefixLen && inPrefix(peer, a.peer, a.prefixLen))));
  if (found === undefined) return refuse("EADDRNOTAVAIL", "ipv4: Address not found");
  inetDelAddr(ns, found);
  return DONE;
}

export function addrDump(ns: Netns, ifindex: number | undefined): RtnlReply {
  const devs = ns.devicesInOrder().filter((d) => ifindex === undefined || d.ifindex === ifindex);
  return answer(devs.flatMap((d) => (d.in4?.addrs ?? []).map((ifa) => ({ is: "addr", addr: addrRowOf(ns, ifa) }) as const)));
}
