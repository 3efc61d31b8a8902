import { type Ip4, maskOf } from "../wire/addr.ts";
import type { Netns } from "./core/netns.ts";
import { type Nexthop, type Route, TABLE_LOCAL, TABLE_MAIN } from "./ipv4/fib.ts";
import { isLinkDead } from "./ipv4/multipath.ts";
import { routeInsert, routeRemove, routeReplace } from "./ipv4/fib-frontend.ts";
import { addrType, addrTypeIn } from "./ipv4/route.ts";
import { nexthopsFit, resolveNexthops, sameNexthops } from "./rtnl-nexthop.ts";
import { DONE, answer, refuse } from "./rtnl-reply.ts";
import type { NewFlags, NexthopRow, RouteRow, RouteSpec, RouteType, RtnlError, RtnlReply } from "./uapi/rtnetlink.ts";

/** RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE dumps of IPv4 (fib_frontend.c, fib_semantics.c, fib_trie.c). */

export function routeRowOf(route: Route): RouteRow {
  const { nexthops, ...rest } = route;
  return { ...rest, nexthops: nexthops.map(nexthopRow) };
}

function nexthopRow(nh: Nexthop): NexthopRow {
  const down = nh.dev !== null && !nh.dev.isUp;
  const dead = down || isLinkDead(nh);
  return {
    ifindex: nh.dev?.ifindex ?? 0, gateway: nh.gateway, weight: nh.weight, onlink: nh.onlink, realm: nh.realm ?? 0, dead,
    linkdown: down || (nh.dev !== null && !nh.dev.carrier),
  };
}

/** inet_rtm_newroute and fib_table_insert. */
export function routeNew(ns: Netns, flags: NewFlags, spec: RouteSpec): RtnlReply {
  const wrong = checkPrefix(spec.dst, spec.prefixLen);
  if (wrong !== undefined) return wrong;
  if ((spec.tos & ECN_BITS) !== 0) return refuse("EINVAL", "Invalid dsfield (tos): ECN bits must be 0");
  const made = createInfo(ns, spec);
  const table = ns.ipv4.fib.table(spec.table);
  if ("error" in made) return made;
  const equals = (table.rows(made.dst, made.prefixLen) ?? []).filter((r) => r.tos === made.tos && r.metric === made.metric);
  const [first] = equals;
  if (first === undefined) {
    if (!flags.create) return refuse("ENOENT");
    routeInsert(ns, made);
    return DONE;
  }
  return insertBeside(ns, flags, made, equals, first);
}

function insertBeside(ns: Netns, flags: NewFlags, made: Route, equals: readonly Route[], first: Route): RtnlReply {
  if (flags.exclusive) return refuse("EEXIST");
  const match = equals.find((r) => sameInfo(r, made));
  if (flags.replace) {
    if (match !== undefined) return match === first ? DONE : refuse("EEXIST");
    routeReplace(ns, first, made);
    return DONE;
  }
  if (match !== undefined) return refuse("EEXIST");
  if (!flags.create) return refuse("ENOENT");
  routeInsert(ns, made, !flags.append);
  return DONE;
}

const ECN_BITS = 3;

function checkPrefix(dst: Ip4, prefixLen: number): RtnlError | undefined {
  if (prefixLen > 32) return refuse("EINVAL", "Invalid prefix length");
  return (dst & ~maskOf(prefixLen)) !== 0 ? refuse("EINVAL", "Invalid prefix for given prefix length") : undefined;
}

/** fib_create_info. */
function createInfo(ns: Netns, spec: RouteSpec): Route | RtnlError {
  const type = spec.type ?? "unicast";
  if (leastScope(type) > spec.scope) return refuse("EINVAL", "Invalid scope");
  const nexthops = resolveNexthops(ns, spec);
  if ("error" in nexthops) return nexthops;
  if (type === "nat" || type === "anycast") return refuse("EINVAL", "Invalid route type");
  const prefsrc = spec.prefsrc ?? null;
  if (prefsrc !== null && !validPrefsrc(ns, spec, prefsrc)) return refuse("EINVAL", "Invalid prefsrc address");
  const { table, dst, prefixLen, tos, protocol, scope, metrics, locked } = spec;
  return ns.ipv4.fib.infos.shared({ table, type, dst, prefixLen, tos, metric: spec.metric ?? 0, protocol, scope, prefsrc, nexthops, metrics, locked });
}

/** fib_props[].scope. */
function leastScope(type: RouteType): number {
  if (type === "local") return 254;
  if (type === "broadcast" || type === "anycast") return 253;
  return type === "nat" ? 255 : 0;
}

/** fib_valid_prefsrc: an address of this machine, or the very address that a local route is about. */
function validPrefsrc(ns: Netns, spec: RouteSpec, prefsrc: Ip4): boolean {
  if (spec.type === "local" && spec.dst === prefsrc) return true;
  if (addrType(ns, prefsrc) === "local") return true;
  const table = ns.ipv4.fib.tables.get(spec.table);
  return table !== undefined && table.id !== TABLE_MAIN && table.id !== TABLE_LOCAL && addrTypeIn(table, prefsrc) === "local";
}

/** Same fib_info: everything but the order among equals. */
function sameInfo(a: Route, b: Route): boolean {
  return a.type === b.type && a.protocol === b.protocol && a.scope === b.scope && a.prefsrc === b.prefsrc
    && sameNexthops(a.nexthops, b.nexthops) && sameMap(a.metrics, b.metrics) && [...a.locked].join() === [...b.locked].join();
}

const sameMap = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean => a.size === b.size && [...a].every(([k, v]) => b.get(k) === v);

/** inet_rtm_delroute and fib_table_delete: the first row that has all that was named. */
export function routeDel(ns: Netns, spec: RouteSpec): RtnlReply {
  const wrong = checkPrefix(spec.dst, spec.prefixLen);
  if (wrong !== undefined) return wrong;
  const table = ns.ipv4.fib.tables.get(spec.table);
  if (table === undefined) return refuse("ESRCH", "FIB table does not exist");
  const found = (table.rows(spec.dst, spec.prefixLen) ?? []).find((r) => fits(r, spec));
  if (found === undefined) return refuse("ESRCH");
  routeRemove(ns, found);
  return DONE;
}

function fits(route: Route, spec: RouteSpec): boolean {
  if (route.tos !== spec.tos || (spec.type !== null && spec.type !== route.type)) return false;
  if (spec.scope !== 255 && spec.scope !== route.scope) return false;
  if (spec.prefsrc !== undefined && spec.prefsrc !== route.prefsrc) return false;
  if (spec.protocol !== 0 && spec.protocol !== route.protocol) return false;
  if (spec.metric !== undefined && spec.metric !== 0 && spec.metric !== route.metric) return false;
  if (!nexthopsFit(route, spec)) return false;
  return [...spec.metrics].every(([name, value]) => route.metrics.get(name) === value);
}

/** inet_dump_fib: tables by number modulo 256, as its hash lays them; a named table must exist. */
export function routeDump(ns: Netns, wanted: number | undefined, protocol?: number, oif?: number, type?: RouteType): RtnlReply {
  const { tables } = ns.ipv4.fib;
  if (wanted !== undefined && !tables.has(wanted)) return refuse("ENOENT", "ipv4: FIB table does not exist");
  const ordered = [...tables.values()].filter((t) => wanted === undefined || t.id === wanted).sort((a, b) => (a.id & 255) - (b.id & 255));
  const rows = ordered.flatMap((t) => t.list()).filter((r) => (protocol === undefined || r.protocol === protocol)
    && (type === undefined || r.type === type) && (oif === undefined || r.nexthops.some((nh) => nh.dev?.ifindex === oif)));
  return answer(rows.map((route) => ({ is: "route", route: routeRowOf(route) })));
}

