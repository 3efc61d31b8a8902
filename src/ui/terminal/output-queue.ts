import type { TerminalOutput } from "../../protocol/messages.ts";

/** Output kept for looking back; older text is only in the terminal's own scrollback. */
const KEEP_BYTES = 512 * 1024;

/** What the terminal must do to show the instant of the view. */
export type Redraw =
  | { readonly is: "nothing" }
  | { readonly is: "more"; readonly chunks: readonly TerminalOutput[] }
  | { readonly is: "again"; readonly chunks: readonly TerminalOutput[] };

/**
 * A terminal's output in order. A gated chunk waits until the view has played what happened before
 * it, and everything behind it waits too, so that an answer and the prompt after it never swap.
 * What was shown is remembered with its position, so that the screen of an earlier instant can be drawn again.
 */
export class OutputQueue {
  #waiting: TerminalOutput[] = [];
  #history: TerminalOutput[] = [];
  #historyBytes = 0;
  /** Chunks of the history that are on the screen now. */
  #onScreen = 0;

  get isWaiting(): boolean { return this.#waiting.length > 0; }

  push(chunk: TerminalOutput): void { this.#waiting.push(chunk); }

  /** A fresh screen: all of the history is to be written again. */
  rewind(): void { this.#onScreen = 0; }

  /** Live: everything shown so far, and what the view's `frontier` has set free. */
  showLive(frontier: number): Redraw {
    const before = this.#onScreen;
    const released = this.#release(frontier);
    this.#onScreen = this.#history.length;
    const behind = this.#history.slice(before, this.#history.length - released.length);
    const chunks = [...behind, ...released];
    this.#forget();
    return chunks.length === 0 ? { is: "nothing" } : { is: "more", chunks };
  }

  /** The past: only what had been written when `position` events had happened. */
  showPast(position: number): Redraw {
    const count = this.#countAt(position);
    const before = this.#onScreen;
    this.#onScreen = count;
    if (count === before) return { is: "nothing" };
    if (count > before) return { is: "more", chunks: this.#history.slice(before, count) };
    return { is: "again", chunks: this.#history.slice(0, count) };
  }

  #release(frontier: number): TerminalOutput[] {
    const stop = this.#waiting.findIndex((chunk) => chunk.gated && chunk.seq > frontier);
    const released = this.#waiting.splice(0, stop < 0 ? this.#waiting.length : stop);
    this.#history.push(...released);
    for (const chunk of released) this.#historyBytes += chunk.data.length;
    return released;
  }

  /** Chunks are in order of `seq`, so the first later one ends the screen of that instant. */
  #countAt(position: number): number {
    const later = this.#history.findIndex((chunk) => chunk.seq > position);
    return later < 0 ? this.#history.length : later;
  }

  #forget(): void {
    let gone = 0;
    while (this.#historyBytes > KEEP_BYTES && gone < this.#history.length - 1) {
      this.#historyBytes -= this.#history[gone]?.data.length ?? 0;
      gone++;
    }
    this.#history.splice(0, gone);
    this.#onScreen -= gone;
  }
}
