import type { Netns } from "../net/core/netns.ts";
import { sockDiag, UDP_SLOTS } from "../net/sock/diag.ts";
import { type InetDiagRow, type PacketDiagRow, type SockTimer, tcpStateNumber, type UnixDiagRow } from "../net/uapi/sock-diag.ts";
import type { Ip4 } from "../wire/addr.ts";

/** The sockets of a namespace as /proc/net lists them. Addresses of kernel memory are told to nobody: zeros. */

const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const UDP_HEADER = `${HEADER} ref pointer drops`;
const UDP_LINE_CHARS = 127;
const TCP_LINE_CHARS = 149;
/** Slots of the kernel's hash tables, which number the lines. */
const RAW_SLOTS = 256;
const PING_SLOTS = 64;
const POINTER = "0".repeat(16);

const inetRows = (ns: Netns, table: "tcp" | "udp" | "raw" | "icmp"): readonly InetDiagRow[] =>
  sockDiag(ns, [table]).filter((row): row is InetDiagRow => row.family === "inet");

/** net/ipv4/tcp_ipv4.c, tcp4_seq_show: listeners, then the rest. */
export function tcpTable(ns: Netns): string {
  const lines = inetRows(ns, "tcp").map((row, i) => `${String(i).padStart(4)}: ${queues(row)}${tcpTail(row)}`);
  return [HEADER, ...lines].map((line) => `${line.padEnd(TCP_LINE_CHARS)}\n`).join("");
}

/** net/ipv4/udp.c, udp4_seq_show. */
export function udpTable(ns: Netns): string {
  const lines = inetRows(ns, "udp").map((row) => `${String(row.localPort % UDP_SLOTS).padStart(5)}: ${datagram(row)}`);
  return [` ${UDP_HEADER}`, ...lines].map((line) => `${line.padEnd(UDP_LINE_CHARS)}\n`).join("");
}

/** net/ipv4/ping.c, ping_v4_format_sock: ICMP sockets by their echo identifier. */
export function icmpTable(ns: Netns): string {
  const lines = inetRows(ns, "icmp").map((row) => `${String(row.localPort % PING_SLOTS).padStart(5)}: ${datagram(row)}`);
  return [UDP_HEADER, ...lines].map((line) => `${line.padEnd(UDP_LINE_CHARS)}\n`).join("");
}

/** net/ipv4/raw.c, raw_sock_seq_show: the protocol stands where others have the port. */
export function rawTable(ns: Netns): string {
  return `${UDP_HEADER}\n${inetRows(ns, "raw").map((row) => `${String(row.localPort % RAW_SLOTS).padStart(4)}: ${datagram(row)}\n`).join("")}`;
}

/** Both ends, the state, bytes waiting: what all four tables begin with. A listener's own queue stands as bytes received. */
function queues(row: InetDiagRow): string {
  const tx = row.state === "LISTEN" ? 0 : row.wqueue;
  const ends = `${endpoint(row.local, row.localPort)} ${endpoint(row.remote, row.remotePort)}`;
  return `${ends} ${hex(tcpStateNumber(row.state), 2)} ${hex(tx, 8)}:${hex(row.rqueue, 8)} `;
}

const datagram = (row: InetDiagRow): string =>
  `${queues(row)}00:00000000 00000000 ${String(row.uid).padStart(5)} ${"0".padStart(8)} ${row.inode} 2 ${POINTER} ${row.mem.drops}`;

const TIMER_NUMBERS: Readonly<Record<SockTimer["is"], number>> = { on: 1, keepalive: 2, timewait: 3, persist: 4, unknown: 5 };
const INITIAL_RTO_US = 1_000_000;

/** Timers in hundredths of a second, then rto, ato, whether ACKs go out at once, window and threshold (-1 = none yet). */
function tcpTail(row: InetDiagRow): string {
  const { timer, info } = row;
  const when = timer === null ? "00:00000000" : `${hex(TIMER_NUMBERS[timer.is], 2)}:${hex(ticks(timer.expiresInNs / 1000), 8)}`;
  const retransmits = info === null ? (timer?.retransmits ?? 0) : info.retransmits;
  const head = `${when} ${hex(retransmits, 8)} ${String(row.uid).padStart(5)} ${String(info?.probes ?? 0).padStart(8)} ${row.inode}`;
  if (info === null) return `${head} ${row.state === "SYN_RECV" ? 1 : 3} ${POINTER}`;
  const listens = row.state === "LISTEN";
  const threshold = listens ? 0 : info.ssthresh >= 0x7fffffff ? -1 : info.ssthresh;
  return `${head} ${timer === null ? 1 : 2} ${POINTER} ${ticks(listens ? INITIAL_RTO_US : info.rtoUs)} ${ticks(info.atoUs)} 0 ${info.cwnd} ${threshold}`;
}

const ticks = (us: number): number => Math.max(0, Math.floor(us / 10_000));

const UNIX_TYPES = { stream: 1, dgram: 2, raw: 3, seqpacket: 5 } as const;

/** net/unix/af_unix.c, unix_seq_show. */
export function unixTable(ns: Netns): string {
  const rows = sockDiag(ns, ["unix"]).filter((row): row is UnixDiagRow => row.family === "unix");
  const lines = rows.map((row) => {
    const state = row.state === "ESTABLISHED" ? 3 : 1;
    const flags = row.state === "LISTEN" ? "00010000" : "00000000";
    const path = row.path === "" ? "" : ` ${row.path.startsWith("\0") ? row.path.replace(/\0/g, "@") : row.path}`;
    return `${POINTER}: ${hex(row.refs, 8)} 00000000 ${flags} ${hex(UNIX_TYPES[row.type], 4)} ${hex(state, 2)} ${String(row.inode).padStart(5)}${path}\n`;
  });
  return `Num       RefCount Protocol Flags    Type St Inode Path\n${lines.join("")}`;
}

/** net/packet/af_packet.c, packet_seq_show. */
export function packetTable(ns: Netns): string {
  const rows = sockDiag(ns, ["packet"]).filter((row): row is PacketDiagRow => row.family === "packet");
  const lines = rows.map((row) => {
    const numbers = [row.ifindex.toString().padEnd(5), "1", String(row.rqueue).padEnd(6), String(row.uid).padEnd(6), String(row.inode).padEnd(6)];
    return `${POINTER} ${"3".padEnd(6)} ${String(row.type === "raw" ? 3 : 2).padEnd(4)} ${row.protocol.toString(16).padStart(4, "0")}   ${numbers.join(" ")}\n`;
  });
  return `sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n${lines.join("")}`;
}

const hex = (n: number, digits: number): string => n.toString(16).toUpperCase().padStart(digits, "0");

/** 127.0.0.1 port 7000 → 0100007F:1B58: the address as a little-endian word, the port as a number. */
const endpoint = (addr: Ip4, port: number): string => `${littleEndianHex(addr)}:${hex(port, 4)}`;

/** 10.0.0.0 → 0000000A */
export const littleEndianHex = (a: Ip4): string =>
  [a & 255, (a >>> 8) & 255, (a >>> 16) & 255, a >>> 24].map((byte) => hex(byte, 2)).join("");
