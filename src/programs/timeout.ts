import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { ChildStatus, Signal, Task } from "../os/sys.ts";
import { findProgram } from "./lib/find-program.ts";
import { parseDurationSec } from "./lib/numbers.ts";
import type { Options } from "./lib/options.ts";
import { parseSignal, SIGNAL_TABLE } from "./lib/signal-names.ts";
import { signalNumber } from "../os/signals.ts";
import { tool, usageError, type Io } from "./lib/tool.ts";

const TIMED_OUT = 124;
const CANCELED = 125;
const TERMINATING: readonly Signal[] = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM"];

interface Plan {
  readonly signal: Signal | 0;
  readonly killAfterSec: number;
  readonly foreground: boolean;
  readonly preserve: boolean;
  readonly verbose: boolean;
}

/** Watches one child: sends the signal when the time is up, then SIGKILL after -k. */
class Watcher {
  readonly #io: Io;
  readonly #plan: Plan;
  readonly #pid: number;
  readonly #command: string;
  #caught: Signal | undefined;
  timedOut = false;
  #signal: Signal | 0;

  constructor(io: Io, plan: Plan, pid: number, command: string) {
    this.#io = io;
    this.#plan = plan;
    this.#pid = pid;
    this.#command = command;
    this.#signal = plan.signal;
    io.sys.signal("SIGCHLD", () => undefined);
    for (const s of TERMINATING) io.sys.signal(s, () => void (this.#caught = s));
  }

  *run(seconds: number): Task<ChildStatus | undefined> {
    const { sys } = this.#io;
    let deadlineNs = seconds > 0 ? sys.nowNs + seconds * 1e9 : Infinity;
    for (;;) {
      const status = yield* sys.waitpid({ who: this.#pid, noHang: true });
      if (status !== undefined) return isErrno(status) ? undefined : status;
      if (this.#caught !== undefined) {
        yield* this.#send(this.#caught);
        this.#caught = undefined;
      } else if (sys.nowNs >= deadlineNs) {
        this.timedOut = true;
        yield* this.#send(this.#signal);
        deadlineNs = this.#nextDeadline();
      } else yield* sys.sleep(Math.min(deadlineNs - sys.nowNs, 1e18));
    }
  }

  #nextDeadline(): number {
    const { killAfterSec } = this.#plan;
    if (killAfterSec === 0 || this.#signal === "SIGKILL") return Infinity;
    this.#signal = "SIGKILL";
    return this.#io.sys.nowNs + killAfterSec * 1e9;
  }

  *#send(signal: Signal | 0): Task<void> {
    const { sys } = this.#io;
    if (this.#plan.verbose) yield* this.#io.complain(`sending signal ${signal === 0 ? "0" : (SIGNAL_TABLE[signalNumber(signal) - 1] ?? "")} to command ${this.#io.quote(this.#command)}`);
    sys.kill(this.#pid, signal);
    if (this.#plan.foreground) return;
    if (signal !== 0 && signal !== "SIGKILL" && signal !== "SIGSTOP") sys.signal(signal, "ignore");
    sys.kill(0, signal);
    if (signal !== "SIGKILL" && signal !== "SIGCONT") {
      sys.kill(this.#pid, "SIGCONT");
      sys.kill(0, "SIGCONT");
    }
  }
}

function readPlan(io: Io, o: Options): Plan | string {
  const signal = parseSignal(o.value("s") ?? "TERM");
  if (signal === null) return `${io.quote(o.value("s") ?? "")}: invalid signal`;
  const killAfter = o.value("k") === undefined ? 0 : parseDurationSec(o.value("k") ?? "");
  if (killAfter === null) return `invalid time interval ${io.quote(o.value("k") ?? "")}`;
  return { signal, killAfterSec: killAfter, foreground: o.has("foreground"), preserve: o.has("preserve-status"), verbose: o.has("v") };
}

/** timeout(1): 124 when the time was up, else the command's own status. */
export const timeout = tool({
  takes: "foreground k,kill-after= preserve-status s,signal= v,verbose", usage: "[OPTION] DURATION COMMAND [ARG]...", badStatus: CANCELED, stopAtOperand: true,
}, function* (io, o) {
  const [duration, command, ...args] = o.operands;
  const plan = readPlan(io, o);
  if (typeof plan === "string") return yield* usageError(io, plan, CANCELED);
  if (duration === undefined || command === undefined) {
    yield* io.err(`Try '${io.name} --help' for more information.\n`);
    return CANCELED;
  }
  const seconds = parseDurationSec(duration);
  if (seconds === null) return yield* usageError(io, `invalid time interval ${io.quote(duration)}`, CANCELED);
  if (!plan.foreground) io.sys.setpgid(0, 0);
  const pid = io.sys.spawn({ run: findProgram(io.sys, command), argv: [command, ...args], signals: new Map([["SIGTTIN", "default"], ["SIGTTOU", "default"]]) });
  if (isErrno(pid)) {
    yield* io.complain(`failed to run command ${io.quote(command)}: ${strerror(pid)}`);
    return pid === "ENOENT" ? 127 : 126;
  }
  io.sys.signal("SIGTTIN", "ignore");
  io.sys.signal("SIGTTOU", "ignore");
  const watcher = new Watcher(io, plan, pid, command);
  const status = yield* watcher.run(seconds);
  return exitStatus(status, watcher.timedOut, plan.preserve);
});

function exitStatus(status: ChildStatus | undefined, timedOut: boolean, preserve: boolean): number {
  if (status?.is === "signaled") {
    const byKill = status.signal === "SIGKILL";
    return timedOut && !preserve && !byKill ? TIMED_OUT : 128 + signalNumber(status.signal);
  }
  if (timedOut && !preserve) return TIMED_OUT;
  return status?.is === "exited" ? status.code : CANCELED;
}
