import { EventQueue, type QueuedEvent } from "./queue.ts";
import { Rng } from "./rng.ts";

/** A scheduled call. `cancel()` is idempotent and may come after it ran. */
export interface Timer {
  readonly atNs: number;
  cancel(): void;
}

class SimEvent<T> implements QueuedEvent, Timer {
  atNs: number;
  seq: number;
  cancelled = false;
  fn: (arg: T) => void;
  arg: T;

  constructor(atNs: number, seq: number, fn: (arg: T) => void, arg: T) {
    this.atNs = atNs;
    this.seq = seq;
    this.fn = fn;
    this.arg = arg;
  }

  cancel(): void {
    this.cancelled = true;
  }

  run(): void {
    this.fn(this.arg);
  }
}

/**
 * Simulated time. Events run in total order: by time, then by the order in which they were asked
 * for. Nothing else in the simulator knows what time it is.
 */
export class Sim {
  /** Nanoseconds since the scenario's start; whole numbers, exact up to 104 days. */
  nowNs = 0;
  readonly rng: Rng;
  #queue = new EventQueue<SimEvent<never> | SimEvent<unknown>>();
  #seq = 0;

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  /** Calls `fn(arg)` after `delayNs` (≥ 0). Passing state through `arg` spares a closure a packet. */
  after<T>(delayNs: number, fn: (arg: T) => void, arg: T): Timer {
    const event = new SimEvent<T>(this.nowNs + Math.max(0, Math.round(delayNs)), this.#seq++, fn, arg);
    this.#queue.push(event as SimEvent<unknown>);
    return event;
  }

  /** Time of the next event, or undefined when nothing is left to happen. */
  get nextAtNs(): number | undefined {
    return this.#queue.peek()?.atNs;
  }

  /** Runs the earliest event; false when there is none. */
  step(): boolean {
    const event = this.#queue.pop();
    if (event === undefined) return false;
    this.nowNs = event.atNs;
    event.run();
    return true;
  }

  /** Runs all events up to and including `untilNs`, then stands at that instant. */
  runUntil(untilNs: number): void {
    for (let next = this.nextAtNs; next !== undefined && next <= untilNs; next = this.nextAtNs) this.step();
    this.nowNs = Math.max(this.nowNs, Math.floor(untilNs));
  }
}

export const US = 1_000;
export const MS = 1_000_000;
export const SEC = 1_000_000_000;
