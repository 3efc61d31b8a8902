import type { CommandNode, Pipeline, Statement } from "unbash";
import { strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { Complaint, Interrupted } from "../control.ts";
import { exitStatus, type Job, jobLine, jobState, lastStatus, signalDescription } from "../jobs.ts";
import { printNode } from "../print.ts";
import type { Shell } from "../state.ts";
import { childNews, forkShell, type ForkOptions } from "./fork.ts";
import { execNode, guarded } from "./statement.ts";

/** `a | b | c`: every part in a process of its own (the last too, unless `lastpipe`). */
export function* runPipeline(sh: Shell, node: Pipeline): Task<number> {
  const lastHere = sh.shopt.has("lastpipe") && !sh.on("monitor");
  const pids: number[] = [];
  let input: number | undefined;
  for (let i = 0; i < node.commands.length; i++) {
    const command = node.commands[i];
    const last = i === node.commands.length - 1;
    if (!command || (last && lastHere)) break;
    const pipe = last ? undefined : sh.sys.pipe();
    const pid = startPart(sh, command, { input, pipe, both: node.operators[i] === "|&", leader: pids[0] });
    if (input !== undefined) sh.sys.close(input);
    if (pipe) sh.sys.close(pipe[1]);
    input = pipe?.[0];
    pids.push(pid);
  }
  const statuses = lastHere && input !== undefined ? [yield* lastPart(sh, node, input)] : [];
  const status = yield* waitForeground(sh, pids, printNode(node, sh.source.text), statuses);
  return status;
}

interface Ends {
  readonly input: number | undefined;
  readonly pipe: readonly [number, number] | undefined;
  readonly both: boolean;
  readonly leader: number | undefined;
}

function startPart(sh: Shell, command: CommandNode, { input, pipe, both, leader }: Ends): number {
  const fds: (readonly [number, number])[] = [];
  if (input !== undefined) fds.push([0, input]);
  if (pipe) fds.push([1, pipe[1]]);
  if (pipe && both) fds.push([2, pipe[1]]);
  const options: ForkOptions = { fds, without: pipe ? [pipe[0]] : [], ...(sh.on("monitor") ? { pgid: leader ?? 0 } : {}) };
  const pid = forkShell(sh, (child) => part(child, command), options);
  if (typeof pid === "string") throw new Complaint(`fork: retry: ${strerror(pid)}`, "discard", 254);
  return pid;
}

/** A part of a pipeline, in its process. */
function* part(child: Shell, command: CommandNode): Task<number> {
  child.mayReplace = true;
  child.errexitOff = 0;
  if (command.type === "Subshell") return yield* execNode(child, { ...command, type: "BraceGroup", pos: command.pos, end: command.end, body: command.body });
  return yield* guarded(child, command);
}

function* lastPart(sh: Shell, node: Pipeline, input: number): Task<number> {
  const command = node.commands.at(-1);
  const saved = sh.sys.dup(0);
  sh.sys.dup(input, 0);
  sh.sys.close(input);
  try {
    return command ? yield* guarded(sh, command) : 0;
  } finally {
    if (typeof saved === "number") {
      sh.sys.dup(saved, 0);
      sh.sys.close(saved);
    }
  }
}

/** Waits for a foreground job; gives it the terminal meanwhile. Sets PIPESTATUS. */
export function* waitForeground(sh: Shell, pids: readonly number[], text: string, more: readonly number[] = []): Task<number> {
  const controlled = sh.on("monitor");
  const pgid = controlled ? pids[0] ?? 0 : 0;
  const job = sh.jobs.add(pids, text, { pgid, background: false, controlled });
  if (controlled && sh.terminal !== undefined) sh.sys.tcsetpgrp(sh.terminal, pgid);
  yield* untilDoneOrStopped(sh, job);
  yield* takeTerminalBack(sh);
  return yield* foregroundEnded(sh, job, more);
}

/** Sleeps until the job has ended or, with job control, stopped. */
export function* untilDoneOrStopped(sh: Shell, job: Job): Task<void> {
  const stopInterrupt = sh.interactive ? () => undefined : watchInterrupt(sh);
  for (const pid of job.pids) {
    if (!(yield* childNews(sh, pid))) break;
    if (jobState(job) === "stopped") break;
  }
  const interrupted = stopInterrupt();
  const last = lastStatus(job);
  if (interrupted && last?.is === "signaled" && last.signal === "SIGINT") yield* dieOf(sh);
}

/** A script waits for its child when Ctrl-C comes, and dies only if the child died of it. */
function watchInterrupt(sh: Shell): () => boolean | undefined {
  let seen = false;
  if (sh.traps.actions.has("SIGINT") || sh.traps.actions.has("EXIT")) return () => false;
  const before = sh.sys.signal("SIGINT", () => { seen = true; });
  if (before === "ignore") sh.sys.signal("SIGINT", "ignore");
  return () => {
    if (before !== "ignore") sh.sys.signal("SIGINT", before);
    return seen;
  };
}

function* dieOf(sh: Shell): Task<void> {
  sh.sys.signal("SIGINT", "default");
  sh.sys.kill(sh.sys.pid, "SIGINT");
  yield* sh.sys.compute(1000);
}

export function* takeTerminalBack(sh: Shell): Task<void> {
  if (sh.terminal === undefined || !sh.on("monitor")) return;
  const own = sh.sys.getpgid();
  if (typeof own === "number") sh.sys.tcsetpgrp(sh.terminal, own);
  yield* sh.sys.compute(1000);
}

/** Bookkeeping when a foreground job came to rest: messages, statuses, Ctrl-C. */
export function* foregroundEnded(sh: Shell, job: Job, more: readonly number[]): Task<number> {
  if (jobState(job) === "stopped") {
    job.background = true;
    job.notified = true;
    sh.jobs.makeCurrent(job);
    yield* sh.write(2, "\n" + jobLine(sh.jobs, job));
    const stopped = [...job.states.values()].find((s) => s.is === "stopped");
    return stopped ? exitStatus(stopped) : 148;
  }
  const statuses = [...job.pids.map((pid) => { const s = job.states.get(pid); return s ? exitStatus(s) : 127; }), ...more];
  yield* tellDeath(sh, job);
  for (const pid of job.pids) sh.jobs.children.delete(pid);
  sh.jobs.remove(job);
  sh.pipeStatus = statuses;
  const last = lastStatus(job);
  if (sh.interactive && last?.is === "signaled" && last.signal === "SIGINT") {
    sh.status = 130;
    throw new Interrupted();
  }
  return sh.on("pipefail") ? [...statuses].reverse().find((s) => s !== 0) ?? 0 : statuses.at(-1) ?? 0;
}

/** "Killed", "Segmentation fault" … on standard error; Ctrl-C and SIGPIPE are silent. */
function* tellDeath(sh: Shell, job: Job): Task<void> {
  const last = lastStatus(job);
  if (last?.is !== "signaled" || last.signal === "SIGPIPE" || last.signal === "SIGINT") return;
  const words = signalDescription(last.signal);
  if (sh.interactive || last.signal === "SIGTERM") yield* sh.write(2, `${words}\n`);
  else yield* sh.write(2, `${sh.messagePrefix()}${String(last.pid).padStart(5)} ${words.padEnd(24)}${job.text}\n`);
}

/** `command &`. */
export function* launchBackground(sh: Shell, statement: Statement): Task<number> {
  const node = statement.command;
  const controlled = sh.on("monitor");
  const devNull = controlled ? undefined : sh.sys.open("/dev/null", { read: true });
  const fds: (readonly [number, number])[] = typeof devNull === "number" ? [[0, devNull]] : [];
  const pid = forkShell(sh, (child) => background(child, node), { fds, background: true, ...(controlled ? { pgid: 0 } : {}) });
  if (typeof devNull === "number") sh.sys.close(devNull);
  if (typeof pid === "string") throw new Complaint(`fork: retry: ${strerror(pid)}`, "discard", 254);
  const job = sh.jobs.add([pid], printNode(node, sh.source.text), { pgid: controlled ? pid : 0, background: true, controlled });
  sh.lastAsyncPid = pid;
  if (sh.interactive) yield* sh.write(2, `[${job.id}] ${pid}\n`);
  return 0;
}

function* background(child: Shell, node: Statement["command"]): Task<number> {
  child.mayReplace = node.type === "Command";
  return yield* (node.type === "Command" ? guarded(child, node) : execNode(child, node));
}
