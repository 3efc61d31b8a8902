import type { Errno } from "../net/uapi/errno.ts";
import type { OpenFile } from "./open-file.ts";
import type { FsContext, Place } from "./path.ts";
import type { FileKind, OpenFlags, Stat } from "./sys.ts";

export interface InodeInit {
  readonly ino: number;
  readonly mode: number;
  readonly mtimeSec: number;
}

/** "Now, whenever that is asked": the time of nodes that are made up on demand. System calls put the clock in its place. */
export const MTIME_NOW = -1;

/** A node of the file tree. What it holds and how it opens is up to the subclasses. */
export abstract class Inode {
  abstract readonly kind: FileKind;
  readonly ino: number;
  /** Permission bits, e.g. 0o755. */
  mode: number;
  mtimeSec: number;
  nlink = 1;
  uid = 0;
  gid = 0;

  constructor(init: InodeInit) {
    this.ino = init.ino;
    this.mode = init.mode;
    this.mtimeSec = init.mtimeSec;
  }

  get size(): number {
    return 0;
  }

  stat(): Stat {
    const { kind, size, mode, ino, nlink, mtimeSec, uid, gid } = this;
    return { kind, size, mode, ino, nlink, mtimeSec, uid, gid };
  }

  /** A new open file description on this node; `path` is what /proc/<pid>/fd shows. */
  abstract open(flags: OpenFlags, ctx: FsContext, path: string): OpenFile | Errno;

  /** Cuts to nothing, as `>` does. */
  truncate(): Errno | undefined {
    return undefined;
  }
}

/** A directory: of names kept (rootfs) or of names made up on demand (/proc). */
export abstract class Directory extends Inode {
  override readonly kind = "dir";

  abstract lookup(name: string, ctx: FsContext): Inode | undefined;
  /** Names without "." and "..". */
  abstract names(ctx: FsContext): readonly string[];

  /** Why no name can be added here, or undefined when it can. */
  refusesNew(): Errno | undefined {
    return "EPERM";
  }

  add(_name: string, _node: Inode): void {
    throw new Error("a directory that refuses new names was given one");
  }

  remove(_name: string): Errno | undefined {
    return "EPERM";
  }
}

/** A symbolic link with a stored target. */
export abstract class Link extends Inode {
  override readonly kind = "link";
  /** What readlink shows. */
  abstract target(ctx: FsContext): string;
  /** Magic links (/proc/<pid>/ns/net, /proc/<pid>/fd/3) lead to a node, whatever their text says; null = follow the text. */
  jump(_ctx: FsContext): Place | Errno | null {
    return null;
  }
  override open(): OpenFile | Errno {
    return "ELOOP";
  }
}
