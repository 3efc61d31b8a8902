import type { Kernel, KernelOptions } from "./kernel.ts";
import { mountProc, mountSysfs } from "./mount.ts";
import {
  holdAll, MountNamespace, NetNamespace, PidNamespace, PlainNamespace, UtsNamespace, type Namespaces,
} from "./namespace.ts";

/** Inode numbers of the first namespaces, as Linux 6.18 has them (include/uapi/linux/nsfs.h). */
const INIT_INO = { mnt: 4026531832, cgroup: 4026531835, pid: 4026531836, user: 4026531837, uts: 4026531838, ipc: 4026531839 };

/** The namespaces of process 1; the kernel holds them for good. */
export function firstNamespaces(options: KernelOptions): Namespaces {
  return holdAll({
    net: new NetNamespace(options.net),
    mnt: new MountNamespace(INIT_INO.mnt),
    pid: new PidNamespace(INIT_INO.pid, null),
    uts: new UtsNamespace(INIT_INO.uts, options.hostname),
    ipc: new PlainNamespace("ipc", INIT_INO.ipc),
    user: new PlainNamespace("user", INIT_INO.user),
    cgroup: new PlainNamespace("cgroup", INIT_INO.cgroup),
  });
}

/** /proc, /sys, /dev: what a Debian machine has mounted after boot. */
export function mountBootFilesystems(kernel: Kernel): void {
  const ctx = kernel.context(kernel.rootNs);
  const { mnt, net, pid } = kernel.rootNs;
  const shown = { covers: null, shows: null, holds: null };
  mnt.add({ ...shown, source: "/dev/vda", path: "/", fsType: "ext4", options: "rw,relatime" });
  mountProc(kernel, ctx, pid, "/proc");
  mountSysfs(ctx, net, "/sys");
  mnt.add({ ...shown, source: "devtmpfs", path: "/dev", fsType: "devtmpfs", options: "rw,relatime,mode=755" });
  mnt.add({ ...shown, source: "devpts", path: "/dev/pts", fsType: "devpts", options: "rw,relatime,gid=5,mode=620" });
}
