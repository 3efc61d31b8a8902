import type { ClassRow } from "../../net/uapi/rtnetlink-qdisc.ts";
import { Args, matches } from "../ip/lib/args.ts";
import type { Cmd, Tool } from "../ip/lib/tool.ts";
import { printStats } from "./qdisc.ts";
import { isNotSimulated } from "./kinds.ts";
import { formatClassid, parseClassid, parseHandle } from "./units.ts";
import { CLASS_USAGE } from "./usage.ts";

/* tc_class.c of iproute2 6.1. Classes that can be made and changed (htb and its like) are not simulated; those of prio, tbf and netem are listed. */

export function* doClass(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show", ...rest] = words;
  const args = new Args(tool, rest);
  if (["add", "change", "replace", "delete"].some((v) => matches(verb, v))) return yield* modify(args);
  if (matches(verb, "show") || matches(verb, "list") || matches(verb, "lst")) return yield* list(args);
  if (matches(verb, "help")) return yield* tool.die(CLASS_USAGE, 0);
  return yield* tool.die(`Command "${verb}" is unknown, try "tc class help".\n`);
}

/** None of the disciplines here has classes of its own making: all that is left are the words for it. */
function* modify(args: Args): Cmd<number> {
  const { tool } = args;
  let dev = "";
  while (args.more) {
    const w = args.take();
    if (w === "dev") dev = yield* args.next();
    else if (w === "classid" || w === "parent") yield* id(args, w);
    else if (w === "handle") yield* tool.die("Error: try \"classid\" instead of \"handle\"\n");
    else if (matches(w, "help")) yield* tool.err(CLASS_USAGE);
    else if (isNotSimulated(w)) yield* tool.die(`tc: class ${w}: not simulated here\n`, 2);
    else if (w !== "root") yield* tool.die(`Error: Qdisc "${w}" is classless.\n`, 1);
  }
  if (dev === "") return yield* tool.die("RTNETLINK answers: No such device\n", 2);
  if (tool.links.index(dev) === 0) return yield* tool.die(`Cannot find device "${dev}"\n`, 1);
  return yield* tool.die("RTNETLINK answers: Operation not supported\n", 2);
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

function* list(args: Args): Cmd<number> {
  const { tool } = args;
  const f: Filter = { dev: "", qdisc: 0, classid: 0, parent: 0 };
  while (args.more) yield* filterWord(args, f, args.take());
  const ifindex = f.dev === "" ? 0 : tool.links.index(f.dev);
  if (f.dev !== "" && ifindex === 0) return yield* tool.die(`Cannot find device "${f.dev}"\n`, 1);
  const items = (yield* tool.dump({ op: "class.dump", ifindex, parent: f.parent })) ?? [];
  for (const item of items) if (item.is === "class" && wanted(item.class, f)) yield* printClass(tool, item.class, f.qdisc !== 0);
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
function* printClass(tool: Tool, c: ClassRow, minorOnly: boolean): Cmd<void> {
  const shown = (n: number): string => formatClassid(minorOnly ? n & 0xffff : n);
  const leaf = c.leaf === 0 ? "" : `leaf ${(c.leaf >>> 16).toString(16)}: `;
  yield* tool.plain(`class ${c.kind} ${shown(c.classid)} parent ${shown(c.parent)} ${leaf}\n`);
  if (tool.options.stats === 0) return;
  if (c.stats !== null && tool.out.json === null) printStats(tool, c.stats);
  yield* tool.plain("\n");
}
