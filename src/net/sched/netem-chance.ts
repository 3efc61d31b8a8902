import type { Rng } from "../../sim/rng.ts";
import type { LossModel } from "../uapi/rtnetlink-qdisc.ts";

/* The dice of net/sched/sch_netem.c. All probabilities are in 1/0xffffffff. */

const FULL = 0x100000000;

/** Random numbers of which each depends on the last as much as `rho` says (get_crandom). */
export class CorrelatedRandom {
  rho = 0;
  #last: number;
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
    this.#last = rng.u32();
  }

  next(): number {
    const value = this.#rng.u32();
    if (this.rho === 0) return value;
    const rho = this.rho + 1;
    this.#last = Math.floor((value * (FULL - rho) + this.#last * rho) / FULL);
    return this.#last;
  }
}

/** Standard deviations in a table of an inverse distribution, times this. */
const DIST_SCALE = 8192;

/** tabledist: `mu` with `sigma` of jitter, evenly spread unless a table says how. */
export function spread(mu: number, sigma: number, random: CorrelatedRandom, table: readonly number[] | null): number {
  if (sigma === 0) return mu;
  const rnd = random.next();
  if (table === null) return (rnd % (2 * sigma)) + mu - sigma;
  return Math.round((sigma * table[rnd % table.length]!) / DIST_SCALE) + mu;
}

/** A chain of states that decides about each frame (loss_4state, loss_gilb_ell): true = lost. */
export class LossChain {
  readonly model: LossModel;
  #state: "gap" | "burst" | "lostInGap" | "lostInBurst" | "good" | "bad";

  constructor(model: LossModel) {
    this.model = model;
    this.#state = model.is === "state" ? "gap" : "good";
  }

  loses(rng: Rng): boolean {
    const { model } = this;
    return model.is === "state" ? this.#fourStates(rng.u32(), model) : this.#gilbertElliot(rng, model);
  }

  #fourStates(rnd: number, m: LossModel & { is: "state" }): boolean {
    if (this.#state === "gap") this.#state = rnd < m.p14 ? "lostInGap" : rnd < m.p13 + m.p14 ? "lostInBurst" : "gap";
    else if (this.#state === "burst") this.#state = rnd < m.p23 ? "lostInBurst" : "burst";
    else if (this.#state === "lostInBurst") this.#state = rnd < m.p32 ? "burst" : rnd < m.p31 + m.p32 ? "gap" : "lostInBurst";
    else this.#state = "gap";
    return this.#state === "lostInGap" || this.#state === "lostInBurst";
  }

  #gilbertElliot(rng: Rng, m: LossModel & { is: "gemodel" }): boolean {
    if (this.#state === "good") {
      if (rng.u32() < m.p) this.#state = "bad";
      return rng.u32() < m.k1;
    }
    if (rng.u32() < m.r) this.#state = "good";
    return rng.u32() > m.h;
  }
}
