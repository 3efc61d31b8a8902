import type { Sim } from "../../sim/sim.ts";
import { KernelLog } from "./klog.ts";
import type { XmitResult } from "./qdisc.ts";
import { HEADROOM, Skb, orphan } from "./skb.ts";
import type { Netdev } from "./netdev.ts";
import type { Netns } from "./netns.ts";
import type { TraceSink } from "./trace.ts";

/** Something happened to a device; the kernel's netdev notifier chain. */
export type NetdevEvent = "register" | "unregister" | "up" | "goingDown" | "down" | "carrier" | "mtu" | "mac" | "rename" | "flags" | "master";

/** Upcall for an EtherType (packet_type) or an IPv4 protocol (net_protocol). */
export type PacketHandler = (ns: Netns, skb: Skb) => void;

/** An ICMP error: `skb` starts at the quoted IP header; `info` is the next hop's MTU for "fragmentation needed". */
export type IcmpErrorHandler = (ns: Netns, skb: Skb, error: IcmpErrorInfo) => void;
export interface IcmpErrorInfo {
  readonly type: number;
  readonly code: number;
  readonly info: number;
  /** Who sent the error, host order. */
  readonly offender: number;
  /** TTL the error arrived with. */
  readonly ttl: number;
}

const POOL_BYTES = 2048;
const POOL_LIMIT = 1024;

/**
 * What all network namespaces of a simulation share: time, the trace, packet buffers, and the
 * kernel's tables of protocol handlers, which `init.ts` fills.
 */
export class NetWorld {
  readonly sim: Sim;
  trace: TraceSink | null = null;
  /** Seed of flow hashes, one a kernel: all machines of a Mininet agree on it (hashrnd in flow_dissector.c). */
  readonly hashSeed: number;
  traceSeq = 0;
  /** net.netfilter.nf_conntrack_max: one limit for all namespaces of a kernel, to be changed in the first one only. */
  conntrackMax = 262144;
  /** CLOCK_REALTIME at simulated time 0, seconds since the epoch: for timestamps in packets. */
  startSec = 0;
  readonly namespaces = new Set<Netns>();
  readonly ethertypes = new Map<number, PacketHandler>();
  readonly protocols = new Map<number, PacketHandler>();
  /** Told of ICMP errors about their own packets, by IPv4 protocol (net_protocol.err_handler). */
  readonly icmpErrors = new Map<number, IcmpErrorHandler>();
  /** Raw sockets see every local packet before its protocol does; they copy what they want. True when one did. */
  rawDeliver: (ns: Netns, skb: Skb) => boolean = () => false;
  /** Raw sockets hear of ICMP errors about packets like theirs. */
  rawError: IcmpErrorHandler = () => undefined;
  /** Ping sockets take echo replies; true when one did. */
  echoReply: (ns: Netns, skb: Skb) => boolean = () => false;
  /**
   * How a rule reads, for the trace: `nft`'s own printer, put here by whoever builds the lab. The kernel holds
   * instructions only; without a printer events name the rule by handle. See net/netfilter/nft/model.ts for the shape.
   */
  ruleText: (ns: Netns, rule: object) => string | null = () => null;
  /** printk's ring buffer. */
  readonly klog = new KernelLog();
  /** net.netfilter.nf_log_all_netns: rules log in every namespace, not only in the first. */
  nfLogAllNetns = 0;
  /** What the first device's queue did with the packet that was sent last: a sender that cares sets it to "success", sends, and looks. */
  xmitResult: XmitResult = "success";
  /** Handle given to the last queueing discipline that named none. */
  qdiscHandle = 0x80000000;
  readonly notifiers: ((dev: Netdev, event: NetdevEvent) => void)[] = [];
  /** Takes a frame off every cable for captures; null when nobody records. */
  capture: ((dev: Netdev, frame: Uint8Array, outgoing: boolean) => void) | null = null;
  #nextSkb = 1;
  #nextInode = 4026531840;
  #nextCookie = 1;
  #nextConn = 1;
  #pool: Uint8Array[] = [];

  constructor(sim: Sim) {
    this.sim = sim;
    this.hashSeed = sim.rng.u32();
  }

  /** A packet of `bytes` valid bytes (contents undefined) with headroom in front. */
  alloc(bytes: number): Skb {
    const need = HEADROOM + bytes;
    const buf = need <= POOL_BYTES ? (this.#pool.pop() ?? new Uint8Array(POOL_BYTES)) : new Uint8Array(need);
    return new Skb(buf, HEADROOM, need, this.#nextSkb++);
  }

  /** Gives the buffer back. Only for packets nobody holds any more; forgetting to call it is merely slower. */
  free(skb: Skb): void {
    if (skb.charge !== 0) orphan(skb);
    if (skb.buf.length === POOL_BYTES && this.#pool.length < POOL_LIMIT) this.#pool.push(skb.buf);
    skb.buf = EMPTY;
    skb.start = 0;
    skb.end = 0;
  }

  /** A copy with its own bytes and a new identity whose `parent` is the original (floods, taps that send on). */
  clone(skb: Skb): Skb {
    const copy = this.alloc(0);
    if (skb.buf.length > copy.buf.length) copy.buf = new Uint8Array(skb.buf.length);
    copy.buf.set(skb.buf.subarray(skb.start > 32 ? skb.start - 32 : 0, skb.end), skb.start > 32 ? skb.start - 32 : 0);
    const { id } = copy;
    const buf = copy.buf;
    Object.assign(copy, skb);
    copy.buf = buf;
    copy.id = id;
    copy.parent = skb.id;
    copy.charge = 0;
    return copy;
  }

  /** Inode number of a new namespace, as `readlink /proc/self/ns/net` shows it. */
  takeInode(): number {
    return this.#nextInode++;
  }

  takeCookie(): number {
    return this.#nextCookie++;
  }

  /** Id of a new connection, for the trace. */
  takeConn(): number {
    return this.#nextConn++;
  }

  notify(dev: Netdev, event: NetdevEvent): void {
    for (const notifier of this.notifiers) notifier(dev, event);
  }
}

const EMPTY = new Uint8Array(0);
