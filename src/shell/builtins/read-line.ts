import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";
import { decode } from "../text/bytes.ts";

export interface LineOptions {
  /** One character, or "\0". */
  readonly delimiter: string;
  /** Backslashes are ordinary characters. */
  readonly raw: boolean;
  readonly maxChars?: number;
  /** `-N`: delimiters count as ordinary characters. */
  readonly exactly?: boolean;
  readonly deadlineNs?: number;
}

export interface LineRead {
  /** Backslashes still in it when not raw; a quoted newline is gone. */
  readonly text: string;
  /** End of input came before the delimiter. */
  readonly ended: boolean;
  readonly timedOut: boolean;
  readonly failed?: string;
}

/** Reads up to a delimiter and not a byte further, so that the next reader of the descriptor finds the rest. */
export function* readLine(sh: Shell, fd: number, options: LineOptions): Task<LineRead> {
  const source = new ByteSource(sh, fd);
  const bytes: number[] = [];
  let escaped = false;
  const done = (more: Partial<LineRead>): LineRead => ({ text: decode(Uint8Array.from(bytes)), ended: false, timedOut: false, ...more });
  for (;;) {
    if (options.maxChars !== undefined && !escaped && countChars(bytes, options.raw) >= options.maxChars) return done({});
    if (options.deadlineNs !== undefined && !(yield* source.ready(options.deadlineNs))) return done({ timedOut: true });
    const byte = yield* source.next();
    if (typeof byte === "string") return done({ ended: true, failed: byte });
    if (byte < 0) return done({ ended: true });
    if (escaped) {
      escaped = false;
      if (byte === 10) bytes.pop();
      else bytes.push(byte);
      continue;
    }
    if (byte === options.delimiter.charCodeAt(0) && !options.exactly) return done({});
    if (byte === 0) continue;
    bytes.push(byte);
    escaped = !options.raw && byte === 92;
  }
}

function countChars(bytes: readonly number[], raw: boolean): number {
  const text = decode(Uint8Array.from(bytes));
  return [...(raw ? text : text.replace(/\\([\s\S])/g, "$1"))].length;
}

/** Bytes one by one; from a file it reads a block and seeks back at the end. */
class ByteSource {
  readonly #sh: Shell;
  readonly #fd: number;

  constructor(sh: Shell, fd: number) {
    this.#sh = sh;
    this.#fd = fd;
  }

  /** Whether something can be read before the deadline. */
  *ready(deadlineNs: number): Task<boolean> {
    for (;;) {
      const fds = yield* this.#sh.sys.poll([this.#fd], deadlineNs);
      if (fds === "EINTR") {
        this.#sh.traps.checkInterrupt(this.#sh);
        continue;
      }
      return typeof fds === "string" || fds.length > 0;
    }
  }

  /** The next byte; −1 at the end; words when reading failed. */
  *next(): Task<number | string> {
    for (;;) {
      const got = yield* this.#sh.sys.read(this.#fd, 1);
      if (got === "EINTR") {
        yield* this.#sh.traps.checkpoint(this.#sh);
        continue;
      }
      return typeof got === "string" ? got : got[0] ?? -1;
    }
  }
}
