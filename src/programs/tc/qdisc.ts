import type { NewFlags } from "../../net/uapi/rtnetlink.ts";
import type { QdiscOptions, QdiscRow, QdiscStats } from "../../net/uapi/rtnetlink-qdisc.ts";
import { Args, matches } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import type { TcOptions } from "./kind.ts";
import { isNotSimulated, kindOf } from "./kinds.ts";
import { formatClassid, formatSize, parseClassid, parseHandle } from "./units.ts";
import { QDISC_USAGE } from "./usage.ts";

/* tc_qdisc.c of iproute2 6.1. */

const ROOT = 0xffffffff;
const INGRESS = 0xfffffff1;

const flags = (create: boolean, exclusive: boolean, replace: boolean): NewFlags => ({ create, exclusive, replace, append: false });

/** `tc qdisc`: the exit status. */
export function* doQdisc(tool: Tool, words: readonly string[], tc: TcOptions): Cmd<number> {
  const [verb, ...rest] = words;
  const args = new Args(tool, rest);
  if (verb === undefined) return yield* list(args, tc);
  if (matches(verb, "add")) return yield* modify(args, flags(true, true, false));
  if (matches(verb, "change")) return yield* modify(args, flags(false, false, false));
  if (matches(verb, "replace")) return yield* modify(args, flags(true, false, true));
  if (matches(verb, "link")) return yield* modify(args, flags(false, false, true));
  if (matches(verb, "delete")) return yield* modify(args, null);
  if (matches(verb, "list") || matches(verb, "show") || matches(verb, "lst")) return yield* list(args, tc);
  if (matches(verb, "help")) return yield* tool.die(QDISC_USAGE, 0);
  return yield* tool.die(`Command "${verb}" is unknown, try "tc qdisc help".\n`);
}

interface Draft {
  dev: string;
  handle: number;
  parent: number;
  kind: string;
}

/** tc_qdisc_modify; null = delete. */
function* modify(args: Args, how: NewFlags | null): Cmd<number> {
  const { tool } = args;
  const d: Draft = { dev: "", handle: 0, parent: 0, kind: "" };
  while (args.more && d.kind === "") yield* word(args, d, args.take());
  const options = yield* parametersOf(args, d.kind);
  let ifindex = 0;
  if (d.dev !== "") {
    ifindex = tool.links.index(d.dev);
    if (ifindex === 0) return yield* tool.die(`Cannot find device "${d.dev}"\n`, 1);
  }
  if (how !== null && isNotSimulated(d.kind)) return yield* tool.die(`tc: qdisc ${d.kind}: not simulated here\n`, 2);
  const named = d.kind === "" ? {} : { kind: d.kind };
  const { handle, parent } = d;
  const request = how === null
    ? { op: "qdisc.del" as const, ifindex, handle, parent, ...named }
    : { op: "qdisc.new" as const, flags: how, ifindex, handle, parent, ...named, ...(options === undefined ? {} : { options }) };
  return (yield* tool.talk(request)) === null ? 2 : 0;
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  const { tool } = args;
  if (w === "dev") yield* device(args, d);
  else if (w === "handle") yield* handle(args, d);
  else if (w === "root") {
    if (d.parent !== 0) yield* tool.die("Error: \"root\" is duplicate parent ID\n");
    d.parent = ROOT;
  } else if (w === "clsact" || w === "ingress") {
    if (d.parent !== 0) yield* tool.die(`Error: "${w}" is a duplicate parent ID\n`);
    Object.assign(d, { parent: INGRESS, kind: w, handle: 0xffff0000 });
  } else if (w === "parent") {
    const text = yield* args.next();
    if (d.parent !== 0) yield* args.twice("parent", text);
    d.parent = parseClassid(text) ?? (yield* args.wrong("invalid parent ID", text));
  } else if (["estimator", "stab", "ingress_block", "egress_block"].some((name) => matches(w, name))) yield* tool.die(`tc: qdisc ${w}: not simulated here\n`, 2);
  else if (matches(w, "help")) yield* tool.err(QDISC_USAGE);
  else d.kind = w.slice(0, 15);
}

function* device(args: Args, d: Draft): Cmd<void> {
  const name = yield* args.next();
  if (d.dev !== "") yield* args.twice("dev", name);
  d.dev = name;
}

function* handle(args: Args, d: Draft): Cmd<void> {
  if (d.handle !== 0) yield* args.twice("handle", "handle");
  const text = yield* args.next();
  d.handle = parseHandle(text) ?? (yield* args.wrong("invalid qdisc ID", text));
}

/** The words after the kind, by the kind's own parser. */
function* parametersOf(args: Args, name: string): Cmd<QdiscOptions | undefined> {
  const kind = kindOf(name);
  const { tool } = args;
  if (kind?.parse !== undefined) return yield* kind.parse(args, name);
  if (!args.more) return undefined;
  if (isNotSimulated(name)) return yield* tool.die(`tc: qdisc ${name}: not simulated here\n`, 2);
  if (kind !== undefined) return yield* tool.die(`qdisc '${name}' does not support option parsing\n`);
  return yield* tool.die(`Unknown qdisc "${name}", hence option "${args.take()}" is unparsable\n`, 1);
}

interface Filter {
  dev: string;
  parent: number;
  handle: number;
  invisible: boolean;
}

/** tc_qdisc_list. */
function* list(args: Args, tc: TcOptions): Cmd<number> {
  const { tool } = args;
  const f: Filter = { dev: "", parent: 0, handle: 0, invisible: false };
  while (args.more) yield* filterWord(args, f, args.take());
  const ifindex = f.dev === "" ? 0 : tool.links.index(f.dev);
  if (f.dev !== "" && ifindex === 0) return yield* tool.die(`Cannot find device "${f.dev}"\n`, 1);
  const items = yield* tool.dump({ op: "qdisc.dump", invisible: f.invisible, ...(ifindex === 0 ? {} : { ifindex }) });
  if (items === null) return 1;
  tool.out.begin();
  for (const item of items) {
    if (item.is !== "qdisc") continue;
    const { handle: h, parent } = item.qdisc;
    if ((f.handle === 0 || f.handle === h) && (f.parent === 0 || f.parent === parent)) printQdisc(tool, item.qdisc, ifindex === 0, tc);
  }
  tool.out.end();
  return 0;
}

function* filterWord(args: Args, f: Filter, w: string): Cmd<void> {
  if (w === "dev") f.dev = yield* args.next();
  else if (w === "root" || w === "ingress" || w === "clsact") {
    yield* onlyOne(args, f, w);
    f.parent = w === "root" ? ROOT : INGRESS;
  } else if (matches(w, "parent")) {
    yield* onlyOne(args, f, w);
    const text = yield* args.next();
    f.parent = parseClassid(text) ?? (yield* args.wrong("invalid parent ID", text));
  } else if (matches(w, "handle")) {
    yield* onlyOne(args, f, w);
    const text = yield* args.next();
    f.handle = parseHandle(text) ?? (yield* args.wrong("invalid handle ID", text));
  } else if (matches(w, "help")) yield* args.tool.err(QDISC_USAGE);
  else if (w === "invisible") f.invisible = true;
  else yield* args.tool.die(`What is "${w}"? Try "tc qdisc help".\n`);
}

function* onlyOne(args: Args, f: Filter, w: string): Cmd<void> {
  if (f.parent !== 0) yield* args.wrong("parent is already specified", w);
  if (f.handle !== 0) yield* args.wrong("handle is already specified", w);
}

/** print_qdisc. */
function printQdisc(tool: Tool, q: QdiscRow, withDevice: boolean, tc: TcOptions): void {
  const { out } = tool;
  const kind = kindOf(q.kind);
  out.openObject();
  out.any("kind", q.kind, `qdisc ${q.kind}`);
  const shown = `${(q.handle >>> 16).toString(16)}:`;
  out.any("handle", shown, ` ${shown}`);
  if (tc.raw) out.fp(`[${q.handle.toString(16).padStart(8, "0")}]`);
  out.fp(" ");
  if (withDevice) {
    out.fp("dev ");
    out.any("dev", tool.links.name(q.ifindex), `${tool.links.name(q.ifindex)} `, "ifname");
  }
  if (q.parent === ROOT) out.any("root", true, "root ");
  else out.any("parent", formatClassid(q.parent), `parent ${formatClassid(q.parent)} `);
  if (q.refcnt !== 1) out.any("refcnt", q.refcnt, `refcnt ${q.refcnt} `);
  out.openObject("options");
  kind?.print(tool, q.options, tc);
  out.closeObject();
  out.nl();
  if (tool.options.stats > 0) {
    printStats(tool, q.stats);
    out.nl();
    if (kind?.printStats?.(tool, q.options) === true) out.nl();
  }
  out.closeObject();
}

/** print_tcstats2_attr. */
export function printStats({ out }: Tool, s: QdiscStats): void {
  out.fp(" ");
  out.any("bytes", s.bytes, `Sent ${s.bytes} bytes`);
  out.any("packets", s.packets, ` ${s.packets} pkt`);
  out.any("drops", s.drops, ` (dropped ${s.drops}`);
  out.any("overlimits", s.overlimits, `, overlimits ${s.overlimits}`);
  out.any("requeues", s.requeues, ` requeues ${s.requeues}) `);
  out.nl();
  out.fp(" ");
  out.any("backlog", s.backlog, `backlog ${formatSize(s.backlog)}`);
  out.any("qlen", s.qlen, ` ${s.qlen}p`);
  out.fp(` requeues ${s.requeues}`);
}
