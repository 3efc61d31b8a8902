import { strerror } from "../../net/uapi/errno.ts";
import type { Signal, Task } from "../../os/sys.ts";
import { type Job, exitStatus, jobLine, jobState, parseSignal, SIGNALS, signalByNumber, signalNumber } from "../jobs.ts";
import { collectNews } from "../interp/fork.ts";
import { foregroundEnded, takeTerminalBack, untilDoneOrStopped } from "../interp/pipeline.ts";
import type { Shell } from "../state.ts";
import { failWith, output, parseOptions } from "./options.ts";

/** Finds a job or says why not. */
function* jobOf(sh: Shell, who: string, spec: string): Task<Job | null> {
  const job = sh.jobs.find(spec);
  if (job === "ambiguous") yield* sh.complain(`${who}: ${spec.replace(/^%/, "")}: ambiguous job spec`);
  else if (!job) yield* sh.complain(`${who}: ${spec === "" ? "current" : spec}: no such job`);
  else return job;
  return null;
}

export function* jobs(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "jobs", args, "lpnrs", "jobs [-lnprs] [jobspec ...] or jobs -x command [args]");
  if (!options) return 2;
  yield* collectNews(sh);
  const chosen: Job[] = [];
  for (const spec of options.rest) {
    const job = yield* jobOf(sh, "jobs", spec);
    if (!job) return 1;
    chosen.push(job);
  }
  const list = options.rest.length > 0 ? chosen : [...sh.jobs.jobs.values()];
  for (const job of list) {
    const state = jobState(job);
    if ((options.flags.has("r") && state !== "running") || (options.flags.has("s") && state !== "stopped")) continue;
    yield* output(sh, "jobs", options.flags.has("p") ? `${job.pids[0] ?? 0}\n` : jobLine(sh.jobs, job, options.flags.has("l")));
    job.notified = true;
    if (state === "done") forget(sh, job);
  }
  return 0;
}

function forget(sh: Shell, job: Job): void {
  sh.jobs.remove(job);
}

export function* fg(sh: Shell, args: readonly string[]): Task<number> {
  if (!sh.on("monitor")) return yield* failWith(sh, "fg: no job control");
  yield* collectNews(sh);
  const job = yield* jobOf(sh, "fg", args[0] ?? "");
  if (!job) return 1;
  if (jobState(job) === "done") {
    forget(sh, job);
    return yield* failWith(sh, "fg: job has terminated");
  }
  yield* output(sh, "fg", job.text + "\n");
  job.background = false;
  if (sh.terminal !== undefined) sh.sys.tcsetpgrp(sh.terminal, job.pgid);
  resume(sh, job);
  yield* untilDoneOrStopped(sh, job);
  yield* takeTerminalBack(sh);
  return yield* foregroundEnded(sh, job, []);
}

function resume(sh: Shell, job: Job): void {
  for (const [pid, s] of job.states) {
    if (s.is !== "stopped") continue;
    job.states.delete(pid);
    sh.jobs.children.set(pid, undefined);
  }
  sh.sys.kill(-job.pgid, "SIGCONT");
}

export function* bg(sh: Shell, args: readonly string[]): Task<number> {
  if (!sh.on("monitor")) return yield* failWith(sh, "bg: no job control");
  yield* collectNews(sh);
  let status = 0;
  for (const spec of args.length === 0 ? [""] : args) {
    const job = yield* jobOf(sh, "bg", spec);
    if (!job) { status = 1; continue; }
    if (jobState(job) === "running") { yield* sh.complain(`bg: job ${job.id} already in background`); continue; }
    yield* output(sh, "bg", `[${job.id}]${sh.jobs.mark(job)} ${job.text} &\n`);
    job.background = true;
    resume(sh, job);
  }
  return status;
}

export function* disown(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "disown", args, "arh", "disown [-h] [-ar] [jobspec ... | pid ...]");
  if (!options) return 2;
  if (options.flags.has("a")) {
    for (const job of [...sh.jobs.jobs.values()]) if (!options.flags.has("r") || jobState(job) === "running") forget(sh, job);
    return 0;
  }
  for (const spec of options.rest.length === 0 ? [""] : options.rest) {
    const byPid = [...sh.jobs.jobs.values()].find((j) => j.pids.includes(Number(spec)));
    const job = byPid ?? (yield* jobOf(sh, "disown", spec));
    if (!job) return 1;
    if (!options.flags.has("h")) forget(sh, job);
  }
  return 0;
}

/** `wait [-fn] [-p var] [pid or %job …]`: status of the last one waited for. */
export function* wait(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "wait", args, "fnp:", "wait [-fn] [-p var] [id ...]");
  if (!options) return 2;
  const variable = options.values.get("p");
  if (options.flags.has("n")) return yield* waitNext(sh, options.rest, variable);
  if (options.rest.length === 0) return yield* waitAll(sh);
  let status = 0;
  for (const id of options.rest) status = yield* waitOne(sh, id, variable);
  return status;
}

/** A trapped signal ends `wait` at once with 128 + its number. */
function* sleep(sh: Shell): Task<number | undefined> {
  const news = yield* sh.sys.waitpid({ who: "any", untraced: sh.on("monitor") });
  if (news === "EINTR") {
    const signal = sh.traps.firstPending;
    sh.traps.checkInterrupt(sh);
    if (signal) return 128 + signalNumber(signal);
    return undefined;
  }
  if (news === undefined || typeof news === "string") return -1;
  sh.jobs.note(news);
  return undefined;
}

const ended = (sh: Shell, pid: number): boolean => {
  const s = sh.jobs.children.get(pid);
  return s !== undefined && (s.is === "exited" || s.is === "signaled");
};

function* waitAll(sh: Shell): Task<number> {
  const pids = [...sh.jobs.children.keys()];
  while (pids.some((pid) => !ended(sh, pid) && sh.jobs.children.get(pid)?.is !== "stopped")) {
    const answer = yield* sleep(sh);
    if (answer === -1) break;
    if (answer !== undefined) return answer;
  }
  for (const job of [...sh.jobs.jobs.values()]) {
    if (jobState(job) !== "done") continue;
    if (sh.interactive) yield* sh.write(1, jobLine(sh.jobs, job));
    forget(sh, job);
  }
  return 0;
}

function* waitOne(sh: Shell, id: string, variable: string | undefined): Task<number> {
  if (!/^\d+$/.test(id) && !id.startsWith("%")) return yield* failWith(sh, `wait: \`${id}': not a pid or valid job spec`);
  const job = id.startsWith("%") ? sh.jobs.find(id) : undefined;
  if (id.startsWith("%") && (!job || job === "ambiguous")) return yield* failWith(sh, `wait: ${id}: no such job`, 127);
  const pid = job && job !== "ambiguous" ? job.pids.at(-1) ?? 0 : Number(id);
  if (!sh.jobs.children.has(pid)) return yield* failWith(sh, `wait: pid ${pid} is not a child of this shell`, 127);
  while (!ended(sh, pid)) {
    const answer = yield* sleep(sh);
    if (answer === -1) return 127;
    if (answer !== undefined) return answer;
  }
  if (variable !== undefined) sh.put(variable, String(pid));
  const status = sh.jobs.children.get(pid);
  const mine = [...sh.jobs.jobs.values()].find((j) => j.pids.includes(pid));
  if (mine && jobState(mine) === "done") forget(sh, mine);
  return status ? exitStatus(status) : 127;
}

function* waitNext(sh: Shell, ids: readonly string[], variable: string | undefined): Task<number> {
  const pids = ids.length > 0 ? ids.map((id) => { const j = id.startsWith("%") ? sh.jobs.find(id) : undefined; return j && j !== "ambiguous" ? j.pids.at(-1) ?? 0 : Number(id); })
    : [...sh.jobs.jobs.values()].flatMap((j) => j.pids.slice(-1));
  if (pids.length === 0) return 127;
  for (;;) {
    const pid = pids.find((p) => ended(sh, p));
    const status = pid === undefined ? undefined : sh.jobs.children.get(pid);
    if (pid !== undefined && status) {
      sh.jobs.children.delete(pid);
      const job = [...sh.jobs.jobs.values()].find((j) => j.pids.includes(pid));
      if (job) forget(sh, job);
      if (variable !== undefined) sh.put(variable, String(pid));
      return exitStatus(status);
    }
    const answer = yield* sleep(sh);
    if (answer === -1) return 127;
    if (answer !== undefined) return answer;
  }
}

/** `kill [-s sig | -n num | -sig] pid|%job … ` and `kill -l`. */
export function* kill(sh: Shell, args: readonly string[]): Task<number> {
  const usage = "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n";
  let signal: Signal | 0 | undefined = "SIGTERM";
  let i = 0;
  const first = args[0] ?? "";
  if (first === "-l" || first === "-L") return yield* listSignals(sh, args.slice(1));
  if (first === "-s" || first === "-n") { signal = toSignal(args[1] ?? ""); i = 2; }
  else if (first === "--") i = 1;
  else if (/^-./.test(first)) { signal = toSignal(first.slice(1)); i = 1; }
  if (signal === undefined) return yield* failWith(sh, `kill: ${(i === 2 ? args[1] : first.slice(1)) ?? ""}: invalid signal specification`);
  if (args[i] === "--") i++;
  if (args.length <= i) {
    yield* sh.write(2, usage);
    return 2;
  }
  let status = 0;
  for (const target of args.slice(i)) status = (yield* killOne(sh, signal, target)) || status;
  return status;
}

const toSignal = (text: string): Signal | 0 | undefined => (text === "0" || text.toUpperCase() === "EXIT" ? 0 : parseSignal(text));

function* killOne(sh: Shell, signal: Signal | 0, target: string): Task<number> {
  if (target.startsWith("%")) {
    const job = yield* jobOf(sh, "kill", target);
    if (!job) return 1;
    const refused = job.controlled ? sh.sys.kill(-job.pgid, signal) : job.pids.map((pid) => sh.sys.kill(pid, signal)).find((e) => e !== undefined);
    if (job.controlled && jobState(job) === "stopped" && (signal === "SIGTERM" || signal === "SIGHUP")) sh.sys.kill(-job.pgid, "SIGCONT");
    yield* sh.sys.compute(10_000);
    return refused ? yield* failWith(sh, `kill: ${target}: ${strerror(refused)}`) : 0;
  }
  if (!/^-?\d+$/.test(target)) return yield* failWith(sh, `kill: ${target}: arguments must be process or job IDs`);
  const refused = sh.sys.kill(Number(target), signal);
  yield* sh.sys.compute(10_000);
  return refused ? yield* failWith(sh, `kill: (${target}) - ${strerror(refused)}`) : 0;
}

function* listSignals(sh: Shell, args: readonly string[]): Task<number> {
  if (args.length === 0) {
    const cells = SIGNALS.map(([n, name]) => `${String(n).padStart(2)}) ${name}`);
    const rows: string[] = [];
    for (let i = 0; i < cells.length; i += 5) rows.push(cells.slice(i, i + 5).join("\t") + "\n");
    return yield* output(sh, "kill", rows.join(""));
  }
  let status = 0;
  for (const arg of args) {
    const n = Number(arg);
    const name = /^\d+$/.test(arg) ? signalByNumber(n > 128 ? n - 128 : n)?.slice(3) : undefined;
    const number = name === undefined ? parseSignal(arg) : undefined;
    if (name !== undefined) yield* output(sh, "kill", name + "\n");
    else if (number && !/^\d+$/.test(arg)) yield* output(sh, "kill", `${signalNumber(number)}\n`);
    else status = yield* failWith(sh, `kill: ${arg}: invalid signal specification`);
  }
  return status;
}

