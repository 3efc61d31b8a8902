import type { Errno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import type { Input, Line } from "../lib/input.ts";

/** Lines of all inputs one after the other, one ahead so that the last is known. */
export class Lines {
  readonly #inputs: Iterator<Task<Input | Errno>>;
  #input: Input | null = null;
  #ahead: Line | null = null;
  #done = false;

  constructor(inputs: Iterator<Task<Input | Errno>>) {
    this.#inputs = inputs;
  }

  *next(): Task<Line | null> {
    yield* this.#fill();
    const line = this.#ahead;
    this.#ahead = null;
    return line;
  }

  *isLast(): Task<boolean> {
    yield* this.#fill();
    return this.#ahead === null;
  }

  *#fill(): Task<void> {
    while (this.#ahead === null && !this.#done) {
      this.#ahead = this.#input === null ? null : yield* this.#input.line();
      if (this.#ahead === null) yield* this.#open();
    }
  }

  *#open(): Task<void> {
    const next = this.#inputs.next();
    if (next.done === true) {
      this.#done = true;
      return;
    }
    const input = yield* next.value;
    this.#input = typeof input === "string" ? null : input;
  }
}
