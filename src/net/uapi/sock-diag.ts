import type { Ip4 } from "../../wire/addr.ts";
import type { SockType } from "./socket.ts";

/**
 * sock_diag(7): what `ss`, `netstat` and `lsof` ask the kernel about sockets. Rows come in the order of
 * the kernel's tables; which process holds a socket is not told here: a tool reads `/proc/PID/fd` and
 * compares inode numbers, as on Linux.
 */

/** TCP_* states (include/net/tcp_states.h), as RFC 9293 §3.3.2 names them. `new_syn_recv` is the request in a listener's queue. */
export const TCP_STATES = [
  "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
] as const;
export type TcpState = (typeof TCP_STATES)[number];

/** The state's number, as /proc/net/tcp shows it in hexadecimal: ESTABLISHED is 1. */
export const tcpStateNumber = (s: TcpState): number => TCP_STATES.indexOf(s) + 1;

/** The timer that runs on a TCP socket, as `ss -o` names it. */
export interface SockTimer {
  readonly is: "on" | "keepalive" | "timewait" | "persist" | "unknown";
  readonly expiresInNs: number;
  readonly retransmits: number;
}

/** skmeminfo, bytes: `ss -m`. */
export interface SockMem {
  readonly rmemAlloc: number;
  readonly rcvbuf: number;
  readonly wmemAlloc: number;
  readonly sndbuf: number;
  readonly fwdAlloc: number;
  readonly wmemQueued: number;
  readonly optmem: number;
  readonly backlog: number;
  readonly drops: number;
}

/** struct tcp_info, as far as tools print it. Times in µs, as there; windows and sizes in bytes unless named. */
export interface TcpInfo {
  readonly state: TcpState;
  /** TCP_CA_*: "Open", "Disorder", "CWR", "Recovery", "Loss". */
  readonly caState: "Open" | "Disorder" | "CWR" | "Recovery" | "Loss";
  readonly congestion: string;
  /** Negotiated options. */
  readonly timestamps: boolean;
  readonly sack: boolean;
  readonly ecn: boolean;
  readonly sndWscale: number;
  readonly rcvWscale: number;
  readonly rtoUs: number;
  readonly atoUs: number;
  readonly sndMss: number;
  readonly rcvMss: number;
  readonly advMss: number;
  readonly pmtu: number;
  readonly rttUs: number;
  readonly rttvarUs: number;
  readonly minRttUs: number;
  readonly rcvRttUs: number;
  /** Segments. */
  readonly cwnd: number;
  /** Segments; 0x7fffffff = none yet. */
  readonly ssthresh: number;
  readonly rcvSpace: number;
  readonly rcvSsthresh: number;
  readonly sndWnd: number;
  readonly rcvWnd: number;
  readonly unacked: number;
  readonly sacked: number;
  readonly lost: number;
  readonly retrans: number;
  readonly totalRetrans: number;
  readonly retransmits: number;
  readonly probes: number;
  readonly backoff: number;
  readonly reordering: number;
  readonly lastDataSentMs: number;
  readonly lastDataRecvMs: number;
  readonly lastAckRecvMs: number;
  readonly bytesSent: number;
  readonly bytesAcked: number;
  readonly bytesReceived: number;
  readonly bytesRetrans: number;
  readonly segsOut: number;
  readonly segsIn: number;
  readonly dataSegsOut: number;
  readonly dataSegsIn: number;
  readonly notSentBytes: number;
  readonly dsackDups: number;
  readonly reordSeen: number;
  readonly deliveryRate: number;
  readonly delivered: number;
  readonly pacingRate: number;
  readonly appLimited: boolean;
  readonly busyUs: number;
  readonly rwndLimitedUs: number;
  readonly sndbufLimitedUs: number;
}

/** One inet socket (struct inet_diag_msg): TCP, UDP or raw. Raw sockets have their protocol where others have the port. */
export interface InetDiagRow {
  readonly family: "inet";
  readonly type: SockType;
  readonly protocol: number;
  readonly state: TcpState;
  readonly local: Ip4;
  readonly localPort: number;
  readonly remote: Ip4;
  readonly remotePort: number;
  /** SO_BINDTODEVICE, 0 = none. */
  readonly ifindex: number;
  /** Bytes not read yet; a listener: connections not accepted yet. */
  readonly rqueue: number;
  /** Bytes not acknowledged yet; a listener: its backlog. */
  readonly wqueue: number;
  readonly uid: number;
  /** 0 = no process has it (yet, or any more). */
  readonly inode: number;
  readonly cookie: number;
  readonly timer: SockTimer | null;
  readonly mark: number;
  readonly tos: number;
  readonly mem: SockMem;
  readonly info: TcpInfo | null;
  /** Halves that were shut: 1 = reading, 2 = writing; absent = none. */
  readonly shutdown?: number;
}

/** struct unix_diag_msg. */
export interface UnixDiagRow {
  readonly family: "unix";
  readonly type: SockType;
  readonly state: "LISTEN" | "ESTABLISHED" | "CLOSE";
  readonly path: string;
  readonly inode: number;
  /** Inode of the other end, 0 = none. */
  readonly peer: number;
  readonly rqueue: number;
  readonly wqueue: number;
  readonly refs: number;
  readonly mem: SockMem;
  /** Halves that were shut: 1 = reading, 2 = writing; absent = none. */
  readonly shutdown?: number;
}

/** struct packet_diag_msg. */
export interface PacketDiagRow {
  readonly family: "packet";
  readonly type: SockType;
  readonly protocol: number;
  readonly ifindex: number;
  readonly rqueue: number;
  readonly inode: number;
  readonly uid: number;
  readonly cookie: number;
  readonly mem: SockMem;
}

export type SockDiagRow = InetDiagRow | UnixDiagRow | PacketDiagRow;

/** Which tables to read; filtering is done by the tool. */
export type SockDiagTable = "tcp" | "udp" | "raw" | "icmp" | "unix" | "packet";
