import type { Ip4 } from "../../wire/addr.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import type { IcmpErrorInfo } from "../core/world.ts";
import type { PacketSock } from "./packet.ts";
import type { PingSock } from "./ping-sock.ts";
import type { RawSock } from "./raw.ts";
import type { UnixSock } from "./unix.ts";
import { TcpTables } from "./tcp/tables.ts";

/** Who hears a UDP port: a program's socket or the kernel itself (a tunnel). */
export interface UdpListener {
  readonly local: Ip4;
  readonly peer: Ip4;
  readonly peerPort: number;
  readonly boundDev: number;
  /** SO_REUSEADDR and SO_REUSEPORT: who may share the port with whom. */
  readonly reuse: boolean;
  readonly reusePort: boolean;
  /** Number by which sock_diag calls a listener of the kernel's own; given on the first question. */
  cookie?: number;
  /** `start` is at the UDP header; takes the skb. */
  udpDeliver(ns: Netns, skb: Skb): void;
  /** An ICMP error about a datagram sent from this port; `start` is at its IP header. */
  udpError?(skb: Skb, info: IcmpErrorInfo): void;
}

/** All sockets of a namespace, by how packets find them. */
export class SockTables {
  /** All unix sockets, and those with abstract names: type, then the name, which begins with "\0". */
  readonly unix = new Set<UnixSock>();
  readonly unixNames = new Map<string, UnixSock>();
  readonly raw = new Set<RawSock>();
  /** By ICMP echo identifier. */
  readonly ping = new Map<number, PingSock>();
  readonly udp = new Map<number, UdpListener[]>();
  readonly packet = new Set<PacketSock>();
  readonly tcp = new TcpTables();
}
