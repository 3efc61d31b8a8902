import type { Errno } from "../net/uapi/errno.ts";
import type { Directory, Inode } from "./inode.ts";
import type { OpenFile } from "./open-file.ts";
import { mayAccess, pathOf, walk, walkParent, type FsContext, type Place, type Target } from "./path.ts";
import type { OpenFlags } from "./sys.ts";
import { TreeDir, TreeFile, TreeLink } from "./tree.ts";

/** File system calls that take a path. Each answers an errno or undefined for "done". */

export function openPath(ctx: FsContext, path: string, flags: OpenFlags, mode: number): OpenFile | Errno {
  const found = walk(ctx, path, !(flags.create && flags.exclusive));
  if (typeof found === "string") return found;
  if (found.is === "found") return openExisting(ctx, found.place, flags);
  if (!flags.create) return "ENOENT";
  if (found.trailingSlash) return "EISDIR";
  return createFile(ctx, found.parent, found.name, flags, mode);
}

function openExisting(ctx: FsContext, place: Place, flags: OpenFlags): OpenFile | Errno {
  const { inode } = place;
  if (flags.create && flags.exclusive) return "EEXIST";
  if (inode.kind === "dir" && (flags.write || flags.create)) return "EISDIR";
  if (flags.read && !mayAccess(ctx, inode, "read")) return "EACCES";
  if (flags.write && !mayAccess(ctx, inode, "write")) return "EACCES";
  if (flags.truncate && flags.write) {
    const refused = inode.truncate();
    if (refused) return refused;
  }
  return inode.open(flags, ctx, pathOf(place));
}

function createFile(ctx: FsContext, parent: Place, name: string, flags: OpenFlags, mode: number): OpenFile | Errno {
  const dir = parent.inode as Directory;
  const refused = dir.refusesNew() ?? (mayAccess(ctx, dir, "write") ? undefined : "EACCES");
  if (refused) return refused;
  if (!(dir instanceof TreeDir)) return "EPERM";
  const node = new TreeFile(dir.fs, mode & ~ctx.umask & 0o7777);
  dir.add(name, node);
  return node.open(flags, ctx, pathOf({ inode: node, parent, name }));
}

/** The node behind a path; a missing last component is `ENOENT`. */
export function findPlace(ctx: FsContext, path: string, follow = true): Place | Errno {
  const found = walk(ctx, path, follow);
  if (typeof found === "string") return found;
  return found.is === "found" ? found.place : "ENOENT";
}

export function makeDir(ctx: FsContext, path: string, mode: number): Errno | undefined {
  const at = walkParent(ctx, path);
  if (typeof at === "string") return at === "EBUSY" || at === "EINVAL" ? "EEXIST" : at;
  return addNew(ctx, at, (dir) => new TreeDir(dir.fs, mode & ~ctx.umask & 0o7777));
}

export function makeLink(ctx: FsContext, target: string, path: string): Errno | undefined {
  if (target === "") return "ENOENT";
  const at = walkParent(ctx, path);
  if (typeof at === "string") return at === "EBUSY" || at === "EINVAL" ? "EEXIST" : at;
  if (at.trailingSlash && !at.node) return "ENOENT";
  return addNew(ctx, at, (dir) => new TreeLink(dir.fs, target));
}

/** mknod(2): a node made by the caller under a new name; `EEXIST` when the name is taken. */
export function addNode(ctx: FsContext, path: string, make: (dir: TreeDir) => Inode): Errno | undefined {
  const at = walkParent(ctx, path);
  if (typeof at === "string") return at === "EBUSY" || at === "EINVAL" ? "EEXIST" : at;
  return at.trailingSlash && !at.node ? "ENOENT" : addNew(ctx, at, make);
}

/** link(2): one more name for a file. Symlinks are not followed, directories refused. */
export function makeHardLink(ctx: FsContext, from: string, to: string): Errno | undefined {
  const place = findPlace(ctx, from, false);
  if (typeof place === "string") return place;
  const at = walkParent(ctx, to);
  if (typeof at === "string") return at === "EBUSY" || at === "EINVAL" ? "EEXIST" : at;
  const { inode } = place;
  if (inode.kind === "dir") return "EPERM";
  if (!at.node && at.trailingSlash) return "ENOENT";
  if (!at.node && !(inode instanceof TreeFile || inode instanceof TreeLink)) return "EXDEV";
  const refused = addNew(ctx, at, () => inode);
  if (!refused) inode.nlink++;
  return refused;
}

function addNew(ctx: FsContext, at: Target, make: (dir: TreeDir) => Inode): Errno | undefined {
  const dir = at.dir.inode;
  if (at.node) return "EEXIST";
  const refused = dir.refusesNew();
  if (refused) return refused;
  if (!mayAccess(ctx, dir, "write")) return "EACCES";
  if (!(dir instanceof TreeDir)) return "EPERM";
  dir.add(at.name, make(dir));
  return undefined;
}

export function removeFile(ctx: FsContext, path: string): Errno | undefined {
  const at = walkParent(ctx, path);
  if (typeof at === "string") return at === "EBUSY" || at === "EINVAL" ? "EISDIR" : at;
  if (!at.node) return "ENOENT";
  if (at.trailingSlash && at.node.kind !== "dir") return "ENOTDIR";
  if (at.node.kind === "dir") return "EISDIR";
  return removeChecked(ctx, at, at.node);
}

export function removeDir(ctx: FsContext, path: string): Errno | undefined {
  const at = walkParent(ctx, path);
  if (typeof at === "string") return at;
  const { node } = at;
  if (!node) return "ENOENT";
  if (node.kind !== "dir") return "ENOTDIR";
  if (!(node instanceof TreeDir)) return "EPERM";
  if (!node.isEmpty) return "ENOTEMPTY";
  const refused = removeChecked(ctx, at, node);
  if (!refused) node.markRemoved();
  return refused;
}

function removeChecked(ctx: FsContext, at: Target, node: Inode): Errno | undefined {
  if (at.isMountPoint) return "EBUSY";
  if (!mayAccess(ctx, at.dir.inode, "write")) return "EACCES";
  const refused = at.dir.inode.remove(at.name);
  if (refused) return refused;
  node.nlink--;
  if (node.nlink === 0 && node instanceof TreeFile) node.forgotten();
  return undefined;
}

export function renamePath(ctx: FsContext, from: string, to: string): Errno | undefined {
  const src = walkParent(ctx, from);
  const dst = walkParent(ctx, to);
  if (typeof src === "string") return src === "EINVAL" ? "EBUSY" : src;
  if (typeof dst === "string") return dst === "EINVAL" ? "EBUSY" : dst;
  if (!src.node) return "ENOENT";
  const refused = renameRefusal(ctx, src, src.node, dst);
  if (refused || src.node === dst.node) return refused;
  return moveNode(src, src.node, dst);
}

function renameRefusal(ctx: FsContext, src: Target, node: Inode, dst: Target): Errno | undefined {
  const slash = src.trailingSlash || dst.trailingSlash;
  if (slash && node.kind !== "dir") return "ENOTDIR";
  if (src.isMountPoint || dst.isMountPoint) return "EBUSY";
  if (!(src.dir.inode instanceof TreeDir) || !(dst.dir.inode instanceof TreeDir)) return "EPERM";
  if (!mayAccess(ctx, src.dir.inode, "write") || !mayAccess(ctx, dst.dir.inode, "write")) return "EACCES";
  for (let at: Place | null = dst.dir; at; at = at.parent) if (at.inode === node) return "EINVAL";
  return dst.dir.inode.refusesNew() ?? replaceRefusal(node, dst.node);
}

function replaceRefusal(node: Inode, over: Inode | undefined): Errno | undefined {
  if (!over || over === node) return undefined;
  if (over.kind === "dir" && node.kind !== "dir") return "EISDIR";
  if (over.kind !== "dir" && node.kind === "dir") return "ENOTDIR";
  return over instanceof TreeDir && !over.isEmpty ? "ENOTEMPTY" : undefined;
}

function moveNode(src: Target, node: Inode, dst: Target): Errno | undefined {
  if (dst.node) {
    dst.dir.inode.remove(dst.name);
    dst.node.nlink--;
    if (dst.node instanceof TreeDir) dst.node.markRemoved();
    if (dst.node instanceof TreeFile && dst.node.nlink === 0) dst.node.forgotten();
  }
  src.dir.inode.remove(src.name);
  dst.dir.inode.add(dst.name, node);
  return undefined;
}
