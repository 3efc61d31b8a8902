import { isErrno } from "../../net/uapi/errno.ts";
import type { InetDiagRow, SockDiagRow } from "../../net/uapi/sock-diag.ts";
import type { Sys } from "../../os/sys.ts";
import { listProcesses, type ProcRow } from "../lib/proc.ts";

/** An open file as lsof sees it: one line of its list. */
export interface OpenFileRow {
  readonly process: ProcRow;
  /** `cwd`, `rtd`, `txt`, or a number. */
  readonly fd: string;
  /** r, w, u, or a space. */
  readonly mode: string;
  readonly type: string;
  readonly device: string;
  readonly size: string;
  readonly node: string;
  readonly name: string;
  /** The socket behind it, when it is one that the namespace's tables have. */
  readonly socket: SockDiagRow | null;
}

/** The root file system's device number, as `stat` shows it. */
const DISK = "254,0";
const PIPE_FS = "0,15";
const SOCK_FS = "0,8";
const ZERO = "0t0";

/** Every open file of every process: from /proc/PID/cwd, root, exe and fd. */
export function openFiles(sys: Sys): readonly OpenFileRow[] {
  const sockets = new Map(sys.sockDiag(["tcp", "udp", "raw", "unix", "packet"]).filter((s) => s.inode !== 0).map((s) => [s.inode, s]));
  return listProcesses(sys).filter((p) => p.state !== "Z").flatMap((p) => filesOf(sys, p, sockets));
}

function filesOf(sys: Sys, process: ProcRow, sockets: ReadonlyMap<number, SockDiagRow>): OpenFileRow[] {
  const base = `/proc/${process.pid}`;
  const links = [["cwd", `${base}/cwd`], ["rtd", `${base}/root`], ["txt", `${base}/exe`]] as const;
  const places = links.flatMap(([fd, path]) => fileRow(sys, process, fd, " ", path, sockets));
  const fds = sys.readdir(`${base}/fd`);
  const numbers = isErrno(fds) ? [] : fds.map(Number).sort((a, b) => a - b);
  return [...places, ...numbers.flatMap((n) => fileRow(sys, process, String(n), modeOf(sys, `${base}/fd/${n}`), `${base}/fd/${n}`, sockets))];
}

function modeOf(sys: Sys, link: string): string {
  const stat = sys.lstat(link);
  if (isErrno(stat)) return " ";
  const [reads, writes] = [(stat.mode & 0o400) !== 0, (stat.mode & 0o200) !== 0];
  return reads && writes ? "u" : reads ? "r" : writes ? "w" : " ";
}

const KINDS = { file: "REG", dir: "DIR", link: "LINK", char: "CHR", fifo: "FIFO", socket: "sock" } as const;

function fileRow(sys: Sys, process: ProcRow, fd: string, mode: string, path: string, sockets: ReadonlyMap<number, SockDiagRow>): OpenFileRow[] {
  const link = sys.readlink(path);
  if (isErrno(link)) return [];
  const base = { process, fd, mode, socket: null } as const;
  const ino = /^(socket|pipe):\[(\d+)\]$/.exec(link.target);
  if (ino?.[1] === "socket") return [socketRow(base, Number(ino[2]), sockets.get(Number(ino[2])))];
  if (ino !== null) return [{ ...base, type: "FIFO", device: PIPE_FS, size: ZERO, node: ino[2] ?? "", name: "pipe" }];
  const stat = sys.stat(path);
  if (isErrno(stat)) return [];
  const type = KINDS[stat.kind];
  const device = stat.rdev === undefined ? DISK : `${stat.rdev[0]},${stat.rdev[1]}`;
  return [{ ...base, type, device, size: stat.kind === "char" ? ZERO : String(stat.size), node: String(stat.ino), name: link.target }];
}

type Base = Pick<OpenFileRow, "process" | "fd" | "mode">;

function socketRow(base: Base, ino: number, row: SockDiagRow | undefined): OpenFileRow {
  if (row === undefined) return { ...base, type: "sock", device: SOCK_FS, size: ZERO, node: String(ino), name: "protocol: unknown", socket: null };
  if (row.family === "unix") {
    const state = row.state === "LISTEN" ? "LISTEN" : row.state === "ESTABLISHED" ? "CONNECTED" : "UNCONNECTED";
    const path = row.path === "" ? "" : `${row.path.replace(/\0/g, "@")} `;
    return { ...base, type: "unix", device: `0x${"0".repeat(16)}`, size: ZERO, node: String(ino), name: `${path}type=${row.type.toUpperCase()} (${state})`, socket: row };
  }
  if (row.family === "packet") return { ...base, type: "pack", device: String(ino), size: ZERO, node: row.protocol === 3 ? "ALL" : String(row.protocol), name: `type=SOCK_${row.type.toUpperCase()}`, socket: row };
  if (row.type === "raw") return { ...base, type: "raw", device: "", size: ZERO, node: String(ino), name: rawName(row), socket: row };
  return { ...base, type: "IPv4", device: String(ino), size: ZERO, node: row.protocol === 6 ? "TCP" : "UDP", name: "", socket: row };
}

function rawName(row: InetDiagRow): string {
  const end = (addr: number, port: number): string =>
    `${[addr & 255, (addr >>> 8) & 255, (addr >>> 16) & 255, addr >>> 24].map((b) => b.toString(16).toUpperCase().padStart(2, "0")).join("")}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return `${end(row.local, row.localPort)}->${end(row.remote, row.remotePort)} st=07`;
}
