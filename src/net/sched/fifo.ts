import type { XmitResult } from "../core/qdisc.ts";
import type { Skb } from "../core/skb.ts";
import type { QdiscOptions } from "../uapi/rtnetlink-qdisc.ts";
import { Qdisc, type QdiscPlace, pschedMtu } from "./qdisc.ts";

/* net/sched/sch_fifo.c, tc-pfifo(8), tc-bfifo(8). */

export type FifoKind = "pfifo" | "bfifo" | "pfifo_head_drop";

/** First in, first out, up to a number of frames or of bytes. pfifo_head_drop loses the oldest instead of the newest. */
export class Fifo extends Qdisc {
  readonly kind: FifoKind;
  limit: number;
  #queue: Skb[] = [];

  constructor(place: QdiscPlace, kind: FifoKind, limit?: number) {
    super(place);
    this.kind = kind;
    this.limit = limit ?? this.#defaultLimit();
  }

  /** The device's txqueuelen, in frames or in the longest frames it sends. */
  #defaultLimit(): number {
    return this.kind === "bfifo" ? this.dev.txqlen * pschedMtu(this.dev) : this.dev.txqlen;
  }

  enqueue(skb: Skb): XmitResult {
    if (this.kind === "pfifo_head_drop" && this.qlen >= this.limit) return this.#replaceOldest(skb);
    const fits = this.kind === "bfifo" ? this.backlog + skb.length <= this.limit : this.qlen < this.limit;
    if (!fits) return this.refuse(skb);
    this.#queue.push(skb);
    this.entered(skb);
    return "success";
  }

  #replaceOldest(skb: Skb): XmitResult {
    const oldest = this.#queue.shift();
    if (oldest === undefined) return this.refuse(skb);
    this.qlen--;
    this.backlog -= oldest.length;
    this.refuse(oldest);
    this.#queue.push(skb);
    this.entered(skb);
    return "cn";
  }

  dequeue(): Skb | null {
    const skb = this.#queue.shift();
    return skb === undefined ? null : this.left(skb);
  }

  override change(options: QdiscOptions): undefined {
    if ("limit" in options) this.limit = options.limit ?? this.#defaultLimit();
    return undefined;
  }

  override reset(): void {
    for (const skb of this.#queue) this.lose(skb);
    this.#queue = [];
    super.reset();
  }

  options(): QdiscOptions {
    return { kind: this.kind, limit: this.limit };
  }
}
