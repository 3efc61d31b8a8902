import { type Ip4, IP4_ANY, IP4_BROADCAST, ip4, maskOf } from "../../wire/addr.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import { trace } from "../core/trace.ts";
import { type Route, TABLE_LOCAL, TABLE_MAIN, routeRow } from "./fib.ts";
import { type IfAddr, SCOPE_HOST, SCOPE_LINK, SCOPE_NOWHERE } from "./in-device.ts";

/** RTPROT_KERNEL. */
const PROTO_KERNEL = 2;

/** Puts a row into its table; `first` = before equal ones (`ip route prepend`), else behind (`append`). */
export function routeInsert(ns: Netns, route: Route, first = false): void {
  ns.ipv4.fib.table(route.table).insert(route, first);
  ns.ipv4.fib.infos.hold(route);
  routeChanged(ns, route, true);
}

export function routeRemove(ns: Netns, route: Route, silent = false): boolean {
  const removed = ns.ipv4.fib.tables.get(route.table)?.remove(route) ?? false;
  if (removed) ns.ipv4.fib.infos.release(route);
  if (removed) routeChanged(ns, route, false, silent);
  return removed;
}

/** `ip route replace/change`: the new row takes the old one's place. */
export function routeReplace(ns: Netns, old: Route, route: Route): void {
  ns.ipv4.fib.table(route.table).replace(old, route);
  ns.ipv4.fib.infos.hold(route);
  ns.ipv4.fib.infos.release(old);
  routeChanged(ns, old, false, true);
  routeChanged(ns, route, true);
}

/** `silent`: the page sees the row go, netlink listeners are not told. */
function routeChanged(ns: Netns, route: Route, added: boolean, silent = false): void {
  if (ns.world.trace !== null && route.table !== TABLE_LOCAL) {
    const row = routeRow(route);
    const key = `${route.table} ${row}`;
    const change = { place: ns.place, table: "route" as const, key, before: added ? null : row, after: added ? row : null };
    trace(ns, "table", route.nexthops[0]?.dev?.name ?? "", null, { changes: [change], note: `route ${added ? "added" : "deleted"}: ${row}` });
  }
  if (!silent) ns.tell({ group: "route", is: added ? "new" : "del", row: route, journey: 0 });
}

/** fib_magic: the routes an address brings with it. They speak from the primary address of its subnet. */
function kernelRoute(prim: IfAddr, type: Route["type"], dst: Ip4, prefixLen: number, metric = 0): Route {
  const isLocal = type === "local";
  return {
    table: type === "unicast" ? TABLE_MAIN : TABLE_LOCAL,
    type, dst, prefixLen, tos: 0, metric, protocol: PROTO_KERNEL, scope: isLocal ? SCOPE_HOST : SCOPE_LINK, prefsrc: prim.local,
    nexthops: [{ dev: prim.dev, gateway: null, weight: 1, onlink: false, scope: isLocal ? SCOPE_NOWHERE : SCOPE_HOST }],
    metrics: new Map(), locked: new Set(),
  };
}

function addOnce(ns: Netns, route: Route): void {
  const same = findSame(ns, route);
  if (same === undefined) routeInsert(ns, route);
}

function findSame(ns: Netns, route: Route): Route | undefined {
  const rows = ns.ipv4.fib.tables.get(route.table)?.rows(route.dst, route.prefixLen) ?? [];
  return rows.find((r) => r.type === route.type && r.prefsrc === route.prefsrc && r.metric === route.metric
    && r.protocol === PROTO_KERNEL && r.nexthops[0]?.dev === route.nexthops[0]?.dev);
}

const prefixOf = (ifa: IfAddr): Ip4 => ip4(ifa.peer & maskOf(ifa.prefixLen));
const lastOf = (ifa: IfAddr): Ip4 => ip4(prefixOf(ifa) | ~maskOf(ifa.prefixLen));
const prefixType = (ifa: IfAddr): "local" | "unicast" => (ifa.dev.isLoopback ? "local" : "unicast");
const isZeronet = (a: Ip4): boolean => a === IP4_ANY;

/** The primary address of a secondary's subnet (inet_ifa_byprefix); of a primary, itself. */
function primaryOf(ifa: IfAddr): IfAddr | undefined {
  if (!ifa.secondary) return ifa;
  return ifa.dev.in4?.addrs.find((a) => !a.secondary && a.prefixLen === ifa.prefixLen && prefixOf(a) === prefixOf(ifa));
}

/** Does the address bring a route to its subnet? Not a secondary, not 10.0.0.1/32 alone. */
const bringsPrefix = (ifa: IfAddr): boolean => !ifa.secondary && !isZeronet(prefixOf(ifa)) && (prefixOf(ifa) !== ifa.local || ifa.prefixLen < 32);

/** fib_add_ifaddr: local, broadcast and connected routes of an address. */
export function fibAddIfaddr(ns: Netns, ifa: IfAddr): void {
  const prim = primaryOf(ifa);
  if (prim === undefined) return;
  addOnce(ns, kernelRoute(prim, "local", ifa.local, 32));
  if (!ifa.dev.isUp) return;
  if (ifa.broadcast !== null && ifa.broadcast !== IP4_BROADCAST) addOnce(ns, kernelRoute(prim, "broadcast", ifa.broadcast, 32));
  if (!bringsPrefix(ifa)) return;
  if (!ifa.noPrefixRoute) addOnce(ns, kernelRoute(prim, prefixType(ifa), prefixOf(ifa), ifa.prefixLen, ifa.metric));
  if (ifa.prefixLen < 31) addOnce(ns, kernelRoute(prim, "broadcast", lastOf(ifa), 32));
}

/** The subnet's route alone, before the address changes its metric or flags. */
export function fibDelPrefix(ns: Netns, ifa: IfAddr, metric: number): void {
  if (bringsPrefix(ifa)) removeSame(ns, kernelRoute(ifa, prefixType(ifa), prefixOf(ifa), ifa.prefixLen, metric));
}

/**
 * fib_del_ifaddr: takes back what no other address of the device still needs, then routes that spoke
 * from the address. `stays`: the address only changes its primary.
 */
export function fibDelIfaddr(ns: Netns, ifa: IfAddr, stays = false): void {
  const prim = primaryOf(ifa);
  if (prim === undefined) return;
  const others = (ifa.dev.in4?.addrs ?? []).filter((a) => a !== ifa && primaryOf(a)?.local === prim.local);
  if (bringsPrefix(ifa) && !ifa.noPrefixRoute) removeSame(ns, kernelRoute(prim, prefixType(ifa), prefixOf(ifa), ifa.prefixLen, ifa.metric));
  for (const broadcast of broadcastsOf(ifa)) {
    if (!others.some((a) => broadcastsOf(a).includes(broadcast))) removeSame(ns, kernelRoute(prim, "broadcast", broadcast, 32));
  }
  if (others.some((a) => a.local === ifa.local)) return;
  removeSame(ns, kernelRoute(prim, "local", ifa.local, 32));
  const gone = !stays && !(ns.ipv4.fib.local.rows(ifa.local, 32) ?? []).some((r) => r.type === "local");
  if (gone) flushRoutes(ns, (r) => r.prefsrc === ifa.local && r.table !== TABLE_LOCAL);
}

function broadcastsOf(ifa: IfAddr): readonly Ip4[] {
  const named = ifa.broadcast === null ? [] : [ifa.broadcast];
  return bringsPrefix(ifa) && ifa.prefixLen < 31 ? [...named, lastOf(ifa)] : named;
}

function removeSame(ns: Netns, route: Route): void {
  const same = findSame(ns, route);
  if (same !== undefined) routeRemove(ns, same);
}

/** Removes every row that fits (fib_flush); listeners learn it from the device or address that went. */
export function flushRoutes(ns: Netns, fits: (route: Route) => boolean): void {
  for (const table of ns.ipv4.fib.tables.values()) for (const route of table.list()) if (fits(route)) routeRemove(ns, route, true);
}

/**
 * A device went down (fib_disable_ip): routes that have no other way left go; addresses stay local.
 * `force`: it is gone for good, and every route that names it goes.
 */
export function fibDeviceDown(ns: Netns, dev: Netdev, force: boolean): void {
  flushRoutes(ns, (r) => r.nexthops.some((nh) => nh.dev === dev && (force || nh.scope !== SCOPE_NOWHERE))
    && (force || r.nexthops.every((nh) => nh.dev === null || !nh.dev.isUp)));
}

/** A device came up: its addresses' routes come back (fib_inetaddr_event for each). */
export function fibDeviceUp(ns: Netns, dev: Netdev): void {
  for (const ifa of dev.in4?.addrs ?? []) fibAddIfaddr(ns, ifa);
}
