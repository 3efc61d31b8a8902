import { GeneratedDir, GeneratedLink, text, type Entries } from "./generated.ts";
import type { Inode } from "./inode.ts";
import type { Kernel } from "./kernel.ts";
import { CPU_COUNT, cpuinfo, filesystems, meminfo, NS_PER_TICK, version } from "./machine.ts";
import type { PidNamespace } from "./namespace.ts";
import type { FsContext } from "./path.ts";
import { processDir } from "./procfs-pid.ts";
import { sysctlDir } from "./procfs-sys.ts";
import type { Process } from "./process.ts";

/**
 * A proc file system (proc(5)). It shows the processes of the pid namespace it was mounted in, also
 * to readers in other ones: hence `unshare --pid --mount-proc`.
 */
export function procRoot(kernel: Kernel, ns: PidNamespace): GeneratedDir {
  const fixed = rootEntries(kernel, ns);
  const find = (name: string): Process | undefined => visible(kernel, ns).find((p) => String(p.pid.in(ns)) === name);
  return new GeneratedDir({
    names: (ctx) => [...visible(kernel, ns).map((p) => String(p.pid.in(ns))), ...Object.keys(fixed).filter((name) => fixed[name]!(ctx))],
    lookup: (name, ctx) => {
      if (Object.hasOwn(fixed, name)) return fixed[name]!(ctx);
      const p = /^[1-9]\d*$/.test(name) ? find(name) : undefined;
      return p && processDir(p, ns);
    },
  });
}

const visible = (kernel: Kernel, ns: PidNamespace): Process[] => kernel.processes.filter((p) => p.pid.in(ns) > 0);

function rootEntries(kernel: Kernel, ns: PidNamespace): Entries {
  return {
    cmdline: () => text(() => "BOOT_IMAGE=/vmlinuz root=/dev/vda ro\n"),
    cpuinfo: () => text(cpuinfo),
    filesystems: () => text(filesystems),
    loadavg: () => text(() => loadavg(kernel, ns)),
    meminfo: () => text(() => meminfo(kernel.processes.length, kernel.fs.usedBytes)),
    mounts: () => new GeneratedLink(() => "self/mounts"),
    net: () => new GeneratedLink(() => "self/net"),
    self: (ctx) => selfLink(ctx, ns),
    stat: () => text(() => stat(kernel)),
    sys: () => sysctlDir(kernel),
    "thread-self": (ctx) => selfLink(ctx, ns),
    uptime: () => text(() => uptime(kernel)),
    version: () => text(version),
  };
}

/** A reader from outside the namespace has no number here, and so no self. */
function selfLink(ctx: FsContext, ns: PidNamespace): Inode | undefined {
  const number = ctx.process?.pid.in(ns) ?? 0;
  return number > 0 ? new GeneratedLink(() => String(number)) : undefined;
}

function uptime(kernel: Kernel): string {
  const upSec = kernel.sim.nowNs / 1e9;
  const busySec = kernel.totalCpuNs() / 1e9;
  return `${upSec.toFixed(2)} ${Math.max(0, upSec * CPU_COUNT - busySec).toFixed(2)}\n`;
}

/** Averages are not kept: the three figures are the processes that are ready now. */
function loadavg(kernel: Kernel, ns: PidNamespace): string {
  const all = visible(kernel, ns);
  const running = all.filter((p) => p.stateLetter === "R").length;
  const load = Math.max(0, running - 1).toFixed(2);
  return `${load} ${load} ${load} ${running}/${all.length} ${ns.lastPid}\n`;
}

function stat(kernel: Kernel): string {
  const busy = Math.floor(kernel.totalCpuNs() / NS_PER_TICK);
  const idle = Math.max(0, Math.floor((kernel.sim.nowNs * CPU_COUNT) / NS_PER_TICK) - busy);
  const running = kernel.processes.filter((p) => p.stateLetter === "R").length;
  return `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\nbtime ${kernel.startSec}\nprocesses ${kernel.rootNs.pid.lastPid}\nprocs_running ${running}\nprocs_blocked 0\n`;
}
