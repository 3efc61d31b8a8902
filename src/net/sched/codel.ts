import type { Skb } from "../core/skb.ts";
import { markCongestion } from "./ecn.ts";

/* CoDel (RFC 8289), as include/net/codel_impl.h has it. Times in ns. */

export interface CodelParams {
  targetNs: number;
  intervalNs: number;
  ecn: boolean;
  /** Below one longest frame of backlog nothing is dropped. */
  mtuBytes: number;
}

export interface Stamped {
  readonly skb: Skb;
  readonly atNs: number;
}

/** What CoDel needs of the queue it rules. */
export interface CodelQueue {
  /** Takes the oldest; null = empty. */
  pop(): Stamped | null;
  drop(skb: Skb): void;
  backlog(): number;
}

/** The state of one queue under CoDel: drops ever faster while frames wait longer than the target for an interval. */
export class Codel {
  ecnMarks = 0;
  maxPacket = 0;
  count = 0;
  #lastCount = 0;
  #dropping = false;
  #firstAboveNs = 0;
  #dropNextNs = 0;

  /** codel_dequeue. */
  dequeue(queue: CodelQueue, params: CodelParams, nowNs: number): Skb | null {
    let item = queue.pop();
    if (item === null) {
      this.#dropping = false;
      return null;
    }
    const late = this.#shouldDrop(item, queue, params, nowNs);
    if (!this.#dropping) return late ? this.#startDropping(item, queue, params, nowNs) : item.skb;
    if (!late) this.#dropping = false;
    while (this.#dropping && nowNs >= this.#dropNextNs && item !== null) {
      this.count++;
      const marked = params.ecn && markCongestion(item.skb);
      if (marked) {
        this.ecnMarks++;
        this.#dropNextNs = this.#controlLaw(this.#dropNextNs, params);
        break;
      }
      queue.drop(item.skb);
      item = queue.pop();
      if (this.#shouldDrop(item, queue, params, nowNs)) this.#dropNextNs = this.#controlLaw(this.#dropNextNs, params);
      else this.#dropping = false;
    }
    return item?.skb ?? null;
  }

  /** The first drop; soon after the last bad time it goes on where that ended. */
  #startDropping(first: Stamped, queue: CodelQueue, params: CodelParams, nowNs: number): Skb | null {
    let item: Stamped | null = first;
    if (params.ecn && markCongestion(first.skb)) this.ecnMarks++;
    else {
      queue.drop(first.skb);
      item = queue.pop();
      this.#shouldDrop(item, queue, params, nowNs);
    }
    this.#dropping = true;
    const delta = this.count - this.#lastCount;
    this.count = delta > 1 && nowNs - this.#dropNextNs < 16 * params.intervalNs ? delta : 1;
    this.#lastCount = this.count;
    this.#dropNextNs = this.#controlLaw(nowNs, params);
    return item?.skb ?? null;
  }

  #shouldDrop(item: Stamped | null, queue: CodelQueue, params: CodelParams, nowNs: number): boolean {
    if (item === null) {
      this.#firstAboveNs = 0;
      return false;
    }
    this.maxPacket = Math.max(this.maxPacket, item.skb.length);
    if (nowNs - item.atNs < params.targetNs || queue.backlog() <= params.mtuBytes) {
      this.#firstAboveNs = 0;
      return false;
    }
    if (this.#firstAboveNs === 0) {
      this.#firstAboveNs = nowNs + params.intervalNs;
      return false;
    }
    return nowNs > this.#firstAboveNs;
  }

  #controlLaw(fromNs: number, params: CodelParams): number {
    return fromNs + params.intervalNs / Math.sqrt(Math.max(1, this.count));
  }
}
