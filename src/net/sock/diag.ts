import { IPPROTO_ICMP, IPPROTO_UDP } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { InetDiagRow, PacketDiagRow, SockDiagRow, SockDiagTable, SockMem } from "../uapi/sock-diag.ts";
import type { SockType } from "../uapi/socket.ts";
import type { DatagramSock } from "./datagram.ts";
import type { PacketSock } from "./packet.ts";
import type { PingSock } from "./ping-sock.ts";
import type { RawSock } from "./raw.ts";
import type { UdpListener } from "./tables.ts";
import { tcpDiagRows } from "./tcp/diag.ts";
import { UdpSock } from "./udp.ts";
import { unixRow } from "./unix.ts";

/** sock_diag(7): the sockets of a namespace, table by table, in the order of the kernel's tables. */
export function sockDiag(ns: Netns, tables: readonly SockDiagTable[]): readonly SockDiagRow[] {
  return tables.flatMap((table) => READERS[table](ns));
}

const READERS: Readonly<Record<SockDiagTable, (ns: Netns) => readonly SockDiagRow[]>> = {
  tcp: tcpDiagRows,
  udp: udpRows,
  raw: (ns) => [...ns.sock.raw].map((s) => ({ ...endsOf(s), type: "raw", protocol: s.protocol, localPort: s.protocol, remotePort: 0, ...common(s) })),
  icmp: (ns) => [...ns.sock.ping.values()].map((s) => ({ ...endsOf(s), type: "dgram", protocol: IPPROTO_ICMP, localPort: s.ident, remotePort: 0, ...common(s) })),
  unix: (ns) => [...ns.sock.unix].map(unixRow),
  packet: (ns) => [...ns.sock.packet].map(packetRow),
};

/** Slots of the kernel's hash table of UDP sockets; the newest of a slot stands first. */
export const UDP_SLOTS = 1024;

function udpRows(ns: Netns): readonly InetDiagRow[] {
  const ports = [...ns.sock.udp.keys()].sort((a, b) => (a % UDP_SLOTS) - (b % UDP_SLOTS) || a - b);
  return ports.flatMap((port) => (ns.sock.udp.get(port) ?? []).map((l) => udpRow(ns, port, l)));
}

function udpRow(ns: Netns, port: number, l: UdpListener): InetDiagRow {
  const what = { type: "dgram" as SockType, protocol: IPPROTO_UDP, localPort: port, remotePort: l.peerPort };
  if (l instanceof UdpSock) return { ...endsOf(l), ...what, ...common(l) };
  // A tunnel's own port: no process has it, and its number is given when somebody first asks.
  l.cookie ??= ns.world.takeCookie();
  return { family: "inet", state: "CLOSE", local: l.local, remote: l.peer, ...what, ...NOTHING, ifindex: l.boundDev, inode: 0, cookie: l.cookie, mem: memory(0, DEFAULT_BUFFER, DEFAULT_BUFFER, 0) };
}

const DEFAULT_BUFFER = 212992;
const NOTHING = { rqueue: 0, wqueue: 0, uid: 0, timer: null, mark: 0, tos: 0, info: null } as const;

const endsOf = (s: UdpSock | RawSock | PingSock): Pick<InetDiagRow, "family" | "state" | "local" | "remote"> => ({
  family: "inet", state: s.peer === 0 ? "CLOSE" : "ESTABLISHED", local: s.local, remote: s.peer,
});

function common(s: UdpSock | RawSock | PingSock): Omit<InetDiagRow, "family" | "state" | "local" | "remote" | "type" | "protocol" | "localPort" | "remotePort"> {
  return { ...NOTHING, ifindex: s.boundDev, rqueue: s.queuedBytes, uid: s.uid, inode: s.ino, cookie: s.cookie, mark: s.mark, tos: s.options.IP_TOS, mem: memoryOf(s) };
}

const memoryOf = (s: DatagramSock): SockMem => memory(s.queuedBytes, s.options.SO_RCVBUF, s.options.SO_SNDBUF, s.drops);
const memory = (rmemAlloc: number, rcvbuf: number, sndbuf: number, drops: number): SockMem =>
  ({ rmemAlloc, rcvbuf, wmemAlloc: 0, sndbuf, fwdAlloc: 0, wmemQueued: 0, optmem: 0, backlog: 0, drops });

const packetRow = (s: PacketSock): PacketDiagRow =>
  ({ family: "packet", type: s.type, protocol: s.protocol, ifindex: s.boundDev, rqueue: s.queuedBytes, inode: s.ino, uid: s.uid, cookie: s.cookie, mem: memoryOf(s) });
