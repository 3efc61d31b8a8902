import { strerror } from "../../net/uapi/errno.ts";
import type { NexthopSpec, RouteRow, RouteSpec } from "../../net/uapi/rtnetlink.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { type Ip4, formatIp4, ip4, maskOf } from "../../wire/addr.ts";
import { type Io, plainTool } from "../lib/tool.ts";
import { AddressNames } from "../lib/address-names.ts";
import { readLines } from "../lib/resolver/conf.ts";
import { NEW, ask, hostError, link, links, parseHost, routes } from "./kernel.ts";
import { INET_ROUTE_USAGE, ROUTE_USAGE } from "./usage.ts";

/** route(8) of net-tools 2.10. */
export const route = plainTool(function* (io, args) {
  const words = [...args];
  const seen = { numeric: false, extend: 0 };
  while (words[0]?.startsWith("-") === true) {
    const status = yield* option(io, words, seen);
    if (status !== null) return status;
  }
  const [verb, ...rest] = words;
  if (verb === undefined) return yield* showRoutes(io, seen.numeric, seen.extend);
  if (verb === "add" || verb === "del") return yield* change(io, verb, rest);
  if (verb === "flush") return yield* fail(io, "Flushing `inet' routes not supported\n", 4);
  return yield* fail(io, ROUTE_USAGE, 3);
});

function* fail(io: Io, text: string, status: number): Task<number> {
  yield* io.err(text);
  return status;
}

function* option(io: Io, words: string[], seen: { numeric: boolean; extend: number }): Task<number | null> {
  const word = words.shift()!;
  if (word === "-4" || word === "--inet") return null;
  if (word === "-A" && words[0] === "inet") {
    words.shift();
    return null;
  }
  if (word === "-V" || word === "--version") return yield* version(io);
  for (const letter of word === "--numeric" ? "n" : word === "--extend" ? "e" : word === "--fib" ? "F" : word.slice(1)) {
    if (letter === "n") seen.numeric = true;
    else if (letter === "e") seen.extend++;
    else if (letter === "6" || letter === "C" || letter === "A" || letter === "N") return yield* fail(io, `route: -${letter}: not simulated here\n`, 4);
    else if (letter !== "F" && letter !== "v") return yield* fail(io, letter === "h" || letter === "-" ? ROUTE_USAGE : `route: invalid option -- '${letter}'\n${ROUTE_USAGE}`, 3);
  }
  return null;
}

function* version(io: Io): Task<number> {
  yield* io.out.text("net-tools 2.10\n");
  return 0;
}

const HEADS = [
  "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n",
  "Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n",
  "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt\n",
];

/** The routing table; `extend` 0: metrics, 1: as `netstat -r` shows it, 2: both. */
export function* showRoutes(io: Io, numeric: boolean, extend: number): Task<number> {
  const names = new Map(links(io.sys).map((l) => [l.ifindex, l.name]));
  const networks = numeric ? new Map<string, string>() : networkNames(io.sys);
  const hosts = new AddressNames(io.sys);
  const shown = (addr: Ip4, isHost: boolean): string => (isHost ? hosts.text(addr) : (networks.get(formatIp4(addr)) ?? formatIp4(addr))).slice(0, 15);
  yield* io.out.text(`Kernel IP routing table\n${HEADS[Math.min(extend, 2)]}`);
  for (const r of routes(io.sys)) {
    if (r.type === "broadcast" || r.type === "multicast") continue;
    const gateway = r.nexthops[0]?.gateway ?? null;
    if (!numeric) yield* hosts.learn([...(r.prefixLen === 32 ? [r.dst] : []), ...(gateway === null ? [] : [gateway])]);
    yield* io.out.text(line(r, names, numeric, Math.min(extend, 2), shown));
  }
  return 0;
}

/** networks(5): names by number. */
const networkNames = (sys: Sys): Map<string, string> =>
  new Map(readLines(sys, "/etc/networks").map((l) => l.replace(/#.*/, "").trim().split(/\s+/)).flatMap(([name = "", net]) => (net === undefined ? [] : [[net, name] as const])));

function line(r: RouteRow, names: ReadonlyMap<number, string>, numeric: boolean, extend: number, shown: (addr: Ip4, isHost: boolean) => string): string {
  const nh = r.nexthops[0];
  const rejects = nh === undefined;
  const dst = r.prefixLen === 0 && !numeric ? "default" : shown(r.dst, r.prefixLen === 32);
  const gateway = rejects ? "-" : nh.gateway === null ? "0.0.0.0" : shown(nh.gateway, true);
  const flags = `${rejects ? "!" : "U"}${(nh?.gateway ?? null) === null ? "" : "G"}${r.prefixLen === 32 ? "H" : ""}`;
  const dev = rejects ? "-" : (names.get(nh.ifindex) ?? "*");
  const head = `${dst.padEnd(15)} ${gateway.padEnd(15)} ${formatIp4(maskOf(r.prefixLen)).padEnd(15)} ${flags.padEnd(6)}`;
  const mss = r.metrics.get("advmss") ?? 0;
  const window = r.metrics.get("window") ?? 0;
  if (extend === 1) return rejects ? `${head}    - -          - -\n` : `${head}${String(mss).padStart(5)} ${String(window).padEnd(5)} ${"0".padStart(6)} ${dev}\n`;
  const base = `${head}${String(r.metric).padEnd(6)} ${(rejects ? "-" : "0").padEnd(2)} ${"0".padStart(7)} ${dev}`;
  return extend === 2 ? `${base.padEnd(head.length + 27)}${String(mss).padEnd(5)} ${String(window).padEnd(6)} 0\n` : `${base}\n`;
}

interface Draft {
  addr: Ip4;
  len: number | null;
  /** The length was written behind the address. */
  slash: boolean;
  host: boolean | null;
  gateway: Ip4 | null;
  dev: string | null;
  metric: number;
  reject: boolean;
  readonly metrics: Map<string, number>;
}

/** INET_setroute. */
function* change(io: Io, verb: "add" | "del", words: readonly string[]): Task<number> {
  if (words.length === 0) {
    yield* io.out.text(INET_ROUTE_USAGE);
    return 0;
  }
  const rest = [...words];
  const d: Draft = { addr: ip4(0), len: null, slash: false, host: null, gateway: null, dev: null, metric: 0, reject: false, metrics: new Map() };
  const end = (yield* target(io, d, rest)) ?? (yield* options(io, d, rest));
  if (end !== null) return end;
  const isHost = d.host ?? (d.addr !== 0 && d.len === null && looksLikeHost(d.addr));
  const len = d.addr === 0 ? (d.len ?? 0) : isHost ? (d.len ?? 32) : (d.len ?? classLength(d.addr));
  if (isHost && len !== 32) return yield* fail(io, `route: netmask ${hexMask(d.slash ? classLength(d.addr) : len)} doesn't make sense with host route\n${INET_ROUTE_USAGE}`, 3);
  if (d.len !== null && (d.addr & ~maskOf(len)) !== 0) return yield* fail(io, `route: netmask doesn't match route address\n${INET_ROUTE_USAGE}`, 3);
  return yield* apply(io, verb, d, len);
}

/** The mask as the little-endian machine prints the number. */
const hexMask = (len: number): string => (formatIp4(maskOf(len)).split(".").reverse().map((b) => Number(b).toString(16).padStart(2, "0")).join(""));
const looksLikeHost = (addr: Ip4): boolean => (addr & ~maskOf(classLength(addr))) !== 0;
const classLength = (addr: Ip4): number => (addr >>> 31 === 0 ? 8 : addr >>> 30 === 2 ? 16 : 24);

function* target(io: Io, d: Draft, rest: string[]): Task<number | null> {
  if (rest[0] === "-net" || rest[0] === "-host") d.host = rest.shift() === "-host";
  const text = rest.shift();
  if (text === undefined) return yield* fail(io, INET_ROUTE_USAGE, 3);
  const [bare = "", len] = text.split("/", 2);
  const addr = yield* parseHost(io.sys, bare);
  if (typeof addr === "string") return yield* fail(io, hostError(bare, addr), 6);
  d.addr = addr;
  if (len === undefined) return null;
  if (Number(len) > 32 || Number.isNaN(Number(len))) return yield* fail(io, `route: netmask doesn't match route address\n${INET_ROUTE_USAGE}`, 3);
  d.len = Number(len);
  d.slash = true;
  d.host ??= len === "32" || d.host === null;
  return null;
}

function* options(io: Io, d: Draft, rest: string[]): Task<number | null> {
  while (rest.length > 0) {
    const end = yield* oneOption(io, d, rest.shift()!, rest);
    if (end !== null) return end;
  }
  return null;
}

function* oneOption(io: Io, d: Draft, w: string, rest: string[]): Task<number | null> {
  if (w === "reject") d.reject = true;
  else if (w === "gw" || w === "gateway" || w === "netmask") return yield* addressOption(io, d, w, rest.shift());
  else if (w === "metric") d.metric = Number(rest.shift() ?? 0);
  else if (w === "mss" || w === "mtu" || w === "window") d.metrics.set(w === "window" ? "window" : "advmss", Number(rest.shift() ?? 0));
  else if (["irtt", "mod", "dyn", "reinstate"].includes(w)) return yield* fail(io, `route: ${w}: not simulated here\n`, 4);
  else d.dev = w === "dev" || w === "device" ? (rest.shift() ?? null) : w;
  return null;
}

function* addressOption(io: Io, d: Draft, w: string, text: string | undefined): Task<number | null> {
  if (text === undefined) return yield* fail(io, INET_ROUTE_USAGE, 3);
  const addr = yield* parseHost(io.sys, text);
  if (typeof addr === "string") return yield* fail(io, w === "netmask" ? hostError(text, addr) : `${text}: Unknown host\n`, 6);
  if (w !== "netmask") d.gateway = addr;
  else for (let n = 0; n <= 32; n++) if (maskOf(n) === addr) d.len = n;
  return null;
}

function* apply(io: Io, verb: "add" | "del", d: Draft, len: number): Task<number> {
  const call = verb === "add" ? "SIOCADDRT" : "SIOCDELRT";
  const ifindex = d.dev === null ? undefined : link(io.sys, d.dev)?.ifindex;
  if (d.dev !== null && ifindex === undefined) return yield* fail(io, `${call}: ${strerror("ENODEV")}\n`, 7);
  const nexthop: NexthopSpec = { ...(ifindex === undefined ? {} : { ifindex }), ...(d.gateway === null ? {} : { gateway: d.gateway }) };
  const spec: RouteSpec = {
    table: 254, type: d.reject ? "unreachable" : verb === "add" ? "unicast" : null, dst: d.addr, prefixLen: len, tos: 0, metric: d.metric,
    protocol: verb === "add" ? 3 : 0, scope: verb === "del" ? 255 : d.reject ? 254 : d.gateway === null ? 253 : 0,
    nexthops: d.reject || Object.keys(nexthop).length === 0 ? [] : [nexthop], multipath: false, metrics: d.metrics, locked: new Set(),
  };
  const error = ask(io.sys, verb === "add" ? { op: "route.new", flags: NEW, route: spec } : { op: "route.del", route: spec });
  return error === undefined ? 0 : yield* fail(io, `${call}: ${strerror(error)}\n`, 7);
}
