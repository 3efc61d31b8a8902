import type { Errno } from "../net/uapi/errno.ts";
import { bindMount, mountProc, mountSysfs, mountTmpfs, unmount } from "./mount.ts";
import { NetNamespace, PidNamespace, PlainNamespace, MountNamespace, UtsNamespace, type Namespace, type Namespaces } from "./namespace.ts";
import { NamespaceNode } from "./nsfs.ts";
import { SysProcess } from "./sys-process.ts";
import type { NamespaceKind } from "./sys.ts";
import { findPlace } from "./vfs.ts";

const HOST_NAME_MAX = 64;

/** Calls on namespaces and mounts. */
export class SysNamespace extends SysProcess {
  /** As on a kernel built without user namespaces, `user` is `EINVAL`. */
  unshare(kinds: readonly NamespaceKind[]): Errno | undefined {
    this.charge();
    if (kinds.includes("user")) return "EINVAL";
    for (const kind of kinds) this.#enter(this.#fresh(kind));
    return undefined;
  }

  setns(path: string, kind: NamespaceKind): Errno | undefined {
    this.charge();
    const place = findPlace(this.p, path);
    if (typeof place === "string") return place;
    const node = place.inode;
    if (!(node instanceof NamespaceNode) || node.namespace.kind !== kind) return "EINVAL";
    this.#enter(node.namespace);
    return undefined;
  }

  bindMount(source: string, target: string): Errno | undefined {
    this.charge();
    return bindMount(this.p, source, target);
  }

  mountFs(fsType: "proc" | "sysfs" | "tmpfs", target: string): Errno | undefined {
    const { p } = this;
    this.charge();
    if (fsType === "proc") return mountProc(p.kernel, p, p.ns.pid, target);
    return fsType === "sysfs" ? mountSysfs(p, p.ns.net, target) : mountTmpfs(p, p.kernel.fs, target);
  }

  umount(target: string): Errno | undefined {
    this.charge();
    return unmount(this.p, target);
  }

  hostname(): string {
    return this.p.ns.uts.nodename;
  }

  sethostname(name: string): Errno | undefined {
    if (name.length > HOST_NAME_MAX) return "EINVAL";
    this.p.ns.uts.nodename = name;
    return undefined;
  }

  #fresh(kind: NamespaceKind): Namespace {
    const { kernel, ns, pidNsForChildren } = this.p;
    switch (kind) {
      case "net":
        return kernel.newNetNamespace(null, ns.net);
      case "mnt":
        return ns.mnt.slaveTo(new MountNamespace(kernel.newNamespaceIno()));
      case "pid":
        return new PidNamespace(kernel.newNamespaceIno(), pidNsForChildren);
      case "uts":
        return new UtsNamespace(kernel.newNamespaceIno(), ns.uts.nodename);
      default:
        return new PlainNamespace(kind, kernel.newNamespaceIno());
    }
  }

  /** A pid namespace is entered by the children only; all others at once. */
  #enter(to: Namespace): void {
    const { p } = this;
    if (to instanceof PidNamespace) {
      p.pidNsForChildren = to;
      return;
    }
    to.hold();
    p.ns[to.kind].drop();
    p.ns = withNamespace(p.ns, to);
  }
}

function withNamespace(ns: Namespaces, to: Namespace): Namespaces {
  if (to instanceof NetNamespace) return { ...ns, net: to };
  if (to instanceof MountNamespace) return { ...ns, mnt: to };
  if (to instanceof UtsNamespace) return { ...ns, uts: to };
  return { ...ns, [to.kind]: to };
}
