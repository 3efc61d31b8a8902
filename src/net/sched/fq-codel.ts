import { readU16 } from "../../wire/addr.ts";
import { ETH_P_IP } from "../../wire/ethernet.ts";
import { US } from "../../sim/sim.ts";
import type { XmitResult } from "../core/qdisc.ts";
import type { Skb } from "../core/skb.ts";
import type { FqCodelOptions, QdiscOptions } from "../uapi/rtnetlink-qdisc.ts";
import { Codel, type CodelParams, type CodelQueue, type Stamped } from "./codel.ts";
import { Qdisc, type QdiscPlace, pschedMtu } from "./qdisc.ts";

/* net/sched/sch_fq_codel.c, RFC 8290, tc-fq_codel(8). */

/** One flow's queue; `list` tells whether it stands among the new ones, the old ones, or nowhere. */
class Flow implements CodelQueue {
  readonly codel = new Codel();
  readonly items: Stamped[] = [];
  bytes = 0;
  deficit = 0;
  list: "none" | "new" | "old" = "none";
  readonly #owner: FqCodel;

  constructor(owner: FqCodel) {
    this.#owner = owner;
  }

  push(skb: Skb, atNs: number): void {
    this.items.push({ skb, atNs });
    this.bytes += skb.length;
  }

  pop(): Stamped | null {
    const item = this.items.shift();
    if (item === undefined) return null;
    this.bytes -= item.skb.length;
    this.#owner.popped(item.skb);
    return item;
  }

  drop(skb: Skb): void {
    this.#owner.dropped(skb);
  }

  backlog(): number {
    return this.#owner.backlog;
  }
}

const DEFAULTS: Omit<FqCodelOptions, "quantum"> = {
  limit: 10240, flows: 1024, targetUs: 4999, intervalUs: 99999, memoryLimit: 32 << 20, ecn: true, dropBatch: 64, ceThresholdUs: 0xffffffff,
};

/** Fair queueing with CoDel in each flow: flows that just began go first, fat ones wait their turn. */
export class FqCodel extends Qdisc {
  readonly kind = "fq_codel";
  #o: FqCodelOptions;
  readonly #params: CodelParams;
  readonly #flows = new Map<number, Flow>();
  readonly #new: Flow[] = [];
  readonly #old: Flow[] = [];
  #newFlowCount = 0;
  #dropOverlimit = 0;

  constructor(place: QdiscPlace, options: Partial<FqCodelOptions>) {
    super(place);
    this.#o = { ...DEFAULTS, quantum: pschedMtu(this.dev), ...options };
    this.#params = { targetNs: 0, intervalNs: 0, ecn: false, mtuBytes: pschedMtu(this.dev) };
    this.#apply();
  }

  #apply(): void {
    this.#params.targetNs = this.#o.targetUs * US;
    this.#params.intervalNs = this.#o.intervalUs * US;
    this.#params.ecn = this.#o.ecn;
  }

  enqueue(skb: Skb): XmitResult {
    const index = flowHash(skb, this.dev.ns.world.hashSeed) % this.#o.flows;
    const flow = this.#flows.get(index) ?? this.#newFlow(index);
    flow.push(skb, this.nowNs);
    this.entered(skb);
    if (flow.list === "none") {
      flow.list = "new";
      flow.deficit = this.#o.quantum;
      this.#new.push(flow);
      this.#newFlowCount++;
    }
    if (this.qlen <= this.#o.limit) return "success";
    return this.#dropFattest() === flow ? "cn" : "success";
  }

  #newFlow(index: number): Flow {
    const flow = new Flow(this);
    this.#flows.set(index, flow);
    return flow;
  }

  /** fq_codel_drop: up to a batch, or half of the longest queue. */
  #dropFattest(): Flow | null {
    let fattest: Flow | null = null;
    for (const flow of this.#flows.values()) if (fattest === null || flow.bytes > fattest.bytes) fattest = flow;
    if (fattest === null) return null;
    const threshold = fattest.bytes / 2;
    let bytes = 0;
    let n = 0;
    while (n < this.#o.dropBatch && (n === 0 || bytes < threshold)) {
      const item = fattest.pop();
      if (item === null) break;
      bytes += item.skb.length;
      n++;
      this.refuse(item.skb);
    }
    fattest.codel.count += n;
    this.#dropOverlimit += n;
    return fattest;
  }

  dequeue(): Skb | null {
    for (let flow = this.#first(); flow !== undefined; flow = this.#first()) {
      if (flow.deficit <= 0) {
        flow.deficit += this.#o.quantum;
        this.#toOld(flow);
        continue;
      }
      const skb = flow.codel.dequeue(flow, this.#params, this.nowNs);
      if (skb !== null) {
        flow.deficit -= skb.length;
        this.sent(skb);
        return skb;
      }
      this.#emptied(flow);
    }
    return null;
  }

  #first(): Flow | undefined {
    return this.#new[0] ?? this.#old[0];
  }

  #toOld(flow: Flow): void {
    (flow.list === "new" ? this.#new : this.#old).shift();
    flow.list = "old";
    this.#old.push(flow);
  }

  /** A new flow passes through the old ones once, lest it come back as new for ever. */
  #emptied(flow: Flow): void {
    if (flow.list === "new" && this.#old.length > 0) return this.#toOld(flow);
    (flow.list === "new" ? this.#new : this.#old).shift();
    flow.list = "none";
  }

  /** A flow gave a frame out. */
  popped(skb: Skb): void {
    this.qlen--;
    this.backlog -= skb.length;
  }

  dropped(skb: Skb): void {
    this.refuse(skb);
  }

  override change(options: QdiscOptions): string | undefined {
    if (options.kind !== "fq_codel") return undefined;
    if (options.fqCodel.flows !== undefined && options.fqCodel.flows !== this.#o.flows) return "Number of flows cannot be changed";
    this.#o = { ...this.#o, ...options.fqCodel };
    this.#apply();
    return undefined;
  }

  override reset(): void {
    for (const flow of this.#flows.values()) for (const { skb } of flow.items) this.lose(skb);
    this.#flows.clear();
    this.#new.length = 0;
    this.#old.length = 0;
    super.reset();
  }

  /** Its classes are flows that wait at the moment; they are not listed here. */
  override classes(): readonly number[] {
    return [];
  }

  options(): QdiscOptions {
    const codels = [...this.#flows.values()].map((f) => f.codel);
    const xstats = {
      maxPacket: Math.max(0, ...codels.map((c) => c.maxPacket)), dropOverlimit: this.#dropOverlimit, newFlowCount: this.#newFlowCount,
      ecnMark: codels.reduce((n, c) => n + c.ecnMarks, 0), ceMark: 0, memoryUsage: 0, dropOvermemory: 0,
      newFlowsLen: this.#new.length, oldFlowsLen: this.#old.length,
    };
    return { kind: "fq_codel", fqCodel: this.#o, xstats };
  }
}

/** A number from addresses, protocol and ports; other frames by their EtherType (skb_get_hash). */
function flowHash(skb: Skb, seed: number): number {
  const { buf, netAt } = skb;
  if (netAt < 2 || readU16(buf, netAt - 2) !== ETH_P_IP) return mix(seed, skb.protocol);
  let hash = mix(seed, buf[netAt + 9]!);
  for (let at = netAt + 12; at < netAt + 20; at += 2) hash = mix(hash, readU16(buf, at));
  const isFragment = (readU16(buf, netAt + 6) & 0x3fff) !== 0;
  const transAt = netAt + (buf[netAt]! & 15) * 4;
  const hasPorts = buf[netAt + 9] === 6 || buf[netAt + 9] === 17;
  return isFragment || !hasPorts ? hash : mix(mix(hash, readU16(buf, transAt)), readU16(buf, transAt + 2));
}

const mix = (hash: number, value: number): number => {
  const h = Math.imul(hash ^ value, 0x9e3779b1);
  return (h ^ (h >>> 15)) >>> 0;
};
