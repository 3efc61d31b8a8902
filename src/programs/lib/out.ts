import type { Errno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { utf8 } from "../../wire/text.ts";
import { concatBytes, fromByteString } from "./bytes.ts";

/** st_blksize of pipes and files, and so the size of a stdio buffer. */
const BUFFER_BYTES = 4096;
/** What one write(2) costs the process. It is a yield too: a program that only writes lets others run. */
const WRITE_NS = 1_000;

export type Buffering = "full" | "line" | "none";

/**
 * A stdio stream on an fd: line-buffered on a terminal, 4096 bytes elsewhere (setvbuf(3)). What is
 * still in the buffer when a signal kills the process is lost, as on Linux: only `flush` writes it.
 */
export class Out {
  /** First error a write met; later output is dropped. */
  error: Errno | undefined;
  readonly #sys: Sys;
  readonly #fd: number;
  #buffering: Buffering;
  #parts: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(sys: Sys, fd: number, buffering?: Buffering) {
    this.#sys = sys;
    this.#fd = fd;
    this.#buffering = buffering ?? (sys.isatty(fd) ? "line" : "full");
  }

  set buffering(mode: Buffering) {
    this.#buffering = mode;
  }

  /** Text, encoded as UTF-8. */
  *text(text: string): Task<void> {
    yield* this.raw(utf8(text));
  }

  /** A byte string. */
  *bytes(text: string): Task<void> {
    yield* this.raw(fromByteString(text));
  }

  *raw(data: Uint8Array): Task<void> {
    if (this.error !== undefined || data.length === 0) return;
    this.#parts.push(data);
    this.#pendingBytes += data.length;
    const due = this.#dueBytes(data);
    if (due > 0) yield* this.#drain(due);
  }

  *flush(): Task<void> {
    if (this.#pendingBytes > 0) yield* this.#drain(this.#pendingBytes);
  }

  #dueBytes(last: Uint8Array): number {
    if (this.#buffering === "none") return this.#pendingBytes;
    const newline = this.#buffering === "line" ? last.lastIndexOf(10) : -1;
    if (newline >= 0) return this.#pendingBytes - last.length + newline + 1;
    return this.#pendingBytes - (this.#pendingBytes % BUFFER_BYTES);
  }

  *#drain(bytes: number): Task<void> {
    const all = concatBytes(this.#parts);
    const rest = all.subarray(bytes);
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#pendingBytes = rest.length;
    yield* this.#sys.compute(WRITE_NS);
    const failed = yield* this.#sys.write(this.#fd, all.subarray(0, bytes));
    if (failed !== undefined) this.error ??= failed;
  }
}
