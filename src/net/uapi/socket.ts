import type { Ip4, Mac } from "../../wire/addr.ts";
import type { Errno } from "./errno.ts";

/** socket(2) domains, types and protocols that exist here. */
export type SockDomain = "inet" | "inet6" | "packet" | "unix" | "netlink";
export type SockType = "stream" | "dgram" | "raw";
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
export interface UnixAddr {
  readonly family: "unix";
  readonly path: string;
}
export type SockAddr = InetAddr | PacketAddr | UnixAddr;

/** if_packet.h PACKET_*: who the frame was for, as seen by the capturing stack. */
export type PacketType = "host" | "broadcast" | "multicast" | "otherhost" | "outgoing";

export interface SendMessage {
  readonly data: Uint8Array;
  readonly to?: SockAddr;
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
  /** icmp(7): bit set of ICMP types a raw socket does not want. */
  ICMP_FILTER: number;
  /** packet(7): count this device as promiscuous while the socket lives. */
  PACKET_PROMISC: number;
  /** packet(7): frames lost because the socket's buffer was full (tp_drops). Only to be read. */
  PACKET_STATISTICS: number;
}
export type SockOption = keyof SockOptions;
