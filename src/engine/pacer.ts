/** Events of gating journeys that the simulation may be ahead of the view. */
export const AHEAD_EVENTS = 48;
/** The same for a view that does not travel: as many as it can take in a frame. */
const AHEAD_AT_ONCE = 4_000;
/** The greatest speed: a view that shows everything at once. */
export const INSTANT_SPEED = 64;
/** While the view plays, the simulation may look this far ahead of it for the next events. */
const AHEAD_NS = 1_000_000;
/** Simulated time that a keystroke buys, even while time is held: a line editor answers in a fraction of it. */
const GRANT_NS = 300_000;
/** Simulated time never jumps more than this a slice of real time, so that a sleeping tab does not burst. */
const MAX_STEP_MS = 100;

/**
 * How far simulated time may run now. It follows the wall clock times `speed`, stands while held,
 * and waits while the view has too much left to play.
 */
export class Pacer {
  hold = false;
  speed = 1;
  /** Event number up to which the view has played. */
  played = 0;
  /** Gating events that the page has not played yet. */
  #waiting: number[] = [];
  #targetNs = 0;
  #grantNs = 0;
  #lastMs: number | null = null;

  /** A gating event happened. */
  gate(seq: number): void {
    this.#waiting.push(seq);
  }

  play(played: number): void {
    this.played = played;
    let done = 0;
    while (done < this.#waiting.length && this.#waiting[done]! < played) done++;
    if (done > 0) this.#waiting.splice(0, done);
  }

  /** The instant up to which a keystroke lets time run. */
  get grantedNs(): number {
    return this.#grantNs;
  }

  get blocked(): boolean {
    return this.hold || this.#waiting.length >= (this.speed >= INSTANT_SPEED ? AHEAD_AT_ONCE : AHEAD_EVENTS);
  }

  /** Somebody typed: the machine may run long enough to echo, however things stand. */
  grant(simNowNs: number): void {
    this.#grantNs = simNowNs + GRANT_NS;
  }

  /** Called once a slice with the wall clock; returns the simulated instant up to which events may run. */
  advance(nowMs: number, simNowNs: number): number {
    const elapsedMs = this.#lastMs === null ? 0 : Math.min(MAX_STEP_MS, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#targetNs = Math.max(this.#targetNs, simNowNs);
    const floorNs = Math.max(simNowNs, this.#grantNs);
    if (this.blocked) return floorNs;
    if (this.#waiting.length > 0) return Math.max(floorNs, simNowNs + AHEAD_NS);
    // Whole nanoseconds: simulated time is an integer.
    this.#targetNs += Math.floor(elapsedMs * 1e6 * Math.max(1, this.speed));
    return Math.max(floorNs, this.#targetNs);
  }
}
