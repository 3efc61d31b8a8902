import { FdNode } from "./fd-node.ts";
import { GeneratedDir, GeneratedLink, tableDir, text, TextNode, type Entries } from "./generated.ts";
import { NS_PER_TICK, PROCESS_RSS_PAGES, PROCESS_VSIZE_BYTES } from "./machine.ts";
import type { PidNamespace } from "./namespace.ts";
import { NamespaceNode } from "./nsfs.ts";
import { pathOf, type Place } from "./path.ts";
import { netDir } from "./procfs-net.ts";
import type { Process } from "./process.ts";

/** /proc/<pid> as the pid namespace `ns` numbers it. */
export function processDir(p: Process, ns: PidNamespace): GeneratedDir {
  const entries: Entries = {
    cgroup: () => text(() => "0::/\n"),
    cmdline: () => text(() => (p.alive ? p.argv.map((arg) => `${arg}\0`).join("") : "")),
    comm: () => new TextNode({ read: () => `${p.comm}\n`, write: (name) => renameTask(p, name) }),
    cwd: () => placeLink(p, () => p.cwd),
    environ: () => new TextNode({ read: () => [...p.env].map(([name, value]) => `${name}=${value}\0`).join("") }, 0o400),
    exe: () => exeLink(p),
    fd: () => fdDir(p),
    mounts: () => text(() => mounts(p)),
    net: () => (p.alive ? netDir(p.kernel, p.ns.net.netns) : undefined),
    ns: () => nsDir(p),
    root: () => placeLink(p, () => p.root),
    stat: () => text(() => `${stat(p, ns)}\n`),
    statm: () => text(() => `${PROCESS_VSIZE_BYTES / 4096} ${PROCESS_RSS_PAGES} 0 0 0 0 0\n`),
    status: () => text(() => status(p, ns)),
    task: () => taskDir(p, ns),
  };
  return tableDir(entries);
}

function renameTask(p: Process, name: string): undefined {
  p.comm = name.replace(/\n$/, "").slice(0, 15);
}

const placeLink = (p: Process, place: () => Place): GeneratedLink =>
  new GeneratedLink(() => pathOf(place()), () => (p.alive ? place() : "ENOENT"));

/** Process 1 has a name but no file: like a kernel thread's, its link cannot be followed unless the file is there. */
const exeLink = (p: Process): GeneratedLink => new GeneratedLink(() => p.exe);

function fdDir(p: Process): GeneratedDir {
  return new GeneratedDir({
    names: () => p.fds.list().map(String),
    lookup: (name) => {
      const file = /^\d+$/.test(name) ? p.fds.get(Number(name)) : undefined;
      if (!file) return undefined;
      const mode = 0o100 | (file.canRead ? 0o400 : 0) | (file.canWrite ? 0o200 : 0);
      const node = file.node() ?? new FdNode(file);
      return new GeneratedLink(() => file.label(), () => ({ inode: node, parent: null, name: "" }), { mode, size: 64 });
    },
  }, 0o500);
}

function nsDir(p: Process): GeneratedDir {
  const ns = (): Readonly<Record<string, NamespaceNode>> => {
    const { cgroup, ipc, mnt, net, pid, user, uts } = p.ns;
    const all = { cgroup, ipc, mnt, net, pid, pid_for_children: p.pidNsForChildren, user, uts };
    return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, new NamespaceNode(one)]));
  };
  return new GeneratedDir({
    names: () => (p.alive ? Object.keys(ns()) : []),
    lookup: (name) => {
      const node = p.alive ? ns()[name] : undefined;
      return node && new GeneratedLink(() => node.namespace.label, () => ({ inode: node, parent: null, name: "" }));
    },
  });
}

function taskDir(p: Process, ns: PidNamespace): GeneratedDir {
  const number = String(p.pid.in(ns));
  return new GeneratedDir({
    names: () => [number],
    lookup: (name) => (name === number ? tableDir({
      children: () => text(() => [...p.children].map((child) => `${child.pid.in(ns)} `).join("")),
      comm: () => text(() => `${p.comm}\n`),
      stat: () => text(() => `${stat(p, ns)}\n`),
    }) : undefined),
  });
}

const mounts = (p: Process): string =>
  p.ns.mnt.mounts.map((m) => `${m.source} ${m.path} ${m.fsType} ${m.options} 0 0\n`).join("");

/** Terminal number as the kernel packs it: major 136, minor = number of the pts. */
const ttyNumber = (p: Process): number => (p.ctty ? (136 << 8) | p.ctty.index : 0);

/** The 52 fields of proc_pid_stat(5); those about memory layout and pages are 0 here. */
function stat(p: Process, ns: PidNamespace): string {
  const ticks = (ns_: number): number => Math.floor(ns_ / NS_PER_TICK);
  const foreground = p.ctty ? (p.ctty.foreground?.in(ns) ?? -1) : -1;
  return [
    p.pid.in(ns), `(${p.comm})`, p.stateLetter, p.parent?.pid.in(ns) ?? 0, p.pgrp.in(ns), p.session.in(ns),
    ttyNumber(p), foreground, 4194304, 0, 0, 0, 0, ticks(p.cpuNs), 0, ticks(p.childrenCpuNs), 0, 20, 0, 1, 0,
    ticks(p.startNs), p.alive ? PROCESS_VSIZE_BYTES : 0, p.alive ? PROCESS_RSS_PAGES : 0, "18446744073709551615",
    ...new Array<number>(12).fill(0), 17, 0, 0, 0, 0, 0, 0, ...new Array<number>(7).fill(0), exitCode(p),
  ].join(" ");
}

/** Status word as wait(2) encodes an exit; 0 while it runs. */
const exitCode = (p: Process): number => (p.status?.is === "exited" ? p.status.code << 8 : 0);

const STATE_NAMES = { R: "running", S: "sleeping", T: "stopped", Z: "zombie" } as const;

function status(p: Process, ns: PidNamespace): string {
  const kb = `${PROCESS_RSS_PAGES * 4}`.padStart(8);
  const numbers = (pid: Process["pid"]): string => pid.allFrom(ns).join("\t");
  const rows: [string, string | number][] = [
    ["Name", p.comm], ["Umask", p.umask.toString(8).padStart(4, "0")],
    ["State", `${p.stateLetter} (${STATE_NAMES[p.stateLetter]})`],
    ["Tgid", p.pid.in(ns)], ["Ngid", 0], ["Pid", p.pid.in(ns)], ["PPid", p.parent?.pid.in(ns) ?? 0], ["TracerPid", 0],
    ["Uid", `${p.uid}\t${p.uid}\t${p.uid}\t${p.uid}`], ["Gid", `${p.gid}\t${p.gid}\t${p.gid}\t${p.gid}`],
    ["FDSize", 64], ["Groups", "0 "], ["NStgid", numbers(p.pid)], ["NSpid", numbers(p.pid)],
    ["NSpgid", numbers(p.pgrp)], ["NSsid", numbers(p.session)],
    ...(p.alive ? [["VmSize", `${String(PROCESS_VSIZE_BYTES / 1024).padStart(8)} kB`], ["VmRSS", `${kb} kB`]] as [string, string][] : []),
    ["Threads", 1], ["SigPnd", p.signals.mask("pending")], ["ShdPnd", "0000000000000000"], ["SigBlk", "0000000000000000"],
    ["SigIgn", p.signals.mask("ignored")], ["SigCgt", p.signals.mask("caught")],
  ];
  return rows.map(([name, value]) => `${name}:\t${value}\n`).join("");
}
