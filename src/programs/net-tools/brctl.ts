import { type Errno, strerror } from "../../net/uapi/errno.ts";
import { type FdbRow, isRtnlError } from "../../net/uapi/rtnetlink.ts";
import type { BridgeOptions, LinkRow, PortOptions } from "../../net/uapi/rtnetlink-link.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { SEC } from "../../sim/sim.ts";
import { type Mac, formatMac } from "../../wire/addr.ts";
import { type Io, plainTool } from "../lib/tool.ts";
import { showStp } from "./brctl-stp.ts";
import { NEW, SET, ask, link, links, setLink } from "./kernel.ts";
import { BRCTL_USAGE } from "./usage.ts";

/** brctl(8) of bridge-utils 1.7. */
export const brctl = plainTool(function* (io, args) {
  const [verb, ...rest] = args;
  if (verb === undefined) return yield* usage(io, 1);
  if (verb === "-h" || verb === "--help") return yield* usage(io, 0);
  if (verb === "-V" || verb === "--version") return yield* text(io, "bridge-utils, 1.7\n");
  const command = COMMANDS[verb];
  if (command === undefined) {
    yield* io.err(`never heard of command [${verb}]\n`);
    return yield* usage(io, 1);
  }
  if (rest.length < command.least || rest.length > command.most) {
    yield* io.out.text(`Incorrect number of arguments for command\nUsage: brctl ${usageOf(verb)}\n`);
    return 1;
  }
  return yield* command.run(io, rest);
});

function* usage(io: Io, status: number): Task<number> {
  yield* io.out.text(BRCTL_USAGE);
  return status;
}

function* text(io: Io, words: string): Task<number> {
  yield* io.out.text(words);
  return 0;
}

function* fail(io: Io, words: string): Task<number> {
  yield* io.err(words);
  return 1;
}

/** The command's line of the usage text, blanks as there. */
function usageOf(verb: string): string {
  const line = BRCTL_USAGE.split("\n").find((l) => l.trim().startsWith(`${verb} `) || l.trim().startsWith(`${verb}\t`)) ?? "";
  return line.trim().replace(/^(\S+)\s+/, "$1 ");
}

interface Command {
  readonly least: number;
  readonly most: number;
  readonly run: (io: Io, args: readonly string[]) => Task<number>;
}

const timed = (field: keyof BridgeOptions, what: string, lowCs: number, highCs: number): Command => ({
  least: 2, most: 2,
  run: function* (io, [name = "", value = ""]) {
    const cs = Math.round(Number(value) * 100);
    if (Number.isNaN(cs)) return yield* fail(io, `bad ${what} time value\n`);
    return yield* setBridge(io, name, { [field]: cs }, `set ${what} failed`, cs < lowCs || cs > highCs ? "ERANGE" : undefined);
  },
});

const COMMANDS: Readonly<Record<string, Command>> = {
  addbr: { least: 1, most: 1, run: addBridge }, delbr: { least: 1, most: 1, run: deleteBridge },
  addif: { least: 2, most: Infinity, run: addPort }, delif: { least: 2, most: Infinity, run: deletePort },
  hairpin: { least: 3, most: 3, run: hairpin }, stp: { least: 2, most: 2, run: stp },
  setageing: timed("ageingCs", "ageing time", 0, Infinity), setfd: timed("forwardDelayCs", "forward delay", 200, 3000),
  sethello: timed("helloTimeCs", "hello time", 100, 1000), setmaxage: timed("maxAgeCs", "max age", 600, 4000),
  setbridgeprio: { least: 2, most: 2, run: (io, [name = "", value = ""]) => setBridge(io, name, { priority: Number(value) }, "set bridge priority failed") },
  setpathcost: { least: 3, most: 3, run: (io, [, port = "", value = ""]) => setPort(io, port, { cost: Number(value) }, "set path cost failed") },
  setportprio: { least: 3, most: 3, run: (io, [, port = "", value = ""]) => setPort(io, port, { priority: Number(value) }, "set port priority failed") },
  show: { least: 0, most: Infinity, run: show }, showmacs: { least: 1, most: 1, run: showMacs }, showstp: { least: 1, most: 1, run: showStpOf },
};

const isBridge = (l: LinkRow | undefined): l is LinkRow => l?.info?.kind === "bridge";

function* addBridge(io: Io, [name = ""]: readonly string[]): Task<number> {
  const error = ask(io.sys, { op: "link.new", target: { name }, flags: NEW, attrs: { name }, info: { kind: "bridge", options: {} } });
  if (error === undefined) return 0;
  if (error === "EEXIST") return yield* fail(io, `device ${name} already exists; can't create bridge with the same name\n`);
  return yield* fail(io, `add bridge failed: ${strerror(error)}\n`);
}

function* deleteBridge(io: Io, [name = ""]: readonly string[]): Task<number> {
  const dev = link(io.sys, name);
  if (dev === undefined) return yield* fail(io, `bridge ${name} doesn't exist; can't delete it\n`);
  if (!isBridge(dev)) return yield* fail(io, `can't delete bridge ${name}: Operation not permitted\n`);
  if ((dev.flags & 1) !== 0) return yield* fail(io, `bridge ${name} is still up; can't delete it\n`);
  ask(io.sys, { op: "link.del", target: { name } });
  return 0;
}

function* addPort(io: Io, [name = "", ...ports]: readonly string[]): Task<number> {
  const br = link(io.sys, name);
  for (const port of ports) {
    const dev = link(io.sys, port);
    if (dev === undefined) return yield* fail(io, `interface ${port} does not exist!\n`);
    if (br === undefined) return yield* fail(io, `bridge ${name} does not exist!\n`);
    const error = dev.master !== 0 ? "EBUSY" : !isBridge(br) ? "EOPNOTSUPP" : setLink(io.sys, port, { master: br.ifindex });
    if (error === "EBUSY") return yield* fail(io, `device ${port} is already a member of a bridge; can't add it to bridge ${name}.\n`);
    if (error === "ELOOP") return yield* fail(io, `device ${port} is a bridge device itself; can't add a bridge to a bridge.\n`);
    if (error !== undefined) return yield* fail(io, `can't add ${port} to bridge ${name}: ${strerror(error)}\n`);
  }
  return 0;
}

function* deletePort(io: Io, [name = "", ...ports]: readonly string[]): Task<number> {
  const br = link(io.sys, name);
  for (const port of ports) {
    const dev = link(io.sys, port);
    if (dev === undefined) return yield* fail(io, `interface ${port} does not exist!\n`);
    if (br === undefined) return yield* fail(io, `bridge ${name} does not exist!\n`);
    if (dev.master !== br.ifindex) return yield* fail(io, `device ${port} is not a port of ${name}\n`);
    setLink(io.sys, port, { master: 0 });
  }
  return 0;
}

function* setBridge(io: Io, name: string, options: BridgeOptions, what: string, wrong?: Errno): Task<number> {
  const dev = link(io.sys, name);
  const error = !isBridge(dev) ? "ENODEV" : (wrong ?? ask(io.sys, { op: "link.new", target: { name }, flags: SET, attrs: {}, info: { kind: "bridge", options } }));
  return error === undefined ? 0 : yield* fail(io, `${what}: ${strerror(error)}\n`);
}

function* setPort(io: Io, port: string, options: PortOptions, what: string): Task<number> {
  const dev = link(io.sys, port);
  const error = dev === undefined ? "ENODEV" : ask(io.sys, { op: "port.set", ifindex: dev.ifindex, options });
  return error === undefined ? 0 : yield* fail(io, `${what}: ${strerror(error)}\n`);
}

const onOff = (word: string): boolean | null => (["on", "yes", "1"].includes(word) ? true : ["off", "no", "0"].includes(word) ? false : null);

function* hairpin(io: Io, [name = "", port = "", word = ""]: readonly string[]): Task<number> {
  const on = onOff(word);
  if (on === null) return yield* fail(io, "expect on/off for argument\n");
  const dev = link(io.sys, port);
  if (dev === undefined) return yield* fail(io, `interface ${port} does not exist!\n`);
  if (dev.port === null) return yield* fail(io, `can't set ${port} to hairpin on bridge ${name}: No such file or directory\n`);
  return yield* setPort(io, port, { hairpin: on }, "set hairpin failed");
}

function* stp(io: Io, [name = "", word = ""]: readonly string[]): Task<number> {
  const on = onOff(word);
  if (on === null) return yield* fail(io, "expect on/off for argument\n");
  if (on) return yield* fail(io, "brctl: stp on: not simulated here\n");
  return yield* setBridge(io, name, { stpState: 0 }, "set stp status failed");
}

const idOf = (priority: number, mac: Mac): string => `${priority.toString(16).padStart(4, "0")}.${formatMac(mac).replaceAll(":", "")}`;

function* show(io: Io, names: readonly string[]): Task<number> {
  const all = links(io.sys);
  const wanted = names.length === 0 ? all.filter(isBridge).map((l) => l.name).sort() : names;
  let status = 0;
  let headed = false;
  for (const name of wanted.length === 0 ? [] : wanted) {
    const dev = all.find((l) => l.name === name);
    if (dev === undefined) status = yield* fail(io, `bridge ${name} does not exist!\n`);
    else if (dev.info?.kind !== "bridge") status = yield* fail(io, `device ${name} is not a bridge!\n`);
    else {
      if (!headed) yield* io.out.text(HEADER);
      headed = true;
      yield* io.out.text(showOne(dev, dev.info.priority, dev.info.stpState, all));
    }
  }
  if (names.length === 0 && !headed) yield* io.out.text(HEADER);
  return status;
}

const HEADER = "bridge name\tbridge id\t\tSTP enabled\tinterfaces\n";

function showOne(dev: LinkRow, priority: number, stpState: number, all: readonly LinkRow[]): string {
  const ports = all.filter((l) => l.master === dev.ifindex).map((l) => l.name).sort();
  const [first, ...more] = ports;
  const head = `${dev.name}\t\t${idOf(priority, dev.address)}\t${stpState === 0 ? "no" : "yes"}\t\t${first ?? ""}\n`;
  return head + more.map((name) => `\t\t\t\t\t\t\t${name}\n`).join("");
}

function fdbOf(sys: Sys, bridge: number): readonly FdbRow[] {
  const reply = sys.rtnl({ op: "fdb.dump", bridge });
  return isRtnlError(reply) ? [] : reply.items.flatMap((i) => (i.is === "fdb" && i.fdb.master === bridge && i.fdb.ifindex !== bridge ? [i.fdb] : []));
}

function* showMacs(io: Io, [name = ""]: readonly string[]): Task<number> {
  const dev = link(io.sys, name);
  if (!isBridge(dev)) return yield* fail(io, `read of forward table failed: ${dev === undefined ? "No such device" : "Operation not supported"}\n`);
  const ports = new Map(links(io.sys).map((l) => [l.ifindex, l.port?.portNo ?? 0]));
  yield* io.out.text("port no\tmac addr\t\tis local?\tageing timer\n");
  for (const row of [...fdbOf(io.sys, dev.ifindex)].sort((a, b) => a.mac - b.mac)) {
    const local = row.state === "permanent";
    const age = local ? 0 : Math.floor((row.updatedNs ?? 0) / (SEC / 100)) / 100;
    yield* io.out.text(`${String(ports.get(row.ifindex) ?? 0).padStart(3)}\t${formatMac(row.mac)}\t${local ? "yes" : "no"}\t\t${age.toFixed(2).padStart(7)}\n`);
  }
  return 0;
}

function* showStpOf(io: Io, [name = ""]: readonly string[]): Task<number> {
  const dev = link(io.sys, name);
  if (dev?.info?.kind !== "bridge") return yield* fail(io, dev === undefined ? `bridge ${name} does not exist!\n` : `device ${name} is not a bridge!\n`);
  yield* io.out.text(showStp(dev, dev.info, links(io.sys).filter((l) => l.master === dev.ifindex)));
  return 0;
}
