import type { Errno } from "../net/uapi/errno.ts";
import { WaitQueue } from "../sim/wait-queue.ts";
import type { Process } from "./process.ts";
import type { Inode } from "./inode.ts";
import type { FsContext } from "./path.ts";
import type { OpenFlags, Stat } from "./sys.ts";

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
  /** O_NONBLOCK: calls answer `EAGAIN` instead of sleeping. */
  nonBlocking = false;
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

  /** Would `write` take something at once, or fail? */
  writable(): boolean {
    return this.canWrite;
  }

  /** POLLHUP: the other side is gone. */
  hungUp(): boolean {
    return false;
  }

  /** POLLERR. */
  hasError(): boolean {
    return false;
  }

  seek(_offset: number, _whence: Whence): number | Errno {
    return "ESPIPE";
  }

  /** The node that a path through /proc/<pid>/fd/<n> leads to, where that is more than the open file: directories, namespaces. */
  node(): Inode | null {
    return null;
  }

  /** Opening it once more through /proc/<pid>/fd/<n>. Pipes and terminals give what is open already. */
  reopen(flags: OpenFlags, _ctx: FsContext): OpenFile | Errno {
    return (flags.read && !this.canRead) || (flags.write && !this.canWrite) ? "EACCES" : this;
  }

  /** Cut to nothing by `>/dev/stdout`; only regular files have an end to cut. */
  truncate(): Errno | undefined {
    return undefined;
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
