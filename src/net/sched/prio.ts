import { readU16 } from "../../wire/addr.ts";
import { ETH_P_IP } from "../../wire/ethernet.ts";
import type { XmitResult } from "../core/qdisc.ts";
import type { Skb } from "../core/skb.ts";
import type { QdiscOptions } from "../uapi/rtnetlink-qdisc.ts";
import { Fifo } from "./fifo.ts";
import { FilterList } from "./filters.ts";
import { Qdisc, type QdiscPlace, majorOf, minorOf } from "./qdisc.ts";

/* net/sched/sch_prio.c, sch_generic.c (pfifo_fast), tc-prio(8). */

/** Priority 0–15 to band: what both kinds have unless told otherwise. */
export const DEFAULT_PRIOMAP: readonly number[] = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

/** ip_tos2prio: four bits of the type of service to a priority. */
const TOS_TO_PRIO = [0, 0, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4] as const;

/** skb->priority: as a rule set it, else what the type of service says (rt_tos2priority). */
export function priorityOf(skb: Skb): number {
  if (skb.priority !== 0 || skb.netAt < 0 || readU16(skb.buf, skb.netAt - 2) !== ETH_P_IP) return skb.priority;
  return TOS_TO_PRIO[(skb.buf[skb.netAt + 1]! & 0x1e) >> 1]!;
}

/** Bands; a lower one is served first. Each is a discipline of its own: a pfifo unless another was put there. */
export class Prio extends Qdisc {
  readonly kind = "prio";
  override readonly filters = new FilterList();
  #priomap: readonly number[];
  #bands: Qdisc[] = [];

  constructor(place: QdiscPlace, bands: number, priomap: readonly number[]) {
    super(place);
    this.#priomap = priomap;
    for (let i = 0; i < bands; i++) this.#bands.push(this.#defaultBand(i + 1));
  }

  #defaultBand(minor: number): Qdisc {
    return new Fifo({ queue: this.place.queue, handle: 0, parent: this.place.handle + minor }, "pfifo");
  }

  /** prio_classify: a priority of this discipline's own major number names the class, else filters do, else the map of priorities. */
  #bandOf(skb: Skb): Qdisc {
    const priority = priorityOf(skb);
    const classid = majorOf(priority) === this.place.handle ? priority : this.filters.classify(skb);
    const band = classid !== null ? minorOf(classid) - 1 : this.#priomap[majorOf(priority) === 0 ? priority & 15 : 0]!;
    return this.#bands[band] ?? this.#bands[this.#priomap[0]!]!;
  }

  enqueue(skb: Skb): XmitResult {
    const { length } = skb;
    const result = this.#bandOf(skb).enqueue(skb);
    if (result === "drop") this.drops++;
    if (result !== "success") return result;
    this.qlen++;
    this.backlog += length;
    return result;
  }

  dequeue(): Skb | null {
    for (const band of this.#bands) {
      const skb = band.take();
      if (skb !== null) return this.left(skb);
    }
    return null;
  }

  override change(options: QdiscOptions): string | undefined {
    if (options.kind !== "prio") return undefined;
    const { bands, priomap } = options;
    for (const band of this.#bands.splice(bands)) band.reset();
    while (this.#bands.length < bands) this.#bands.push(this.#defaultBand(this.#bands.length + 1));
    this.#priomap = priomap;
    return undefined;
  }

  override reset(): void {
    for (const band of this.#bands) band.reset();
    super.reset();
  }

  override classes(): readonly number[] {
    return this.#bands.map((_, i) => i + 1);
  }

  override leaf(minor: number): Qdisc | null {
    return this.#bands[minor - 1] ?? null;
  }

  override graft(minor: number, child: Qdisc | null): void {
    const old = this.#bands[minor - 1]!;
    this.qlen -= old.qlen;
    this.backlog -= old.backlog;
    old.reset();
    this.#bands[minor - 1] = child ?? this.#defaultBand(minor);
  }

  options(): QdiscOptions {
    return { kind: "prio", bands: this.#bands.length, priomap: this.#priomap };
  }
}

/** Three bands of txqueuelen frames each, no classes. */
export class PfifoFast extends Qdisc {
  readonly kind = "pfifo_fast";
  readonly #bands: [Skb[], Skb[], Skb[]] = [[], [], []];

  enqueue(skb: Skb): XmitResult {
    const band = this.#bands[DEFAULT_PRIOMAP[priorityOf(skb) & 15]!]!;
    if (band.length >= this.dev.txqlen) return this.refuse(skb);
    band.push(skb);
    this.entered(skb);
    return "success";
  }

  dequeue(): Skb | null {
    for (const band of this.#bands) {
      const skb = band.shift();
      if (skb !== undefined) return this.left(skb);
    }
    return null;
  }

  override reset(): void {
    for (const band of this.#bands) for (const skb of band.splice(0)) this.lose(skb);
    super.reset();
  }

  options(): QdiscOptions {
    return { kind: "pfifo_fast", bands: 3, priomap: DEFAULT_PRIOMAP };
  }
}
