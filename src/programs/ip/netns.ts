import { strerror } from "../../net/uapi/errno.ts";
import { Args, matches, parseUnsigned } from "./lib/args.ts";
import type { Cmd, Tool } from "./lib/tool.ts";
import { enterNetns, execIn, spawnIn } from "./netns-exec.ts";
import { NETNS_DIR, netnsNames, nsidOf } from "./netns-names.ts";
import { NETNS_USAGE } from "./usage-more.ts";

/** `ip netns` (do_netns): named namespaces are files below /run/netns with a namespace mounted over them. */
export function* doNetns(tool: Tool, words: readonly string[]): Cmd<number> {
  const [verb, ...rest] = words;
  if (verb === undefined) return yield* list(tool);
  if (!["help", "add", "set", "delete", "identify", "pids", "exec", "monitor", "attach", "list", "show", "lst", "list-id"].some((v) => matches(verb, v))) {
    return yield* tool.die(`Command "${verb}" is unknown, try "ip netns help".\n`);
  }
  if (matches(verb, "help")) return yield* tool.die(NETNS_USAGE);
  if (rest[0] !== undefined && !isNetnsName(rest[0]) && NAMED.some((v) => matches(verb, v))) return yield* tool.die(`Invalid netns name "${rest[0]}"\n`);
  return yield* dispatch(tool, verb, rest);
}

const NAMED = ["add", "set", "delete", "pids", "attach"];

const isNetnsName = (name: string): boolean => name !== "" && name !== "." && name !== ".." && !name.includes("/") && name.length < 256;

function* dispatch(tool: Tool, verb: string, rest: readonly string[]): Cmd<number> {
  if (verb === "list-id") return yield* listIds(tool);
  if (matches(verb, "list") || matches(verb, "show") || matches(verb, "lst")) return yield* list(tool);
  if (matches(verb, "add")) return yield* add(tool, rest[0]);
  if (matches(verb, "set")) return yield* setId(new Args(tool, rest));
  if (matches(verb, "delete")) return yield* remove(tool, rest[0]);
  if (matches(verb, "identify")) return yield* identify(tool, rest[0]);
  if (matches(verb, "pids")) return yield* pids(tool, rest[0]);
  if (matches(verb, "exec")) return yield* exec(tool, rest);
  if (matches(verb, "attach")) return yield* attach(tool, rest[0], rest[1]);
  return yield* tool.die("ip: netns monitor: not simulated here\n", 1);
}

function* list(tool: Tool): Cmd<number> {
  const { out, sys } = tool;
  out.begin();
  for (const name of netnsNames(sys)) {
    out.openObject();
    out.any("name", name, name);
    const id = nsidOf(sys, name);
    if (id === null) yield* tool.err("Error: Peer netns reference is invalid.\n");
    else if (id >= 0) out.any("id", id, ` (id: ${id})`);
    out.fp("\n");
    out.closeObject();
  }
  out.end();
  return 0;
}

function* listIds(tool: Tool): Cmd<number> {
  const items = (yield* tool.talk({ op: "nsid.dump" })) ?? [];
  const names = netnsNames(tool.sys).map((name) => [nsidOf(tool.sys, name), name] as const);
  tool.out.begin();
  for (const item of items) {
    if (item.is !== "nsid") continue;
    const name = names.find(([id]) => id === item.id)?.[1];
    tool.out.openObject();
    tool.out.any("nsid", item.id, `nsid ${item.id} `);
    if (name !== undefined) tool.out.any("name", name, `(iproute2 netns name: ${name})`);
    tool.out.fp("\n");
    tool.out.closeObject();
  }
  tool.out.end();
  return 0;
}

function* noName(tool: Tool): Cmd<number> {
  yield* tool.err("No netns name specified\n");
  return -1;
}

/** netns_add: the file first, then a new namespace mounted over it. */
function* add(tool: Tool, name: string | undefined): Cmd<number> {
  if (name === undefined) return yield* noName(tool);
  const path = yield* createFile(tool, name);
  if (path === null) return -1;
  const { sys } = tool;
  const home = sys.open("/proc/self/ns/net", { read: true });
  const error = sys.unshare(["net"]) ?? sys.bindMount("/proc/self/ns/net", path);
  if (typeof home === "number") {
    sys.setns(`/proc/self/fd/${home}`, "net");
    sys.close(home);
  }
  if (error === undefined) return 0;
  sys.unlink(path);
  yield* tool.err(`Failed to create a new network namespace "${name}": ${strerror(error)}\n`);
  return -1;
}

function* createFile(tool: Tool, name: string): Cmd<string | null> {
  const { sys } = tool;
  const path = `${NETNS_DIR}/${name}`;
  sys.mkdir(NETNS_DIR, 0o755);
  const fd = sys.open(path, { read: true, create: true, exclusive: true }, 0);
  if (typeof fd === "string") {
    yield* tool.err(`Cannot create namespace file "${path}": ${strerror(fd)}\n`);
    return null;
  }
  sys.close(fd);
  return path;
}

function* attach(tool: Tool, name: string | undefined, pid: string | undefined): Cmd<number> {
  if (name === undefined) return yield* noName(tool);
  if (pid === undefined) {
    yield* tool.err("No PID specified\n");
    return -1;
  }
  if (parseUnsigned(pid) === null) yield* new Args(tool, []).wrong("Invalid \"PID\" value\n", pid);
  const path = yield* createFile(tool, name);
  if (path === null) return -1;
  const error = tool.sys.bindMount(`/proc/${pid}/ns/net`, path);
  if (error === undefined) return 0;
  tool.sys.unlink(path);
  yield* tool.err(`Bind /proc/${pid}/ns/net -> ${path} failed: ${strerror(error)}\n`);
  return -1;
}

function* remove(tool: Tool, name: string | undefined): Cmd<number> {
  if (tool.options.all) {
    for (const each of netnsNames(tool.sys)) if ((yield* removeOne(tool, each)) !== 0) return -1;
    return 0;
  }
  return name === undefined ? yield* noName(tool) : yield* removeOne(tool, name);
}

function* removeOne(tool: Tool, name: string): Cmd<number> {
  const path = `${NETNS_DIR}/${name}`;
  tool.sys.umount(path);
  const error = tool.sys.unlink(path);
  if (error === undefined) return 0;
  yield* tool.err(`Cannot remove namespace file "${path}": ${strerror(error)}\n`);
  return -1;
}

function* setId(args: Args): Cmd<number> {
  const { tool } = args;
  const name = args.more ? args.take() : undefined;
  if (name === undefined) return yield* noName(tool);
  if (!args.more) {
    yield* tool.err("No nsid specified\n");
    return -1;
  }
  const id = args.peek === "auto" ? -1 : yield* args.number(0x7fffffff, "Invalid \"netnsid\" value\n");
  const fd = tool.sys.open(`${NETNS_DIR}/${name}`, { read: true });
  if (typeof fd === "string") {
    yield* tool.err(`Cannot open network namespace "${name}": ${strerror(fd)}\n`);
    return -1;
  }
  return (yield* tool.talk({ op: "nsid.set", netns: { fd }, id })) === null ? -2 : 0;
}

/** Inode numbers tell namespaces apart. */
function inodeOf(tool: Tool, path: string): number | null {
  const stat = tool.sys.stat(path);
  return typeof stat === "string" ? null : stat.ino;
}

function* identify(tool: Tool, pid: string | undefined): Cmd<number> {
  const who = pid ?? "self";
  if (who !== "self" && parseUnsigned(who) === null) {
    yield* tool.err(`Specified string '${who}' is not a pid\n`);
    return -1;
  }
  const wanted = inodeOf(tool, `/proc/${who}/ns/net`);
  if (wanted === null) {
    yield* tool.err(`Cannot open network namespace: No such file or directory\n`);
    return -1;
  }
  const names = netnsNames(tool.sys).filter((name) => inodeOf(tool, `${NETNS_DIR}/${name}`) === wanted);
  tool.out.fp(`${names[0] ?? ""}\n`);
  return 0;
}

function* pids(tool: Tool, name: string | undefined): Cmd<number> {
  if (name === undefined) return yield* noName(tool);
  const wanted = inodeOf(tool, `${NETNS_DIR}/${name}`);
  if (wanted === null) {
    yield* tool.err(`Cannot open network namespace: No such file or directory\n`);
    return -1;
  }
  const all = tool.sys.readdir("/proc");
  for (const entry of typeof all === "string" ? [] : all) if (/^\d+$/.test(entry) && inodeOf(tool, `/proc/${entry}/ns/net`) === wanted) tool.out.fp(`${entry}\n`);
  return 0;
}

function* exec(tool: Tool, words: readonly string[]): Cmd<number> {
  if (tool.options.all) return yield* execInAll(tool, words);
  const [name, ...command] = words;
  if (name === undefined) return yield* noName(tool);
  if (command.length === 0) {
    yield* tool.err("No command specified\n");
    return -1;
  }
  yield* enterNetns(tool, name);
  return yield* execIn(tool, command);
}

function* execInAll(tool: Tool, command: readonly string[]): Cmd<number> {
  if (command.length === 0) {
    yield* tool.err("No command specified\n");
    return -1;
  }
  for (const name of netnsNames(tool.sys)) {
    tool.out.fp(`\nnetns: ${name}\n`);
    yield* tool.flush();
    yield* spawnIn(tool, name, command);
  }
  return 0;
}

