import { WaitQueue } from "../../sim/wait-queue.ts";
import type { KlogLine } from "../uapi/klog.ts";

/** Old messages make room for new ones (the kernel's 128 KiB hold about so many log lines). */
const MOST_LINES = 1024;
const RATELIMIT_NS = 5_000_000_000;
const RATELIMIT_BURST = 10;

/** The ring buffer that printk writes and `dmesg` shows: one a machine, for all its namespaces. */
export class KernelLog {
  /** Woken by each message. */
  readonly queue = new WaitQueue();
  #lines: KlogLine[] = [];
  #nextSeq = 0;
  /** `dmesg -C`: what is older is not shown any more. */
  #clearedSeq = 0;
  #ratelimitFromNs = -Infinity;
  #ratelimited = 0;

  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** net_ratelimit(): ten messages in five seconds, for what strangers can provoke. */
  mayRepeat(atNs: number): boolean {
    if (atNs - this.#ratelimitFromNs >= RATELIMIT_NS) {
      this.#ratelimitFromNs = atNs;
      this.#ratelimited = 0;
    }
    return ++this.#ratelimited <= RATELIMIT_BURST;
  }

  write(atNs: number, level: number, text: string): void {
    this.#lines.push({ seq: this.#nextSeq++, atNs, level, text });
    if (this.#lines.length > MOST_LINES) this.#lines = this.#lines.slice(MOST_LINES / 4);
    this.queue.wake();
  }

  /** Messages from this number on that nobody cleared. */
  from(seq: number): readonly KlogLine[] {
    const least = Math.max(seq, this.#clearedSeq);
    return this.#lines.filter((l) => l.seq >= least);
  }

  clear(): void {
    this.#clearedSeq = this.#nextSeq;
  }
}
