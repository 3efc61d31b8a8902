import type { Errno } from "../net/uapi/errno.ts";
import { Directory, Link, type Inode } from "./inode.ts";
import type { MountNamespace } from "./namespace.ts";
import type { Process } from "./process.ts";

/** A node together with the way it was reached, so that ".." and getcwd are right after symlinks and mounts. */
export interface Place {
  readonly inode: Inode;
  readonly parent: Place | null;
  readonly name: string;
}

/** Who looks a path up. `process` is null while the machine is being built. */
export interface FsContext {
  readonly root: Place;
  readonly cwd: Place;
  readonly ns: { readonly mnt: MountNamespace };
  readonly uid: number;
  readonly gid: number;
  readonly umask: number;
  readonly process: Process | null;
}

export interface Found {
  readonly is: "found";
  readonly place: Place;
}

/** The last component does not exist, its directory does. */
export interface Missing {
  readonly is: "missing";
  readonly parent: Place;
  readonly name: string;
  readonly trailingSlash: boolean;
}

const PATH_MAX = 4096;
const NAME_MAX = 255;
/** path_resolution(7) */
const MAX_LINKS = 40;

export type Want = "read" | "write" | "execute";
const WANT_BIT = { read: 4, write: 2, execute: 1 } as const;

/** The classic permission check. Root may everything, except execute what nobody may execute. */
export function mayAccess(ctx: FsContext, node: Inode, want: Want): boolean {
  const bit = WANT_BIT[want];
  if (ctx.uid === 0) return want !== "execute" || node.kind === "dir" || (node.mode & 0o111) !== 0;
  const shift = ctx.uid === node.uid ? 6 : ctx.gid === node.gid ? 3 : 0;
  return ((node.mode >> shift) & bit) !== 0;
}

/** Absolute path of a place. */
export function pathOf(place: Place): string {
  const names: string[] = [];
  for (let at: Place | null = place; at?.parent; at = at.parent) names.unshift(at.name);
  return `/${names.join("/")}`;
}

/** path_resolution(7). `follow` says whether a symlink as last component is followed. */
export function walk(ctx: FsContext, path: string, follow = true): Found | Missing | Errno {
  if (path === "") return "ENOENT";
  if (path.length >= PATH_MAX) return "ENAMETOOLONG";
  return new Walk(ctx, path, follow).run();
}

class Walk {
  readonly #ctx: FsContext;
  readonly #follow: boolean;
  readonly #trailingSlash: boolean;
  /** Components still to go, last one first. */
  readonly #todo: string[];
  #at: Place;
  #links = 0;

  constructor(ctx: FsContext, path: string, follow: boolean) {
    this.#ctx = ctx;
    this.#trailingSlash = path.endsWith("/");
    this.#follow = follow || this.#trailingSlash;
    this.#at = path.startsWith("/") ? ctx.root : ctx.cwd;
    this.#todo = components(path);
  }

  run(): Found | Missing | Errno {
    for (let name = this.#todo.pop(); name !== undefined; name = this.#todo.pop()) {
      const stopped = this.#step(name);
      if (stopped) return stopped;
    }
    if (this.#trailingSlash && this.#at.inode.kind !== "dir") return "ENOTDIR";
    return { is: "found", place: this.#at };
  }

  #step(name: string): Missing | Errno | undefined {
    const dir = this.#at.inode;
    if (!(dir instanceof Directory)) return "ENOTDIR";
    if (!mayAccess(this.#ctx, dir, "execute")) return "EACCES";
    if (name === ".") return undefined;
    if (name === "..") return this.#up();
    if (name.length > NAME_MAX) return "ENAMETOOLONG";
    return this.#down(dir, name);
  }

  #up(): undefined {
    if (this.#at.inode !== this.#ctx.root.inode) this.#at = this.#at.parent ?? this.#at;
  }

  #down(dir: Directory, name: string): Missing | Errno | undefined {
    const node = dir.lookup(name, this.#ctx);
    const last = this.#todo.length === 0;
    if (!node && !last) return "ENOENT";
    if (!node) return { is: "missing", parent: this.#at, name, trailingSlash: this.#trailingSlash };
    const seen = this.#ctx.ns.mnt.resolve(node);
    if (seen instanceof Link && (!last || this.#follow)) return this.#through(seen);
    this.#at = { inode: seen, parent: this.#at, name };
    return undefined;
  }

  #through(link: Link): Errno | undefined {
    if (++this.#links > MAX_LINKS) return "ELOOP";
    const jump = link.jump(this.#ctx);
    if (typeof jump === "string") return jump;
    if (jump) {
      this.#at = jump;
      return undefined;
    }
    const target = link.target(this.#ctx);
    if (target.startsWith("/")) this.#at = this.#ctx.root;
    this.#todo.push(...components(target));
    return undefined;
  }
}

/** Non-empty components, last one first. */
const components = (path: string): string[] => path.split("/").filter((name) => name !== "").reverse();

export interface Target {
  readonly dir: Place & { readonly inode: Directory };
  readonly name: string;
  /** What is there now, links not followed, mounts resolved. */
  readonly node: Inode | undefined;
  /** Something is mounted on it. */
  readonly isMountPoint: boolean;
  readonly trailingSlash: boolean;
}

/** For calls that change a directory (mkdir, unlink, rename): the directory and the last name, not followed. */
export function walkParent(ctx: FsContext, path: string): Target | Errno {
  if (path === "") return "ENOENT";
  const bare = path.replace(/\/+$/, "");
  const cut = bare.lastIndexOf("/") + 1;
  const name = bare.slice(cut);
  if (name === "") return "EBUSY";
  if (name === "." || name === "..") return "EINVAL";
  if (name.length > NAME_MAX) return "ENAMETOOLONG";
  const found = walk(ctx, bare.slice(0, cut) || ".");
  if (typeof found === "string") return found;
  return found.is === "found" ? targetIn(ctx, found.place, name, path.endsWith("/")) : "ENOENT";
}

function targetIn(ctx: FsContext, dir: Place, name: string, trailingSlash: boolean): Target | Errno {
  const { inode } = dir;
  if (!(inode instanceof Directory)) return "ENOTDIR";
  if (!mayAccess(ctx, inode, "execute")) return "EACCES";
  const raw = inode.lookup(name, ctx);
  const { mnt } = ctx.ns;
  const isMountPoint = mnt.mounts.some((mount) => mount.covers !== null && mount.covers === raw);
  return { dir: { ...dir, inode }, name, node: raw && mnt.resolve(raw), isMountPoint, trailingSlash };
}
