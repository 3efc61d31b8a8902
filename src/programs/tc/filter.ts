import type { NewFlags } from "../../net/uapi/rtnetlink.ts";
import type { FilterRow } from "../../net/uapi/rtnetlink-qdisc.ts";
import { Args, matches, parseUnsigned } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { type U32Spec, parseU32, parseU32Handle, printU32 } from "./u32.ts";
import { formatClassid, parseClassid } from "./units.ts";
import { FILTER_USAGE } from "./usage.ts";

/* tc_filter.c of iproute2 6.1, with u32 as the only classifier, and no chains, blocks and actions. */

const ROOT = 0xffffffff;
const PROTOCOLS: Readonly<Record<string, number>> = { all: 3, ip: 0x0800, ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd, ip6: 0x86dd, "802.1q": 0x8100 };
/** Classifiers that Linux has and this kernel does not. */
const NOT_SIMULATED = ["basic", "bpf", "cgroup", "flow", "flower", "fw", "matchall", "route", "rsvp", "tcindex"];

const flags = (create: boolean, exclusive: boolean, replace: boolean): NewFlags => ({ create, exclusive, replace, append: false });

export function* doFilter(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  if (matches(verb, "add")) return yield* modify(args, flags(true, true, false));
  if (matches(verb, "change")) return yield* modify(args, flags(false, false, false));
  if (matches(verb, "replace")) return yield* modify(args, flags(true, false, false));
  if (matches(verb, "delete")) return yield* modify(args, null);
  if (matches(verb, "get")) return yield* tool.die("tc: filter get: not simulated here\n", 2);
  if (matches(verb, "list") || matches(verb, "show") || matches(verb, "lst")) return yield* list(args);
  if (matches(verb, "help")) return yield* tool.die(FILTER_USAGE, 0);
  return yield* tool.die(`Command "${verb}" is unknown, try "tc filter help".\n`);
}

interface Draft {
  dev: string;
  parent: number;
  pref: number;
  /** null = not named. */
  protocol: number | null;
  handle: string;
  kind: string;
}

const draft = (): Draft => ({ dev: "", parent: 0, pref: 0, protocol: null, handle: "", kind: "" });

function* modify(args: Args, how: NewFlags | null): Cmd<number> {
  const { tool } = args;
  const d = draft();
  while (args.more && d.kind === "") yield* selectWord(args, d, args.take());
  const ifindex = d.dev === "" ? 0 : tool.links.index(d.dev);
  if (d.dev !== "" && ifindex === 0) return yield* tool.die(`Cannot find device "${d.dev}"\n`, 1);
  const spec = yield* parameters(args, d);
  if (d.kind === "" && d.handle !== "") return yield* tool.die("Must specify filter type when using \"handle\"\n");
  const { parent, pref } = d;
  const named = d.kind === "" ? {} : { kind: d.kind };
  const protocol = d.protocol ?? (how?.create === true ? PROTOCOLS["all"]! : 0);
  const handle = d.handle === "" ? 0 : (parseU32Handle(d.handle) ?? (yield* tool.die("Illegal filter ID\n", 1)));
  const request = how === null ? { op: "filter.del" as const, ifindex, parent, pref, protocol, handle, ...named }
    : { op: "filter.new" as const, flags: how, ifindex, parent, pref, protocol, ...named, ...spec };
  if ((yield* tool.talk(request)) !== null) return 0;
  yield* tool.err("We have an error talking to the kernel\n");
  return 2;
}

/** The words after the kind. */
function* parameters(args: Args, d: Draft): Cmd<U32Spec> {
  const { tool } = args;
  if (d.kind === "u32") return yield* parseU32(args);
  if (NOT_SIMULATED.includes(d.kind)) return yield* tool.die(`tc: filter ${d.kind}: not simulated here\n`, 2);
  if (args.more) return yield* tool.die(`Unknown filter "${d.kind}", hence option "${args.take()}" is unparsable\n`, 1);
  return { keys: [], classid: 0 };
}

/** Words that say which filter; any other is the kind. */
function* selectWord(args: Args, d: Draft, w: string): Cmd<void> {
  const { tool } = args;
  if (w === "dev") yield* device(args, d);
  else if (w === "root") {
    if (d.parent !== 0) yield* tool.die("Error: \"root\" is duplicate parent ID\n");
    d.parent = ROOT;
  } else if (w === "ingress" || w === "egress") yield* tool.die(`tc: filter ${w}: not simulated here\n`, 2);
  else if (w === "parent") {
    const text = yield* args.next();
    if (d.parent !== 0) yield* args.twice("parent", text);
    d.parent = parseClassid(text) ?? (yield* args.wrong("Invalid parent ID", text));
  } else if (w === "handle") {
    const text = yield* args.next();
    if (d.handle !== "") yield* args.twice("handle", text);
    d.handle = text;
  } else if (matches(w, "preference") || matches(w, "priority")) yield* preference(args, d);
  else if (matches(w, "protocol")) yield* protocolWord(args, d);
  else if (["block", "chain", "estimator"].some((name) => matches(w, name))) yield* tool.die(`tc: filter ${w}: not simulated here\n`, 2);
  else if (matches(w, "help")) yield* tool.die(FILTER_USAGE, 0);
  else d.kind = w.slice(0, 15);
}

function* device(args: Args, d: Draft): Cmd<void> {
  const name = yield* args.next();
  if (d.dev !== "") yield* args.twice("dev", name);
  d.dev = name;
}

function* preference(args: Args, d: Draft): Cmd<void> {
  const text = yield* args.next();
  if (d.pref !== 0) yield* args.twice("priority", text);
  const pref = parseUnsigned(text);
  d.pref = pref !== null && pref <= 0xffff ? pref : yield* args.wrong("invalid priority value", text);
}

function* protocolWord(args: Args, d: Draft): Cmd<void> {
  const text = yield* args.next();
  if (d.protocol !== null) yield* args.twice("protocol", text);
  const number = PROTOCOLS[text] ?? parseUnsigned(text);
  d.protocol = number !== null && number <= 0xffff ? number : yield* args.wrong("invalid protocol", text);
}

function* list(args: Args): Cmd<number> {
  const { tool } = args;
  const f = draft();
  while (args.more) yield* listWord(args, f, args.take());
  const ifindex = f.dev === "" ? 0 : tool.links.index(f.dev);
  if (f.dev !== "" && ifindex === 0) return yield* tool.die(`Cannot find device "${f.dev}"\n`, 1);
  if (tool.options.pretty && !tool.options.json) return yield* tool.die("tc: -pretty of filters: not simulated here\n", 1);
  const items = (yield* tool.dump({ op: "filter.dump", ifindex, parent: f.parent })) ?? [];
  tool.out.begin();
  for (const item of items) if (item.is === "filter" && fits(item.filter, f)) printFilter(tool, item.filter, f);
  tool.out.end();
  return 0;
}

const fits = (row: FilterRow, f: Draft): boolean => (f.pref === 0 || row.pref === f.pref) && (f.protocol === null || row.protocol === f.protocol);

function* listWord(args: Args, f: Draft, w: string): Cmd<void> {
  const before = f.kind;
  if (w === "ingress" || w === "egress") f.parent = ROOT - 1;
  else yield* selectWord(args, f, w);
  if (f.kind !== before || f.handle !== "") yield* args.tool.die(` What is "${w}"? Try "tc filter help"\n`);
}

/** print_filter: what was asked for is not told. */
function printFilter(tool: Tool, row: FilterRow, f: Draft): void {
  const { out } = tool;
  out.openObject();
  out.fp("filter ");
  if (f.parent === 0) out.any("parent", formatClassid(row.parent), `parent ${formatClassid(row.parent)} `);
  const name = Object.entries(PROTOCOLS).find(([, n]) => n === row.protocol)?.[0] ?? `[${row.protocol}]`;
  if (f.protocol === null) out.any("protocol", name, `protocol ${name} `);
  if (f.pref === 0) out.any("pref", row.pref, `pref ${row.pref} `);
  out.any("kind", "u32", "u32 ");
  out.any("chain", 0, "chain 0 ");
  if (row.handle !== 0) printU32(tool, row);
  out.fp("\n");
  out.closeObject();
}
