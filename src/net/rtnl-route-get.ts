import { IP4_ANY, IP4_BROADCAST } from "../wire/addr.ts";
import { SEC } from "../sim/sim.ts";
import type { Netdev } from "./core/netdev.ts";
import type { Netns } from "./core/netns.ts";
import { type FibResult, TABLE_MAIN, type Flow } from "./ipv4/fib.ts";
import { fibLookup } from "./ipv4/fib-lookup.ts";
import { type Dst, addrType, deviceOf, flowOf, routeOutput } from "./ipv4/route.ts";
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

function outputRow(ns: Netns, request: RouteGet, dst: Dst): RouteGetRow {
  const learned = ns.ipv4.pmtu.get(request.dst);
  const left = learned === undefined ? 0 : Math.max(0, Math.floor((learned.untilNs - ns.world.sim.nowNs) / SEC));
  const metrics = new Map(dst.route?.metrics ?? []);
  if (learned !== undefined && left > 0) metrics.set("mtu", learned.mtuBytes);
  const hasSource = request.src !== undefined && request.src !== IP4_ANY;
  return {
    type: dst.type, dst: request.dst, src: hasSource ? request.src! : null, tos: 0, table: dst.route?.table ?? TABLE_MAIN,
    gateway: dst.gateway, oif: dst.dev.ifindex, iif: 0, prefsrc: hasSource ? null : dst.saddr, mark: request.mark ?? 0, uid: request.uid ?? 0,
    metrics, locked: dst.route?.locked ?? new Set(), realm: 0, cacheFlags: flagsOf(dst.type, request), expiresSec: left,
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
  const found = fibLookup(ns, flowOf({ ...outputKey(request), oif: 0 }, dev.ifindex));
  if (typeof found === "string") return refuse((dev.in4?.conf.forwarding ?? 0) === 0 ? "EHOSTUNREACH" : found);
  if (found.route.type === "unicast" && (dev.in4?.conf.forwarding ?? 0) === 0) return refuse("EHOSTUNREACH");
  if (request.src !== undefined && addrType(ns, request.src) === "local") return refuse("EINVAL");
  return answer([{ is: "routeGet", route: inputRow(ns, request, found) }]);
}

function inputRow(ns: Netns, request: RouteGet, { route, nexthop }: FibResult): RouteGetRow {
  const local = route.type === "local" || route.type === "broadcast";
  return {
    type: route.type, dst: request.dst, src: request.src ?? IP4_ANY, tos: 0, table: route.table,
    gateway: local ? null : (nexthop?.gateway ?? null), oif: local ? ns.loopback.ifindex : (nexthop?.dev?.ifindex ?? 0), iif: request.iif!,
    prefsrc: null, mark: request.mark ?? 0, uid: null, metrics: route.metrics, locked: route.locked, realm: 0,
    cacheFlags: local ? (route.type === "broadcast" ? ["local", "brd"] : ["local"]) : redirects(ns, request, nexthop?.dev ?? null) ? ["redirect"] : [], expiresSec: 0,
  };
}

/** The packet would leave where it came in, and its sender is on the same link: it will be told of the better way (__mkroute_input). */
function redirects(ns: Netns, request: RouteGet, out: Netdev | null): boolean {
  if (out === null || out.ifindex !== request.iif || request.src === undefined) return false;
  const allowed = ns.ipv4.confAll.sendRedirects !== 0 || (out.in4?.conf.sendRedirects ?? 0) !== 0;
  const back = fibLookup(ns, flowOf({ daddr: request.src, saddr: request.dst }));
  return allowed && typeof back !== "string" && back.nexthop?.dev === out && back.nexthop.gateway === null;
}
