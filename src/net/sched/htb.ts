import type { XmitResult } from "../core/qdisc.ts";
import type { Skb } from "../core/skb.ts";
import type { HtbClassOptions, HtbOptions, QdiscOptions } from "../uapi/rtnetlink-qdisc.ts";
import { Fifo } from "./fifo.ts";
import { FilterList } from "./filters.ts";
import { ClassHash, HTB_TOP_LEVEL, HtbClass } from "./htb-class.ts";
import { priorityOf } from "./prio.ts";
import { Qdisc, type QdiscPlace, majorOf, minorOf } from "./qdisc.ts";

/* net/sched/sch_htb.c, tc-htb(8): a tree of classes; a child that has used up its rate borrows what its parents do not need. */

/** A leaf with something to send, and whose tokens would pay. */
interface Candidate {
  readonly leaf: HtbClass;
  readonly lender: HtbClass;
}

/** Hierarchical token bucket. */
export class Htb extends Qdisc {
  readonly kind = "htb";
  override readonly filters = new FilterList();
  readonly #o: HtbOptions;
  readonly #hash = new ClassHash();
  /** Leaves in the order of their turns. */
  #turns: HtbClass[] = [];
  /** What belongs to no class leaves at once. */
  #direct: Skb[] = [];
  #directPackets = 0;
  /** Classes at their ceiling. */
  readonly #blocked = new Set<HtbClass>();

  constructor(place: QdiscPlace, options: HtbOptions) {
    super(place);
    this.#o = options;
  }

  /** htb_classify: filters may lead down the tree; null = no class: straight through. */
  #classOf(skb: Skb): HtbClass | null {
    const priority = priorityOf(skb);
    if (priority === this.place.handle) return null;
    const named = this.#hash.find(priority);
    if (named !== undefined && named.level === 0) return named;
    const classid = this.filters.classify(skb);
    if (classid === this.place.handle) return null;
    const chosen = classid === null ? undefined : this.#hash.find(majorOf(classid) === 0 ? this.place.handle + classid : classid);
    const found = chosen ?? this.#hash.find(this.place.handle + this.#o.defaultClass);
    return found === undefined || found.level > 0 ? null : found;
  }

  enqueue(skb: Skb): XmitResult {
    const c = this.#classOf(skb);
    if (c === null) return this.#enqueueDirect(skb);
    const { length } = skb;
    const result = c.leaf!.enqueue(skb);
    if (result === "drop") {
      this.drops++;
      c.drops++;
    }
    if (result !== "success") return result;
    this.qlen++;
    this.backlog += length;
    return result;
  }

  #enqueueDirect(skb: Skb): XmitResult {
    if (this.#direct.length >= (this.#o.directQlen ?? this.dev.txqlen)) return this.refuse(skb);
    this.#direct.push(skb);
    this.#directPackets++;
    this.entered(skb);
    return "success";
  }

  /** htb_dequeue: the lowest lender first, then the best priority; leaves alike take turns, each its quantum. */
  dequeue(): Skb | null {
    const direct = this.#direct.shift();
    if (direct !== undefined) return this.left(direct);
    if (this.qlen === 0) return null;
    for (const c of this.#blocked) if (!c.isStillBlocked(this.nowNs)) this.#blocked.delete(c);
    const best = this.#best();
    const skb = best?.leaf.leaf!.take() ?? null;
    if (best === null || skb === null) return null;
    this.#spend(best.leaf, skb.length);
    for (let c: HtbClass | null = best.leaf; c !== null; c = c.parent) {
      c.charge(skb.length, best.lender.level, this.nowNs);
      if (!c.becameBlocked(this.nowNs)) continue;
      this.overlimits++;
      this.#blocked.add(c);
    }
    return this.left(skb);
  }

  #best(): Candidate | null {
    let best: Candidate | null = null;
    let wakeNs = Infinity;
    for (const leaf of this.#turns) {
      if (leaf.leaf!.peek() === null) continue;
      const found = this.#lenderOf(leaf);
      if (typeof found === "number") wakeNs = Math.min(wakeNs, found);
      else if (best === null || found.level < best.lender.level || (found.level === best.lender.level && leaf.options.prio < best.leaf.options.prio)) best = { leaf, lender: found };
    }
    if (best === null && wakeNs < Infinity) this.place.queue.wakeAt(this.nowNs + wakeNs);
    return best;
  }

  /** Up the tree to the first class that can pay; a number: how long until somebody on the way can. */
  #lenderOf(leaf: HtbClass): HtbClass | number {
    let waitNs = Infinity;
    for (let c: HtbClass | null = leaf; c !== null; c = c.parent) {
      const { is, waitNs: wait } = c.mode(this.nowNs);
      if (is === "can") return c;
      waitNs = Math.min(waitNs, wait);
      if (is === "cannot") return waitNs;
    }
    return waitNs;
  }

  /** A leaf that has used up its quantum goes to the end. */
  #spend(leaf: HtbClass, bytes: number): void {
    leaf.deficit -= bytes;
    if (leaf.deficit >= 0) return;
    leaf.deficit += leaf.quantum;
    this.#turns = [...this.#turns.filter((c) => c !== leaf), leaf];
  }

  // — classes —

  find(id: number): HtbClass | undefined {
    return this.#hash.find(id);
  }

  /** htb_change_class for a class that is new. A parent that is not there means the top. */
  addClass(id: number, parentId: number, options: HtbClassOptions): string | undefined {
    const parent = this.#hash.find(parentId) ?? null;
    if (parent !== null && parent.children.size === 0) this.#becomesInner(parent);
    const c = new HtbClass(id, parent, this.nowNs);
    parent?.children.add(c);
    this.#giveQueue(c);
    this.#hash.add(c);
    return this.configure(c, options, true);
  }

  #becomesInner(c: HtbClass): void {
    this.#dropQueue(c);
    c.level = (c.parent === null ? HTB_TOP_LEVEL + 1 : c.parent.level) - 1;
  }

  #giveQueue(c: HtbClass): void {
    c.level = 0;
    c.leaf = new Fifo({ queue: this.place.queue, handle: 0, parent: c.id }, "pfifo");
    this.#turns.push(c);
  }

  #dropQueue(c: HtbClass): void {
    if (c.leaf === null) return;
    this.qlen -= c.leaf.qlen;
    this.backlog -= c.leaf.backlog;
    c.leaf.reset();
    c.leaf = null;
    this.#turns = this.#turns.filter((x) => x !== c);
  }

  /** The quantum is a share of the rate, within bounds; the warning says when the bounds decided. */
  configure(c: HtbClass, options: HtbClassOptions, isNew = false): string | undefined {
    const byRate = Math.floor(options.rate / this.#o.r2q);
    const bounded = Math.max(1000, Math.min(200_000, byRate));
    c.configure(options, options.quantum > 0 ? options.quantum : bounded, isNew);
    if (options.quantum > 0 || bounded === byRate || c.level > 0) return undefined;
    return `sch_htb: quantum of class ${c.id.toString(16).toUpperCase()} is ${byRate < bounded ? "small" : "big"}. Consider r2q change.`;
  }

  /** htb_delete: only what has neither children nor filters. False when it is in use. */
  deleteClass(c: HtbClass): boolean {
    if (c.children.size > 0 || this.filters.filters.some((f) => f.rules.some((r) => r.classid === c.id))) return false;
    this.#dropQueue(c);
    this.#hash.remove(c);
    this.#blocked.delete(c);
    c.parent?.children.delete(c);
    if (c.parent !== null && c.parent.children.size === 0) this.#giveQueue(c.parent);
    return true;
  }

  override reset(): void {
    for (const skb of this.#direct.splice(0)) this.lose(skb);
    for (const c of this.#turns) c.leaf!.reset();
    super.reset();
  }

  override classes(): readonly number[] {
    return this.#hash.all.map((c) => minorOf(c.id));
  }

  override leaf(minor: number): Qdisc | null {
    return this.#hash.find(this.place.handle + minor)?.leaf ?? null;
  }

  override graft(minor: number, child: Qdisc | null): void {
    const c = this.#hash.find(this.place.handle + minor)!;
    if (c.leaf === null) return;
    this.qlen -= c.leaf.qlen;
    this.backlog -= c.leaf.backlog;
    c.leaf.reset();
    c.leaf = child ?? new Fifo({ queue: this.place.queue, handle: 0, parent: c.id }, "pfifo");
  }

  options(): QdiscOptions {
    return { kind: "htb", htb: { ...this.#o, directQlen: this.#o.directQlen ?? this.dev.txqlen, directPackets: this.#directPackets } };
  }
}
