import type { Errno } from "../net/uapi/errno.ts";
import { WaitQueue } from "../sim/wait-queue.ts";
import { ByteQueue } from "./byte-queue.ts";
import { MTIME_NOW } from "./inode.ts";
import { OpenFile } from "./open-file.ts";
import type { Stat } from "./sys.ts";

/** pipe(7): 16 pages. */
export const PIPE_CAPACITY_BYTES = 65536;
/** Writes up to this size are atomic: all or nothing. */
export const PIPE_BUF_BYTES = 4096;

/** What the two ends of a pipe share. */
export class Pipe {
  readonly bytes = new ByteQueue();
  readonly queue = new WaitQueue();
  readonly ino: number;
  readonly reader: PipeReader;
  readonly writer: PipeWriter;
  readerOpen = true;
  writerOpen = true;

  constructor(ino: number) {
    this.ino = ino;
    this.reader = new PipeReader(this);
    this.writer = new PipeWriter(this);
  }

  stat(): Stat {
    return { kind: "fifo", size: 0, mode: 0o600, ino: this.ino, nlink: 1, mtimeSec: MTIME_NOW, uid: 0, gid: 0 };
  }
}

export class PipeReader extends OpenFile {
  readonly #pipe: Pipe;

  constructor(pipe: Pipe) {
    super({ read: true }, pipe.queue);
    this.#pipe = pipe;
  }

  override label(): string {
    return `pipe:[${this.#pipe.ino}]`;
  }

  override stat(): Stat {
    return this.#pipe.stat();
  }

  override read(maxBytes: number): Uint8Array | Errno {
    const { bytes, queue, writerOpen } = this.#pipe;
    if (bytes.length === 0) return writerOpen ? "EAGAIN" : new Uint8Array(0);
    const out = bytes.take(maxBytes);
    queue.wake();
    return out;
  }

  override readable(): boolean {
    return this.#pipe.bytes.length > 0 || !this.#pipe.writerOpen;
  }

  protected override release(): void {
    this.#pipe.readerOpen = false;
    this.#pipe.bytes.clear();
    this.#pipe.queue.wake();
  }
}

export class PipeWriter extends OpenFile {
  readonly #pipe: Pipe;

  constructor(pipe: Pipe) {
    super({ write: true }, pipe.queue);
    this.#pipe = pipe;
  }

  override label(): string {
    return `pipe:[${this.#pipe.ino}]`;
  }

  override stat(): Stat {
    return this.#pipe.stat();
  }

  override write(data: Uint8Array): number | Errno {
    const { bytes, queue, readerOpen } = this.#pipe;
    if (!readerOpen) return "EPIPE";
    const room = PIPE_CAPACITY_BYTES - bytes.length;
    const needed = data.length <= PIPE_BUF_BYTES ? data.length : 1;
    if (room < needed) return "EAGAIN";
    const taken = data.subarray(0, room);
    bytes.push(taken);
    queue.wake();
    return taken.length;
  }

  protected override release(): void {
    this.#pipe.writerOpen = false;
    this.#pipe.queue.wake();
  }
}
