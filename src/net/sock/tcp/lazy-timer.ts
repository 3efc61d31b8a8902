import { wheelExpiryNs } from "../../../sim/jiffies.ts";
import type { Sim, Timer } from "../../../sim/sim.ts";

/**
 * A timer that is set again and again (mod_timer). Setting it later than it stands costs an assignment: the event that is
 * queued already finds out when it comes. It fires as the kernel's wheel does, up to a few per cent late, unless `exact` (hrtimer).
 */
export class LazyTimer<T> {
  /** When it goes off; 0 = it does not run. */
  expiresNs = 0;
  /** What was asked for, which the wheel rounds up: what sock_diag tells. */
  wantedNs = 0;
  readonly #sim: Sim;
  readonly #fire: (arg: T) => void;
  readonly #arg: T;
  readonly #exact: boolean;
  #queued: Timer | null = null;

  constructor(sim: Sim, fire: (arg: T) => void, arg: T, exact = false) {
    this.#sim = sim;
    this.#fire = fire;
    this.#arg = arg;
    this.#exact = exact;
  }

  get pending(): boolean {
    return this.expiresNs !== 0;
  }

  /** Goes off `delayNs` from now, whatever was set before. */
  set(delayNs: number): void {
    const now = this.#sim.nowNs;
    this.wantedNs = now + Math.max(0, delayNs);
    this.expiresNs = this.#exact ? now + Math.max(0, Math.round(delayNs)) : wheelExpiryNs(now, Math.max(0, delayNs));
    if (this.#queued !== null && this.#queued.atNs <= this.expiresNs) return;
    this.#queued?.cancel();
    this.#queued = this.#sim.after(this.expiresNs - now, onEvent<T>, this);
  }

  stop(): void {
    this.expiresNs = 0;
  }

  /** For good: nothing stays in the simulation's queue. */
  destroy(): void {
    this.expiresNs = 0;
    this.#queued?.cancel();
    this.#queued = null;
  }

  run(): void {
    this.#queued = null;
    if (this.expiresNs === 0) return;
    const left = this.expiresNs - this.#sim.nowNs;
    if (left > 0) {
      this.#queued = this.#sim.after(left, onEvent<T>, this);
      return;
    }
    this.expiresNs = 0;
    this.#fire(this.#arg);
  }
}

function onEvent<T>(timer: LazyTimer<T>): void {
  timer.run();
}
