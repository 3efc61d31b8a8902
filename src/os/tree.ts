import type { Errno } from "../net/uapi/errno.ts";
import { Directory, Inode, Link, type InodeInit } from "./inode.ts";
import { OpenFile, type Whence } from "./open-file.ts";
import type { FsContext } from "./path.ts";
import type { OpenFlags, Stat } from "./sys.ts";

/** No file grows beyond this: a runaway loop must not fill the browser's memory. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Nor do all files of a machine together. */
export const MAX_TREE_BYTES = 256 * 1024 * 1024;

/** What the files of one tree share: numbers, clock, and how full the disk is. */
export class Filesystem {
  usedBytes = 0;
  #lastIno = 1;
  readonly #nowSec: () => number;

  constructor(nowSec: () => number) {
    this.#nowSec = nowSec;
  }

  nowSec(): number {
    return this.#nowSec();
  }

  newInode(mode: number): InodeInit {
    return { ino: ++this.#lastIno, mode, mtimeSec: this.nowSec() };
  }
}

/** A directory of stored names. */
export class TreeDir extends Directory {
  readonly #fs: Filesystem;
  readonly #entries = new Map<string, Inode>();
  #removed = false;

  constructor(fs: Filesystem, mode = 0o755) {
    super(fs.newInode(mode));
    this.#fs = fs;
    this.nlink = 2;
  }

  get fs(): Filesystem {
    return this.#fs;
  }

  override get size(): number {
    return 4096;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  override lookup(name: string): Inode | undefined {
    return this.#entries.get(name);
  }

  override names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  override refusesNew(): Errno | undefined {
    return this.#removed ? "ENOENT" : undefined;
  }

  override add(name: string, node: Inode): void {
    this.#entries.set(name, node);
    this.#touch(node, 1);
  }

  override remove(name: string): Errno | undefined {
    const node = this.#entries.get(name);
    if (!node) return "ENOENT";
    this.#entries.delete(name);
    this.#touch(node, -1);
    return undefined;
  }

  /** rmdir succeeded: nothing can be made in here any more. */
  markRemoved(): void {
    this.#removed = true;
    this.nlink = 0;
  }

  override open(flags: OpenFlags, _ctx: FsContext, path: string): OpenFile | Errno {
    return flags.write ? "EISDIR" : new OpenDir(this, path);
  }

  #touch(node: Inode, by: number): void {
    this.mtimeSec = this.#fs.nowSec();
    if (node.kind === "dir") this.nlink += by;
  }
}

/** A directory that was opened: it can be asked for its stat, not read. */
export class OpenDir extends OpenFile {
  readonly inode: Inode;
  readonly #path: string;

  constructor(inode: Inode, path: string) {
    super({ read: true });
    this.inode = inode;
    this.#path = path;
  }

  override label(): string {
    return this.#path;
  }

  override stat(): Stat {
    return this.inode.stat();
  }

  override node(): Inode {
    return this.inode;
  }

  override read(): Errno {
    return "EISDIR";
  }
}

export class TreeLink extends Link {
  readonly #target: string;

  constructor(fs: Filesystem, target: string) {
    super(fs.newInode(0o777));
    this.#target = target;
  }

  override get size(): number {
    return this.#target.length;
  }

  override target(): string {
    return this.#target;
  }
}

/** A regular file: bytes that grow. */
export class TreeFile extends Inode {
  override readonly kind = "file";
  readonly #fs: Filesystem;
  #bytes = new Uint8Array(0);
  #size = 0;
  #opens = 0;
  #unlinked = false;

  constructor(fs: Filesystem, mode = 0o644, content?: Uint8Array) {
    super(fs.newInode(mode));
    this.#fs = fs;
    if (content) this.writeAt(0, content);
  }

  override get size(): number {
    return this.#size;
  }

  /** A view of all bytes; valid until the next write. */
  get content(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  readAt(offset: number, maxBytes: number): Uint8Array {
    return this.#bytes.slice(offset, Math.min(offset + maxBytes, this.#size));
  }

  /** `ENOSPC` when the file or the disk would become too large. A gap before `offset` reads as zeros. */
  writeAt(offset: number, data: Uint8Array): number | Errno {
    const end = offset + data.length;
    const growth = Math.max(0, end - this.#size);
    if (end > MAX_FILE_BYTES || this.#fs.usedBytes + growth > MAX_TREE_BYTES) return "ENOSPC";
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(data, offset);
    this.#size += growth;
    this.#fs.usedBytes += growth;
    this.mtimeSec = this.#fs.nowSec();
    return data.length;
  }

  override truncate(): undefined {
    this.#fs.usedBytes -= this.#size;
    this.#size = 0;
    this.#bytes = new Uint8Array(0);
    this.mtimeSec = this.#fs.nowSec();
  }

  /** The last name is gone: what it held is free again once nobody has it open. */
  forgotten(): void {
    this.#unlinked = true;
    this.#freeIfUnused();
  }

  /** One more, or one fewer, open file description. */
  opened(by: 1 | -1): void {
    this.#opens += by;
    this.#freeIfUnused();
  }

  #freeIfUnused(): void {
    if (this.#unlinked && this.#opens === 0) this.truncate();
  }

  override open(flags: OpenFlags, _ctx: FsContext, path: string): OpenFile {
    return new OpenTreeFile(this, flags, path);
  }

  #grow(need: number): void {
    const bigger = new Uint8Array(Math.max(need, this.#bytes.length * 2, 256));
    bigger.set(this.content);
    this.#bytes = bigger;
  }
}

/** Reading position and mode of an open regular file. */
class OpenTreeFile extends OpenFile {
  readonly #inode: TreeFile;
  readonly #path: string;
  readonly #append: boolean;
  #offset = 0;

  constructor(inode: TreeFile, flags: OpenFlags, path: string) {
    super(flags);
    this.#inode = inode;
    this.#path = path;
    this.#append = flags.append ?? false;
    inode.opened(1);
  }

  protected override release(): void {
    this.#inode.opened(-1);
  }

  override label(): string {
    return this.#inode.nlink > 0 ? this.#path : `${this.#path} (deleted)`;
  }

  override stat(): Stat {
    return this.#inode.stat();
  }

  override reopen(flags: OpenFlags, ctx: FsContext): OpenFile {
    return this.#inode.open(flags, ctx, this.#path);
  }

  override truncate(): undefined {
    this.#inode.truncate();
  }

  override read(maxBytes: number): Uint8Array {
    const out = this.#inode.readAt(this.#offset, maxBytes);
    this.#offset += out.length;
    return out;
  }

  override write(data: Uint8Array): number | Errno {
    if (this.#append) this.#offset = this.#inode.size;
    const n = this.#inode.writeAt(this.#offset, data);
    if (typeof n === "number") this.#offset += n;
    return n;
  }

  override seek(offset: number, whence: Whence): number | Errno {
    const base = whence === "set" ? 0 : whence === "cur" ? this.#offset : this.#inode.size;
    if (base + offset < 0) return "EINVAL";
    this.#offset = base + offset;
    return this.#offset;
  }
}
