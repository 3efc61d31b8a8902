import type { Rng } from "../../sim/rng.ts";
import { SEC } from "../../sim/sim.ts";
import type { XmitResult } from "../core/qdisc.ts";
import { type Skb, orphan, spoilOneBit } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import type { NetemOptions, NetemRate, QdiscOptions, Share } from "../uapi/rtnetlink-qdisc.ts";
import { markCongestion } from "./ecn.ts";
import { CorrelatedRandom, LossChain, spread } from "./netem-chance.ts";
import { Qdisc, type QdiscPlace } from "./qdisc.ts";
import { PSCHED_TICK_NS } from "./rate.ts";

/* net/sched/sch_netem.c, tc-netem(8). Slots are not simulated. */

interface Waiting {
  readonly skb: Skb;
  readonly sendAtNs: number;
}

const NEVER: Share = { probability: 0, correlation: 0 };
const NO_RATE: NetemRate = { rate: 0, packetOverhead: 0, cellSize: 0, cellOverhead: 0 };

/** Network emulator: delays, loses, doubles, spoils and reorders frames. */
export class Netem extends Qdisc {
  readonly kind = "netem";
  #o!: NetemOptions;
  #reorder = NEVER;
  #corrupt = NEVER;
  #rate = NO_RATE;
  #ecn = false;
  #table: readonly number[] | null = null;
  #chain: LossChain | null = null;
  readonly #rng: Rng;
  readonly #dice: Record<"delay" | "loss" | "duplicate" | "reorder" | "corrupt", CorrelatedRandom>;
  /** Frames since the last that jumped the queue. */
  #counter = 0;
  /** By the time they leave; those that leave at once are in front. */
  #waiting: Waiting[] = [];
  #duplicating = false;
  #child: Qdisc | null = null;

  constructor(place: QdiscPlace, options: NetemOptions) {
    super(place);
    const rng = this.dev.ns.world.sim.rng.fork(place.handle);
    this.#rng = rng;
    const dice = (): CorrelatedRandom => new CorrelatedRandom(rng);
    this.#dice = { delay: dice(), loss: dice(), duplicate: dice(), reorder: dice(), corrupt: dice() };
    this.#configure(options);
  }

  /** netem_change: what the request does not mention stays, but for the loss model and the plain numbers. */
  #configure(o: NetemOptions): void {
    this.#o = o;
    this.#chain = o.lossModel === undefined ? null : new LossChain(o.lossModel);
    if (o.distribution !== undefined) this.#table = o.distribution;
    if (o.corr !== undefined) {
      this.#dice.delay.rho = o.corr.delay;
      this.#dice.loss.rho = o.corr.loss;
      this.#dice.duplicate.rho = o.corr.duplicate;
    }
    // A gap without a probability means all of them.
    if (o.gap > 0) this.#reorder = { probability: 0xffffffff, correlation: this.#reorder.correlation };
    if (o.reorder !== undefined) this.#reorder = o.reorder;
    if (o.corrupt !== undefined) this.#corrupt = o.corrupt;
    this.#dice.reorder.rho = this.#reorder.correlation;
    this.#dice.corrupt.rho = this.#corrupt.correlation;
    if (o.rate !== undefined) this.#rate = o.rate;
    if (o.ecn !== undefined) this.#ecn = o.ecn;
  }

  /** netem_enqueue. */
  enqueue(skb: Skb): XmitResult {
    const twice = !this.#duplicating && this.#o.duplicate > 0 && this.#o.duplicate >= this.#dice.duplicate.next();
    const lost = this.#loses(skb);
    if (lost && !twice) {
      this.refuse(skb, "QDISC_LOSS");
      return "success";
    }
    // What is delayed is as good as on its way: the sender may go on (skb_orphan_partial).
    if (skb.charge !== 0 && (this.#o.latencyTicks > 0 || this.#o.jitterTicks > 0 || this.#rate.rate > 0)) orphan(skb);
    const copy = twice && !lost ? this.#copyOf(skb) : null;
    if (this.#corrupt.probability > 0 && this.#corrupt.probability >= this.#dice.corrupt.next()) this.#spoil(skb);
    if (this.#waiting.length >= this.#o.limit) {
      if (copy !== null) this.lose(copy);
      return this.refuse(skb);
    }
    if (copy !== null) this.#sendCopy(copy);
    this.entered(skb);
    this.#schedule(skb);
    return "success";
  }

  /** loss_event; with ECN a mark takes the place of the loss where the packet allows it. */
  #loses(skb: Skb): boolean {
    const { loss } = this.#o;
    const hit = this.#chain === null ? loss > 0 && loss >= this.#dice.loss.next() : this.#chain.loses(this.#rng);
    if (!hit || !this.#ecn || !markCongestion(skb)) return hit;
    this.drops++;
    return false;
  }

  #copyOf(skb: Skb): Skb {
    const copy = this.dev.ns.world.clone(skb);
    this.#tell(copy, "netem: duplicated");
    return copy;
  }

  /** The copy goes through the whole tree again, but is not doubled again. */
  #sendCopy(copy: Skb): void {
    this.#duplicating = true;
    this.place.queue.root.enqueue(copy);
    this.#duplicating = false;
  }

  /** One bit anywhere in the frame turns over; the receiver's checksums will tell. */
  #spoil(skb: Skb): void {
    spoilOneBit(skb, this.#rng);
    this.#tell(skb, "netem: one bit spoilt");
  }

  #schedule(skb: Skb): void {
    const { gap } = this.#o;
    const inOrder = gap === 0 || this.#counter < gap - 1 || this.#reorder.probability < this.#dice.reorder.next();
    if (inOrder) {
      this.#counter++;
      this.#insert({ skb, sendAtNs: this.#leavesAt(skb) });
      return;
    }
    this.#counter = 0;
    this.requeues++;
    this.#waiting.unshift({ skb, sendAtNs: 0 });
    this.#tell(skb, "netem: sent ahead of those that wait");
  }

  #leavesAt(skb: Skb): number {
    const { latencyTicks, jitterTicks } = this.#o;
    let delay = spread(latencyTicks * PSCHED_TICK_NS, jitterTicks * PSCHED_TICK_NS, this.#dice.delay, this.#table);
    let from = this.nowNs;
    if (this.#rate.rate > 0) {
      const last = this.#waiting.at(-1);
      if (last !== undefined && last.sendAtNs > 0) {
        delay = Math.max(0, delay - (last.sendAtNs - from));
        from = last.sendAtNs;
      }
      delay += packetTimeNs(this.#rate, skb.length);
    }
    if (delay > 0 && this.dev.ns.world.trace !== null) this.#tell(skb, `netem: held for ${Math.round((from + delay - this.nowNs) / 1e4) / 100} ms`);
    return from + delay;
  }

  /** tfifo_enqueue: behind all that leave no later. */
  #insert(w: Waiting): void {
    let at = this.#waiting.length;
    while (at > 0 && this.#waiting[at - 1]!.sendAtNs > w.sendAtNs) at--;
    if (at === this.#waiting.length) this.#waiting.push(w);
    else this.#waiting.splice(at, 0, w);
  }

  /** netem_dequeue: what is due goes out, or into the discipline inside and from there when that says so. */
  dequeue(): Skb | null {
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      if (head.sendAtNs > this.nowNs) {
        this.place.queue.wakeAt(head.sendAtNs);
        break;
      }
      this.#waiting.shift();
      if (this.#child === null) return this.left(head.skb);
      this.#hand(head.skb, this.#child);
    }
    const skb = this.#child?.take() ?? null;
    return skb === null ? null : this.left(skb);
  }

  #hand(skb: Skb, child: Qdisc): void {
    const { length } = skb;
    if (child.enqueue(skb) !== "drop") return;
    this.drops++;
    this.qlen--;
    this.backlog -= length;
  }

  override change(options: QdiscOptions): undefined {
    if (options.kind === "netem" && options.netem !== undefined) this.#configure(options.netem);
    return undefined;
  }

  override reset(): void {
    for (const { skb } of this.#waiting) this.lose(skb);
    this.#waiting = [];
    this.#child?.reset();
    super.reset();
  }

  override classes(): readonly number[] {
    return [1];
  }

  override hasClass(): boolean {
    return true;
  }

  override leaf(): Qdisc | null {
    return this.#child;
  }

  override graft(_minor: number, child: Qdisc | null): void {
    if (this.#child !== null) {
      this.qlen -= this.#child.qlen;
      this.backlog -= this.#child.backlog;
      this.#child.reset();
    }
    this.#child = child;
  }

  options(): QdiscOptions {
    const { delay, loss, duplicate } = this.#dice;
    const { distribution: _table, ...plain } = this.#o;
    const corr = { delay: delay.rho, loss: loss.rho, duplicate: duplicate.rho };
    return { kind: "netem", netem: { ...plain, corr, reorder: this.#reorder, corrupt: this.#corrupt, rate: this.#rate, ecn: this.#ecn } };
  }

  #tell(skb: Skb, note: string): void {
    const { ns, name } = this.dev;
    if (ns.world.trace !== null) trace(ns, "qdisc", name, skb, { note });
  }
}

/** packet_time_ns. */
function packetTimeNs(r: NetemRate, bytes: number): number {
  let length = bytes + r.packetOverhead;
  if (r.cellSize > 0) length = Math.ceil(length / r.cellSize) * (r.cellSize + r.cellOverhead);
  return Math.floor((length * SEC) / r.rate);
}
