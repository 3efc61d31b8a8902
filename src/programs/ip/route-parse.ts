import { IP4_ANY } from "../../wire/addr.ts";
import type { NexthopSpec, RouteSpec, RouteType } from "../../net/uapi/rtnetlink.ts";
import { type Args, deviceOf, matches, parseUnsigned, prefixOf } from "./lib/args.ts";
import { type Prefix, parseAddr } from "./lib/addresses.ts";
import { parseProto, parseScope, parseTable, parseTos } from "./lib/names.ts";
import type { Cmd } from "./lib/tool.ts";
import { METRIC_ORDER } from "./route-print.ts";
import { ROUTE_USAGE } from "./usage.ts";

/** The words of `ip route add|del|…` (iproute_modify). */

const TYPES: readonly RouteType[] = ["local", "nat", "broadcast", "multicast", "anycast", "throw", "unreachable", "blackhole", "prohibit", "unicast"];
const TABLE_LOCAL = 255;
const TABLE_MAIN = 254;
const NOWHERE = 255;

/** rtnl_rtntype_a2n: names and abbreviations. */
export const routeType = (text: string): RouteType | null => TYPES.find((t) => t === text) ?? (parseUnsigned(text) === null ? null : (BY_NUMBER[Number(text)] ?? null));
const BY_NUMBER: Readonly<Record<number, RouteType>> = { 1: "unicast", 2: "local", 3: "broadcast", 4: "anycast", 5: "multicast", 6: "blackhole", 7: "unreachable", 8: "prohibit", 9: "throw", 10: "nat" };

interface Draft {
  dst: Prefix | null;
  type: RouteType | null;
  table: number | null;
  scope: number | null;
  protocol: number | null;
  metric: number | null;
  tos: number;
  prefsrc: Prefix | null;
  dev: string | null;
  via: Prefix | null;
  onlink: boolean;
  realm: number;
  readonly nexthops: NexthopSpec[];
  readonly metrics: Map<string, number>;
  readonly locked: Set<string>;
}

export function* parseRoute(args: Args, deleting: boolean): Cmd<RouteSpec> {
  const d: Draft = {
    dst: null, type: null, table: null, scope: null, protocol: null, metric: null, tos: 0, prefsrc: null, dev: null, via: null, onlink: false, realm: 0,
    nexthops: [], metrics: new Map(), locked: new Set(),
  };
  while (args.more) yield* word(args, d, args.take());
  return yield* finish(args, d, deleting);
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  if (w === "src") d.prefsrc = yield* plainAddress(args, d.dst !== null);
  else if (w === "as") yield* refused(args, w);
  else if (w === "via") d.via = yield* via(args, d.dst !== null);
  else if (w === "from") yield* refused(args, w);
  else if (w === "tos" || matches(w, "dsfield")) d.tos = yield* tos(args);
  else if (w === "expires") yield* refused(args, w);
  else if (matches(w, "metric") || matches(w, "priority") || w === "preference") d.metric = yield* args.number(0xffffffff, "\"metric\" value is invalid\n");
  else if (w === "scope") d.scope = yield* named(args, parseScope, "invalid \"scope\" value\n");
  else if (matches(w, "protocol")) d.protocol = yield* named(args, parseProto, "\"protocol\" value is invalid\n");
  else if (matches(w, "table")) d.table = yield* named(args, parseTable, "\"table\" value is invalid\n");
  else if (!(yield* metricWord(args, d, w))) yield* otherWord(args, d, w);
}

function* otherWord(args: Args, d: Draft, w: string): Cmd<void> {
  if (w === "dev" || w === "oif") d.dev = yield* args.next();
  else if (w === "onlink") d.onlink = true;
  else if (matches(w, "nexthop") && w.length > 3) yield* nexthops(args, d);
  else if (matches(w, "realms")) d.realm = yield* args.number(0xffff, "\"realm\" value is invalid\n");
  else if (["vrf", "encap", "pervasive", "offload", "nhid", "ttl-propagate", "pref"].includes(w)) yield* refused(args, w);
  else yield* destination(args, d, w);
}

function* refused(args: Args, w: string): Cmd<never> {
  return yield* args.tool.die(`ip: route ${w}: not simulated here\n`, 2);
}

/** `known`: the destination was IPv4, so this must be. */
function* plainAddress(args: Args, known: boolean): Cmd<Prefix> {
  const text = args.peek ?? "";
  if (known && typeof parseAddr(text) !== "number" && text !== "") yield* args.tool.die(`Error: inet address is expected rather than "${text}".\n`, 1);
  const addr = yield* args.address();
  return { addr, len: 32, plain: true, word: false };
}

function* via(args: Args, known: boolean): Cmd<Prefix> {
  if (args.peek === "inet6") return yield* refused(args, "via inet6");
  if (args.peek === "inet") args.take();
  return yield* plainAddress(args, known);
}

function* tos(args: Args): Cmd<number> {
  const text = yield* args.next();
  return parseTos(text) ?? (yield* args.wrong("\"tos\" value is invalid\n", text));
}

function* named(args: Args, parse: (text: string) => number | null, message: string): Cmd<number> {
  const text = yield* args.next();
  return parse(text) ?? (yield* args.wrong(message, text));
}

/** mtu, advmss, rtt …, each with "lock" before its value. */
function* metricWord(args: Args, d: Draft, w: string): Cmd<boolean> {
  const name = METRIC_ORDER.find((m) => (m === "mtu" || m === "cwnd" || m === "rto_min" || m === "rtt" ? w === m : matches(w, m) && w.length > 2));
  if (name === undefined) return false;
  if (name === "congctl" || name === "features") return yield* refused(args, w);
  if (args.peek === "lock") {
    args.take();
    d.locked.add(name);
  }
  const text = yield* args.next();
  const value = name === "rtt" || name === "rttvar" || name === "rto_min" ? parseTime(text) : parseUnsigned(text);
  if (value === null) return yield* args.wrong(`"${name}" value is invalid\n`, text);
  d.metrics.set(name, value);
  return true;
}

/** 20ms, 1s, 300 → milliseconds. */
function parseTime(text: string): number | null {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|msec|msecs|s|sec|secs)?$/.exec(text) ?? [];
  if (digits === undefined) return null;
  return unit?.startsWith("s") === true ? Number(digits) * 1000 : Number(digits);
}

/** Everything behind "nexthop" belongs to the multipath list. */
function* nexthops(args: Args, d: Draft): Cmd<void> {
  let more = true;
  while (more) {
    d.nexthops.push(yield* oneNexthop(args));
    more = args.more && args.peek === "nexthop";
    if (more) args.take();
  }
  if (args.more) yield* args.tool.die(`Error: "nexthop" or end of line is expected instead of "${args.peek ?? ""}"\n`);
}

function* oneNexthop(args: Args): Cmd<NexthopSpec> {
  let nh: NexthopSpec = {};
  if (!args.more) yield* args.tool.die("Error: unexpected end of line after \"nexthop\"\n");
  while (args.more && args.peek !== "nexthop") {
    const w = args.take();
    if (w === "via") nh = { ...nh, gateway: (yield* via(args, true)).addr };
    else if (w === "dev") nh = { ...nh, ifindex: yield* nexthopDevice(args) };
    else if (w === "weight") nh = { ...nh, weight: yield* weight(args) };
    else if (w === "onlink") nh = { ...nh, onlink: true };
    else if (matches(w, "realms")) nh = { ...nh, realm: yield* args.number(0xffff, "\"realm\" value is invalid\n") };
    else if (w === "encap" || w === "as") yield* refused(args, w);
    else yield* args.tool.die(`Error: "nexthop" or end of line is expected instead of "${w}"\n`);
  }
  return nh;
}

function* nexthopDevice(args: Args): Cmd<number> {
  const name = yield* args.next();
  const index = args.tool.links.index(name);
  return index === 0 ? yield* args.tool.die(`Cannot find device "${name}"\nError: cannot parse nexthop\n`) : index;
}

function* weight(args: Args): Cmd<number> {
  const text = yield* args.next();
  const n = parseUnsigned(text);
  return n === null || n === 0 || n > 256 ? yield* args.wrong("\"weight\" is invalid\n", text) : n;
}

function* destination(args: Args, d: Draft, w: string): Cmd<void> {
  let text = w === "to" ? yield* args.next() : w;
  const type = text.startsWith("-") ? null : TYPES.find((t) => t === text) ?? null;
  if (type !== null) {
    d.type = type;
    text = yield* args.next();
  }
  if (matches(text, "help") && text === w) yield* args.tool.die(ROUTE_USAGE);
  if (d.dst !== null) yield* args.twiceOrGarbage("to", text);
  d.dst = yield* prefixOf(args.tool, text);
}

function* finish(args: Args, d: Draft, deleting: boolean): Cmd<RouteSpec> {
  if (d.dst === null) yield* args.tool.die(ROUTE_USAGE);
  const ifindex = d.dev === null ? undefined : yield* deviceOf(args.tool, d.dev);
  const type = d.type ?? (deleting ? null : "unicast");
  const plain: NexthopSpec = {
    ...(ifindex === undefined ? {} : { ifindex }), ...(d.via === null ? {} : { gateway: d.via.addr }), ...(d.onlink ? { onlink: true } : {}), ...(d.realm === 0 ? {} : { realm: d.realm }),
  };
  const multipath = d.nexthops.length > 0;
  return {
    table: d.table ?? defaultTable(type), type, dst: d.dst?.addr ?? IP4_ANY, prefixLen: d.dst?.len ?? 0, tos: d.tos, protocol: d.protocol ?? (deleting ? 0 : 3),
    scope: d.scope ?? defaultScope(d, type, deleting), nexthops: multipath ? d.nexthops : Object.keys(plain).length > 0 ? [plain] : [], multipath,
    metrics: d.metrics, locked: d.locked, ...(d.metric === null ? {} : { metric: d.metric }), ...(d.prefsrc === null ? {} : { prefsrc: d.prefsrc.addr }),
  };
}

const defaultTable = (type: RouteType | null): number => (type === "local" || type === "broadcast" || type === "nat" || type === "anycast" ? TABLE_LOCAL : TABLE_MAIN);

/** Local addresses reach the host; what is on the link itself, or for everybody on it, the link. */
function defaultScope(d: Draft, type: RouteType | null, deleting: boolean): number {
  if (type === "local" || type === "nat") return 254;
  if (type === "broadcast" || type === "multicast" || type === "anycast") return 253;
  if (type === "unicast" || type === null) {
    if (deleting) return NOWHERE;
    return d.via === null && d.nexthops.length === 0 ? 253 : 0;
  }
  return 0;
}
