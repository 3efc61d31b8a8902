import type { Netns } from "../net/core/netns.ts";
import { DatagramSock } from "../net/sock/datagram.ts";
import type { Ip4 } from "../wire/addr.ts";
import type { Kernel } from "./kernel.ts";
import { SocketFile } from "./socket-file.ts";

/** The sockets of a namespace as /proc/net lists them: those that some process has open. */

const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops";
const UDP_LINE_CHARS = 127;
const TCP_ESTABLISHED = 1;
const TCP_CLOSE = 7;
/** Slots of the kernel's hash tables, which number the lines. */
const UDP_SLOTS = 1024;
const RAW_SLOTS = 256;

/** net/ipv4/udp.c, udp4_seq_show: UDP sockets that have a port. */
export function udpTable(kernel: Kernel, ns: Netns): string {
  const rows = inetSockets(kernel, ns).filter(({ file, port }) => file.sock.protocol === 17 && file.sock.type === "dgram" && port !== 0);
  const lines = rows.map((row) => `${String(row.port % UDP_SLOTS).padStart(5)}: ${columns(row)}`);
  return [` ${HEADER}`, ...lines].map((line) => `${line.padEnd(UDP_LINE_CHARS)}\n`).join("");
}

/** net/ipv4/ping.c, ping_v4_format_sock: ICMP sockets by their echo identifier. */
export function icmpTable(kernel: Kernel, ns: Netns): string {
  const rows = inetSockets(kernel, ns).filter(({ file }) => file.sock.protocol === 1 && file.sock.type === "dgram");
  const lines = rows.map((row) => `${String(row.port % 64).padStart(5)}: ${columns(row)}`);
  return [HEADER, ...lines].map((line) => `${line.padEnd(UDP_LINE_CHARS)}\n`).join("");
}

/** net/ipv4/raw.c, raw_sock_seq_show: the protocol stands where others have the port. */
export function rawTable(kernel: Kernel, ns: Netns): string {
  const rows = inetSockets(kernel, ns).filter(({ file }) => file.sock.type === "raw");
  return `${HEADER}\n${rows.map((row) => `${String(row.port % RAW_SLOTS).padStart(4)}: ${columns(row)}\n`).join("")}`;
}

interface Row {
  readonly file: SocketFile;
  readonly addr: Ip4;
  readonly port: number;
  readonly peer: { readonly addr: Ip4; readonly port: number } | null;
}

function inetSockets(kernel: Kernel, ns: Netns): Row[] {
  const files = new Set(kernel.processes.flatMap((p) => p.fds.files()));
  return [...files].flatMap((file) => (file instanceof SocketFile && file.netns === ns ? rowOf(file) : []));
}

function rowOf(file: SocketFile): Row[] {
  const local = file.sock.localAddr();
  const peer = file.sock.peerAddr();
  if (typeof local === "string" || local.family !== "inet") return [];
  return [{ file, addr: local.addr, port: local.port, peer: typeof peer !== "string" && peer.family === "inet" ? peer : null }];
}

function columns({ file, addr, port, peer }: Row): string {
  const { sock, ino } = file;
  const waiting = sock instanceof DatagramSock ? sock.queuedBytes : 0;
  const drops = sock instanceof DatagramSock ? sock.drops : 0;
  const state = hex(peer ? TCP_ESTABLISHED : TCP_CLOSE, 2);
  const far = peer ?? { addr: 0 as Ip4, port: 0 };
  return `${endpoint(addr, port)} ${endpoint(far.addr, far.port)} ${state} 00000000:${hex(waiting, 8)} 00:00000000 00000000 ` +
    `    0        0 ${ino} 2 0000000000000000 ${drops}`;
}

const hex = (n: number, digits: number): string => n.toString(16).toUpperCase().padStart(digits, "0");

/** 127.0.0.1 port 7000 → 0100007F:1B58: the address as a little-endian word, the port as a number. */
const endpoint = (addr: Ip4, port: number): string => `${littleEndianHex(addr)}:${hex(port, 4)}`;

/** 10.0.0.0 → 0000000A */
export const littleEndianHex = (a: Ip4): string =>
  [a & 255, (a >>> 8) & 255, (a >>> 16) & 255, a >>> 24].map((byte) => hex(byte, 2)).join("");
