/**
 * Types a command into a shell as a person would, so that the learner sees where it goes and presses
 * Enter. 25 ms a character, never longer than 1.2 s in all.
 */
const CHARACTER_MS = 25;
const LONGEST_MS = 1200;

/** Milliseconds between two characters of a text of this length. */
export function beatMs(length: number): number {
  return Math.min(CHARACTER_MS, LONGEST_MS / Math.max(1, length));
}

export class Typist {
  #rest = "";
  #timer: ReturnType<typeof setTimeout> | null = null;
  #put: (text: string) => void = () => undefined;

  get busy(): boolean { return this.#rest !== ""; }

  /** Types `text` through `put`; what was being typed before is finished first. `instantly` for reduced motion. */
  type(text: string, instantly: boolean, put: (text: string) => void): void {
    this.finish();
    this.#rest = text;
    this.#put = put;
    if (instantly) this.finish();
    else this.#next(beatMs(text.length));
  }

  /** Any key finishes the typing at once. */
  finish(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const rest = this.#rest;
    this.#rest = "";
    if (rest !== "") this.#put(rest);
  }

  /** Drops what is not typed yet. */
  cancel(): void {
    this.#rest = "";
    this.finish();
  }

  #next(ms: number): void {
    this.#timer = setTimeout(() => {
      const [letter = ""] = this.#rest;
      this.#rest = this.#rest.slice(letter.length);
      this.#put(letter);
      if (this.#rest !== "") this.#next(ms);
    }, ms);
  }
}
