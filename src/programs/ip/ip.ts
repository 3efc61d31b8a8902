import type { Program } from "../../os/sys.ts";
import { STDOUT } from "../../os/sys.ts";
import { matches } from "./lib/args.ts";
import { type Cmd, PLAIN, Tool, type ToolOptions, runCommand } from "./lib/tool.ts";
import { doAddr } from "./addr.ts";
import { runBatch } from "./batch.ts";
import { doLink } from "./link.ts";
import { doMonitor } from "./monitor.ts";
import { doNeigh } from "./neigh.ts";
import { doNetns } from "./netns.ts";
import { enterNetns } from "./netns-exec.ts";
import { readOptions } from "./options.ts";
import { doRoute } from "./route.ts";
import { doRule } from "./rule.ts";
import { IP_USAGE } from "./usage.ts";

/** ip(8) of iproute2 6.1.0: links, addresses, routes, rules, neighbours, namespaces, monitor. */
export const ip: Program = function* (sys, argv) {
  const plain = new Tool("ip", sys, PLAIN);
  return yield* runCommand(plain, main(plain, argv.slice(1)));
};

function* main(plain: Tool, argv: readonly string[]): Cmd<number> {
  const given = yield* readOptions(plain, argv);
  const tool = new Tool("ip", plain.sys, withColor(plain, given.options));
  if (given.netns !== null) yield* enterNetns(plain, given.netns);
  const status = given.batch === null ? yield* oneCommand(tool, given.rest) : yield* runBatch(tool, given.batch, (words) => doCommand(tool, words));
  yield* tool.flush();
  return status;
}

const withColor = (tool: Tool, options: ToolOptions & { readonly colorAuto: boolean }): ToolOptions =>
  options.json || (options.colorAuto && !tool.sys.isatty(STDOUT)) ? { ...options, color: "no" } : options;

function* oneCommand(tool: Tool, words: readonly string[]): Cmd<number> {
  if (words.length === 0) return yield* tool.die(IP_USAGE);
  return yield* finishing(tool, doCommand(tool, words));
}

/** exit() from inside a command must not lose what the tool has buffered. */
function* finishing(tool: Tool, command: Cmd<number>): Cmd<number> {
  for (let step = command.next(); ; step = command.next()) {
    if (step.done === true) return step.value;
    if ("exit" in step.value) yield* tool.flush();
    yield step.value;
  }
}

type Command = (tool: Tool, words: readonly string[]) => Cmd<number>;

const refuse = (name: string): Command => function* (tool) {
  return yield* tool.die(`ip: ${name}: not simulated here\n`, 1);
};

const help: Command = function* (tool) {
  return yield* tool.die(IP_USAGE);
};

/** In the tool's own order: the first that an abbreviation fits wins. */
const COMMANDS: readonly (readonly [string, Command])[] = [
  ["address", doAddr], ["addrlabel", refuse("addrlabel")], ["maddress", refuse("maddress")], ["route", doRoute], ["rule", doRule],
  ["neighbor", doNeigh], ["neighbour", doNeigh], ["ntable", refuse("ntable")], ["ntbl", refuse("ntable")], ["link", doLink],
  ["l2tp", refuse("l2tp")], ["fou", refuse("fou")], ["ila", refuse("ila")], ["macsec", refuse("macsec")], ["tunnel", refuse("tunnel")],
  ["tunl", refuse("tunnel")], ["tuntap", refuse("tuntap")], ["tap", refuse("tuntap")], ["token", refuse("token")], ["tcpmetrics", refuse("tcpmetrics")],
  ["tcp_metrics", refuse("tcpmetrics")], ["monitor", doMonitor], ["xfrm", refuse("xfrm")], ["mroute", refuse("mroute")], ["mrule", refuse("mrule")],
  ["netns", doNetns], ["netconf", refuse("netconf")], ["vrf", refuse("vrf")], ["sr", refuse("sr")], ["nexthop", refuse("nexthop")],
  ["mptcp", refuse("mptcp")], ["ioam", refuse("ioam")], ["help", help], ["stats", refuse("stats")],
];

/** do_cmd: an object's functions return 0 or a negative number, which becomes the exit status. */
export function* doCommand(tool: Tool, words: readonly string[]): Cmd<number> {
  const [object = "", ...rest] = words;
  const command = COMMANDS.find(([name]) => matches(object, name));
  tool.nsids = null;
  if (command !== undefined) return -(yield* command[1](tool, rest));
  yield* tool.err(`Object "${object}" is unknown, try "ip help".\n`);
  return 1;
}
