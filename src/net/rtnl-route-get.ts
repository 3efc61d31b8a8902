import { IP4_ANY, IP4_BROADCAST } from "../wire/addr.ts";
import { SEC } from "../sim/sim.ts";
import type { Netns } from "./core/netns.ts";
import { type NexthopException, findException, listExceptions } from "./ipv4/exception.ts";
import { TABLE_MAIN, type Flow } from "./ipv4/fib.ts";
import { fibLookup } from "./ipv4/fib-lookup.ts";
import { decideInput, isRefusal } from "./ipv4/route-input.ts";
import { type Dst, deviceOf, flowOf, routeOutput } from "./ipv4/route.ts";
import { answer, refuse } from "./rtnl-reply.ts";
import { routeRowOf } from "./rtnl-route.ts";
import type { RouteGet, RouteGetRow, RouteType, RtnlReply } from "./uapi/rtnetlink.ts";

/** `ip route get` (inet_rtm_getroute): the decision for one packet, made by the functions that packets use. */
export function routeGet(ns: Netns, request: RouteGet): RtnlReply {
  if (request.iif !== undefined) return asForwarded(ns, request);
  if (request.src !== undefined && request.src !== IP4_ANY && deviceOf(ns, request.src) === null) return refuse("EINVAL");
  const dst = routeOutput(ns, outputKey(request));
  if (typeof dst === "string") return refuse(dst);
  if (request.fibMatch) return fibMatch(ns, flowOf(outputKey(request)));
  return answer([{ is: "routeGet", route: outputRow(ns, request, dst) }]);
}

const outputKey = (r: RouteGet) => ({
  daddr: r.dst, saddr: r.src ?? IP4_ANY, oif: r.oif ?? 0, tos: (r.tos ?? 0) & DSCP_MASK, mark: r.mark ?? 0, protocol: r.protocol ?? 0, sport: r.sport ?? 0, dport: r.dport ?? 0, uid: r.uid ?? 0,
});

const DSCP_MASK = 0xfc;

function fibMatch(ns: Netns, flow: Flow): RtnlReply {
  const found = fibLookup(ns, flow);
  return typeof found === "string" ? refuse(found, "No FIB entry found") : answer([{ is: "route", route: routeRowOf(found.route) }]);
}

/** Seconds left, rounded down, of something that was learned. */
const secondsLeft = (ns: Netns, e: NexthopException | null): number =>
  e === null || e.expiresNs === Infinity ? 0 : Math.max(0, Math.floor((e.expiresNs - ns.world.sim.nowNs) / SEC));

/** The route's metrics with the path MTU that was learned; "lock" where the floor was taken. */
function metricsOf(dst: Pick<Dst, "route">, e: NexthopException | null): Pick<RouteGetRow, "metrics" | "locked"> {
  const metrics = new Map(dst.route?.metrics ?? []);
  const locked = new Set(dst.route?.locked ?? []);
  if (e !== null && e.mtuBytes > 0) metrics.set("mtu", e.mtuBytes);
  if (e !== null && e.mtuLocked) locked.add("mtu");
  return { metrics, locked };
}

function outputRow(ns: Netns, request: RouteGet, dst: Dst): RouteGetRow {
  const learned = dst.nexthop === undefined ? null : findException(ns, dst.nexthop, request.dst);
  const hasSource = request.src !== undefined && request.src !== IP4_ANY;
  return {
    type: dst.type, dst: request.dst, src: hasSource ? request.src! : null, tos: 0, table: dst.route?.table ?? TABLE_MAIN,
    gateway: dst.gateway, oif: dst.dev.ifindex, iif: 0, prefsrc: hasSource ? null : dst.saddr, mark: request.mark ?? 0, uid: request.uid ?? 0,
    ...metricsOf(dst, learned), realm: dst.nexthop?.realm ?? 0, expiresSec: secondsLeft(ns, learned),
    cacheFlags: learned?.gateway === undefined || learned.gateway === null ? flagsOf(dst.type, request) : ["redirected"],
  };
}

function flagsOf(type: RouteType, request: RouteGet): readonly string[] {
  if (type === "local") return ["local"];
  if (type === "broadcast") return request.dst === IP4_BROADCAST ? ["brd"] : ["local", "brd"];
  return type === "multicast" ? ["mc"] : [];
}

/** With "iif": what would become of a packet that came in there (ip_route_input). */
function asForwarded(ns: Netns, request: RouteGet): RtnlReply {
  const dev = ns.byIndex.get(request.iif!);
  if (dev === undefined) return refuse("ENODEV");
  const flow = flowOf({ ...outputKey(request), oif: 0 }, dev.ifindex);
  const decision = decideInput(ns, dev, flow);
  if (isRefusal(decision)) return refuse(decision.is === "noRoute" ? decision.errno : decision.is === "notForwarding" ? "EHOSTUNREACH" : "EINVAL");
  if (request.fibMatch) return fibMatch(ns, flow);
  return answer([{ is: "routeGet", route: inputRow(ns, request, decision.dst) }]);
}

function inputRow(ns: Netns, request: RouteGet, dst: Dst): RouteGetRow {
  const learned = dst.nexthop === undefined ? null : findException(ns, dst.nexthop, request.dst);
  const flags = dst.type === "local" ? ["local"] : dst.type === "broadcast" ? ["local", "brd"] : dst.redirect === true ? ["redirect"] : [];
  return {
    type: dst.type, dst: request.dst, src: request.src ?? IP4_ANY, tos: 0, table: dst.route?.table ?? TABLE_MAIN,
    gateway: dst.gateway, oif: dst.dev.ifindex, iif: request.iif!, prefsrc: null, mark: request.mark ?? 0, uid: null,
    ...metricsOf(dst, learned), realm: 0, cacheFlags: flags, expiresSec: secondsLeft(ns, learned),
  };
}

/** RTM_GETROUTE with RTM_F_CLONED: what nexthops have learned about destinations (fnhe_dump_buckets). */
export function cacheDump(ns: Netns, table: number | undefined): RtnlReply {
  return answer(listExceptions(ns, table).map(({ table: id, route, nexthop, daddr, exception }) => ({
    is: "routeGet", route: {
      type: "unicast", dst: daddr, src: null, tos: 0, table: id, gateway: exception.gateway ?? nexthop.gateway, oif: nexthop.dev?.ifindex ?? 0, iif: 0,
      prefsrc: null, mark: 0, uid: null, ...metricsOf({ route }, exception), realm: 0,
      cacheFlags: exception.gateway === null ? [] : ["redirected"], expiresSec: secondsLeft(ns, exception),
    },
  })));
}
