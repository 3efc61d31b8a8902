import { IP4_ANY, type Ip4 } from "../wire/addr.ts";
import type { Netns } from "./core/netns.ts";
import { type Nexthop, type Route, TABLE_MAIN, tableLookup } from "./ipv4/fib.ts";
import { fibLookup } from "./ipv4/fib-lookup.ts";
import { SCOPE_HOST, SCOPE_LINK, SCOPE_NOWHERE } from "./ipv4/in-device.ts";
import { addrType, flowOf } from "./ipv4/route.ts";
import { refuse } from "./rtnl-reply.ts";
import type { NexthopSpec, RouteSpec, RtnlError } from "./uapi/rtnetlink.ts";

/** Nexthops of a new route: which device a gateway is behind (fib_check_nh). */

/** What a route of a type may not say (fib_props). */
export const REFUSING: ReadonlySet<string> = new Set(["blackhole", "unreachable", "prohibit", "throw"]);

/** All nexthops of a route, or why there cannot be such a route. */
export function resolveNexthops(ns: Netns, spec: RouteSpec): readonly Nexthop[] | RtnlError {
  if (REFUSING.has(spec.type ?? "unicast")) {
    const named = spec.multipath || spec.nexthops.some((nh) => nh.gateway !== undefined || nh.ifindex !== undefined);
    return named ? refuse("EINVAL", "Gateway, device and multipath can not be specified for this route type") : [];
  }
  if (spec.scope > SCOPE_HOST) return refuse("EINVAL", "Invalid scope");
  if (spec.scope === SCOPE_HOST) return hostScope(ns, spec);
  const found: Nexthop[] = [];
  for (const nh of spec.nexthops.length === 0 ? [{}] : spec.nexthops) {
    const one = resolveOne(ns, nh, spec);
    if ("error" in one) return one;
    found.push(one);
  }
  return found;
}

function hostScope(ns: Netns, spec: RouteSpec): readonly Nexthop[] | RtnlError {
  const [nh, ...more] = spec.nexthops;
  if (more.length > 0) return refuse("EINVAL", "Route with host scope can not have multiple nexthops");
  if (nh?.gateway !== undefined && nh.gateway !== IP4_ANY) return refuse("EINVAL", "Route with host scope can not have a gateway");
  const dev = ns.byIndex.get(nh?.ifindex ?? 0);
  if (dev === undefined) return refuse("ENODEV");
  return [{ dev, gateway: null, weight: 1, onlink: false, scope: SCOPE_NOWHERE, realm: nh?.realm ?? 0 }];
}

function resolveOne(ns: Netns, nh: NexthopSpec, spec: RouteSpec): Nexthop | RtnlError {
  if (nh.gateway === undefined || nh.gateway === IP4_ANY) return onLink(ns, nh);
  return nh.onlink === true ? declaredOnLink(ns, nh, nh.gateway, spec.scope) : throughGateway(ns, nh, nh.gateway, spec);
}

const shared = (nh: NexthopSpec): Pick<Nexthop, "weight" | "onlink" | "realm"> => ({ weight: nh.weight ?? 1, onlink: nh.onlink ?? false, realm: nh.realm ?? 0 });

/** fib_check_nh_nongw: the destination is on the link itself. */
function onLink(ns: Netns, nh: NexthopSpec): Nexthop | RtnlError {
  if (nh.onlink === true) return refuse("EINVAL", "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set");
  const dev = ns.byIndex.get(nh.ifindex ?? 0);
  if (dev === undefined) return refuse("ENODEV");
  if (!dev.isUp) return refuse("ENETDOWN", "Device for nexthop is not up");
  return { ...shared(nh), dev, gateway: null, scope: SCOPE_HOST };
}

/** "onlink": the user vouches for it. */
function declaredOnLink(ns: Netns, nh: NexthopSpec, gateway: Ip4, scope: number): Nexthop | RtnlError {
  if (scope >= SCOPE_LINK) return refuse("EINVAL", "Nexthop has invalid scope");
  const dev = ns.byIndex.get(nh.ifindex ?? 0);
  if (dev === undefined) return refuse("ENODEV", "Nexthop device required for onlink");
  if (!dev.isUp) return refuse("ENETDOWN", "Nexthop device is not up");
  if (addrType(ns, gateway) !== "unicast") return refuse("EINVAL", "Nexthop has invalid gateway");
  return { ...shared(nh), dev, gateway, scope: SCOPE_LINK };
}

/** fib_check_nh_v4_gw: a gateway must be reachable by a route of a narrower scope. */
function throughGateway(ns: Netns, nh: NexthopSpec, gateway: Ip4, spec: RouteSpec): Nexthop | RtnlError {
  const flow = { ...flowOf({ daddr: gateway, oif: nh.ifindex ?? 0 }, ns.loopback.ifindex), scope: Math.max(spec.scope + 1, SCOPE_LINK) };
  const table = spec.table === TABLE_MAIN ? undefined : ns.ipv4.fib.tables.get(spec.table);
  const found = (table === undefined ? null : tableLookup(table, flow)) ?? fibLookup(ns, flow);
  if (typeof found === "string") return refuse(found, "Nexthop has invalid gateway");
  if (found.route.type !== "unicast" && found.route.type !== "local") return refuse("EINVAL", "Nexthop has invalid gateway");
  const dev = found.nexthop?.dev ?? null;
  if (dev === null) return refuse("EINVAL", "No egress device for nexthop gateway");
  if (!dev.isUp) return refuse("ENETDOWN");
  return { ...shared(nh), dev, gateway, scope: found.route.scope };
}

/** nh_comp: the same way out. */
export function sameNexthops(a: readonly Nexthop[], b: readonly Nexthop[]): boolean {
  return a.length === b.length && a.every((nh, i) => {
    const other = b[i]!;
    return nh.dev === other.dev && nh.gateway === other.gateway && nh.weight === other.weight && nh.onlink === other.onlink && (nh.realm ?? 0) === (other.realm ?? 0);
  });
}

/** fib_nh_match: does the route leave as the deletion says? */
export function nexthopsFit(route: Route, spec: RouteSpec): boolean {
  if (spec.multipath && spec.nexthops.length !== route.nexthops.length) return false;
  return spec.nexthops.every((wanted, i) => {
    const nh = route.nexthops[i];
    if (wanted.ifindex !== undefined && wanted.ifindex !== nh?.dev?.ifindex) return false;
    if (wanted.gateway !== undefined && wanted.gateway !== (nh?.gateway ?? IP4_ANY)) return false;
    return !spec.multipath || (wanted.weight ?? 1) === nh?.weight;
  });
}
