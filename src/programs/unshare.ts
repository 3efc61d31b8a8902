import { strerror, type Errno } from "../net/uapi/errno.ts";
import type { NamespaceKind, Sys, Task } from "../os/sys.ts";
import type { Options } from "./lib/options.ts";
import { execOrTell, forkAndWait } from "./lib/run-child.ts";
import { openIo, tool, type Io } from "./lib/tool.ts";

const KINDS: readonly (readonly [key: string, kind: NamespaceKind, file: string])[] = [
  ["m", "mnt", "mnt"], ["u", "uts", "uts"], ["i", "ipc", "ipc"], ["n", "net", "net"], ["p", "pid", "pid_for_children"], ["C", "cgroup", "cgroup"],
];

/** A namespace file given as `--net=FILE` keeps the namespace alive after its processes. */
function* persist(io: Io, o: Options): Task<boolean> {
  for (const [key, , file] of KINDS) {
    const target = o.value(key);
    if (target === undefined) continue;
    const source = `/proc/${io.sys.pid}/ns/${file}`;
    const failed = io.sys.bindMount(source, target);
    if (failed === undefined) continue;
    yield* io.complain(`mount ${source} on ${target} failed: ${strerror(failed)}`);
    return false;
  }
  return true;
}

function* fail(io: Io, what: string, e: Errno): Task<number> {
  yield* io.complain(`${what}: ${strerror(e)}`);
  return 1;
}

/** unshare(1) of util-linux 2.38. */
export const unshare = tool({
  takes: "m,mount=? u,uts=? i,ipc=? n,net=? p,pid=? C,cgroup=? f,fork kill-child=? mount-proc=? propagation= w,wd=",
  refuses: "U,user=? T,time=? map-user= map-group= r,map-root-user c,map-current-user map-auto map-users= map-groups= setgroups= keep-caps R,root= S,setuid= G,setgid= monotonic= boottime= V,version",
  usage: "[options] [<program> [<argument>...]]", stopAtOperand: true,
}, function* (io, o) {
  const mountsProc = o.has("mount-proc");
  const propagation = o.value("propagation");
  if (propagation !== undefined && propagation !== "private" && propagation !== "unchanged") {
    yield* io.complain(`--propagation ${propagation}: not simulated here`);
    return 1;
  }
  const kinds = KINDS.filter(([key, kind]) => o.has(key) || (kind === "mnt" && mountsProc)).map(([, kind]) => kind);
  const failed = kinds.length === 0 ? undefined : io.sys.unshare(kinds);
  if (failed !== undefined) return yield* fail(io, "unshare failed", failed);
  if (!(yield* persist(io, o))) return 1;
  const start = function* (sys: Sys, argv: readonly string[]): Task<number> {
    const child = openIo(sys, argv);
    const target = o.value("mount-proc") ?? "/proc";
    const bad = mountsProc ? sys.mountFs("proc", target) : undefined;
    if (bad !== undefined) return yield* fail(child, `mount ${target} failed`, bad);
    const moved = o.value("w") === undefined ? undefined : sys.chdir(o.value("w") ?? "");
    if (moved !== undefined) return yield* fail(child, `cannot chdir to '${o.value("w") ?? ""}'`, moved);
    return yield* execOrTell(child, o.operands);
  };
  return o.has("f", "kill-child") ? yield* forkAndWait(io, start) : yield* start(io.sys, io.argv);
});
