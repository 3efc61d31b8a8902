import type { Errno } from "../net/uapi/errno.ts";
import { NamespaceNode } from "./nsfs.ts";
import type { Kernel } from "./kernel.ts";
import { NetNamespace, type Mount, type MountNamespace, type Namespace, type PidNamespace } from "./namespace.ts";
import { pathOf, type FsContext, type Place } from "./path.ts";
import { procRoot } from "./procfs.ts";
import { sysRoot } from "./sysfs.ts";
import { type Filesystem, TreeDir } from "./tree.ts";
import { findPlace } from "./vfs.ts";

/** mount --bind: `target` shows what `source` is, in the caller's mount namespace only. */
export function bindMount(ctx: FsContext, source: string, target: string): Errno | undefined {
  const from = findPlace(ctx, source);
  if (typeof from === "string") return from;
  const over = findPlace(ctx, target);
  if (typeof over === "string") return over;
  if ((from.inode.kind === "dir") !== (over.inode.kind === "dir")) return "ENOTDIR";
  ctx.ns.mnt.add(bindEntry(from, over));
  if (from.inode instanceof NamespaceNode) nameNamespace(from.inode.namespace, over, ctx.process?.kernel.netnsLabel ?? ((name) => name));
  return undefined;
}

/** A namespace that gets its first name in a directory "netns" is called by it in the trace: "C0w1/c1". */
function nameNamespace(ns: Namespace, over: Place, label: (name: string) => string): void {
  if (!(ns instanceof NetNamespace) || ns.named || over.parent?.name !== "netns") return;
  ns.named = true;
  ns.netns.place = ns.netns.place.replace(/[^/]*$/, label(over.name));
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
  return mountOn(ctx, target, { shows: new TreeDir(fs, mode), source: "tmpfs", fsType: "tmpfs", options: "rw,relatime", holds: null });
}

/** Mounts a proc file system that shows the processes of `ns`. */
export function mountProc(kernel: Kernel, ctx: FsContext, ns: PidNamespace, target: string): Errno | undefined {
  return mountOn(ctx, target, { shows: procRoot(kernel, ns), source: "proc", fsType: "proc", options: "rw,relatime", holds: ns });
}

/** Mounts a sysfs that shows the devices of `ns`. */
export function mountSysfs(ctx: FsContext, ns: NetNamespace, target: string): Errno | undefined {
  return mountOn(ctx, target, { shows: sysRoot(ns.netns), source: "sysfs", fsType: "sysfs", options: "rw,relatime", holds: ns });
}

function mountOn(ctx: FsContext, target: string, mount: Omit<Mount, "path" | "covers">): Errno | undefined {
  const over = findPlace(ctx, target);
  if (typeof over === "string") return over;
  if (over.inode.kind !== "dir") return "ENOTDIR";
  ctx.ns.mnt.add({ ...mount, path: pathOf(over), covers: over.inode });
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
