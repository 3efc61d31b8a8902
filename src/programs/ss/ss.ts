import { STDERR, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import type { InetDiagRow, SockDiagRow, SockDiagTable } from "../../net/uapi/sock-diag.ts";
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { formatIp4, type Ip4 } from "../../wire/addr.ts";
import { listLinks } from "../lib/device.ts";
import { Out } from "../lib/out.ts";
import { readText } from "../lib/proc.ts";
import { addressName } from "../lib/resolve.ts";
import { readProtocols, readServices } from "../lib/services.ts";
import { socketUsers } from "../lib/socket-users.ts";
import { type ColumnId, layOut, TITLES } from "./columns.ts";
import { type Filter, isFilterError, parseFilter } from "./filter.ts";
import { matches, type PortRange } from "./match.ts";
import { parseSs, type SsCommand, type SsShow } from "./options.ts";
import type { Query, Table } from "./query.ts";
import { isSocket, type Names, rowOf, stateOf } from "./row-text.ts";
import { summaryText } from "./summary.ts";

/** ss(8) of iproute2 6.1.0: the sockets of a network namespace, as sock_diag(7) tells them. */
export const ss: Program = function* (sys, argv) {
  const command = parseSs(argv);
  const out = new Out(sys, STDOUT);
  if (command.is === "stop") {
    yield* out.text(command.stdout ?? "");
    yield* out.flush();
    if (command.stderr !== undefined) yield* sys.write(STDERR, command.stderr);
    return command.status;
  }
  const status = yield* run(sys, command, out);
  yield* out.flush();
  return status;
};

function* run(sys: Sys, command: SsCommand, out: Out): Task<number> {
  if (command.netns !== null) {
    const entered = enterNetns(sys, command.netns);
    if (entered !== null) return yield* fail(sys, entered, 1);
  }
  if (command.summary) {
    yield* out.text(summaryText(sys));
    if (command.query.isDefault && command.words.length === 0) return 0;
  }
  const empty = nothingAsked(command.query);
  if (empty !== null) return yield* fail(sys, `ss: no ${empty} to show with such filter.\n`, 0);
  const words = yield* filterWords(sys, command);
  if (words === null) return 255;
  const filter = yield* parseFilter(sys, command.query, words);
  if (isFilterError(filter)) return yield* fail(sys, filter.error, filter.status);
  yield* out.text(yield* listing(sys, command, filter));
  return 0;
}

function* fail(sys: Sys, text: string, status: number): Task<number> {
  yield* sys.write(STDERR, text);
  return status;
}

/** -N: null = entered. */
function enterNetns(sys: Sys, name: string): string | null {
  const failed = sys.setns(`/run/netns/${name}`, "net");
  return failed === undefined ? null : `Cannot open network namespace "${name}": ${strerror(failed)}\n`;
}

function nothingAsked(query: Query): string | null {
  if (query.tables.size === 0) return "socket tables";
  if (query.families.size === 0) return "families";
  return query.states.size === 0 ? "socket states" : null;
}

/** -F: lines of a file; those that begin with # or 0 are comments. */
function* filterWords(sys: Sys, command: SsCommand): Task<readonly string[] | null> {
  if (command.filterFile === null) return command.words;
  const text = sys.readFile(command.filterFile);
  if (isErrno(text)) {
    yield* fail(sys, `fopen filter file: ${strerror(text)}\n`, 255);
    return null;
  }
  const lines = (readText(sys, command.filterFile) ?? "").split("\n").filter((l) => l !== "" && !/^[#0]/.test(l));
  return [...command.words, ...lines];
}

const TABLES: readonly (readonly [asked: Table, table: SockDiagTable])[] = [
  ["packet_raw", "packet"], ["packet_dgram", "packet"], ["unix_stream", "unix"], ["unix_dgram", "unix"], ["unix_seqpacket", "unix"], ["raw", "raw"], ["udp", "udp"], ["tcp", "tcp"],
];

/** The table and the family that a row is of. */
function isWanted(row: SockDiagRow, query: Query): boolean {
  if (!query.states.has(stateOf(row))) return false;
  if (row.family === "packet") return query.families.has("link") && query.tables.has(row.type === "raw" ? "packet_raw" : "packet_dgram");
  if (row.family === "inet") return query.families.has("inet");
  const table = row.type === "stream" ? "unix_stream" : row.type === "seqpacket" ? "unix_seqpacket" : "unix_dgram";
  return query.families.has("unix") && query.tables.has(table);
}

function* listing(sys: Sys, { query, show }: SsCommand, filter: Filter | null): Task<string> {
  const tables = new Set(TABLES.filter(([asked]) => query.tables.has(asked)).map(([, table]) => table));
  const ephemeral = portRange(sys);
  const found = sys.sockDiag([...tables]).filter((row) => isWanted(row, query) && (filter === null || matches(filter, row, ephemeral)));
  const names = yield* namesFor(sys, show, found);
  const rows = found.map((row) => rowOf(row, show, names));
  if (show.details && names.cgroup === UNREACHABLE) yield* warnCgroup(sys, found);
  const all = show.header ? [TITLES, ...rows] : rows;
  const hidden = new Set<ColumnId>([...(query.tables.size === 1 ? ["netid" as const] : []), ...(query.states.size === 1 ? ["state" as const] : [])]);
  const size = sys.isatty(STDOUT) ? sys.windowSize(STDOUT) : "ENOTTY";
  return layOut(all, hidden, isErrno(size) || size.cols === 0 ? null : size.cols);
}

/** Without a cgroup2 file system the control group's path cannot be found. */
const UNREACHABLE = "unreachable:1";

function* warnCgroup(sys: Sys, rows: readonly SockDiagRow[]): Task<void> {
  const asked = rows.filter((row) => row.family === "inet" && isSocket(row));
  if (asked.length > 0) yield* sys.write(STDERR, "Failed to open cgroup2 mount\n".repeat(asked.length));
}

function portRange(sys: Sys): PortRange {
  const [low = 1024, high = 4999] = (readText(sys, "/proc/sys/net/ipv4/ip_local_port_range") ?? "").trim().split(/\s+/).map(Number);
  return { low, high };
}

const ETHER_TYPES: Readonly<Record<number, string>> = { 3: "*", 0x800: "ipv4", 0x806: "arp", 0x86dd: "ipv6", 0x8100: "802.1Q" };

function* namesFor(sys: Sys, show: SsShow, rows: readonly SockDiagRow[]): Task<Names> {
  const devices = new Map(listLinks(sys).map((l) => [l.ifindex, l.name]));
  const { low, high } = portRange(sys);
  const services = show.numeric ? [] : readServices(sys);
  const protocols = show.numeric ? [] : readProtocols(sys);
  const hosts = show.resolve ? yield* hostNames(sys, rows) : new Map<Ip4, string>();
  const named = (port: number, proto: string): string | undefined => (port >= low && port <= high ? undefined : services.find((s) => s.port === port && s.proto === proto)?.name);
  return {
    host: (row, side) => hosts.get(row[side]) ?? formatIp4(row[side]),
    service: (row, port) => (port === 0 ? "*" : row.type === "raw" ? (protocols.find((p) => p.number === port)?.name ?? (show.numeric ? String(port) : `ipproto-${port}`)) : (named(port, row.protocol === 6 ? "tcp" : "udp") ?? String(port))),
    device: (ifindex) => devices.get(ifindex) ?? `if${ifindex}`,
    protocol: (type) => ETHER_TYPES[type] ?? `[${type}]`,
    users: show.processes || show.threads ? socketUsers(sys) : null,
    cgroup: (readText(sys, "/proc/mounts") ?? "").split("\n").some((l) => l.split(" ")[2] === "cgroup2") ? "/" : UNREACHABLE,
  };
}

/** -r. */
function* hostNames(sys: Sys, rows: readonly SockDiagRow[]): Task<Map<Ip4, string>> {
  const names = new Map<Ip4, string>();
  const addresses = rows.flatMap((row): readonly Ip4[] => (isInet(row) ? [row.local, row.remote] : []));
  for (const addr of new Set(addresses)) {
    const name = yield* addressName(sys, addr);
    if (name !== undefined) names.set(addr, name);
  }
  return names;
}

const isInet = (row: SockDiagRow): row is InetDiagRow => row.family === "inet";
