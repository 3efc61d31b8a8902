/** Seeded random numbers (sfc32, Chris Doty-Humphrey's small fast counting generator). The only source of chance in the simulator. */
export class Rng {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = 0x9e3779b9;
    this.#c = 0x243f6a88;
    for (let i = 0; i < 15; i++) this.u32();
  }

  /** Uniform unsigned 32-bit integer. */
  u32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t | 0;
    return t >>> 0;
  }

  /** Uniform integer in [0, limit). */
  below(limit: number): number {
    return Math.floor((this.u32() / 0x100000000) * limit);
  }

  /** An own stream, independent of how often this one is used later. */
  fork(label: number): Rng {
    return new Rng((this.u32() ^ Math.imul(label, 0x85ebca6b)) >>> 0);
  }
}
