import type { AddrRow } from "../../net/uapi/rtnetlink.ts";
import type { LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import { inPrefix } from "../../wire/addr.ts";
import { type Args, matches } from "./lib/args.ts";
import type { Prefix } from "./lib/addresses.ts";
import { parseGroup, parseScope } from "./lib/names.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { printAddr, printAddrBrief } from "./addr-print.ts";
import { type LinkPrint, printBrief, printLink } from "./link-print.ts";
import { printStatsAlone } from "./stats-print.ts";

/** What `ip link show` and `ip addr show` select by (ipaddr_list_flush_or_save). */
export interface AddrFilter {
  dev: string | null;
  up: boolean;
  /** null = any, 0 = none. */
  master: number | null;
  kind: string | null;
  group: number | null;
  prefix: Prefix | null;
  scope: number | null;
  label: string | null;
  /** Words for address flags: true wanted, false not wanted. */
  readonly flags: Map<AddrFlag, boolean>;
}
export type AddrFlag = "secondary" | "permanent" | "deprecated" | "tentative" | "noprefixroute" | "dadfailed";

const anything = (): AddrFilter => ({ dev: null, up: false, master: null, kind: null, group: null, prefix: null, scope: null, label: null, flags: new Map() });

export function* parseFilter(args: Args): Cmd<AddrFilter> {
  const filter = anything();
  while (args.more) yield* filterWord(args, filter, args.take());
  return filter;
}

function* filterWord(args: Args, f: AddrFilter, word: string): Cmd<void> {
  if (word === "to") f.prefix = yield* args.prefix();
  else if (word === "scope") f.scope = yield* scope(args);
  else if (word === "up") f.up = true;
  else if (flagWord(word) !== null) f.flags.set(...flagWord(word)!);
  else if (word === "label") f.label = yield* args.next();
  else if (word === "group") f.group = yield* group(args);
  else if (word === "master") f.master = yield* device(args, "Device does not exist\n");
  else if (word === "nomaster") f.master = 0;
  else if (word === "vrf") yield* args.tool.die("ip: vrf: not simulated here\n", 1);
  else if (word === "type") f.kind = yield* args.next();
  else yield* devWord(args, f, word);
}

function flagWord(word: string): [AddrFlag, boolean] | null {
  if (matches(word, "permanent") && word.length > 1) return ["permanent", true];
  if (matches(word, "dynamic")) return word.length > 1 ? ["permanent", false] : null;
  if (matches(word, "secondary") || matches(word, "temporary")) return word.length > 1 ? ["secondary", true] : null;
  if (matches(word, "primary")) return word.length > 1 ? ["secondary", false] : null;
  const negative = word.startsWith("-");
  const plain = negative ? word.slice(1) : word;
  for (const flag of ["tentative", "deprecated", "dadfailed", "noprefixroute"] as const) if (plain === flag) return [flag, !negative];
  return null;
}

function* devWord(args: Args, f: AddrFilter, word: string): Cmd<void> {
  const name = word === "dev" ? yield* args.next() : word;
  if (matches(name, "help") && word !== "dev") yield* args.tool.exit(yield* args.tool.die(""));
  if (f.dev !== null) yield* args.twiceOrGarbage("dev", name);
  f.dev = name;
}

function* scope(args: Args): Cmd<number | null> {
  const text = yield* args.next();
  if (text === "all") return null;
  return parseScope(text) ?? (yield* args.wrong("invalid \"scope\"\n", text));
}

function* group(args: Args): Cmd<number> {
  const text = yield* args.next();
  return parseGroup(text) ?? (yield* args.wrong("Invalid \"group\" value\n", text));
}

function* device(args: Args, message: string): Cmd<number> {
  const name = yield* args.next();
  const index = args.tool.links.index(name);
  return index === 0 ? yield* args.wrong(message, name) : index;
}

export function* showLinks(args: Args, mode: LinkPrint["mode"]): Cmd<number> {
  const filter = yield* parseFilter(args);
  const { tool } = args;
  const links = yield* selectLinks(tool, filter);
  if (links === null) return -1;
  const addrs = mode === "link" || tool.options.family === "link" || tool.options.family === "inet6" ? NO_ADDRS : yield* allAddrs(tool, filter);
  tool.out.begin();
  for (const link of links) showOne(tool, link, addrs, filter, mode);
  tool.out.end();
  return 0;
}

/** The links that the filter lets pass, or null after an error. */
export function* selectLinks(tool: Tool, f: AddrFilter): Cmd<readonly LinkRow[] | null> {
  if (f.dev !== null) return yield* oneLink(tool, f, f.dev);
  const items = yield* tool.dump({ op: "link.dump", ...(f.master === null || f.master === 0 ? {} : { master: f.master }), ...(f.kind === null || f.kind.endsWith("_slave") ? {} : { kind: f.kind }) });
  if (items === null) return null;
  const links = items.flatMap((i) => (i.is === "link" ? [i.link] : []));
  for (const link of links) tool.links.remember(link);
  return links.filter((l) => fits(l, f));
}

function* oneLink(tool: Tool, f: AddrFilter, name: string): Cmd<readonly LinkRow[] | null> {
  const link = tool.links.byName(name);
  if (link !== undefined) return fits(link, f) ? [link] : [];
  yield* tool.err(`Device "${name}" does not exist.\n`);
  return null;
}

function fits(link: LinkRow, f: AddrFilter): boolean {
  if (f.up && (link.flags & 1) === 0) return false;
  if (f.master !== null && link.master !== f.master) return false;
  if (f.kind !== null && !kindFits(link, f.kind)) return false;
  return f.group === null || link.group === f.group;
}

const kindFits = (link: LinkRow, kind: string): boolean => (kind === "bridge_slave" ? link.port !== null : link.info?.kind === kind);

function* allAddrs(tool: Tool, f: AddrFilter): Cmd<Addrs> {
  const all = ((yield* tool.dump({ op: "addr.dump" })) ?? []).flatMap((i) => (i.is === "addr" ? [i.addr] : []));
  return { all, chosen: all.filter((a) => addrFits(a, f)) };
}

export function addrFits(a: AddrRow, f: AddrFilter): boolean {
  if (f.scope !== null && a.scope !== f.scope) return false;
  if (f.label !== null && !globFits(f.label, a.label)) return false;
  if (f.prefix !== null && !(a.prefixLen >= f.prefix.len && inPrefix(a.local, f.prefix.addr, f.prefix.len))) return false;
  for (const [flag, wanted] of f.flags) if (hasFlag(a, flag) !== wanted) return false;
  return true;
}

function hasFlag(a: AddrRow, flag: AddrFlag): boolean {
  if (flag === "secondary") return a.secondary;
  if (flag === "permanent") return a.validSec === Infinity;
  if (flag === "deprecated") return a.deprecated;
  return flag === "noprefixroute" ? a.noPrefixRoute : false;
}

/** fnmatch(3) with * and ?. */
function globFits(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(text);
}

/** A family, a prefix or a label was asked for: links without an address are not meant then. */
const asksForAddrs = (tool: Tool, f: AddrFilter): boolean => f.prefix !== null || f.label !== null || tool.options.family === "inet" || tool.options.family === "inet6";

/** ipaddr_filter: links that have addresses, but none that fits, stay away. */
function staysAway(tool: Tool, addrs: Addrs, link: LinkRow, f: AddrFilter): boolean {
  if (tool.options.family === "link" || addrs.chosen.some((a) => a.ifindex === link.ifindex)) return false;
  return asksForAddrs(tool, f) || addrs.all.some((a) => a.ifindex === link.ifindex);
}

interface Addrs {
  readonly all: readonly AddrRow[];
  readonly chosen: readonly AddrRow[];
}
const NO_ADDRS: Addrs = { all: [], chosen: [] };

function showOne(tool: Tool, link: LinkRow, addrs: Addrs, f: AddrFilter, mode: LinkPrint["mode"]): void {
  if (mode === "addr" && staysAway(tool, addrs, link, f)) return;
  const { out, options } = tool;
  const own = addrs.chosen.filter((a) => a.ifindex === link.ifindex);
  out.openObject();
  if (options.brief) printBrief(tool, link, { mode });
  else if (mode === "link" || (!options.oneline && f.label === null)) printLink(tool, link, { mode, ...(f.prefix === null ? {} : { bare: true }) });
  if (mode === "addr") showAddrs(tool, link, own);
  if (options.brief) out.fp("\n");
  else if (mode === "addr" && options.stats > 0 && !options.oneline) printStatsAlone(tool, link);
  out.closeObject();
}

function showAddrs(tool: Tool, link: LinkRow, own: readonly AddrRow[]): void {
  tool.out.openArray("addr_info");
  for (const addr of own) {
    if (tool.options.brief) printAddrBrief(tool, addr);
    else printAddr(tool, addr, link);
  }
  tool.out.closeArray();
}
