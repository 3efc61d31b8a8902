import type { Errno } from "../net/uapi/errno.ts";
import { MTIME_NOW } from "./inode.ts";
import { OpenFile } from "./open-file.ts";
import type { Stat } from "./sys.ts";

/** What a headless host keeps of a program's output at most; more is refused with ENOSPC. */
const CAPTURE_LIMIT_BYTES = 64 * 1024 * 1024;

/** The end of a pipe that a host outside the simulation reads: everything written is collected. */
export class Capture extends OpenFile {
  readonly #ino: number;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #onData: ((bytes: Uint8Array) => void) | null;

  constructor(ino: number, onData: ((bytes: Uint8Array) => void) | null = null) {
    super({ write: true });
    this.#ino = ino;
    this.#onData = onData;
  }

  override label(): string {
    return `pipe:[${this.#ino}]`;
  }

  override stat(): Stat {
    return pipeStat(this.#ino);
  }

  override write(data: Uint8Array): number | Errno {
    if (this.#length + data.length > CAPTURE_LIMIT_BYTES) return "ENOSPC";
    this.#chunks.push(data.slice());
    this.#length += data.length;
    this.#onData?.(data);
    return data.length;
  }

  /** All that was written so far. */
  bytes(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      out.set(chunk, at);
      at += chunk.length;
    }
    return out;
  }
}

/** The end of a pipe that a host outside the simulation has filled: these bytes, then end of file. */
export class Feed extends OpenFile {
  readonly #ino: number;
  readonly #data: Uint8Array;
  #at = 0;

  constructor(ino: number, data: Uint8Array) {
    super({ read: true });
    this.#ino = ino;
    this.#data = data;
  }

  override label(): string {
    return `pipe:[${this.#ino}]`;
  }

  override stat(): Stat {
    return pipeStat(this.#ino);
  }

  override read(maxBytes: number): Uint8Array {
    const out = this.#data.slice(this.#at, this.#at + maxBytes);
    this.#at += out.length;
    return out;
  }
}

function pipeStat(ino: number): Stat {
  return { kind: "fifo", size: 0, mode: 0o600, ino, nlink: 1, mtimeSec: MTIME_NOW, uid: 0, gid: 0 };
}
