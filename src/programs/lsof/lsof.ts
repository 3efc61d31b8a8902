import { strerror, isErrno } from "../../net/uapi/errno.ts";
import type { InetDiagRow } from "../../net/uapi/sock-diag.ts";
import { STDERR, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { formatIp4, type Ip4 } from "../../wire/addr.ts";
import { Out } from "../lib/out.ts";
import { userName } from "../lib/proc.ts";
import { addressName } from "../lib/resolve.ts";
import { readServices } from "../lib/services.ts";
import { openFiles, type OpenFileRow } from "./files.ts";
import { fitsSpec, type InetSpec, parseInetSpec } from "./inet-spec.ts";
import { parseLsof, type LsofOptions, type Wanted } from "./options.ts";
import { LSOF_USAGE } from "./usage.ts";

/** lsof(8) 4.95.0: open files, sockets among them, by process. */
export const lsof: Program = function* (sys, argv) {
  const command = parseLsof(argv.slice(1));
  if (command.is === "stop") return yield* fail(sys, command.text);
  const specs: InetSpec[] = [];
  for (const text of command.options.inet) {
    const spec = yield* parseInetSpec(sys, text);
    if ("error" in spec) return yield* fail(sys, spec.error + LSOF_USAGE);
    specs.push(spec);
  }
  return yield* list(sys, command.options, specs);
};

function* fail(sys: Sys, text: string): Task<number> {
  yield* sys.write(STDERR, text);
  return 1;
}

function* list(sys: Sys, o: LsofOptions, specs: readonly InetSpec[]): Task<number> {
  let status = 0;
  const paths = new Set<string>();
  for (const name of o.names) {
    const stat = sys.stat(name);
    if (isErrno(stat)) status = yield* fail(sys, `lsof: status error on ${name}: ${strerror(stat)}\n`);
    else paths.add(name.startsWith("/") ? name : `${sys.getcwd()}/${name}`);
  }
  if (o.names.length > 0 && paths.size === 0) return 1;
  const found = openFiles(sys).filter((row) => isSelected(sys, row, o, specs, paths));
  const out = new Out(sys, STDOUT);
  yield* out.text(o.terse ? [...new Set(found.map((r) => r.process.pid))].map((pid) => `${pid}\n`).join("") : yield* tableOf(sys, o, found));
  yield* out.flush();
  return found.length === 0 ? 1 : status;
}

const fits = (w: Wanted | null, test: (item: string) => boolean): boolean | null => (w === null ? null : !w.no.some(test) && (w.yes.length === 0 || w.yes.some(test)));

/** Selections are joined by OR, with -a by AND; -d only narrows; without any, everything is shown. What is excluded stays out. */
function isSelected(sys: Sys, row: OpenFileRow, o: LsofOptions, specs: readonly InetSpec[], paths: ReadonlySet<string>): boolean {
  const p = row.process;
  if (fits(o.fds, (d) => inFdSet(row.fd, d)) === false) return false;
  const user = userName(sys, p.uid);
  const answers = [
    fits(o.pids, (pid) => pid === String(p.pid)), fits(o.commands, (c) => p.comm.startsWith(c)), fits(o.users, (u) => u === user || u === String(p.uid)),
    specs.length === 0 ? null : isInet(row, o, specs), o.unix ? row.socket?.family === "unix" : null,
    paths.size === 0 ? null : paths.has(row.socket?.family === "unix" ? row.socket.path : row.name),
  ].filter((a) => a !== null);
  const excluded = (w: Wanted | null, test: (item: string) => boolean): boolean => w?.no.some(test) === true;
  if (excluded(o.pids, (pid) => pid === String(p.pid)) || excluded(o.users, (u) => u === user) || excluded(o.commands, (c) => p.comm.startsWith(c))) return false;
  return answers.length === 0 || (o.and ? answers.every(Boolean) : answers.some(Boolean));
}

/** `cwd`, `3`, `0-5`. */
function inFdSet(fd: string, wanted: string): boolean {
  const range = /^(\d+)-(\d+)$/.exec(wanted);
  return range === null ? fd === wanted : /^\d+$/.test(fd) && Number(fd) >= Number(range[1]) && Number(fd) <= Number(range[2]);
}

function isInet(row: OpenFileRow, o: LsofOptions, specs: readonly InetSpec[]): boolean {
  const socket = row.socket;
  if (socket?.family !== "inet" || row.type !== "IPv4" || !specs.some((spec) => fitsSpec(socket, spec))) return false;
  if (o.states.length === 0) return true;
  return o.states.some(({ proto, wanted }) => proto === row.node && fits(wanted, (s) => s === socket.state) === true);
}

interface Cell {
  readonly title: string;
  readonly value: (row: OpenFileRow) => string;
  readonly left?: boolean;
}

/** Longer command names are cut. */
const COMMAND_CHARS = 9;

function* tableOf(sys: Sys, o: LsofOptions, rows: readonly OpenFileRow[]): Task<string> {
  if (rows.length === 0) return "";
  const names = yield* inetNames(sys, o, rows);
  const cells: Cell[] = [
    { title: "COMMAND", value: (r) => r.process.comm.slice(0, COMMAND_CHARS), left: true }, { title: "PID", value: (r) => String(r.process.pid) },
    ...(o.parents ? [{ title: "PPID", value: (r: OpenFileRow) => String(r.process.ppid) }] : []),
    { title: "USER", value: (r) => (o.numericUser ? String(r.process.uid) : userName(sys, r.process.uid)) },
    { title: "  FD  ", value: (r) => `${r.fd.padStart(4)}${r.mode} ` }, { title: "TYPE", value: (r) => r.type }, { title: "DEVICE", value: (r) => r.device },
    { title: "SIZE/OFF", value: (r) => r.size }, { title: "NODE", value: (r) => r.node },
  ];
  const widths = cells.map((c) => Math.max(c.title.length, ...rows.map((r) => c.value(r).length)));
  const line = (texts: readonly string[], last: string): string =>
    `${texts.map((text, i) => (cells[i]!.left === true ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(" ")} ${last}\n`;
  return line(cells.map((c) => c.title), "NAME") + rows.map((r) => line(cells.map((c) => c.value(r)), names(r))).join("");
}

/** `*:8001 (LISTEN)`, `10.0.0.3:43872->10.1.0.1:2379 (ESTABLISHED)`; other files have a name already. */
function* inetNames(sys: Sys, o: LsofOptions, rows: readonly OpenFileRow[]): Task<(row: OpenFileRow) => string> {
  const hosts = new Map<Ip4, string>();
  const sockets = rows.flatMap((r): readonly InetDiagRow[] => (r.type === "IPv4" && r.socket?.family === "inet" ? [r.socket] : []));
  for (const addr of new Set(sockets.flatMap((s) => [s.local, s.remote]))) {
    const name = o.numericHost || addr === 0 ? undefined : yield* addressName(sys, addr);
    hosts.set(addr, addr === 0 ? "*" : (name ?? formatIp4(addr)));
  }
  const services = o.numericPort ? [] : readServices(sys);
  const end = (addr: Ip4, port: number, proto: string): string =>
    `${hosts.get(addr) ?? ""}:${port === 0 ? "*" : (services.find((s) => s.port === port && s.proto === proto)?.name ?? port)}`;
  return (row) => {
    const s = row.socket;
    if (row.type !== "IPv4" || s?.family !== "inet") return row.name;
    const proto = s.protocol === 6 ? "tcp" : "udp";
    const far = s.remotePort === 0 ? "" : `->${end(s.remote, s.remotePort, proto)}`;
    return `${end(s.local, s.localPort, proto)}${far} ${proto === "tcp" ? `(${s.state})` : ""}`;
  };
}
