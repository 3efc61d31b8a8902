import { type Ip4, formatIp4, ip4, maskOf } from "../../wire/addr.ts";
import type { AddrRow, AddrSpec, NewFlags } from "../../net/uapi/rtnetlink.ts";
import { Args, matches, prefixOf } from "./lib/args.ts";
import { type Prefix, parseAddr } from "./lib/addresses.ts";
import { parseScope } from "./lib/names.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { ADD, CHANGE, REPLACE } from "./link.ts";
import { addrFits, parseFilter, selectLinks, showLinks } from "./link-show.ts";
import { ADDR_USAGE } from "./usage.ts";
import { printAddr } from "./addr-print.ts";

/** `ip address` (do_ipaddr). */
export function* doAddr(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  if (matches(verb, "add")) return yield* modify(args, "add", ADD);
  if (matches(verb, "change") || verb === "chg") return yield* modify(args, "add", CHANGE);
  if (matches(verb, "replace")) return yield* modify(args, "add", REPLACE);
  if (matches(verb, "delete")) return yield* modify(args, "del", ADD);
  if (matches(verb, "show") || matches(verb, "lst") || matches(verb, "list")) return yield* helpOr(args, () => showLinks(args, "addr"));
  if (matches(verb, "flush")) return yield* flush(args);
  for (const other of ["save", "showdump", "restore"]) if (matches(verb, other)) return yield* tool.die(`ip: address ${other}: not simulated here\n`, 1);
  if (matches(verb, "help")) return yield* tool.die(ADDR_USAGE);
  return yield* tool.die(`Command "${verb}" is unknown, try "ip address help".\n`);
}

function* helpOr(args: Args, otherwise: () => Cmd<number>): Cmd<number> {
  if (args.peek !== undefined && matches(args.peek, "help")) return yield* args.tool.die(ADDR_USAGE);
  return yield* otherwise();
}

/** What was typed, before the kernel sees it. */
interface Draft {
  local: Prefix | null;
  peer: Prefix | null;
  broadcast: Ip4 | "+" | null;
  dev: string | null;
  scope: number | null;
  label: string | null;
  noPrefixRoute: boolean;
  metric: number | null;
  validSec: number | null;
  preferredSec: number | null;
}

function* modify(args: Args, what: "add" | "del", flags: NewFlags): Cmd<number> {
  const d: Draft = { local: null, peer: null, broadcast: null, dev: null, scope: null, label: null, noPrefixRoute: false, metric: null, validSec: null, preferredSec: null };
  while (args.more) yield* word(args, d, args.take());
  const { tool } = args;
  if (d.dev === null) {
    yield* tool.err("Not enough information: \"dev\" argument is required.\n");
    return -1;
  }
  if (d.label !== null && !d.label.startsWith(d.dev) && !tool.options.force && what === "add" && d.label.length > 15) return yield* tool.die(`"dev" (${d.dev}) must match "label" (${d.label}).\n`, 1);
  if (what === "add" && d.preferredSec !== null && d.preferredSec > (d.validSec ?? Infinity)) return yield* tool.die("preferred_lft is greater than valid_lft\n", 1);
  const ifindex = tool.links.index(d.dev);
  if (ifindex === 0) {
    yield* tool.err(`Cannot find device "${d.dev}"\n`);
    return -1;
  }
  return what === "add" ? yield* add(tool, d, ifindex, flags) : yield* remove(tool, d, ifindex);
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  if (w === "peer" || w === "remote") d.peer = yield* peer(args, d);
  else if (matches(w, "broadcast") || w === "brd") d.broadcast = yield* broadcast(args, d);
  else if (w === "anycast") yield* args.tool.die("ip: address anycast: not simulated here\n");
  else if (w === "scope") d.scope = yield* scope(args);
  else if (w === "dev") d.dev = yield* args.next();
  else if (w === "label") d.label = yield* args.next();
  else if (matches(w, "metric") || matches(w, "priority") || matches(w, "preference")) d.metric = yield* args.number(0xffffffff, "\"metric\" value is invalid\n");
  else if (matches(w, "valid_lft")) d.validSec = yield* lifetime(args, "valid_lft");
  else if (matches(w, "preferred_lft")) d.preferredSec = yield* lifetime(args, "preferred_lft");
  else if (w === "noprefixroute") d.noPrefixRoute = true;
  else if (IPV6_ONLY.includes(w)) yield* args.tool.err(`Warning: ${w} option can be set only for IPv6 addresses\n`);
  else yield* local(args, d, w);
}

const IPV6_ONLY = ["home", "nodad", "mngtmpaddr", "autojoin"];

function* peer(args: Args, d: Draft): Cmd<Prefix> {
  const text = args.peek ?? "";
  if (d.peer !== null) yield* args.twice("peer", text);
  return yield* args.prefix();
}

function* broadcast(args: Args, d: Draft): Cmd<Ip4 | "+" | null> {
  const text = yield* args.next();
  if (d.broadcast !== null) yield* args.twice("broadcast", text);
  if (text === "+") return "+";
  if (text === "-") return null;
  const addr = parseAddr(text);
  return typeof addr === "number" ? addr : yield* args.tool.die(`Error: inet address is expected rather than "${text}".\n`, 1);
}

function* scope(args: Args): Cmd<number> {
  const text = yield* args.next();
  return parseScope(text) ?? (yield* args.wrong("invalid scope value.", text));
}

function* lifetime(args: Args, key: string): Cmd<number> {
  const text = yield* args.next();
  if (text === "forever") return Infinity;
  return /^\d+$/.test(text) ? Number(text) : yield* args.wrong(`${key} value`, text);
}

function* local(args: Args, d: Draft, w: string): Cmd<void> {
  if (matches(w, "help")) yield* args.tool.die(ADDR_USAGE);
  const text = w === "local" ? yield* args.next() : w;
  if (d.local !== null) yield* args.twiceOrGarbage("local", text);
  d.local = yield* prefixOf(args.tool, text);
}

function* add(tool: Tool, d: Draft, ifindex: number, flags: NewFlags): Cmd<number> {
  if (d.local === null) {
    yield* tool.err("RTNETLINK answers: Operation not supported\n");
    return -2;
  }
  const len = d.peer === null ? d.local.len : d.peer.len;
  const around = d.peer?.addr ?? d.local.addr;
  const broadcastOf = (): Ip4 => ip4((around & maskOf(len)) | ~maskOf(len));
  const addr: AddrSpec = {
    ifindex, local: d.local.addr, prefixLen: len, scope: d.scope ?? (d.local.addr >>> 24 === 127 ? 254 : 0),
    ...(d.peer === null ? {} : { peer: d.peer.addr }), ...(d.broadcast === null ? {} : { broadcast: d.broadcast === "+" ? broadcastOf() : d.broadcast }),
    ...(d.label === null ? {} : { label: d.label }), ...(d.noPrefixRoute ? { noPrefixRoute: true } : {}), ...(d.metric === null ? {} : { metric: d.metric }),
    ...(d.validSec === null ? {} : { validSec: d.validSec }), ...(d.preferredSec === null ? {} : { preferredSec: d.preferredSec }),
  };
  return (yield* tool.talk({ op: "addr.new", flags, addr })) === null ? -2 : 0;
}

/** A plain address deletes the first that fits, whatever its length, with a warning. */
function* remove(tool: Tool, d: Draft, ifindex: number): Cmd<number> {
  const len = d.peer?.len ?? d.local?.len ?? 0;
  const wildcard = d.local !== null && d.local.plain && d.peer === null && d.label === null && d.local.len === 32;
  if (wildcard) yield* tool.err(wildcardWarning(formatIp4(d.local!.addr)));
  const peer = wildcard ? undefined : (d.peer?.addr ?? d.local?.addr);
  const done = yield* tool.talk({
    op: "addr.del", ifindex, prefixLen: len, ...(d.local === null ? {} : { local: d.local.addr }), ...(peer === undefined ? {} : { peer }), ...(d.label === null ? {} : { label: d.label }),
  });
  return done === null ? -2 : 0;
}

const wildcardWarning = (addr: string): string => `Warning: Executing wildcard deletion to stay compatible with old scripts.
         Explicitly specify the prefix length (${addr}/32) to avoid this warning.
         This special behaviour is likely to disappear in further releases,
         fix your scripts!
`;

/** `ip addr flush`: deletes what a listing with the same words would show. */
function* flush(args: Args): Cmd<number> {
  const { tool } = args;
  if (!args.more) {
    yield* tool.err("Flush requires arguments.\n");
    return -1;
  }
  const filter = yield* parseFilter(args);
  const links = yield* selectLinks(tool, filter);
  if (links === null) return -1;
  const chosen = (a: AddrRow): boolean => links.some((l) => l.ifindex === a.ifindex) && addrFits(a, filter);
  let deleted = 0;
  for (let round = 1; tool.options.family !== "inet6"; round++) {
    const items = (yield* tool.talk({ op: "addr.dump" })) ?? [];
    const left = items.flatMap((i) => (i.is === "addr" && chosen(i.addr) ? [i.addr] : []));
    if (left.length === 0) return yield* flushed(tool, round, deleted);
    for (const a of left) if (yield* deleteOne(tool, a)) deleted++;
    if (tool.options.stats > 0) tool.out.fp(`\n*** Round ${round}, deleting ${left.length} addresses ***\n`);
  }
  return 0;
}

/** With -s the rounds are counted, with -s -s the rows shown. */
function* flushed(tool: Tool, round: number, deleted: number): Cmd<number> {
  if (tool.options.stats === 0) return 0;
  if (round === 1 && deleted === 0) tool.out.fp("Nothing to flush.\n");
  else tool.out.fp(`*** Flush is complete after ${round - 1} round${round - 1 > 1 ? "s" : ""} ***\n`);
  yield* tool.flush(false);
  return 0;
}

function* deleteOne(tool: Tool, a: AddrRow): Cmd<boolean> {
  if (tool.options.stats > 1) printAddr(tool, a, undefined, true);
  const reply = tool.sys.rtnl({ op: "addr.del", ifindex: a.ifindex, prefixLen: a.prefixLen, local: a.local, peer: a.peer, label: a.label });
  return !("error" in reply);
}
