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
  routeChanged(ns, route, true);
}

export function routeRemove(ns: Netns, route: Route): boolean {
  const removed = ns.ipv4.fib.tables.get(route.table)?.remove(route) ?? false;
  if (removed) routeChanged(ns, route, false);
  return removed;
}

/** `ip route replace/change`: the new row takes the old one's place. */
export function routeReplace(ns: Netns, old: Route, route: Route): void {
  ns.ipv4.fib.table(route.table).replace(old, route);
  routeChanged(ns, old, false);
  routeChanged(ns, route, true);
}

function routeChanged(ns: Netns, route: Route, added: boolean): void {
  if (ns.world.trace !== null && route.table !== TABLE_LOCAL) {
    const row = routeRow(route);
    const key = `${route.table} ${row}`;
    const change = { place: ns.place, table: "route" as const, key, before: added ? null : row, after: added ? row : null };
    trace(ns, "table", route.nexthops[0]?.dev?.name ?? "", null, { changes: [change], note: `route ${added ? "added" : "deleted"}: ${row}` });
  }
  ns.tell({ group: "route", is: added ? "new" : "del", row: route, journey: 0 });
}

/** fib_magic: the routes an address brings with it. */
function kernelRoute(ifa: IfAddr, type: Route["type"], dst: Ip4, prefixLen: number, metric = 0): Route {
  const scope = type === "local" ? SCOPE_HOST : SCOPE_LINK;
  return {
    table: type === "unicast" ? TABLE_MAIN : TABLE_LOCAL,
    type, dst, prefixLen, tos: 0, metric, protocol: PROTO_KERNEL, scope, prefsrc: ifa.local,
    nexthops: [{ dev: ifa.dev, gateway: null, weight: 1, onlink: false, scope: SCOPE_NOWHERE }],
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

/** fib_add_ifaddr: local, broadcast and connected routes of an address. */
export function fibAddIfaddr(ns: Netns, ifa: IfAddr): void {
  addOnce(ns, kernelRoute(ifa, "local", ifa.local, 32));
  if (!ifa.dev.isUp) return;
  if (ifa.broadcast !== null && ifa.broadcast !== IP4_BROADCAST) addOnce(ns, kernelRoute(ifa, "broadcast", ifa.broadcast, 32));
  const prefix = prefixOf(ifa);
  if (ifa.secondary || prefix === IP4_ANY || (prefix === ifa.local && ifa.prefixLen === 32)) return;
  if (!ifa.noPrefixRoute) addOnce(ns, kernelRoute(ifa, ifa.dev.isLoopback ? "local" : "unicast", prefix, ifa.prefixLen, ifa.metric));
  if (ifa.prefixLen < 31) addOnce(ns, kernelRoute(ifa, "broadcast", ip4(prefix | ~maskOf(ifa.prefixLen)), 32));
}

/** fib_del_ifaddr: takes back what no other address of the device still needs, then routes that spoke from the address. */
export function fibDelIfaddr(ns: Netns, ifa: IfAddr): void {
  const others = (ifa.dev.in4?.addrs ?? []).filter((a) => a !== ifa);
  const prefix = prefixOf(ifa);
  const needsPrefix = others.some((a) => !a.secondary && prefixOf(a) === prefix && a.prefixLen === ifa.prefixLen);
  const isPoint = prefix === ifa.local && ifa.prefixLen === 32;
  if (!ifa.secondary && !isPoint && !needsPrefix) {
    removeSame(ns, kernelRoute(ifa, ifa.dev.isLoopback ? "local" : "unicast", prefix, ifa.prefixLen, ifa.metric));
    if (ifa.prefixLen < 31) removeSame(ns, kernelRoute(ifa, "broadcast", ip4(prefix | ~maskOf(ifa.prefixLen)), 32));
  }
  if (ifa.broadcast !== null && !others.some((a) => a.broadcast === ifa.broadcast)) removeSame(ns, kernelRoute(ifa, "broadcast", ifa.broadcast, 32));
  if (others.some((a) => a.local === ifa.local)) return;
  removeSame(ns, kernelRoute(ifa, "local", ifa.local, 32));
  flushRoutes(ns, (r) => r.prefsrc === ifa.local && r.table !== TABLE_LOCAL);
}

function removeSame(ns: Netns, route: Route): void {
  const same = findSame(ns, route);
  if (same !== undefined) routeRemove(ns, same);
}

/** Removes every row that fits (fib_flush). */
export function flushRoutes(ns: Netns, fits: (route: Route) => boolean): void {
  for (const table of ns.ipv4.fib.tables.values()) for (const route of table.list()) if (fits(route)) routeRemove(ns, route);
}

/** A device went down (fib_disable_ip): routes through it go; `force` (it is gone for good) takes local ones too. */
export function fibDeviceDown(ns: Netns, dev: Netdev, force: boolean): void {
  flushRoutes(ns, (r) => r.nexthops.some((nh) => nh.dev === dev) && (force || r.type !== "local" || r.scope !== SCOPE_HOST || r.prefixLen < 32));
}

/** A device came up: its addresses' routes come back (fib_inetaddr_event for each). */
export function fibDeviceUp(ns: Netns, dev: Netdev): void {
  for (const ifa of dev.in4?.addrs ?? []) fibAddIfaddr(ns, ifa);
}
