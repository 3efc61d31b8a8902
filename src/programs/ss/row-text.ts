import type { InetDiagRow, PacketDiagRow, SockDiagRow, SockTimer, TcpState, UnixDiagRow } from "../../net/uapi/sock-diag.ts";
import type { SocketUser } from "../lib/socket-users.ts";
import type { Row } from "./columns.ts";
import { memoryText, tcpInfoText } from "./tcp-info.ts";
import type { SsShow } from "./options.ts";

/** What names numbers have here; the columns ask for them. */
export interface Names {
  host(row: InetDiagRow, side: "local" | "remote"): string;
  service(row: InetDiagRow, port: number): string;
  device(ifindex: number): string;
  protocol(etherType: number): string;
  readonly users: ReadonlyMap<number, readonly SocketUser[]> | null;
  /** Text of a socket's control group. */
  readonly cgroup: string;
}

const STATE_WORDS: Readonly<Record<TcpState, string>> = {
  ESTABLISHED: "ESTAB", SYN_SENT: "SYN-SENT", SYN_RECV: "SYN-RECV", FIN_WAIT1: "FIN-WAIT-1", FIN_WAIT2: "FIN-WAIT-2", TIME_WAIT: "TIME-WAIT", CLOSE: "UNCONN",
  CLOSE_WAIT: "CLOSE-WAIT", LAST_ACK: "LAST-ACK", LISTEN: "LISTEN", CLOSING: "CLOSING",
};
const UNIX_NETID = { stream: "u_str", dgram: "u_dgr", seqpacket: "u_seq", raw: "u_dgr" } as const;
const INET_NETID: Readonly<Record<number, string>> = { 6: "tcp", 17: "udp" };

export const stateOf = (row: SockDiagRow): TcpState => (row.family === "packet" ? "CLOSE" : row.state);

/** One socket as a line of `ss`. */
export function rowOf(row: SockDiagRow, show: SsShow, names: Names): Row {
  const wqueue = row.family === "packet" ? 0 : row.wqueue;
  return {
    netid: netidOf(row), state: STATE_WORDS[stateOf(row)], recvq: String(row.rqueue).padEnd(6), sendq: String(wqueue).padEnd(6), ...endsOf(row, names),
    ext: usersText(row.inode, show, names) + extra(row, show, names), proc: "",
  };
}

function netidOf(row: SockDiagRow): string {
  if (row.family === "unix") return UNIX_NETID[row.type];
  if (row.family === "packet") return row.type === "raw" ? "p_raw" : "p_dgr";
  return row.type === "raw" ? "raw" : (INET_NETID[row.protocol] ?? "raw");
}

function endsOf(row: SockDiagRow, names: Names): Pick<Row, "addr" | "serv" | "raddr" | "rserv"> {
  if (row.family === "unix") return { addr: `${row.path === "" ? "*" : unixName(row.path)} `, serv: String(row.inode), raddr: "* ", rserv: String(row.peer) };
  if (row.family === "packet") return { addr: `${names.protocol(row.protocol)}:`, serv: row.ifindex === 0 ? "*" : names.device(row.ifindex), raddr: "*", rserv: "" };
  const device = row.ifindex === 0 ? "" : `%${names.device(row.ifindex)}`;
  return {
    addr: `${names.host(row, "local")}${device}:`, serv: names.service(row, row.localPort), raddr: `${names.host(row, "remote")}:`,
    rserv: names.service(row, row.remotePort),
  };
}

/** Names without a path begin with a zero byte, shown as @. */
const unixName = (path: string): string => (path.startsWith("\0") ? path.replace(/\0/g, "@") : path);

/** The holder that was found last stands first. */
function usersText(inode: number, show: SsShow, { users }: Names): string {
  const holders = inode === 0 ? undefined : users?.get(inode);
  if (holders === undefined) return "";
  const text = [...holders].reverse().map((u) => `("${u.comm}",pid=${u.pid},${show.threads ? `tid=${u.pid},` : ""}fd=${u.fd})`);
  return ` users:(${text.join(",")})`;
}

function extra(row: SockDiagRow, show: SsShow, names: Names): string {
  if (row.family === "unix") return (show.memory ? memoryText(row.mem) : "") + (show.details ? unixDetails(row) : "");
  return row.family === "packet" ? packetExtra(row, show) : inetExtra(row, show, names);
}

const halves = (shut: number): string => ` ${shut & 1 ? "-" : "<"}-${shut & 2 ? "-" : ">"}`;
const unixDetails = (row: UnixDiagRow): string => halves(row.shutdown ?? 0);

function packetExtra(row: PacketDiagRow, show: SsShow): string {
  const details = show.details ? `${identity(row)}${show.oneLine ? " " : "\n\t"}ver:0 cpy_thresh:0 flags( running )` : "";
  return details + (show.memory ? memoryText(row.mem) : "");
}

const identity = (row: InetDiagRow | PacketDiagRow): string => `${row.uid === 0 ? "" : ` uid:${row.uid}`} ino:${row.inode} sk:${row.cookie.toString(16)}`;

/** A connection in TIME_WAIT and a request in a listener's queue are no sockets any more, or not yet: they tell less. */
export const isSocket = (row: InetDiagRow): boolean => row.protocol !== 6 || row.info !== null;

function inetExtra(row: InetDiagRow, show: SsShow, names: Names): string {
  const whole = isSocket(row);
  const mark = row.mark === 0 ? "" : ` fwmark:0x${row.mark.toString(16)}`;
  const group = whole ? ` cgroup:${names.cgroup}` : "";
  const details = show.details ? `${identity(row)}${mark}${group}${whole ? halves(row.shutdown ?? 0) : ""}` : "";
  const tos = show.tos && whole ? ` tos:${row.tos === 0 ? "0" : `0x${row.tos.toString(16)}`} class_id:0` : "";
  return `${show.timers ? timerText(row.timer) : ""}${details}${tos}${show.cgroup ? group : ""}${moreOf(row, show)}`;
}

/** -m and -i, on a line of their own unless -O. UDP has nothing to say with -i. */
function moreOf(row: InetDiagRow, show: SsShow): string {
  if (!show.memory && !(show.info && row.protocol !== 17)) return "";
  const memory = show.memory && isSocket(row) ? memoryText(row.mem) : "";
  return `${show.oneLine ? "" : "\n\t"}${memory}${show.info && row.info !== null ? tcpInfoText(row.info, show) : ""}`;
}

function timerText(timer: SockTimer | null): string {
  return timer === null ? "" : ` timer:(${timer.is},${timeText(Math.ceil(timer.expiresInNs / 1e6))},${timer.retransmits})`;
}

/** 1min40sec, 9.500ms, 59sec, 204ms: what is large hides what is small. */
export function timeText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const sec = minutes > 9 ? 0 : Math.floor(ms / 1000) % 60;
  const rest = minutes > 0 || sec > 9 ? 0 : ms % 1000;
  const seconds = sec === 0 ? "" : `${sec}${rest > 0 ? "." : "sec"}`;
  return `${minutes > 0 ? `${minutes}min` : ""}${seconds}${rest > 0 ? `${String(rest).padStart(3, "0")}ms` : ""}`;
}
