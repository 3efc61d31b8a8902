import { SIGNALS } from "../jobs.ts";
import type { Shell } from "../state.ts";
import { decode } from "../text/bytes.ts";
import type { Typed } from "./complete.ts";

/** Knows what a command takes at the cursor; null or empty = file names. */
export type Completer = (sh: Shell, typed: Typed) => readonly string[] | null;

const NETDEV_AFTER = new Set(["-i", "-I", "dev", "master", "iif", "oif", "--interface", "link", "-ni", "-nei", "-nnei", "-nni", "-eni", "-lni", "-nli", "-vni"]);
const HOSTS = new Set(["ping", "ping6", "curl", "wget", "nc", "ncat", "traceroute", "tracepath", "arping", "dig", "host", "nslookup", "telnet", "ssh", "mtr"]);

/** Completers of commands; others may be added by whoever installs programs. */
export const COMPLETERS: Readonly<Record<string, Completer>> = {
  ip: completeIp,
  bridge: (_sh, { words }) => (words.length === 1 ? ["link", "fdb", "mdb", "vlan", "monitor"] : words.length === 2 ? ["show", "add", "del", "append", "replace"] : null),
  ifconfig: (sh, { words }) => (words.length === 1 ? netdevs(sh) : ["up", "down", "netmask", "mtu", "broadcast"]),
  kill: (sh, { words, current }) => (current.startsWith("-") ? SIGNALS.map(([, name]) => "-" + name) : words.length >= 1 ? processIds(sh) : null),
  fg: jobSpecs, bg: jobSpecs, wait: jobSpecs, disown: jobSpecs,
  unset: (sh) => [...sh.vars.all().keys(), ...sh.functions.keys()],
  export: (sh) => [...sh.vars.all().keys()],
  sysctl: (sh, { current }) => sysctls(sh, current),
};

export function completeArguments(sh: Shell, typed: Typed): readonly string[] | null {
  const [command = ""] = typed.words;
  const previous = typed.words.at(-1) ?? "";
  if (command !== "ip" && typed.words.length > 1 && NETDEV_AFTER.has(previous) && command !== "grep") return netdevs(sh);
  if (Object.hasOwn(COMPLETERS, command)) return COMPLETERS[command]?.(sh, typed) ?? null;
  if (HOSTS.has(command) && !typed.current.startsWith("-")) return addresses(sh);
  if (command === "tcpdump") return ["host", "src", "dst", "net", "port", "icmp", "arp", "udp", "tcp", "and", "or", "not"].filter(() => !typed.current.startsWith("-"));
  return null;
}

function jobSpecs(sh: Shell): readonly string[] {
  return [...sh.jobs.jobs.keys()].map((id) => `%${id}`);
}

/** `ip`'s objects and their commands: ip(8). */
const IP: Readonly<Record<string, readonly string[]>> = {
  link: ["add", "delete", "set", "show"], address: ["add", "del", "change", "replace", "flush", "show"],
  route: ["add", "del", "change", "replace", "get", "flush", "show"], neighbour: ["add", "del", "change", "replace", "flush", "get", "show"],
  netns: ["add", "delete", "exec", "identify", "list", "pids", "monitor", "attach", "set"], rule: ["add", "del", "list", "flush"],
  tunnel: ["add", "del", "change", "show"], monitor: ["all", "link", "address", "route", "neigh"],
};
const OBJECT_SHORT: Readonly<Record<string, string>> = { addr: "address", a: "address", l: "link", r: "route", ro: "route", neigh: "neighbour", n: "neighbour", neighbor: "neighbour" };
const WORDS_AFTER: Readonly<Record<string, readonly string[]>> = {
  link: ["dev", "up", "down", "master", "nomaster", "mtu", "name", "address", "type", "peer", "netns"], address: ["dev", "broadcast", "label", "scope"],
  route: ["via", "dev", "src", "metric", "scope", "proto", "table", "onlink", "default"], neighbour: ["lladdr", "dev", "nud", "permanent", "proxy"],
};
const KINDS = ["veth", "bridge", "vxlan", "dummy", "vlan", "macvlan", "ipip", "gre"];

function completeIp(sh: Shell, { words }: Typed): readonly string[] | null {
  const rest = words.slice(1).filter((w, i, all) => !w.startsWith("-") && all[i - 1] !== "-n");
  if (words.at(-1) === "-n" || words.at(-1) === "-netns") return namespaces(sh);
  const object = OBJECT_SHORT[rest[0] ?? ""] ?? rest[0];
  if (object === undefined) return Object.keys(IP);
  const commands = IP[object];
  if (rest.length === 1) return commands ?? null;
  return ipValue(sh, object, rest) ?? WORDS_AFTER[object] ?? null;
}

/** What follows a keyword. */
function ipValue(sh: Shell, object: string, rest: readonly string[]): readonly string[] | null {
  const previous = rest.at(-1) ?? "";
  if (object === "netns") return rest.length === 2 || previous === "set" ? namespaces(sh) : null;
  if (previous === "dev" || previous === "master" || previous === "oif" || previous === "iif") return netdevs(sh);
  if (previous === "netns") return namespaces(sh);
  if (previous === "type") return KINDS;
  if (previous === "via" || previous === "get" || previous === "src" || previous === "to") return addresses(sh);
  if (object === "link" && rest.length === 2) return ["dev", ...netdevs(sh)];
  return null;
}

const linesOf = (sh: Shell, path: string): string[] => {
  const bytes = sh.sys.readFile(path);
  return typeof bytes === "string" ? [] : decode(bytes).split("\n");
};

/** Names of network devices in this namespace. */
export function netdevs(sh: Shell): string[] {
  return linesOf(sh, "/proc/net/dev").flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []);
}

/** Names of `ip netns`. */
export function namespaces(sh: Shell): readonly string[] {
  const names = sh.sys.readdir("/run/netns");
  return typeof names === "string" ? [] : names.filter((n) => !n.startsWith("."));
}

/** Names and addresses of /etc/hosts, neighbours and own addresses. */
export function addresses(sh: Shell): string[] {
  const hosts = linesOf(sh, "/etc/hosts").flatMap((line) => line.replace(/#.*/, "").trim().split(/\s+/)).filter((w) => w !== "");
  const neighbours = linesOf(sh, "/proc/net/arp").slice(1).flatMap((line) => /^(\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1] ?? []);
  const own = linesOf(sh, "/proc/net/fib_trie").flatMap((line) => /\|-- (\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1] ?? []).filter((a) => !/\.0$|\.255$|^0\./.test(a));
  return [...hosts, ...neighbours, ...own];
}

function processIds(sh: Shell): string[] {
  const names = sh.sys.readdir("/proc");
  return [...(typeof names === "string" ? [] : names.filter((n) => /^\d+$/.test(n))), ...jobSpecs(sh)];
}

/** `net.ipv4.ip_forward`: the files below /proc/sys with dots for slashes. */
function sysctls(sh: Shell, typed: string): string[] {
  const dir = typed.slice(0, typed.lastIndexOf(".") + 1);
  const path = "/proc/sys/" + dir.replaceAll(".", "/");
  const names = sh.sys.readdir(path);
  if (typeof names === "string") return [];
  return names.filter((n) => n !== "." && n !== "..").map((n) => dir + n);
}
