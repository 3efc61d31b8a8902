import { inPrefix, type Ip4, type Mac } from "../../wire/addr.ts";
import type { NeighRow, NewFlags, NudName } from "../../net/uapi/rtnetlink.ts";
import { Args, MAC_BYTES, addressOf, deviceOf, macOf, matches, parseUnsigned, prefixOf } from "./lib/args.ts";
import type { Prefix } from "./lib/addresses.ts";
import { parseProto } from "./lib/names.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { ADD, CHANGE, REPLACE } from "./link.ts";
import { printNeigh } from "./neigh-print.ts";
import { NEIGH_USAGE } from "./usage-more.ts";

/** `ip neigh` (do_ipneigh). */
export function* doNeigh(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  if (matches(verb, "add")) return yield* modify(args, ADD);
  if (matches(verb, "change") || verb === "chg") return yield* modify(args, CHANGE);
  if (matches(verb, "replace")) return yield* modify(args, REPLACE);
  if (matches(verb, "delete")) return yield* modify(args, null);
  if (matches(verb, "get")) return yield* get(args);
  if (matches(verb, "show") || matches(verb, "lst") || matches(verb, "list")) return yield* list(args, false);
  if (matches(verb, "flush")) return yield* list(args, true);
  if (matches(verb, "help")) return yield* tool.die(NEIGH_USAGE);
  return yield* tool.die(`Command "${verb}" is unknown, try "ip neigh help".\n`);
}

const STATES: readonly NudName[] = ["permanent", "reachable", "noarp", "none", "stale", "incomplete", "delay", "probe", "failed"];
const BITS: Readonly<Record<number, NudName>> = { 0: "none", 1: "incomplete", 2: "reachable", 4: "stale", 8: "delay", 16: "probe", 32: "failed", 64: "noarp", 128: "permanent" };

/** nud_state_a2n. */
function parseNud(text: string): NudName | null {
  const n = parseUnsigned(text);
  return STATES.find((s) => matches(text, s)) ?? (n === null ? null : (BITS[n] ?? null));
}

interface Draft {
  ip: Ip4 | null;
  dev: string | null;
  lladdr: Mac | null;
  state: NudName;
  proxy: boolean;
  router: boolean;
  externLearned: boolean;
  use: boolean;
  protocol: number | null;
}

function* modify(args: Args, flags: NewFlags | null): Cmd<number> {
  const d: Draft = { ip: null, dev: null, lladdr: null, state: "permanent", proxy: false, router: false, externLearned: false, use: false, protocol: null };
  while (args.more) yield* word(args, d, args.take());
  const { tool } = args;
  if (d.dev === null || d.ip === null) return yield* tool.die("Device and destination are required arguments.\n");
  const ifindex = yield* deviceOf(tool, d.dev);
  if (flags === null) return (yield* tool.talk({ op: "neigh.del", ip: d.ip, ifindex, proxy: d.proxy })) === null ? -2 : 0;
  const done = yield* tool.talk({
    op: "neigh.new", flags, ip: d.ip, ifindex, state: d.state, externLearned: d.externLearned, router: d.router, proxy: d.proxy, use: d.use,
    ...(d.lladdr === null ? {} : { lladdr: d.lladdr }), ...(d.protocol === null ? {} : { protocol: d.protocol }),
  });
  return done === null ? -2 : 0;
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  if (matches(w, "lladdr")) d.lladdr = yield* lladdr(args);
  else if (w === "nud") d.state = yield* nud(args);
  else if (matches(w, "proxy")) yield* proxy(args, d);
  else if (w === "router") d.router = true;
  else if (matches(w, "extern_learn")) d.externLearned = true;
  else if (w === "use") d.use = true;
  else if (w === "managed") yield* args.tool.die("ip: neigh managed: not simulated here\n", 2);
  else if (w === "dev") d.dev = yield* args.next();
  else if (matches(w, "protocol")) d.protocol = yield* protocol(args);
  else yield* destination(args, d, w);
}

function* proxy(args: Args, d: Draft): Cmd<void> {
  if (matches(args.peek ?? "", "help")) yield* args.tool.die(NEIGH_USAGE);
  if (d.ip !== null) yield* args.twice("address", args.peek ?? "");
  d.ip = yield* args.address();
  d.proxy = true;
}

/** Too short an address is the kernel's to refuse; of a longer one it takes what it needs. */
function* lladdr(args: Args): Cmd<Mac> {
  const bytes = yield* args.lladdrBytes();
  return bytes.length < MAC_BYTES ? yield* args.tool.die("Error: Invalid link address.\n", 2) : macOf(bytes);
}

function* nud(args: Args): Cmd<NudName> {
  const text = yield* args.next();
  return parseNud(text) ?? (yield* args.wrong("nud state is bad", text));
}

function* protocol(args: Args): Cmd<number> {
  const text = yield* args.next();
  return parseProto(text) ?? (yield* args.wrong("\"protocol\" value is invalid\n", text));
}

function* destination(args: Args, d: Draft, w: string): Cmd<void> {
  const text = w === "to" ? yield* args.next() : w;
  if (matches(text, "help")) yield* args.tool.die(NEIGH_USAGE);
  if (d.ip !== null) yield* args.twice("to", text);
  d.ip = yield* addressOf(args.tool, text);
}

function* get(args: Args): Cmd<number> {
  const d: Draft = { ip: null, dev: null, lladdr: null, state: "none", proxy: false, router: false, externLearned: false, use: false, protocol: null };
  while (args.more) {
    const w = args.take();
    if (w === "dev") d.dev = yield* args.next();
    else if (matches(w, "proxy")) yield* proxy(args, d);
    else yield* destination(args, d, w);
  }
  const { tool } = args;
  if (d.dev === null || d.ip === null) return yield* tool.die("Device and address are required arguments.\n", 1);
  const ifindex = yield* deviceOf(tool, d.dev);
  const items = yield* tool.talk({ op: "neigh.get", ip: d.ip, ifindex, proxy: d.proxy });
  if (items === null) return -2;
  tool.out.begin();
  for (const item of items) if (item.is === "neigh") printNeigh(tool, item.neigh, { dev: true });
  tool.out.end();
  return 0;
}

/** What `show` and `flush` select by. */
interface Filter {
  prefix: Prefix | null;
  dev: string | null;
  master: string | null;
  noMaster: boolean;
  readonly states: Set<NudName>;
  all: boolean;
  unused: boolean;
  protocol: number | null;
  /** Rows that were added as proxies, instead of neighbours. */
  proxy: boolean;
}

function* list(args: Args, flush: boolean): Cmd<number> {
  const { tool } = args;
  if (flush && !args.more) {
    yield* tool.err("Flush requires arguments.\n");
    return -1;
  }
  const f: Filter = { prefix: null, dev: null, master: null, noMaster: false, states: new Set(), all: false, unused: false, protocol: null, proxy: false };
  while (args.more) yield* filterWord(args, f, args.take());
  const ifindex = f.dev === null ? undefined : yield* deviceOf(tool, f.dev);
  const rows = yield* select(tool, f, ifindex, flush);
  if (rows === null) return -1;
  return flush ? yield* flushRows(tool, rows, f) : show(tool, rows, f);
}

function* filterWord(args: Args, f: Filter, w: string): Cmd<void> {
  if (w === "dev") f.dev = yield* args.next();
  else if (w === "master") f.master = yield* args.next();
  else if (w === "nomaster") f.noMaster = true;
  else if (w === "vrf") yield* args.tool.die("ip: vrf: not simulated here\n", 1);
  else if (matches(w, "unused")) f.unused = true;
  else if (w === "nud") yield* stateWord(args, f);
  else if (w === "proxy") f.proxy = true;
  else if (matches(w, "protocol")) f.protocol = yield* protocol(args);
  else yield* toWord(args, f, w);
}

function* stateWord(args: Args, f: Filter): Cmd<void> {
  const text = yield* args.next();
  if (text === "all") f.all = true;
  else f.states.add(parseNud(text) ?? (yield* args.wrong("nud state is bad", text)));
}

function* toWord(args: Args, f: Filter, w: string): Cmd<void> {
  const text = w === "to" ? yield* args.next() : w;
  if (matches(text, "help")) yield* args.tool.die(NEIGH_USAGE);
  if (text === "all" || text === "any") f.prefix = null;
  else f.prefix = yield* prefixOf(args.tool, text);
}

function* select(tool: Tool, f: Filter, ifindex: number | undefined, flush: boolean): Cmd<readonly NeighRow[] | null> {
  if (tool.options.family === "inet6") return [];
  const master = f.master === null ? undefined : yield* deviceOf(tool, f.master);
  const items = yield* tool.dump({ op: "neigh.dump", proxy: f.proxy, ...(ifindex === undefined ? {} : { ifindex }), ...(master === undefined ? {} : { master }) });
  return items === null ? null : items.flatMap((i) => (i.is === "neigh" && fits(tool, i.neigh, f, flush) ? [i.neigh] : []));
}

/** Without a word about states those that ask nobody are left out; a flush leaves what somebody wrote for good. */
function stateFits(state: NudName, wanted: ReadonlySet<NudName>, flush: boolean): boolean {
  if (wanted.size > 0) return wanted.has(state);
  return state !== "none" && state !== "noarp" && !(flush && state === "permanent");
}

/** What a daemon wrote (extern_learn) passes every filter of states. */
function fits(tool: Tool, n: NeighRow, f: Filter, flush: boolean): boolean {
  if (!f.all && !f.proxy && !n.externLearned && !stateFits(n.state, f.states, flush)) return false;
  if (f.prefix !== null && !inPrefix(n.ip, f.prefix.addr, f.prefix.len)) return false;
  if (f.noMaster && (tool.links.byIndex(n.ifindex)?.master ?? 0) !== 0) return false;
  return f.protocol === null || n.protocol === f.protocol;
}

function show(tool: Tool, rows: readonly NeighRow[], f: Filter): number {
  tool.out.begin();
  for (const n of rows) printNeigh(tool, n, { dev: f.dev === null });
  tool.out.end();
  return 0;
}

function* flushRows(tool: Tool, rows: readonly NeighRow[], f: Filter): Cmd<number> {
  const { stats } = tool.options;
  for (const n of rows) {
    if (stats > 1) printNeigh(tool, n, { dev: f.dev === null, deleted: true });
    tool.sys.rtnl({ op: "neigh.del", ip: n.ip, ifindex: n.ifindex });
  }
  if (stats > 0 && rows.length === 0) tool.out.fp("Nothing to flush.\n");
  else if (stats > 0) tool.out.fp(`\n*** Round 1, deleting ${rows.length} entries ***\n*** Flush is complete after 1 round ***\n`);
  yield* tool.flush(false);
  return 0;
}
