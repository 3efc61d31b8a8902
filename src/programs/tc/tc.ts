import { type Program, STDOUT } from "../../os/sys.ts";
import { runBatch } from "../ip/batch.ts";
import { matches } from "../ip/lib/args.ts";
import { type Cmd, flushing, PLAIN, runCommand, Tool, type ToolOptions } from "../ip/lib/tool.ts";
import { enterNetns } from "../ip/netns-exec.ts";
import { doClass } from "./class.ts";
import { doFilter } from "./filter.ts";
import type { TcOptions } from "./kind.ts";
import { doQdisc } from "./qdisc.ts";
import { ACTION_USAGE, CHAIN_USAGE, EXEC_USAGE, MONITOR_USAGE, TC_USAGE } from "./usage.ts";

/** tc(8) of iproute2 6.1.0: queueing disciplines, their classes, and u32 filters. Actions and chains are not simulated: there are none. */
export const tc: Program = function* (sys, argv) {
  const plain = new Tool("tc", sys, PLAIN);
  return yield* runCommand(plain, main(plain, argv.slice(1)));
};

type Draft = { -readonly [K in keyof ToolOptions]: ToolOptions[K] };

interface Given {
  readonly options: Draft;
  netns: string | null;
  batch: string | null;
  raw: boolean;
}

function* main(plain: Tool, argv: readonly string[]): Cmd<number> {
  const words = [...argv];
  const given: Given = { options: { ...PLAIN }, netns: null, batch: null, raw: false };
  while (words[0]?.startsWith("-") === true) yield* option(plain, given, words, words.shift()!);
  if (given.options.json) given.options.color = "no";
  const tool = new Tool("tc", plain.sys, given.options);
  if (given.netns !== null) yield* enterNetns(plain, given.netns);
  const { batch, raw } = given;
  const more: TcOptions = { raw, iec: tool.options.iec, details: tool.options.details > 0 };
  if (batch === null && words.length === 0) return yield* tool.die(TC_USAGE, 0);
  const status = yield* flushing(tool, batch === null ? doCommand(tool, words, more) : runBatch(tool, batch, (w) => doCommand(tool, w, more)));
  yield* tool.flush();
  return status;
}

/** In the tool's own order; only one dash is a dash here. */
function* option(tool: Tool, g: Given, words: string[], opt: string): Cmd<void> {
  const o = g.options;
  if (matches(opt, "-stats") || matches(opt, "-statistics")) o.stats = o.stats + 1;
  else if (matches(opt, "-details")) o.details = o.details + 1;
  else if (matches(opt, "-raw")) g.raw = true;
  else if (matches(opt, "-pretty")) o.pretty = true;
  else if (matches(opt, "-graph")) yield* tool.die("tc: -graph: not simulated here\n", 1);
  else if (matches(opt, "-Version")) yield* version(tool);
  else if (matches(opt, "-iec")) o.iec = true;
  else if (matches(opt, "-help")) yield* tool.die(TC_USAGE, 0);
  else if (matches(opt, "-force")) o.force = true;
  else yield* laterOption(tool, g, words, opt);
}

function* laterOption(tool: Tool, g: Given, words: string[], opt: string): Cmd<void> {
  const o = g.options;
  if (matches(opt, "-batch")) g.batch = words.shift() ?? (yield* tool.die(TC_USAGE + TC_USAGE, 0));
  else if (matches(opt, "-netns")) g.netns = words.shift() ?? "(null)";
  else if (matches(opt, "-Numeric")) o.numeric = true;
  else if (matches(opt, "-names") || matches(opt, "-nm")) yield* tool.die("tc: -names: not simulated here\n", 1);
  else if (matches(opt, "-cf") || matches(opt, "-conf")) words.shift();
  else if (/^-c(o(l(or?)?)?)?(=(always|auto|never))?$/.test(opt)) o.color = opt.endsWith("never") || (opt.endsWith("auto") && !tool.sys.isatty(STDOUT)) ? "no" : "light";
  else if (matches(opt, "-timestamp") || matches(opt, "-tshort")) o.timestamp = "long";
  else if (matches(opt, "-json")) o.json = true;
  else if (matches(opt, "-oneline")) o.oneline = true;
  else if (matches(opt, "-brief")) o.brief = true;
  else yield* tool.die(`Option "${opt}" is unknown, try "tc -help".\n`);
}

function* version(tool: Tool): Cmd<never> {
  tool.out.fp("tc utility, iproute2-6.1.0, libbpf 1.1.2\n");
  return yield* tool.exit(0);
}

/** do_cmd: what the object's function returns is the exit status. */
function* doCommand(tool: Tool, words: readonly string[], more: TcOptions): Cmd<number> {
  const [object = "", ...rest] = words;
  if (matches(object, "qdisc")) return yield* doQdisc(tool, rest, more);
  if (matches(object, "class")) return yield* doClass(tool, rest, more);
  if (matches(object, "filter")) return yield* doFilter(tool, rest);
  if (matches(object, "chain")) return yield* without(tool, "chain", rest, CHAIN_USAGE);
  if (matches(object, "actions")) return yield* without(tool, "actions", rest, ACTION_USAGE);
  if (matches(object, "monitor")) return yield* monitor(tool, rest);
  if (matches(object, "exec")) return yield* tool.die(rest[0] !== undefined && matches(rest[0], "help") ? EXEC_USAGE : "tc: exec: not simulated here\n", rest[0] === "help" ? 0 : 255);
  if (matches(object, "help")) return yield* tool.die(TC_USAGE, 0);
  yield* tool.err(`Object "${object}" is unknown, try "tc help".\n`);
  return 255;
}

/** Chains and actions: there are none to list, and none can be made. */
function* without(tool: Tool, name: string, words: readonly string[], usage: string): Cmd<number> {
  const [verb = "show", ...rest] = words;
  if (matches(verb, "help")) return yield* tool.die(usage, name === "actions" ? 255 : 0);
  if (["add", "change", "replace", "delete", "get", "flush"].some((v) => matches(verb, v))) return yield* tool.die(`tc: ${name} ${verb}: not simulated here\n`, 2);
  if (!["show", "list", "lst"].some((v) => matches(verb, v))) return yield* tool.die(`Command "${verb}" is unknown, try "tc ${name} help".\n`);
  if (name === "actions" && words.length === 1) return yield* tool.die(usage);
  const at = rest.indexOf("dev");
  const dev = at < 0 ? undefined : rest[at + 1];
  if (dev !== undefined && tool.links.index(dev) === 0) return yield* tool.die(`Cannot find device "${dev}"\n`, 1);
  return 0;
}

function* monitor(tool: Tool, words: readonly string[]): Cmd<number> {
  const [word] = words;
  if (word === undefined) return yield* tool.die("tc: monitor: not simulated here\n");
  return yield* tool.die(matches(word, "help") ? MONITOR_USAGE : `Argument "${word}" is unknown, try "tc monitor help".\n`);
}
