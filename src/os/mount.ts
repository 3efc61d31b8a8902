import type { Errno } from "../net/uapi/errno.ts";
import { NamespaceNode } from "./nsfs.ts";
import type { MountNamespace } from "./namespace.ts";
import { pathOf, type FsContext, type Place } from "./path.ts";
import { Filesystem, TreeDir } from "./tree.ts";
import { findPlace } from "./vfs.ts";

/** mount --bind: `target` shows what `source` is, in the caller's mount namespace only. */
export function bindMount(ctx: FsContext, source: string, target: string): Errno | undefined {
  const from = findPlace(ctx, source);
  if (typeof from === "string") return from;
  const over = findPlace(ctx, target);
  if (typeof over === "string") return over;
  if ((from.inode.kind === "dir") !== (over.inode.kind === "dir")) return "ENOTDIR";
  ctx.ns.mnt.add(bindEntry(from, over));
  return undefined;
}

function bindEntry(from: Place, over: Place) {
  const { inode } = from;
  const path = pathOf(over);
  const common = { path, covers: over.inode, shows: inode };
  return inode instanceof NamespaceNode
    ? { ...common, source: "nsfs", fsType: "nsfs", options: "rw", holds: inode.namespace }
    : { ...common, source: "/dev/vda", fsType: "ext4", options: "rw,relatime", holds: null };
}

/** Mounts an empty tree of its own (tmpfs) on a directory. */
export function mountTmpfs(ctx: FsContext, fs: Filesystem, target: string, mode = 0o755): Errno | undefined {
  const over = findPlace(ctx, target);
  if (typeof over === "string") return over;
  if (over.inode.kind !== "dir") return "ENOTDIR";
  ctx.ns.mnt.add({
    path: pathOf(over), covers: over.inode, shows: new TreeDir(fs, mode),
    source: "tmpfs", fsType: "tmpfs", options: "rw,relatime", holds: null,
  });
  return undefined;
}

/** umount2 with MNT_DETACH: takes off the topmost mount at the path; `EINVAL` when it is no mount point. */
export function unmount(ctx: FsContext, target: string): Errno | undefined {
  const place = findPlace(ctx, target);
  if (typeof place === "string") return place;
  const mount = topmostAt(ctx.ns.mnt, pathOf(place));
  if (!mount) return "EINVAL";
  ctx.ns.mnt.remove(mount);
  return undefined;
}

function topmostAt(mnt: MountNamespace, path: string) {
  return mnt.mounts.filter((mount) => mount.path === path && mount.covers !== null).at(-1);
}
