import type { XmitResult } from "../core/qdisc.ts";
import type { Skb } from "../core/skb.ts";
import type { QdiscOptions, TbfOptions } from "../uapi/rtnetlink-qdisc.ts";
import { Fifo } from "./fifo.ts";
import { Qdisc, type QdiscPlace } from "./qdisc.ts";
import { type RateConfig, lengthToNs, nsToTicks, rateConfig } from "./rate.ts";

/* net/sched/sch_tbf.c, tc-tbf(8): a bucket of tokens that fills at the rate; a frame leaves when its tokens are there. */

/** Token bucket filter. Times are tokens: a frame costs what it takes at the rate. */
export class Tbf extends Qdisc {
  readonly kind = "tbf";
  #given!: TbfOptions;
  #rate!: RateConfig;
  #peak: RateConfig | null = null;
  #bufferNs = 0;
  #mtuNs = 0;
  #maxBytes = 0;
  #tokensNs = 0;
  #peakTokensNs = 0;
  #checkedNs = 0;
  #child: Qdisc;

  constructor(place: QdiscPlace, options: TbfOptions) {
    super(place);
    this.#child = this.#defaultChild(options.limitBytes);
    this.#configure(options);
  }

  #defaultChild(limit: number): Qdisc {
    return new Fifo({ queue: this.place.queue, handle: 0, parent: this.place.handle + 1 }, "bfifo", limit);
  }

  /** tbf_change: the bucket is full again. */
  #configure(o: TbfOptions): void {
    const { overhead, mpu, linklayer } = o;
    this.#given = o;
    this.#rate = rateConfig({ bytesPerSec: o.rate, overhead, mpu, linklayer });
    this.#peak = o.peakRate === 0 ? null : rateConfig({ bytesPerSec: o.peakRate, overhead, mpu, linklayer });
    this.#bufferNs = lengthToNs(this.#rate, o.burstBytes);
    this.#mtuNs = this.#peak === null ? 0 : lengthToNs(this.#peak, o.mtuBytes);
    this.#maxBytes = this.#peak === null ? o.burstBytes : Math.min(o.burstBytes, o.mtuBytes);
    this.#tokensNs = this.#bufferNs;
    this.#peakTokensNs = this.#mtuNs;
    this.#checkedNs = this.nowNs;
  }

  enqueue(skb: Skb): XmitResult {
    const { length } = skb;
    if (length > this.#maxBytes) return this.refuse(skb);
    const result = this.#child.enqueue(skb);
    if (result === "drop") this.drops++;
    if (result !== "success") return result;
    this.qlen++;
    this.backlog += length;
    return result;
  }

  dequeue(): Skb | null {
    const skb = this.#child.peek();
    if (skb === null) return null;
    const elapsed = Math.min(this.nowNs - this.#checkedNs, this.#bufferNs);
    const tokens = Math.min(elapsed + this.#tokensNs, this.#bufferNs) - lengthToNs(this.#rate, skb.length);
    const peakTokens = this.#peak === null ? 0 : Math.min(elapsed + this.#peakTokensNs, this.#mtuNs) - lengthToNs(this.#peak, skb.length);
    if (tokens < 0 || peakTokens < 0) {
      this.place.queue.wakeAt(this.nowNs + Math.max(-tokens, -peakTokens));
      this.overlimits++;
      return null;
    }
    this.#checkedNs = this.nowNs;
    this.#tokensNs = tokens;
    this.#peakTokensNs = peakTokens;
    return this.left(this.#child.take()!);
  }

  override change(options: QdiscOptions): string | undefined {
    if (options.kind !== "tbf" || options.tbf === undefined) return undefined;
    if (this.#child instanceof Fifo) this.#child.limit = options.tbf.limitBytes;
    this.#configure(options.tbf);
    return undefined;
  }

  override reset(): void {
    this.#child.reset();
    this.#tokensNs = this.#bufferNs;
    this.#peakTokensNs = this.#mtuNs;
    this.#checkedNs = this.nowNs;
    super.reset();
  }

  override classes(): readonly number[] {
    return [1];
  }

  /** tbf_find answers to any number: it has one class only. */
  override hasClass(): boolean {
    return true;
  }

  override leaf(): Qdisc {
    return this.#child;
  }

  override graft(_minor: number, child: Qdisc | null): void {
    this.qlen -= this.#child.qlen;
    this.backlog -= this.#child.backlog;
    this.#child.reset();
    this.#child = child ?? this.#defaultChild(this.#given.limitBytes);
  }

  options(): QdiscOptions {
    return { kind: "tbf", tbf: { ...this.#given, bufferTicks: nsToTicks(this.#bufferNs), mtuTicks: nsToTicks(this.#mtuNs) } };
  }
}
