import type { Ip4, Mac } from "../../wire/addr.ts";
import type { Errno } from "./errno.ts";
import type { TcpInfo } from "./sock-diag.ts";

/** socket(2) domains, types and protocols that exist here. */
export type SockDomain = "inet" | "inet6" | "packet" | "unix" | "netlink";
export type SockType = "stream" | "dgram" | "raw" | "seqpacket";
/** IPPROTO_* by name or number; for `packet` an EtherType number (0x0003 = all); for `netlink` a family name. */
export type SockProtocol = number | "icmp" | "udp" | "tcp" | "route" | "default";

export interface InetAddr {
  readonly family: "inet";
  readonly addr: Ip4;
  readonly port: number;
}
/** sockaddr_ll, packet(7). */
export interface PacketAddr {
  readonly family: "packet";
  readonly ifindex: number;
  /** EtherType of the frame, host order. */
  readonly protocol: number;
  readonly pkttype: PacketType;
  readonly mac: Mac;
  /** ARPHRD_*: 1 Ethernet, 772 loopback. */
  readonly hatype: number;
}
/** unix(7): "" = unnamed; a path that begins with "\0" is in the abstract name space. */
export interface UnixAddr {
  readonly family: "unix";
  readonly path: string;
}
export type SockAddr = InetAddr | PacketAddr | UnixAddr;
/** What connect takes: AF_UNSPEC undoes what connect did before. */
export type ConnectAddr = SockAddr | { readonly family: "unspec" };

/** if_packet.h PACKET_*: who the frame was for, as seen by the capturing stack. */
export type PacketType = "host" | "broadcast" | "multicast" | "otherhost" | "outgoing";

export interface SendMessage {
  readonly data: Uint8Array;
  readonly to?: SockAddr;
  /** MSG_DONTWAIT: `EAGAIN` instead of sleeping; a stream takes what it has room for. */
  readonly dontWait?: boolean;
  /** MSG_NOSIGNAL: `EPIPE` without SIGPIPE. */
  readonly noSignal?: boolean;
  /** MSG_MORE: more will follow, a stream may wait to fill a segment. */
  readonly more?: boolean;
  /** IP_PKTINFO of a datagram: leave from this address or by this device. */
  readonly from?: { readonly addr?: Ip4; readonly ifindex?: number };
}

/** shutdown(2): which half of a connection ends. */
export type ShutdownHow = "read" | "write" | "both";

/** poll(2): what is asked of one fd. Errors and hang-ups are always told. */
export interface PollWant {
  readonly fd: number;
  readonly in?: boolean;
  readonly out?: boolean;
}
/** What poll(2) found: POLLIN, POLLOUT, POLLERR, POLLHUP (both halves are closed), POLLRDHUP (the peer sends no more). */
export interface PollReady {
  readonly fd: number;
  readonly in: boolean;
  readonly out: boolean;
  readonly err: boolean;
  readonly hup: boolean;
}

/** What recvmsg(2) returns, control messages included. */
export interface Received {
  readonly data: Uint8Array;
  /** Bytes the datagram had before truncation (MSG_TRUNC). */
  readonly wireLength: number;
  readonly from?: SockAddr;
  /** SO_TIMESTAMP: simulated time the packet came in. */
  readonly atNs: number;
  /** IP_RECVTTL / raw header value. */
  readonly ttl?: number;
  /** IP_RECVTOS. */
  readonly tos?: number;
  /** IP_PKTINFO: the address the datagram was for, and the device it came in by. */
  readonly info?: { readonly addr: Ip4; readonly ifindex: number };
  /** The journey that caused it: a server's work belongs to who asked. */
  readonly journey?: number;
  /** From the error queue (IP_RECVERR): struct sock_extended_err. */
  readonly error?: ExtendedErr;
}

export interface ExtendedErr {
  readonly errno: Errno;
  readonly origin: "local" | "icmp";
  readonly type: number;
  readonly code: number;
  /** Path MTU for EMSGSIZE, else 0. */
  readonly info: number;
  /** Who sent the ICMP error; undefined for local errors. */
  readonly offender?: Ip4;
}

export interface RecvOptions {
  readonly maxBytes: number;
  /** MSG_DONTWAIT: `EAGAIN` instead of sleeping. */
  readonly dontWait?: boolean;
  readonly peek?: boolean;
  /** MSG_ERRQUEUE. */
  readonly errorQueue?: boolean;
  /** Give up at this simulated time with `EAGAIN` (SO_RCVTIMEO). */
  readonly deadlineNs?: number;
  /** MSG_WAITALL: a stream answers when `maxBytes` are there, or at its end. */
  readonly waitAll?: boolean;
}

/** struct ucred, unix(7). */
export interface Credentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** setsockopt(2) options by name; numbers are as in the kernel. */
export interface SockOptions {
  IP_TTL: number;
  IP_TOS: number;
  IP_HDRINCL: boolean;
  IP_RECVERR: boolean;
  /** ip(7): "dont" never sets DF, "want" per route, "do" always, "probe" sets DF and ignores the path MTU. */
  IP_MTU_DISCOVER: "dont" | "want" | "do" | "probe";
  IP_MULTICAST_TTL: number;
  IP_MULTICAST_IF: number;
  IP_MULTICAST_LOOP: boolean;
  /** Bytes of IP options put into every header sent (RFC 791 §3.1), a multiple of 4. */
  IP_OPTIONS: Uint8Array;
  SO_BROADCAST: boolean;
  SO_BINDTODEVICE: string;
  SO_MARK: number;
  SO_RCVBUF: number;
  SO_SNDBUF: number;
  SO_REUSEADDR: boolean;
  SO_REUSEPORT: boolean;
  SO_KEEPALIVE: boolean;
  SO_PRIORITY: number;
  SO_DONTROUTE: boolean;
  /** socket(7): close waits, or with 0 seconds resets. null = off. */
  SO_LINGER: { readonly seconds: number } | null;
  /** The error that is pending, taken by asking; null = none. Only to be read. */
  SO_ERROR: Errno | null;
  /** Only to be read: a listening socket. */
  SO_ACCEPTCONN: boolean;
  /** Where a connection was going before DNAT changed it; null when no rule did. Only to be read. */
  SO_ORIGINAL_DST: InetAddr | null;
  IP_FREEBIND: boolean;
  IP_TRANSPARENT: boolean;
  IP_RECVTTL: boolean;
  IP_RECVTOS: boolean;
  IP_PKTINFO: boolean;
  /** Path MTU of a connected socket; only to be read. */
  IP_MTU: number;
  /** unix(7): who was at the other end when the connection was made. Only to be read. */
  SO_PEERCRED: Credentials;
  /** tcp(7). Times in ns where the kernel takes seconds or ms. */
  TCP_NODELAY: boolean;
  TCP_CORK: boolean;
  TCP_QUICKACK: boolean;
  TCP_MAXSEG: number;
  TCP_KEEPIDLE: number;
  TCP_KEEPINTVL: number;
  TCP_KEEPCNT: number;
  TCP_SYNCNT: number;
  TCP_DEFER_ACCEPT: number;
  TCP_USER_TIMEOUT: number;
  TCP_WINDOW_CLAMP: number;
  TCP_LINGER2: number;
  TCP_NOTSENT_LOWAT: number;
  TCP_CONGESTION: string;
  /** Only to be read. */
  TCP_INFO: TcpInfo;
  /** icmp(7): bit set of ICMP types a raw socket does not want. */
  ICMP_FILTER: number;
  /** packet(7): count this device as promiscuous while the socket lives. */
  PACKET_PROMISC: number;
  /** packet(7): frames lost because the socket's buffer was full (tp_drops). Only to be read. */
  PACKET_STATISTICS: number;
}
export type SockOption = keyof SockOptions;
