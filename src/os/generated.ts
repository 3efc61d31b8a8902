import type { Errno } from "../net/uapi/errno.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";
import { Directory, Inode, Link, type InodeInit, MTIME_NOW } from "./inode.ts";
import { OpenFile, type Whence } from "./open-file.ts";
import type { FsContext, Place } from "./path.ts";
import type { OpenFlags, Stat } from "./sys.ts";
import { OpenDir } from "./tree.ts";

/** Nodes of /proc and /sys: made up when they are looked up, from what they describe. */

export interface TextSource {
  /** The text at the time the file is first read. */
  readonly read: (ctx: FsContext) => string;
  /** Absent = read-only, for root too. */
  readonly write?: (text: string, ctx: FsContext) => Errno | undefined;
  /** Why it cannot be read now, if so. */
  readonly refuses?: () => Errno | undefined;
  /** Size that stat shows: 0 in /proc, a page in /sys. */
  readonly size?: number;
}

const nodeInit = (mode: number): InodeInit => ({ ino: 1, mode, mtimeSec: MTIME_NOW });

/** A file whose text is made on reading. */
export class TextNode extends Inode {
  override readonly kind = "file";
  readonly #source: TextSource;

  constructor(source: TextSource, mode = source.write ? 0o644 : 0o444) {
    super(nodeInit(mode));
    this.#source = source;
  }

  override get size(): number {
    return this.#source.size ?? 0;
  }

  override open(flags: OpenFlags, ctx: FsContext, path: string): OpenFile | Errno {
    if (flags.write && !this.#source.write) return "EACCES";
    return new OpenText(this, this.#source, flags, ctx, path);
  }
}

/** One reading: the text is made once, so that a slow reader sees one moment (seq_file). */
class OpenText extends OpenFile {
  readonly #node: Inode;
  readonly #source: TextSource;
  readonly #ctx: FsContext;
  readonly #path: string;
  #bytes: Uint8Array | null = null;
  #offset = 0;

  constructor(node: Inode, source: TextSource, flags: OpenFlags, ctx: FsContext, path: string) {
    super(flags);
    this.#node = node;
    this.#source = source;
    this.#ctx = ctx;
    this.#path = path;
  }

  override label(): string {
    return this.#path;
  }

  override stat(): Stat {
    return this.#node.stat();
  }

  override read(maxBytes: number): Uint8Array | Errno {
    const refused = this.#source.refuses?.();
    if (refused) return refused;
    this.#bytes ??= utf8(this.#source.read(this.#ctx));
    const out = this.#bytes.slice(this.#offset, this.#offset + maxBytes);
    this.#offset += out.length;
    return out;
  }

  override write(data: Uint8Array): number | Errno {
    return this.#source.write?.(fromUtf8(data), this.#ctx) ?? data.length;
  }

  override seek(offset: number, whence: Whence): number | Errno {
    const to = whence === "set" ? offset : whence === "cur" ? this.#offset + offset : -1;
    if (to < 0) return "EINVAL";
    this.#offset = to;
    if (to === 0) this.#bytes = null;
    return to;
  }
}

/** How a generated directory answers: a name to a node, and all names. */
export interface DirSource {
  readonly lookup: (name: string, ctx: FsContext) => Inode | undefined;
  readonly names: (ctx: FsContext) => readonly string[];
  /** What creating a file here answers. Default ENOENT, as /proc does. */
  readonly refusesNew?: Errno;
}

export class GeneratedDir extends Directory {
  readonly #source: DirSource;

  constructor(source: DirSource, mode = 0o555) {
    super(nodeInit(mode));
    this.nlink = 2;
    this.#source = source;
  }

  override lookup(name: string, ctx: FsContext): Inode | undefined {
    return this.#source.lookup(name, ctx);
  }

  override names(ctx: FsContext): readonly string[] {
    return this.#source.names(ctx);
  }

  override refusesNew(): Errno {
    return this.#source.refusesNew ?? "ENOENT";
  }

  override open(flags: OpenFlags, _ctx: FsContext, path: string): OpenFile | Errno {
    return flags.write ? "EISDIR" : new OpenDir(this, path);
  }
}

/** A fixed list of names, each with a way to make its node. */
export type Entries = Readonly<Record<string, (ctx: FsContext) => Inode | undefined>>;

/** A directory of fixed names; a name whose maker answers undefined does not exist now. */
export function tableDir(entries: Entries, refusesNew?: Errno): GeneratedDir {
  const lookup = (name: string, ctx: FsContext): Inode | undefined => (Object.hasOwn(entries, name) ? entries[name]!(ctx) : undefined);
  const names = (ctx: FsContext): string[] => Object.keys(entries).filter((name) => entries[name]!(ctx) !== undefined);
  return new GeneratedDir(refusesNew === undefined ? { lookup, names } : { lookup, names, refusesNew });
}

/** A symlink with made-up text; with `jump` it leads to a node whatever the text says (a "magic link"). */
export class GeneratedLink extends Link {
  readonly #target: (ctx: FsContext) => string;
  readonly #size: number;
  readonly #jump: ((ctx: FsContext) => Place | Errno) | null;

  constructor(target: (ctx: FsContext) => string, jump: ((ctx: FsContext) => Place | Errno) | null = null, how: { readonly mode?: number; readonly size?: number } = {}) {
    super(nodeInit(how.mode ?? 0o777));
    this.#size = how.size ?? 0;
    this.#target = target;
    this.#jump = jump;
  }

  override get size(): number {
    return this.#size;
  }

  override target(ctx: FsContext): string {
    return this.#target(ctx);
  }

  override jump(ctx: FsContext): Place | Errno | null {
    return this.#jump ? this.#jump(ctx) : null;
  }
}

const PAGE_BYTES = 4096;

/** A sysfs attribute: one value, one line, and a page in size. */
export const attribute = (read: () => string | number): (() => Inode) => () =>
  new TextNode({ read: () => `${read()}\n`, size: PAGE_BYTES });

/** A read-only file of /proc. */
export const text = (read: (ctx: FsContext) => string): TextNode => new TextNode({ read });
