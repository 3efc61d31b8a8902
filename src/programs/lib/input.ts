import { isErrno, type Errno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { toByteString } from "./bytes.ts";

const READ_BYTES = 32_768;
/** What one read(2) costs; a yield, so that reading a file lets others run. */
const READ_NS = 1_000;

/** One line of input, without its terminator. */
export interface Line {
  readonly text: string;
  /** False for a last line that no newline ends. */
  readonly ended: boolean;
}

/** Reads an fd chunk by chunk or line by line, as byte strings; nothing waits for more than it must. */
export class Input {
  /** Why reading stopped early, if it did. */
  error: Errno | undefined;
  readonly #sys: Sys;
  readonly #fd: number;
  readonly #end: string;
  #pending = "";
  #atEnd = false;

  constructor(sys: Sys, fd: number, end = "\n") {
    this.#sys = sys;
    this.#fd = fd;
    this.#end = end;
  }

  /** The next bytes, or null at the end or after an error. */
  *chunk(): Task<Uint8Array | null> {
    if (this.#atEnd) return null;
    yield* this.#sys.compute(READ_NS);
    const got = yield* this.#sys.read(this.#fd, READ_BYTES);
    if (!isErrno(got) && got.length > 0) return got;
    if (isErrno(got)) this.error = got;
    this.#atEnd = true;
    return null;
  }

  *line(): Task<Line | null> {
    for (let from = 0; ; ) {
      const at = this.#pending.indexOf(this.#end, from);
      if (at >= 0) return this.#take(at);
      from = this.#pending.length;
      const more = yield* this.chunk();
      if (more === null) return this.#last();
      this.#pending += toByteString(more);
    }
  }

  /** True when a whole line can be had without another read. */
  get hasLine(): boolean {
    return this.#pending.includes(this.#end);
  }

  #take(at: number): Line {
    const text = this.#pending.slice(0, at);
    this.#pending = this.#pending.slice(at + 1);
    return { text, ended: true };
  }

  #last(): Line | null {
    if (this.#pending === "") return null;
    const text = this.#pending;
    this.#pending = "";
    return { text, ended: false };
  }
}

/** All of an fd as one byte string, or the errno. */
export function* readAll(sys: Sys, fd: number): Task<string | { readonly failed: Errno }> {
  const input = new Input(sys, fd);
  let all = "";
  for (let c = yield* input.chunk(); c !== null; c = yield* input.chunk()) all += toByteString(c);
  return input.error === undefined ? all : { failed: input.error };
}
