import type { Rng } from "../../sim/rng.ts";
import type { PacketType } from "../uapi/socket.ts";
import type { Netdev } from "./netdev.ts";

/** What rules may learn of the socket that sent a packet. */
export interface SkbOwner {
  /** null: a socket of the kernel itself, which no program opened. */
  readonly uid: number | null;
  readonly gid: number | null;
  /** SO_MARK. */
  readonly mark: number;
  /** IP_TRANSPARENT. */
  readonly transparent: boolean;
  /** Bound to no address. */
  readonly wildcard: boolean;
  /** sock_wfree: a packet that was charged to the socket's send buffer is gone. */
  release?(bytes: number): void;
  /** IP_PMTUDISC_PROBE: packets may be as long as the device takes, whatever path MTU is known (ip_sk_use_pmtu). */
  readonly ignoresPmtu?: boolean;
}

/** struct nf_bridge_info: a frame in a bridge, seen by IPv4's hooks as a packet (bridge-nf-call-iptables). */
export interface NfBridge {
  /** Port it came in by, and port it leaves by once that is known. */
  readonly physin: Netdev;
  physout: Netdev | null;
  /** It was for another MAC; IPv4 is told otherwise for the while. */
  otherhost: boolean;
  /** Destination address on entry: another one afterwards means DNAT. */
  readonly daddr: number;
  /** IPv4's prerouting has seen it: not again when the bridge hands it up. */
  sabotaged: boolean;
  /** While the neighbour table finds the new MAC: source MAC and EtherType to go on with. */
  savedHeader: Uint8Array | null;
  fragMaxBytes: number;
}

/** The socket that ICMP answers leave by (icmp_sk). */
export const KERNEL_SOCKET: SkbOwner = { uid: null, gid: null, mark: 0, transparent: false, wildcard: true };

/**
 * A packet inside a stack: real bytes, offsets into them, and what the stack knows about it.
 *
 *   buf   | headroom |  eth  |  IP  |  payload  | tailroom |
 *         0          start   netAt  transAt     end
 *
 * `push` and `pull` move `start` only; nothing is copied. Whoever calls a transmit or receive
 * function gives the skb away.
 */
export class Skb {
  buf: Uint8Array;
  start: number;
  end: number;
  /** Offset of the Ethernet header, -1 before there is one. */
  macAt = -1;
  netAt = -1;
  transAt = -1;
  /** EtherType of the payload. */
  protocol = 0;
  pktType: PacketType = "host";
  /** The device it came in by, later the one it leaves by. */
  dev: Netdev | null = null;
  /** Device it entered this stack by (skb_iif), 0 = made here. */
  iif = 0;
  /** Routing decision. Typed by ipv4, opaque below it. */
  dst: object | null = null;
  /** Connection tracking entry. Typed by netfilter, opaque below it. */
  ct: object | null = null;
  /** What the packet is to its flow, IP_CT_* of netfilter/ct-entry.ts; 7 = not to be tracked. */
  ctinfo = 0;
  /** `meta nftrace set 1`: `nft monitor trace` shows the way of this packet (nf_trace). */
  nfTrace = false;
  /** What a bridge remembers while IPv4's hooks look at its frame. */
  nfBridge: NfBridge | null = null;
  mark = 0;
  /** skb->priority: class of queueing disciplines, only set and read by rules here. */
  priority = 0;
  /** Who sent it, if a socket of this namespace did (skb->sk, as far as rules ask for it). */
  sk: SkbOwner | null = null;
  /** Bytes of `sk`'s send buffer that it takes until it leaves the machine's queues (skb->truesize, where the socket keeps account). */
  charge = 0;
  tos = 0;
  /** May be fragmented although DF is set (skb->ignore_df): the sender said so. */
  ignoreDf = false;
  /** Fragment reassembly remembered the largest piece (IPCB frag_max_size), 0 = was whole. */
  fragMaxBytes = 0;
  /** Identity in the trace; a clone keeps its origin in `parent`. */
  id: number;
  parent = 0;
  journey = 0;
  /** Connection it belongs to, for the trace only: both ends of a TCP connection know it by the same number. 0 = none. */
  conn = 0;
  /**
   * Bit 0: the transport checksum is known to be right because this kernel wrote it (CHECKSUM_UNNECESSARY), so a
   * receiver need not sum again. Tunnels push a bit when they wrap and pop it when they unwrap (csum_level).
   */
  trust = 0;
  /** A raw socket has taken a copy: not lost even if no protocol wants it. */
  rawTook = false;
  /** Devices passed without leaving the machine; guards against loops. */
  depth = 0;

  constructor(buf: Uint8Array, start: number, end: number, id: number) {
    this.buf = buf;
    this.start = start;
    this.end = end;
    this.id = id;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Makes `n` more bytes valid in front (skb_push); there must be room, see {@link ensureHeadroom}. */
  push(n: number): number {
    this.start -= n;
    return this.start;
  }

  /** Drops `n` bytes from the front (skb_pull). */
  pull(n: number): void {
    this.start += n;
  }

  /** Cuts the packet to `length` bytes if it is longer (pskb_trim_rcsum). */
  trim(length: number): void {
    if (this.length > length) this.end = this.start + length;
  }

  /** Moves the bytes to a larger buffer when fewer than `n` bytes are free in front (skb_cow_head). */
  ensureHeadroom(n: number): void {
    if (this.start >= n) return;
    const shift = n + HEADROOM - this.start;
    const bigger = new Uint8Array(this.buf.length + shift);
    bigger.set(this.buf.subarray(this.start, this.end), this.start + shift);
    this.buf = bigger;
    this.start += shift;
    this.end += shift;
    if (this.macAt >= 0) this.macAt += shift;
    if (this.netAt >= 0) this.netAt += shift;
    if (this.transAt >= 0) this.transAt += shift;
  }

  /** The valid bytes, not copied: look, do not keep. */
  bytes(): Uint8Array {
    return this.buf.subarray(this.start, this.end);
  }
}

/**
 * skb_scrub_packet: a packet that comes out of a tunnel or the other end of a pair starts anew: routing, flow and
 * trace are forgotten; mark and owner too when it changed the namespace.
 */
export function scrubPacket(skb: Skb, crossedNs: boolean): void {
  skb.dst = null;
  skb.ct = null;
  skb.ctinfo = 0;
  skb.nfTrace = false;
  skb.nfBridge = null;
  skb.ignoreDf = false;
  skb.iif = 0;
  skb.pktType = "host";
  if (crossedNs) {
    skb.mark = 0;
    skb.priority = 0;
  }
}

/** skb_orphan: the packet has left the sender's queues; its socket may send on. */
export function orphan(skb: Skb): void {
  const bytes = skb.charge;
  skb.charge = 0;
  skb.sk?.release?.(bytes);
}

/**
 * What a packet of `bytes` payload takes of a send buffer: its bytes with headers rounded up to what the kernel's
 * allocator gives, and the descriptor (SKB_TRUESIZE; measured on Linux 6.18).
 */
export function truesizeOf(bytes: number): number {
  const needed = bytes + 379;
  if (needed <= 576) return 832;
  return bytes > 16_000 ? bytes + 832 : 2 ** Math.ceil(Math.log2(needed)) + 256;
}

/** One random bit of the frame turns over, and nobody vouches for its checksums any more. */
export function spoilOneBit(skb: Skb, rng: Rng): void {
  const at = skb.start + rng.below(skb.length);
  skb.buf[at] = skb.buf[at]! ^ (1 << rng.below(8));
  skb.trust = 0;
}

const IP_CT_RELATED = 1;
const IP_CT_IS_REPLY = 3;
const IP_CT_RELATED_REPLY = 4;

/** nf_ct_attach: what the kernel itself answers to a packet (an ICMP error, a TCP reset) is related to that packet's flow. */
export function ctAttach(answer: Skb, about: Skb): void {
  if (about.ct === null) return;
  answer.ct = about.ct;
  answer.ctinfo = about.ctinfo >= IP_CT_IS_REPLY ? IP_CT_RELATED : IP_CT_RELATED_REPLY;
}

/** Room in front of every new packet: IPv4 20, inner Ethernet 14, VXLAN 8, UDP 8, outer IPv4 20, outer Ethernet 14, and some to spare. */
export const HEADROOM = 128;
