import { type Program, STDOUT } from "../../os/sys.ts";
import { runBatch } from "../ip/batch.ts";
import { matches } from "../ip/lib/args.ts";
import { type Cmd, flushing, PLAIN, runCommand, Tool, type ToolOptions } from "../ip/lib/tool.ts";
import { enterNetns } from "../ip/netns-exec.ts";
import { doFdb } from "./fdb.ts";
import { doBridgeLink } from "./link.ts";
import { doBridgeMonitor } from "./monitor.ts";
import { BRIDGE_USAGE, VLAN_USAGE } from "./usage.ts";

/** bridge(8) of iproute2 6.1.0: forwarding tables and ports. */
export const bridge: Program = function* (sys, argv) {
  const plain = new Tool("bridge", sys, PLAIN);
  return yield* runCommand(plain, main(plain, argv.slice(1)));
};

type Draft = { -readonly [K in keyof ToolOptions]: ToolOptions[K] };

interface Given {
  readonly options: Draft;
  netns: string | null;
  batch: string | null;
}

function* main(plain: Tool, argv: readonly string[]): Cmd<number> {
  const words = [...argv];
  const given: Given = { options: { ...PLAIN }, netns: null, batch: null };
  while (words[0]?.startsWith("-") === true) yield* option(plain, given, words, words.shift()!);
  if (given.options.json) given.options.color = "no";
  const tool = new Tool("bridge", plain.sys, given.options);
  if (given.netns !== null) yield* enterNetns(plain, given.netns);
  const status = yield* flushing(tool, given.batch === null ? oneCommand(tool, words) : runBatch(tool, given.batch, (w) => doCommand(tool, w)));
  yield* tool.flush();
  return status;
}

function* option(tool: Tool, g: Given, words: string[], shown: string): Cmd<void> {
  const opt = shown.startsWith("--") ? shown.slice(1) : shown;
  const o = g.options;
  if (matches(opt, "-help")) yield* tool.die(BRIDGE_USAGE);
  else if (matches(opt, "-Version")) yield* version(tool);
  else if (matches(opt, "-statistics") || matches(opt, "-stats")) o.stats = o.stats + 1;
  else if (matches(opt, "-details")) o.details = o.details + 1;
  else if (matches(opt, "-oneline")) o.oneline = true;
  else if (matches(opt, "-timestamp")) o.timestamp = "long";
  else if (opt === "-4") o.family = "inet";
  else if (opt === "-6") o.family = "inet6";
  else if (matches(opt, "-netns")) g.netns = words.shift() ?? "(null)";
  else yield* laterOption(tool, g, words, opt, shown);
}

function* laterOption(tool: Tool, g: Given, words: string[], opt: string, shown: string): Cmd<void> {
  const o = g.options;
  if (/^-c(o(l(or?)?)?)?(=(always|auto|never))?$/.test(opt)) o.color = opt.endsWith("never") || (opt.endsWith("auto") && !tool.sys.isatty(STDOUT)) ? "no" : "light";
  else if (matches(opt, "-compressvlans")) o.compressVlans = true;
  else if (matches(opt, "-force")) o.force = true;
  else if (matches(opt, "-json")) o.json = true;
  else if (matches(opt, "-pretty")) o.pretty = true;
  else if (matches(opt, "-batch")) g.batch = words.shift() ?? (yield* tool.die(BRIDGE_USAGE));
  else yield* tool.die(`Option "${shown}" is unknown, try "bridge help".\n`);
}

function* version(tool: Tool): Cmd<never> {
  tool.out.fp("bridge utility, 6.1.0\n");
  return yield* tool.exit(0);
}

function* oneCommand(tool: Tool, words: readonly string[]): Cmd<number> {
  if (words.length === 0) return yield* tool.die(BRIDGE_USAGE);
  return yield* doCommand(tool, words);
}

/** Here, unlike in ip, a negative result is the exit status. */
function* doCommand(tool: Tool, words: readonly string[]): Cmd<number> {
  const [object = "", ...rest] = words;
  if (matches(object, "link")) return yield* doBridgeLink(tool, rest);
  if (matches(object, "fdb")) return yield* doFdb(tool, rest);
  if (matches(object, "vlan")) return yield* doVlan(tool, rest);
  if (matches(object, "monitor")) return yield* doBridgeMonitor(tool, rest);
  if (matches(object, "help")) return yield* tool.die(BRIDGE_USAGE);
  for (const other of ["mdb", "vni"]) if (matches(object, other)) return yield* tool.die(`bridge: ${other}: not simulated here\n`);
  yield* tool.err(`Object "${object}" is unknown, try "bridge help".\n`);
  return -1;
}

/** A kernel without VLAN filtering lists none, and refuses the rest. */
function* doVlan(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb = "show"] = words;
  if (matches(verb, "help")) return yield* tool.die(VLAN_USAGE);
  if (["add", "delete", "set", "tunnelshow", "global"].some((v) => matches(verb, v))) {
    yield* tool.err("RTNETLINK answers: Operation not supported\n");
    return -1;
  }
  if (!["show", "lst", "list"].some((v) => matches(verb, v))) return yield* tool.die(`Command "${verb}" is unknown, try "bridge vlan help".\n`);
  tool.out.begin();
  tool.out.fp("port              vlan-id  \n");
  tool.out.end();
  return 0;
}
