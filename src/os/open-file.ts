import type { Errno } from "../net/uapi/errno.ts";
import { WaitQueue } from "../sim/wait-queue.ts";
import type { Process } from "./process.ts";
import type { Stat } from "./sys.ts";

export type Whence = "set" | "cur" | "end";

/**
 * An open file description (open(2)): what `dup` and `spawn` share, offset included. Calls never
 * sleep: they answer `EAGAIN`, and the system call sleeps on `queue` and asks again.
 */
export abstract class OpenFile {
  /** Woken when reading or writing may have become possible. */
  readonly queue: WaitQueue;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  #refs = 0;

  constructor(mode: { readonly read?: boolean; readonly write?: boolean }, queue = new WaitQueue()) {
    this.canRead = mode.read ?? false;
    this.canWrite = mode.write ?? false;
    this.queue = queue;
  }

  /** What `readlink /proc/<pid>/fd/<n>` shows: a path, or `pipe:[ino]`. */
  abstract label(): string;
  abstract stat(): Stat;

  /** At most `maxBytes`; empty = end of file; `EAGAIN` = nothing yet. */
  read(_maxBytes: number, _by: Process): Uint8Array | Errno {
    return "EINVAL";
  }

  /** How many bytes were taken; `EAGAIN` = no room; `EPIPE` = nobody will ever read. */
  write(_data: Uint8Array, _by: Process): number | Errno {
    return "EINVAL";
  }

  /** Would `read` answer at once (with data, end of file or an error)? */
  readable(): boolean {
    return true;
  }

  seek(_offset: number, _whence: Whence): number | Errno {
    return "ESPIPE";
  }

  /** One more file descriptor refers to this. */
  hold(): this {
    this.#refs++;
    return this;
  }

  /** One fewer; the last one releases the file. */
  drop(): void {
    this.#refs--;
    if (this.#refs === 0) this.release();
  }

  /** The last descriptor is gone. */
  protected release(): void {
    // Nothing to give back by default.
  }
}
