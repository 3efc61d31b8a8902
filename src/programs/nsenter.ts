import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { NamespaceKind } from "../os/sys.ts";
import { openIo, tool, type Io } from "./lib/tool.ts";
import type { Options } from "./lib/options.ts";
import { execOrTell, forkAndWait } from "./lib/run-child.ts";

/** In the order they are entered: the mount namespace last, because the others are named by path. */
const KINDS: readonly (readonly [key: string, kind: NamespaceKind, file: string])[] = [
  ["U", "user", "user"], ["i", "ipc", "ipc"], ["u", "uts", "uts"], ["C", "cgroup", "cgroup"], ["n", "net", "net"], ["p", "pid", "pid"], ["m", "mnt", "mnt"],
];

interface Entry {
  readonly kind: NamespaceKind;
  readonly path: string;
  readonly file: string;
}

/** The namespaces to enter, or the message that says why not. */
function readEntries(io: Io, o: Options): Entry[] | string {
  const target = o.value("t");
  if (target !== undefined && !/^\d+$/.test(target)) return `failed to parse pid: '${target}'`;
  const entries: Entry[] = [];
  if (o.has("a") && target === undefined) return "no target PID specified for --all";
  for (const [key, kind, file] of KINDS) {
    if (!o.has(key) && !o.has("a")) continue;
    const given = o.value(key);
    if (given === undefined && target === undefined) return `neither filename nor target pid supplied for ns/${file}`;
    entries.push({ kind, file, path: given ?? `/proc/${target ?? ""}/ns/${file}` });
  }
  for (const { path } of entries) {
    const stat = io.sys.stat(path);
    if (isErrno(stat)) return `cannot open ${path}: ${strerror(stat)}`;
  }
  return entries;
}

/** nsenter(1) of util-linux 2.38. */
export const nsenter = tool({
  takes: "a,all t,target= m,mount=? u,uts=? i,ipc=? n,net=? p,pid=? C,cgroup=? U,user=? w,wd=? F,no-fork preserve-credentials",
  refuses: "T,time=? S,setuid= G,setgid= r,root=? W,wdns= Z,follow-context V,version", usage: "[options] [<program> [<argument>...]]", stopAtOperand: true,
}, function* (io, o) {
  const entries = readEntries(io, o);
  if (typeof entries === "string") {
    yield* io.complain(entries);
    return 1;
  }
  const dir = o.has("w") ? (o.value("w") ?? `/proc/${o.value("t") ?? "self"}/cwd`) : undefined;
  for (const e of entries) {
    const failed = io.sys.setns(e.path, e.kind);
    // Entering the namespace one is in already is refused for user namespaces; --all skips those.
    if (failed === undefined || (o.has("a") && e.kind === "user")) continue;
    yield* io.complain(`reassociate to namespace 'ns/${e.file}' failed: ${strerror(failed)}`);
    return 1;
  }
  const moved = dir === undefined ? undefined : io.sys.chdir(dir);
  if (moved !== undefined) {
    yield* io.complain(`change directory by ${dir ?? ""} failed: ${strerror(moved)}`);
    return 1;
  }
  const fork = entries.some((e) => e.kind === "pid") && !o.has("F");
  if (!fork) return yield* execOrTell(io, o.operands);
  return yield* forkAndWait(io, (sys, argv) => execOrTell(openIo(sys, argv), o.operands));
});
