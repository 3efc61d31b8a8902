import type { RouteRow, RouteType } from "../../net/uapi/rtnetlink.ts";
import { type Ip4, inPrefix } from "../../wire/addr.ts";
import { type Args, deviceOf, matches, prefixOf } from "./lib/args.ts";
import type { Prefix } from "./lib/addresses.ts";
import { parseProto, parseScope, parseTable, parseTos } from "./lib/names.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { routeType } from "./route-parse.ts";
import { type RouteColumn, printRoute, printRouteGet } from "./route-print.ts";

/** `ip route show` and `flush`: the same selection (iproute_list_flush_or_save, filter_nlmsg). */

const TABLE_MAIN = 254;

interface Filter {
  /** 0 = all tables. */
  table: number;
  protocol: number | null;
  scope: number | null;
  type: RouteType | null;
  dev: number | null;
  via: Prefix | null;
  src: Prefix | null;
  tos: number | null;
  metric: number | null;
  /** "root" and "match" bounds of the destination. */
  root: Prefix | null;
  match: Prefix | null;
  exact: Prefix | null;
  /** What was learned about single destinations, not the routes themselves. */
  cached: boolean;
}

function* parseFilter(args: Args): Cmd<Filter> {
  const f: Filter = { table: TABLE_MAIN, protocol: null, scope: null, type: null, dev: null, via: null, src: null, tos: null, metric: null, root: null, match: null, exact: null, cached: false };
  while (args.more) yield* word(args, f, args.take());
  return f;
}

function* word(args: Args, f: Filter, w: string): Cmd<void> {
  if (matches(w, "table")) f.table = yield* table(args, f);
  else if (w === "tos" || matches(w, "dsfield")) f.tos = yield* named(args, parseTos, "TOS value is invalid\n");
  else if (matches(w, "protocol")) f.protocol = yield* all(args, parseProto, "invalid \"protocol\"\n");
  else if (matches(w, "scope")) f.scope = yield* all(args, parseScope, "invalid \"scope\"\n");
  else if (matches(w, "type")) f.type = yield* type(args);
  else if (w === "dev" || w === "oif" || w === "iif") f.dev = yield* deviceOf(args.tool, yield* args.next());
  else if (w === "via") f.via = yield* prefixAfterFamily(args);
  else if (w === "src") f.src = yield* args.prefix();
  else if (matches(w, "metric")) f.metric = yield* args.number(0xffffffff, "\"metric\" value is invalid\n");
  else if (matches(w, "cached") || w === "cloned") f.cached = true;
  else if (["vrf", "realms", "nhid", "from", "mark"].some((x) => w === x)) yield* args.tool.die(`ip: route show ${w}: not simulated here\n`, 1);
  else yield* destination(args, f, w);
}

function* table(args: Args, f: Filter): Cmd<number> {
  const text = yield* args.next();
  if (text === "cache") {
    f.cached = true;
    return 0;
  }
  if (matches(text, "all") || text === "0") return 0;
  const n = parseTable(text);
  return n ?? (yield* args.wrong("table id value is invalid\n", text));
}

function* all(args: Args, parse: (text: string) => number | null, message: string): Cmd<number | null> {
  const text = yield* args.next();
  if (text === "all") return null;
  return parse(text) ?? (yield* args.wrong(message, text));
}

function* named(args: Args, parse: (text: string) => number | null, message: string): Cmd<number> {
  const text = yield* args.next();
  return parse(text) ?? (yield* args.wrong(message, text));
}

function* type(args: Args): Cmd<RouteType> {
  const text = yield* args.next();
  return routeType(text) ?? (yield* args.wrong("node type value is invalid\n", text));
}

function* prefixAfterFamily(args: Args): Cmd<Prefix> {
  if (args.peek === "inet") args.take();
  return yield* args.prefix();
}

function* destination(args: Args, f: Filter, w: string): Cmd<void> {
  const text = w === "to" ? yield* args.next() : w;
  if (matches(text, "root")) f.root = yield* args.prefix();
  else if (matches(text, "match")) f.match = yield* args.prefix();
  else if (matches(text, "exact")) f.exact = yield* args.prefix();
  else f.exact = yield* prefixOf(args.tool, text);
}

/** filter_nlmsg: what the kernel did not filter. */
function fits(r: RouteRow, f: Filter): boolean {
  if (f.protocol !== null && r.protocol !== f.protocol) return false;
  if (f.scope !== null && r.scope !== f.scope) return false;
  if (f.type !== null && r.type !== f.type) return false;
  if (f.tos !== null && r.tos !== f.tos) return false;
  if (f.metric !== null && r.metric !== f.metric) return false;
  if (f.dev !== null && (r.nexthops.length !== 1 || r.nexthops[0]!.ifindex !== f.dev)) return false;
  if (f.via !== null && !within(r.nexthops[0]?.gateway ?? null, f.via)) return false;
  if (f.src !== null && !within(r.prefsrc, f.src)) return false;
  return destinationFits(r, f);
}

const within = (addr: Ip4 | null, prefix: Prefix): boolean => addr !== null && inPrefix(addr, prefix.addr, prefix.len);

function destinationFits(r: RouteRow, f: Filter): boolean {
  if (f.exact !== null && !(r.prefixLen === f.exact.len && r.dst === f.exact.addr)) return false;
  if (f.root !== null && !(r.prefixLen >= f.root.len && inPrefix(r.dst, f.root.addr, f.root.len))) return false;
  return f.match === null || (r.prefixLen <= f.match.len && inPrefix(r.dst, f.match.addr, r.prefixLen));
}

function* select(tool: Tool, f: Filter): Cmd<readonly RouteRow[] | null> {
  if (tool.options.family === "inet6" || tool.options.family === "mpls") return [];
  const items = yield* tool.dump({ op: "route.dump", ...(f.table === 0 ? {} : { table: f.table }) });
  return items === null ? null : items.flatMap((i) => (i.is === "route" && fits(i.route, f) ? [i.route] : []));
}

/** Columns that would say on every line what was asked for; a shorter prefix leaves room for more than one address. */
function hiddenBy(f: Filter): ReadonlySet<RouteColumn> {
  const selected: readonly (readonly [RouteColumn, boolean])[] = [
    ["dev", f.dev !== null], ["gateway", f.via?.len === 32], ["prefsrc", f.src?.len === 32], ["protocol", f.protocol !== null], ["scope", f.scope !== null],
    ["tos", f.tos !== null], ["metric", f.metric !== null],
  ];
  return new Set(selected.flatMap(([column, on]) => (on ? [column] : [])));
}

export function* listRoutes(args: Args): Cmd<number> {
  const f = yield* parseFilter(args);
  const { tool } = args;
  if (f.cached) return yield* listCache(tool, f);
  tool.out.begin();
  const routes = yield* select(tool, f);
  if (routes === null) return -2;
  for (const r of routes) printRoute(tool, r, { table: f.table, hidden: hiddenBy(f) });
  tool.out.end();
  return 0;
}

/** `ip route show cache`. */
function* listCache(tool: Tool, f: Filter): Cmd<number> {
  tool.out.begin();
  const items = tool.options.family === "inet6" ? [] : yield* tool.dump({ op: "route.dump", cached: true });
  if (items === null) return -2;
  for (const item of items) {
    if (item.is !== "routeGet" || (f.dev !== null && item.route.oif !== f.dev)) continue;
    if (f.exact === null || (f.exact.addr === item.route.dst && f.exact.len === 32)) printRouteGet(tool, item.route);
  }
  tool.out.end();
  return 0;
}

/** `ip route flush cache`: what was learned about paths is forgotten. */
const FLUSH_FILE = "/proc/sys/net/ipv4/route/flush";

export function* flushRoutes(args: Args): Cmd<number> {
  const { tool } = args;
  if (args.peek === "cache" && args.rest.length === 1) {
    tool.sys.writeFile(FLUSH_FILE, "-1\n", { write: true });
    return 0;
  }
  if (!args.more) {
    yield* tool.err("\"ip route flush\" requires arguments.\n");
    return -1;
  }
  const f = yield* parseFilter(args);
  if (tool.options.family !== "inet6") {
    const routes = yield* select(tool, f);
    if (routes === null) return -2;
    for (const r of routes) yield* deleteOne(tool, r, f);
    if (tool.options.stats > 0) tool.out.fp(routes.length === 0 ? "Nothing to flush.\n" : `\n*** Round 1, deleting ${routes.length} entries ***\n*** Flush is complete after 1 round ***\n`);
  }
  return 0;
}

function* deleteOne(tool: Tool, r: RouteRow, f: Filter): Cmd<void> {
  if (tool.options.stats > 1) printRoute(tool, r, { table: f.table, deleted: true });
  const { prefsrc: _prefsrc, ...row } = r;
  yield* tool.talk({ op: "route.del", route: { ...row, nexthops: r.nexthops.map((nh) => ({ ifindex: nh.ifindex, ...(nh.gateway === null ? {} : { gateway: nh.gateway }), weight: nh.weight })), multipath: r.nexthops.length > 1 } });
}
