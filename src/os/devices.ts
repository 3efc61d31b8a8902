import type { Errno } from "../net/uapi/errno.ts";
import { Directory, Inode, type InodeInit } from "./inode.ts";
import type { Kernel } from "./kernel.ts";
import { OpenFile } from "./open-file.ts";
import type { FsContext } from "./path.ts";
import type { OpenFlags, Stat } from "./sys.ts";
import { OpenDir } from "./tree.ts";
import type { Tty } from "./tty.ts";
import { TtyFile } from "./tty-file.ts";

/** A character device: what happens on open is the driver's business. */
export class CharDevice extends Inode {
  override readonly kind = "char";
  readonly major: number;
  readonly minor: number;
  readonly #open: (flags: OpenFlags, ctx: FsContext, path: string) => OpenFile | Errno;

  constructor(
    init: InodeInit, numbers: readonly [major: number, minor: number],
    open: (flags: OpenFlags, ctx: FsContext, path: string, self: Inode) => OpenFile | Errno,
  ) {
    super(init);
    [this.major, this.minor] = numbers;
    this.#open = (flags, ctx, path) => open(flags, ctx, path, this);
  }

  override stat(): Stat {
    return { ...super.stat(), rdev: [this.major, this.minor] };
  }

  override open(flags: OpenFlags, ctx: FsContext, path: string): OpenFile | Errno {
    return this.#open(flags, ctx, path);
  }
}

/** mem(4) devices: swallow writes; `read` makes up what is read. */
export class MemFile extends OpenFile {
  readonly #inode: Inode;
  readonly #path: string;
  readonly #read: (maxBytes: number) => Uint8Array;
  readonly #write: (length: number) => number | Errno;

  constructor(inode: Inode, path: string, flags: OpenFlags, read: (maxBytes: number) => Uint8Array, write = (n: number): number | Errno => n) {
    super(flags);
    this.#inode = inode;
    this.#path = path;
    this.#read = read;
    this.#write = write;
  }

  override label(): string {
    return this.#path;
  }

  override stat(): Stat {
    return this.#inode.stat();
  }

  override read(maxBytes: number): Uint8Array {
    return this.#read(maxBytes);
  }

  override write(data: Uint8Array): number | Errno {
    return this.#write(data.length);
  }

  override seek(): number {
    return 0;
  }
}

export const readNothing = (): Uint8Array => new Uint8Array(0);
export const readZeros = (maxBytes: number): Uint8Array => new Uint8Array(maxBytes);

/** Opening a terminal by path; a session leader without one makes it its controlling terminal (tty_open). */
export function openTty(tty: Tty, flags: OpenFlags, ctx: FsContext): OpenFile {
  const p = ctx.process;
  if (p?.isSessionLeader && !p.ctty && !tty.session) p.kernel.takeTerminal(p, tty);
  return new TtyFile(tty, flags);
}

/** /dev/tty: the caller's own terminal, whatever its number. */
export function openOwnTty(flags: OpenFlags, ctx: FsContext): OpenFile | Errno {
  const tty = ctx.process?.ctty;
  return tty ? new TtyFile(tty, flags) : "ENXIO";
}

/** /dev/pts: one node for each terminal that exists. */
export class PtsDirectory extends Directory {
  readonly #kernel: Kernel;

  constructor(init: InodeInit, kernel: Kernel) {
    super(init);
    this.#kernel = kernel;
  }

  override names(): readonly string[] {
    return this.#kernel.ttys.map((tty) => String(tty.index));
  }

  override lookup(name: string): Inode | undefined {
    const tty = this.#kernel.ttys.find((one) => String(one.index) === name);
    if (!tty) return undefined;
    const init = { ino: tty.index + 3, mode: 0o620, mtimeSec: this.#kernel.wallSec() };
    const node = new CharDevice(init, [136, tty.index], (flags, ctx) => openTty(tty, flags, ctx));
    node.gid = 5;
    return node;
  }

  override open(flags: OpenFlags, _ctx: FsContext, path: string): OpenFile | Errno {
    return flags.write ? "EISDIR" : new OpenDir(this, path);
  }
}
