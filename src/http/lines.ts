import { concatBytes } from "./bytes.ts";

const LF = 10;

/** What {@link LineReader.take} found: a line (with its end), nothing complete yet, or a line longer than allowed. */
export type LineTaken =
  | { readonly is: "line"; readonly bytes: Uint8Array; /** Where the next line begins. */ readonly next: number }
  | { readonly is: "more" }
  | { readonly is: "too-long" };

/** Cuts a stream into lines that end with LF, however the stream was split. */
export class LineReader {
  readonly #limitBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /** `limitBytes`: the longest line taken, its end included. */
  constructor(limitBytes = Infinity) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes of a line that has not ended. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Looks for the end of the line in `bytes` from `at` on; without one it keeps the rest. `limitBytes` for this line alone. */
  take(bytes: Uint8Array, at: number, limitBytes = this.#limitBytes): LineTaken {
    const lf = bytes.indexOf(LF, at);
    const end = lf < 0 ? bytes.length : lf + 1;
    this.#heldBytes += end - at;
    if (this.#heldBytes > limitBytes) return { is: "too-long" };
    // A copy: the caller may use its buffer again.
    if (end > at) this.#held.push(bytes.slice(at, end));
    return lf < 0 ? { is: "more" } : { is: "line", bytes: this.takeHeld(), next: end };
  }

  /** What is held of a line without an end: the stream may stop there. */
  takeHeld(): Uint8Array {
    const line = concatBytes(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return line;
  }
}

/** The line without CR LF or LF. */
export const withoutEol = (line: string): string => line.replace(/\r?\n$/, "");
