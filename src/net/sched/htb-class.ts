import type { HtbClassOptions, HtbClassState, QdiscStats } from "../uapi/rtnetlink-qdisc.ts";
import type { Qdisc } from "./qdisc.ts";
import { PSCHED_TICK_NS, type RateConfig, lengthToNs, nsToTicks, rateConfig } from "./rate.ts";

/** Depth of the tree: a class at its top that has children is of level 7. */
export const HTB_TOP_LEVEL = 7;
/** No bucket is deeper in debt or older than a minute. */
const MOST_NS = 60e9;

/** One class (struct htb_class): two buckets, one filled at `rate` with what is its own, one at `ceil` with what it may use at all. */
export class HtbClass {
  readonly id: number;
  readonly parent: HtbClass | null;
  readonly children = new Set<HtbClass>();
  /** Its queue, while it has no children. */
  leaf: Qdisc | null = null;
  level = 0;
  options!: HtbClassOptions;
  quantum = 0;
  /** What it may still send in this round (deficit round robin). */
  deficit = 0;
  bytes = 0;
  packets = 0;
  drops = 0;
  overlimits = 0;
  lends = 0;
  borrows = 0;
  #rate!: RateConfig;
  #ceil!: RateConfig;
  #bufferNs = 0;
  #cbufferNs = 0;
  #tokensNs = 0;
  #ctokensNs = 0;
  #checkedNs: number;
  /** 0 = it is not at its ceiling. */
  #blockedUntilNs = 0;

  constructor(id: number, parent: HtbClass | null, nowNs: number) {
    this.id = id;
    this.parent = parent;
    this.#checkedNs = nowNs;
  }

  /** htb_change_class: a new class has full buckets. */
  configure(o: HtbClassOptions, quantum: number, isNew: boolean): void {
    const { overhead, mpu, linklayer } = o;
    this.options = { ...o, prio: Math.min(o.prio, 7) };
    this.quantum = quantum;
    this.#rate = rateConfig({ bytesPerSec: o.rate, overhead, mpu, linklayer });
    this.#ceil = rateConfig({ bytesPerSec: o.ceil, overhead, mpu, linklayer });
    this.#bufferNs = o.bufferTicks * PSCHED_TICK_NS;
    this.#cbufferNs = o.cbufferTicks * PSCHED_TICK_NS;
    if (!isNew) return;
    this.#tokensNs = this.#bufferNs;
    this.#ctokensNs = this.#cbufferNs;
  }

  /** htb_class_mode: may it send by itself, with a parent's tokens, or not at all; and for how long that holds, ns. */
  mode(nowNs: number): { readonly is: "can" | "borrow" | "cannot"; readonly waitNs: number } {
    const diff = Math.min(nowNs - this.#checkedNs, MOST_NS);
    if (this.#ctokensNs + diff < 0) return { is: "cannot", waitNs: -(this.#ctokensNs + diff) };
    const tokens = this.#tokensNs + diff;
    return tokens >= 0 ? { is: "can", waitNs: 0 } : { is: "borrow", waitNs: -tokens };
  }

  /** htb_change_class_mode: counts when the ceiling is reached. */
  becameBlocked(nowNs: number): boolean {
    const before = this.#blockedUntilNs;
    this.#look(nowNs);
    if (before > 0 || this.#blockedUntilNs === 0) return false;
    this.overlimits++;
    return true;
  }

  /** htb_do_events: it is looked at again when its debt was to be paid; what was charged since may keep it where it is. */
  isStillBlocked(nowNs: number): boolean {
    if (nowNs >= this.#blockedUntilNs) this.#look(nowNs);
    return this.#blockedUntilNs > 0;
  }

  #look(nowNs: number): void {
    const { is, waitNs } = this.mode(nowNs);
    if (is !== "cannot") this.#blockedUntilNs = 0;
    else if (nowNs >= this.#blockedUntilNs) this.#blockedUntilNs = nowNs + waitNs;
  }

  /** htb_charge_class of one class: `lender` is the level whose tokens pay. */
  charge(bytes: number, lender: number, nowNs: number): void {
    const diff = Math.min(nowNs - this.#checkedNs, MOST_NS);
    if (this.level < lender) {
      this.borrows++;
      this.#tokensNs += diff;
    } else {
      if (this.level === lender) this.lends++;
      this.#tokensNs = pay(this.#tokensNs + diff, this.#bufferNs, lengthToNs(this.#rate, bytes));
    }
    this.#ctokensNs = pay(this.#ctokensNs + diff, this.#cbufferNs, lengthToNs(this.#ceil, bytes));
    this.#checkedNs = nowNs;
    this.bytes += bytes;
    this.packets++;
  }

  stats(): QdiscStats {
    const { bytes, packets, drops, overlimits, leaf } = this;
    return { bytes, packets, drops, overlimits, requeues: 0, backlog: leaf?.backlog ?? 0, qlen: leaf?.qlen ?? 0 };
  }

  state(): HtbClassState {
    const { level, lends, borrows, quantum } = this;
    return { ...this.options, quantum, level, lends, borrows, tokenTicks: nsToTicks(this.#tokensNs), ctokenTicks: nsToTicks(this.#ctokensNs) };
  }
}

function pay(tokens: number, buffer: number, price: number): number {
  return Math.max(Math.min(tokens, buffer) - price, 1 - MOST_NS);
}

/** Order in which the kernel lists classes: its hash table, which doubles when it is three quarters full (qdisc_class_hash). */
export class ClassHash {
  #buckets: HtbClass[][] = [[], [], [], []];

  get all(): readonly HtbClass[] {
    return this.#buckets.flat();
  }

  find(id: number): HtbClass | undefined {
    return this.#buckets[this.#slot(id)]!.find((c) => c.id === id);
  }

  add(c: HtbClass): void {
    this.#buckets[this.#slot(c.id)]!.unshift(c);
    const { all } = this;
    if (all.length * 4 <= this.#buckets.length * 3) return;
    this.#buckets = Array.from({ length: this.#buckets.length * 2 }, () => []);
    for (const old of all) this.#buckets[this.#slot(old.id)]!.unshift(old);
  }

  remove(c: HtbClass): void {
    const bucket = this.#buckets[this.#slot(c.id)]!;
    bucket.splice(bucket.indexOf(c), 1);
  }

  #slot(id: number): number {
    const folded = id ^ (id >>> 8);
    return (folded ^ (folded >>> 4)) & (this.#buckets.length - 1);
  }
}
