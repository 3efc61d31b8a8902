import type { Errno } from "../net/uapi/errno.ts";
import type { SysctlEntry } from "../net/core/sysctl.ts";
import { GeneratedDir, TextNode } from "./generated.ts";
import type { Kernel } from "./kernel.ts";
import { UTSNAME } from "./machine.ts";
import type { FsContext } from "./path.ts";

/** /proc/sys: the network's entries as the reader's namespace has them, and a few of the kernel's own. */
export function sysctlDir(kernel: Kernel): GeneratedDir {
  return dirAt(kernel, "");
}

interface SysctlView {
  readonly get: (path: string) => SysctlEntry | undefined;
  readonly paths: () => readonly string[];
}

function viewOf(kernel: Kernel, ctx: FsContext): SysctlView {
  const net = (ctx.process?.ns.net ?? kernel.rootNs.net).netns.sysctl;
  const own = kernelEntries(kernel, ctx);
  return {
    get: (path) => own[path] ?? net.get(path),
    paths: () => [...Object.keys(own), ...net.paths()],
  };
}

/** `prefix` is "" or ends with a slash. */
function dirAt(kernel: Kernel, prefix: string): GeneratedDir {
  return new GeneratedDir({
    names: (ctx) => [...new Set(below(viewOf(kernel, ctx), prefix).map((rest) => rest.split("/")[0]!))],
    lookup: (name, ctx) => {
      const view = viewOf(kernel, ctx);
      const entry = view.get(prefix + name);
      if (entry) return fileOf(entry);
      const dir = `${prefix}${name}/`;
      return below(view, dir).length > 0 ? dirAt(kernel, dir) : undefined;
    },
    refusesNew: "EACCES",
  });
}

const below = (view: SysctlView, prefix: string): string[] =>
  view.paths().filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));

function fileOf(entry: SysctlEntry): TextNode {
  const read = (): string => `${entry.get()}\n`;
  const { set } = entry;
  return new TextNode(set ? { read, write: (text) => set(text.replace(/\n$/, "")) } : { read });
}

function kernelEntries(kernel: Kernel, ctx: FsContext): Readonly<Record<string, SysctlEntry>> {
  const uts = ctx.process?.ns.uts ?? kernel.rootNs.uts;
  return {
    "kernel/hostname": { get: () => uts.nodename, set: (name) => setHostname(uts, name) },
    "kernel/osrelease": { get: () => UTSNAME.release },
    "kernel/ostype": { get: () => UTSNAME.sysname },
    "kernel/pid_max": { get: () => "4194304" },
    "kernel/version": { get: () => UTSNAME.version },
  };
}

function setHostname(uts: { nodename: string }, name: string): Errno | undefined {
  if (name.length > 64) return "EINVAL";
  uts.nodename = name;
  return undefined;
}
