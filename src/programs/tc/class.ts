import type { NewFlags } from "../../net/uapi/rtnetlink.ts";
import type { ClassRow } from "../../net/uapi/rtnetlink-qdisc.ts";
import { Args, matches } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import type { TcOptions } from "./kind.ts";
import { htbClassText, htbStatsText, parseHtbClass } from "./kind-htb.ts";
import { printStats } from "./qdisc.ts";
import { isNotSimulated } from "./kinds.ts";
import { formatClassid, parseClassid, parseHandle } from "./units.ts";
import { CLASS_USAGE } from "./usage.ts";

/* tc_class.c of iproute2 6.1. htb's classes can be made and changed; those of prio, tbf and netem are listed. */

export function* doClass(tool: Tool, words: readonly string[], tc: TcOptions): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  if (matches(verb, "add")) return yield* modify(args, { create: true, exclusive: true, replace: false, append: false });
  if (matches(verb, "change")) return yield* modify(args, { create: false, exclusive: false, replace: false, append: false });
  if (matches(verb, "replace")) return yield* modify(args, { create: true, exclusive: false, replace: false, append: false });
  if (matches(verb, "delete")) return yield* modify(args, null);
  if (matches(verb, "show") || matches(verb, "list") || matches(verb, "lst")) return yield* list(args, tc);
  if (matches(verb, "help")) return yield* tool.die(CLASS_USAGE, 0);
  return yield* tool.die(`Command "${verb}" is unknown, try "tc class help".\n`);
}

interface Draft {
  dev: string;
  parent: number;
  classid: number;
  kind: string;
}

/** tc_class_modify; null = delete. */
function* modify(args: Args, how: NewFlags | null): Cmd<number> {
  const { tool } = args;
  const d: Draft = { dev: "", parent: 0, classid: 0, kind: "" };
  while (args.more && d.kind === "") yield* word(args, d, args.take());
  if (d.kind !== "" && isNotSimulated(d.kind)) return yield* tool.die(`tc: class ${d.kind}: not simulated here\n`, 2);
  if (d.kind !== "" && d.kind !== "htb") return yield* tool.die(`Error: Qdisc "${d.kind}" is classless.\n`, 1);
  const htb = d.kind === "htb" && (how !== null || args.more) ? yield* parseHtbClass(args) : null;
  const ifindex = d.dev === "" ? 0 : tool.links.index(d.dev);
  if (d.dev !== "" && ifindex === 0) return yield* tool.die(`Cannot find device "${d.dev}"\n`, 1);
  const { parent, classid } = d;
  if (how !== null && htb === null) return yield* tool.die(ifindex === 0 ? "RTNETLINK answers: No such device\n" : "RTNETLINK answers: Invalid argument\n", 2);
  const request = how === null || htb === null ? { op: "class.del" as const, ifindex, parent, classid } : { op: "class.new" as const, flags: how, ifindex, parent, classid, kind: d.kind, htb };
  return (yield* tool.talk(request)) === null ? 2 : 0;
}

function* word(args: Args, d: Draft, w: string): Cmd<void> {
  const { tool } = args;
  if (w === "dev") {
    const name = yield* args.next();
    if (d.dev !== "") yield* args.twice("dev", name);
    d.dev = name;
  } else if (w === "classid" || w === "parent") {
    const before = w === "parent" ? d.parent : d.classid;
    if (before !== 0) yield* args.twice(w, yield* args.next());
    d[w] = yield* id(args, w);
  } else if (w === "handle") yield* tool.die("Error: try \"classid\" instead of \"handle\"\n");
  else if (w === "root") {
    if (d.parent !== 0) yield* tool.die("Error: \"root\" is duplicate parent ID.\n");
    d.parent = 0xffffffff;
  } else if (matches(w, "help")) yield* tool.err(CLASS_USAGE);
  else d.kind = w.slice(0, 15);
}

function* id(args: Args, key: string): Cmd<number> {
  const text = yield* args.next();
  return parseClassid(text) ?? (yield* args.wrong(key === "parent" ? "invalid parent ID" : "invalid class ID", text));
}

interface Filter {
  dev: string;
  qdisc: number;
  classid: number;
  parent: number;
}

function* list(args: Args, tc: TcOptions): Cmd<number> {
  const { tool } = args;
  const f: Filter = { dev: "", qdisc: 0, classid: 0, parent: 0 };
  while (args.more) yield* filterWord(args, f, args.take());
  const ifindex = f.dev === "" ? 0 : tool.links.index(f.dev);
  if (f.dev !== "" && ifindex === 0) return yield* tool.die(`Cannot find device "${f.dev}"\n`, 1);
  const items = (yield* tool.dump({ op: "class.dump", ifindex, parent: f.parent })) ?? [];
  for (const item of items) if (item.is === "class" && wanted(item.class, f)) yield* printClass(tool, item.class, f.qdisc !== 0, tc);
  return 0;
}

const wanted = (c: ClassRow, f: Filter): boolean =>
  (f.qdisc === 0 || c.classid >>> 16 === f.qdisc >>> 16) && (f.classid === 0 || c.classid === f.classid);

function* filterWord(args: Args, f: Filter, w: string): Cmd<void> {
  if (w === "dev") f.dev = yield* args.next();
  else if (w === "qdisc") {
    const text = yield* args.next();
    f.qdisc = parseHandle(text) ?? (yield* args.wrong("invalid qdisc ID", text));
  } else if (w === "classid") f.classid = yield* id(args, w);
  else if (w === "root") {
    if (f.parent !== 0) yield* args.tool.die("Error: \"root\" is duplicate parent ID\n");
    f.parent = 0xffffffff;
  } else if (w === "parent") f.parent = yield* id(args, w);
  else if (matches(w, "help")) yield* args.tool.err(CLASS_USAGE);
  else yield* args.tool.die(`What is "${w}"? Try "tc class help".\n`);
}

/** print_class: never JSON. Asked for one discipline, only minor numbers are shown. */
function* printClass(tool: Tool, c: ClassRow, minorOnly: boolean, tc: TcOptions): Cmd<void> {
  const shown = (n: number): string => formatClassid(minorOnly ? n & 0xffff : n);
  const leaf = c.leaf === 0 ? "" : `leaf ${(c.leaf >>> 16).toString(16)}: `;
  const parent = c.parent === 0xffffffff ? "root" : `parent ${shown(c.parent)}`;
  yield* tool.plain(`class ${c.kind} ${shown(c.classid)} ${parent} ${leaf}${htbClassText(c, tc)}\n`);
  if (tool.options.stats === 0) return;
  if (c.stats !== null && tool.out.json === null) printStats(tool, c.stats);
  yield* tool.plain(`\n${htbStatsText(c)}${c.htb === undefined ? "" : "\n"}`);
}
