import type { Errno } from "../../net/uapi/errno.ts";
import type { ChildStatus, Signal, Sys, Task } from "../../os/sys.ts";
import { Discard, ExitShell, Interrupted, ReturnFrom } from "../control.ts";
import { trampoline } from "../deep.ts";
import { exitStatus } from "../jobs.ts";
import type { Shell } from "../state.ts";

export interface ForkOptions {
  /** Child's descriptor ← ours; the rest is inherited. */
  readonly fds?: readonly (readonly [child: number, ours: number])[];
  /** Descriptors the child must not have. */
  readonly without?: readonly number[];
  readonly pgid?: number;
  /** Started with `&` without job control: Ctrl-C does not reach it. */
  readonly background?: boolean;
  /** `$(…)`: `set -e` is off unless inherited. */
  readonly substitution?: boolean;
}

/** What an interactive shell catches or ignores, and its children must not. */
const SHELL_SIGNALS: readonly Signal[] = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGTSTP", "SIGTTIN", "SIGTTOU"];

/** Dispositions of a child process. */
export function childSignals(sh: Shell, background: boolean): Map<Signal, "default" | "ignore"> {
  const signals = new Map<Signal, "default" | "ignore">();
  if (sh.terminal !== undefined || sh.interactive) {
    for (const s of SHELL_SIGNALS) if (sh.traps.actions.get(s) !== "") signals.set(s, "default");
  }
  if (background && !sh.on("monitor")) {
    signals.set("SIGINT", "ignore");
    signals.set("SIGQUIT", "ignore");
  }
  return signals;
}

/** The child's descriptors: ours without the private ones, with some replaced. */
export function childFds(sh: Shell, options: ForkOptions): Map<number, number> {
  const map = new Map<number, number>();
  const without = new Set(options.without);
  for (const fd of sh.sys.fds()) if (!sh.privateFds.has(fd) && !without.has(fd)) map.set(fd, fd);
  const given = new Set(options.fds?.map(([, ours]) => ours));
  for (const fd of given) map.delete(fd);
  for (const [child, ours] of options.fds ?? []) map.set(child, ours);
  return map;
}

/** Subshells inside subshells: a real machine runs out of processes at some point too. */
const DEEPEST_SUBSHELL = 250;

/** Starts a subshell: a process with a copy of the shell's state. */
export function forkShell(sh: Shell, body: (child: Shell) => Task<number>, options: ForkOptions = {}): number | Errno {
  if (sh.subshellDepth >= DEEPEST_SUBSHELL) return "EAGAIN";
  const child = sh.fork();
  if (options.substitution && !sh.shopt.has("inherit_errexit") && !sh.on("posix")) child.options.delete("errexit");
  child.options.delete("monitor");
  if (sh.on("errtrace")) child.traps.keep(sh.traps, ["ERR"]);
  if (sh.on("functrace")) child.traps.keep(sh.traps, ["DEBUG", "RETURN"]);
  child.privateFds = new Set();
  const pid = sh.sys.spawn({
    run: (sys) => trampoline(subshellMain(sys, child, body)),
    argv: [sh.name],
    comm: "bash",
    env: sh.vars.exported(),
    fds: childFds(sh, options),
    signals: childSignals(sh, options.background === true),
    ...(options.pgid === undefined ? {} : { pgid: options.pgid }),
  });
  if (typeof pid === "number") sh.jobs.started(pid);
  return pid;
}

function* subshellMain(sys: Sys, child: Shell, body: (child: Shell) => Task<number>): Task<number> {
  child.sys = sys;
  let status = yield* leaving(child, body(child));
  child.status = status;
  status = (yield* child.traps.onExit(child)) ?? status;
  return status & 0xff;
}

/** Runs a shell's work to its end; the ways out become an exit status. */
export function* leaving(sh: Shell, work: Task<number>): Task<number> {
  try {
    return yield* work;
  } catch (leave) {
    if (leave instanceof ExitShell || leave instanceof ReturnFrom || leave instanceof Discard || leave instanceof Interrupted) return leave.status;
    throw leave;
  }
}

/** Waits until one child ended (or stopped, with job control). Status as `$?`. */
export function* waitForChild(sh: Shell, pid: number): Task<number> {
  const status = yield* childNews(sh, pid);
  if (status === undefined) return 127;
  sh.jobs.children.delete(pid);
  return exitStatus(status);
}

/** The first news of `pid` that is not "continued"; other children's news are noted on the way. */
export function* childNews(sh: Shell, pid: number): Task<ChildStatus | undefined> {
  for (;;) {
    const known = sh.jobs.children.get(pid);
    if (known && known.is !== "continued") return known;
    const news = yield* sh.sys.waitpid({ who: "any", untraced: sh.on("monitor") });
    if (news === "EINTR") continue;
    if (news === undefined || typeof news === "string") return undefined;
    sh.jobs.note(news);
  }
}

/** Notes all news there are, without waiting. */
export function* collectNews(sh: Shell): Task<void> {
  for (;;) {
    const news = yield* sh.sys.waitpid({ who: "any", untraced: true, noHang: true });
    if (news === undefined || typeof news === "string") return;
    sh.jobs.note(news);
  }
}
