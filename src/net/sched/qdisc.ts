import type { Netdev } from "../core/netdev.ts";
import type { XmitResult } from "../core/qdisc.ts";
import type { Skb } from "../core/skb.ts";
import { drop } from "../core/trace.ts";
import type { QdiscKind, QdiscOptions, QdiscStats } from "../uapi/rtnetlink-qdisc.ts";
import type { DropReason } from "../uapi/trace.ts";
import type { DevQueue } from "./dev-queue.ts";
import type { FilterList } from "./filters.ts";

/** What a kind needs to be made: where it stands, and its name in numbers. */
export interface QdiscPlace {
  readonly queue: DevQueue;
  /** 32 bits, major number in the upper half, minor 0; 0 = made by the kernel, not listed. */
  readonly handle: number;
  /** TC_H_ROOT, or the class it hangs in. */
  parent: number;
}

/** One queueing discipline of a device (struct Qdisc with its Qdisc_ops). */
export abstract class Qdisc {
  abstract readonly kind: QdiscKind;
  readonly place: QdiscPlace;
  /** Frames in it, children included; `backlog` the same in bytes. */
  qlen = 0;
  backlog = 0;
  bytes = 0;
  packets = 0;
  drops = 0;
  overlimits = 0;
  requeues = 0;
  /** Kinds whose classes filters may choose. */
  readonly filters: FilterList | null = null;
  #peeked: Skb | null = null;

  constructor(place: QdiscPlace) {
    this.place = place;
  }

  get dev(): Netdev {
    return this.place.queue.dev;
  }

  get nowNs(): number {
    return this.dev.ns.world.sim.nowNs;
  }

  /** Takes the frame, or drops it and says so. */
  abstract enqueue(skb: Skb): XmitResult;
  /** The next frame to leave now, null when none may; a kind that waits has asked {@link DevQueue.wakeAt} before. */
  abstract dequeue(): Skb | null;
  /** As `tc` lists it. */
  abstract options(): QdiscOptions;
  /** qdisc_change: a kind without parameters takes none. An extended message when it refuses. */
  change(_options: QdiscOptions): string | undefined {
    return undefined;
  }

  /** Everything in it is lost. */
  reset(): void {
    this.dropPeeked();
    this.qlen = 0;
    this.backlog = 0;
  }

  /** Kinds with classes: numbers of the classes there are; null = not classful. */
  classes(): readonly number[] | null {
    return null;
  }

  /** Has it a class of that minor number? */
  hasClass(minor: number): boolean {
    return this.classes()?.includes(minor) ?? false;
  }

  /** The discipline in a class, null = none. */
  leaf(_minor: number): Qdisc | null {
    return null;
  }

  /** Puts one in; null = the kind's default. */
  graft(_minor: number, _child: Qdisc | null): void {
    throw new Error(`${this.kind} has no classes`);
  }

  stats(): QdiscStats {
    const { bytes, packets, drops, overlimits, requeues, backlog, qlen } = this;
    return { bytes, packets, drops, overlimits, requeues, backlog, qlen };
  }

  /** qdisc_peek_dequeued: the next frame, which stays. */
  peek(): Skb | null {
    if (this.#peeked !== null) return this.#peeked;
    const skb = this.dequeue();
    if (skb === null) return null;
    this.#peeked = skb;
    this.qlen++;
    this.backlog += skb.length;
    return skb;
  }

  /** qdisc_dequeue_peeked. */
  take(): Skb | null {
    const skb = this.#peeked;
    if (skb === null) return this.dequeue();
    this.#peeked = null;
    this.qlen--;
    this.backlog -= skb.length;
    return skb;
  }

  private dropPeeked(): void {
    if (this.#peeked !== null) this.lose(this.#peeked);
    this.#peeked = null;
  }

  /** Counts a frame in. */
  protected entered(skb: Skb): void {
    this.qlen++;
    this.backlog += skb.length;
  }

  /** Counts a frame out, and as sent. */
  protected left(skb: Skb): Skb {
    this.qlen--;
    this.backlog -= skb.length;
    this.sent(skb);
    return skb;
  }

  protected sent(skb: Skb): void {
    this.bytes += skb.length;
    this.packets++;
  }

  /** qdisc_drop: counts and loses a frame that is not in the queue (any more). */
  protected refuse(skb: Skb, reason: DropReason = "QDISC_DROP"): "drop" {
    this.drops++;
    this.lose(skb, reason);
    return "drop";
  }

  protected lose(skb: Skb, reason: DropReason = "QDISC_DROP"): void {
    drop(this.dev.ns, skb, reason);
  }
}

export const TC_H_ROOT = 0xffffffff;
/** Parent of both ingress and clsact. */
export const TC_H_INGRESS = 0xfffffff1;
export const majorOf = (id: number): number => (id & 0xffff0000) >>> 0;
export const minorOf = (id: number): number => id & 0xffff;

/** psched_mtu: the longest frame of a device. */
export const pschedMtu = (dev: Netdev): number => dev.mtuBytes + dev.hardHeaderBytes;
