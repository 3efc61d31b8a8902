import type { ChildStatus, Signal } from "../os/sys.ts";

/** Signal numbers on Linux x86-64: signal(7). */
export const SIGNALS: readonly (readonly [number, Signal, description: string])[] = [
  [1, "SIGHUP", "Hangup"], [2, "SIGINT", "Interrupt"], [3, "SIGQUIT", "Quit"], [4, "SIGILL", "Illegal instruction"],
  [5, "SIGTRAP", "Trace/breakpoint trap"], [6, "SIGABRT", "Aborted"], [7, "SIGBUS", "Bus error"], [8, "SIGFPE", "Floating point exception"],
  [9, "SIGKILL", "Killed"], [10, "SIGUSR1", "User defined signal 1"], [11, "SIGSEGV", "Segmentation fault"], [12, "SIGUSR2", "User defined signal 2"],
  [13, "SIGPIPE", "Broken pipe"], [14, "SIGALRM", "Alarm clock"], [15, "SIGTERM", "Terminated"], [17, "SIGCHLD", "Child exited"],
  [18, "SIGCONT", "Continued"], [19, "SIGSTOP", "Stopped (signal)"], [20, "SIGTSTP", "Stopped"], [21, "SIGTTIN", "Stopped (tty input)"],
  [22, "SIGTTOU", "Stopped (tty output)"], [23, "SIGURG", "Urgent I/O condition"], [24, "SIGXCPU", "CPU time limit exceeded"],
  [25, "SIGXFSZ", "File size limit exceeded"], [26, "SIGVTALRM", "Virtual timer expired"], [27, "SIGPROF", "Profiling timer expired"],
  [28, "SIGWINCH", "Window changed"], [29, "SIGIO", "I/O possible"], [30, "SIGPWR", "Power failure"], [31, "SIGSYS", "Bad system call"],
];

export const signalNumber = (name: Signal): number => SIGNALS.find(([, n]) => n === name)?.[0] ?? 0;
export const signalByNumber = (n: number): Signal | undefined => SIGNALS.find(([number]) => number === n)?.[1];
export const signalDescription = (name: Signal): string => SIGNALS.find(([, n]) => n === name)?.[2] ?? name;

/** "INT", "SIGINT", "int" or "2" to a signal. */
export function parseSignal(text: string): Signal | undefined {
  if (/^\d+$/.test(text)) return signalByNumber(Number(text));
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  return SIGNALS.find(([, n]) => n === name)?.[1];
}

/** `$?` of a child that ended so. */
export function exitStatus(status: ChildStatus): number {
  if (status.is === "exited") return status.code;
  return status.is === "continued" ? 0 : 128 + signalNumber(status.signal);
}

export interface Job {
  readonly id: number;
  readonly pgid: number;
  readonly pids: readonly number[];
  readonly text: string;
  /** Latest news of each process; absent = running. */
  readonly states: Map<number, ChildStatus>;
  background: boolean;
  /** The user was told of the latest change. */
  notified: boolean;
  disowned: boolean;
  /** Runs in its own process group. */
  readonly controlled: boolean;
  /** Rises each time the job becomes the current one. */
  rank: number;
}

export type JobState = "running" | "stopped" | "done";

export function jobState(job: Job): JobState {
  let stopped = false;
  for (const pid of job.pids) {
    const s = job.states.get(pid);
    if (!s || s.is === "continued") return "running";
    if (s.is === "stopped") stopped = true;
  }
  return stopped ? "stopped" : "done";
}

/** Status of the last process: the job's. */
export const lastStatus = (job: Job): ChildStatus | undefined => job.states.get(job.pids.at(-1) ?? -1);

/** The shell's children and the jobs they form. */
export class JobTable {
  readonly jobs = new Map<number, Job>();
  /** Every child that was started and not yet forgotten. */
  readonly children = new Map<number, ChildStatus | undefined>();
  #rank = 0;

  forSubshell(): JobTable {
    return new JobTable();
  }

  started(pid: number): void {
    this.children.set(pid, undefined);
  }

  add(pids: readonly number[], text: string, options: { pgid: number; background: boolean; controlled: boolean }): Job {
    const id = Math.max(0, ...this.jobs.keys()) + 1;
    const job: Job = { id, pids, text, states: new Map(), notified: true, disowned: false, rank: ++this.#rank, ...options };
    for (const pid of pids) {
      const known = this.children.get(pid);
      if (known) job.states.set(pid, known);
    }
    this.jobs.set(id, job);
    return job;
  }

  /** Takes note of what waitpid told. */
  note(status: ChildStatus): void {
    this.children.set(status.pid, status);
    for (const job of this.jobs.values()) {
      if (!job.pids.includes(status.pid)) continue;
      job.states.set(status.pid, status);
      job.notified = false;
      if (status.is === "stopped") this.makeCurrent(job);
    }
  }

  makeCurrent(job: Job): void {
    job.rank = ++this.#rank;
  }

  remove(job: Job): void {
    this.jobs.delete(job.id);
  }

  /** `%+` and `%-`: stopped jobs come before running ones. */
  ranked(): Job[] {
    const weight = (j: Job): number => (jobState(j) === "stopped" ? 1 : 0);
    return [...this.jobs.values()].filter((j) => !j.disowned).sort((a, b) => weight(b) - weight(a) || b.rank - a.rank);
  }

  mark(job: Job): "+" | "-" | " " {
    const [current, previous] = this.ranked();
    return job === current ? "+" : job === previous ? "-" : " ";
  }

  /** A job specification: `%1 %+ %- %% %name %?text`, or "ambiguous"/undefined. */
  find(spec: string): Job | "ambiguous" | undefined {
    const text = spec.startsWith("%") ? spec.slice(1) : spec;
    if (/^\d+$/.test(text)) return this.jobs.get(Number(text));
    if (text === "" || text === "+" || text === "%") return this.ranked()[0];
    if (text === "-") return this.ranked()[1] ?? this.ranked()[0];
    const fits = (j: Job): boolean => (text.startsWith("?") ? j.text.includes(text.slice(1)) : j.text.startsWith(text));
    const found = [...this.jobs.values()].filter(fits);
    return found.length > 1 ? "ambiguous" : found[0];
  }
}

/** "Running", "Done", "Exit 3", "Terminated", "Stopped (signal)" … */
export function describeState(job: Job): string {
  const state = jobState(job);
  if (state === "running") return "Running";
  const last = state === "stopped" ? [...job.states.values()].find((s) => s.is === "stopped") : lastStatus(job);
  if (last?.is === "stopped" || last?.is === "signaled") return signalDescription(last.signal);
  return last?.is === "exited" && last.code !== 0 ? `Exit ${last.code}` : "Done";
}

/** `[1]+  Stopped                 sleep 100`. */
export function jobLine(table: JobTable, job: Job, long = false): string {
  const pid = long ? `${String(job.pgid).padStart(5)} ` : "";
  const tail = jobState(job) === "running" ? " &" : "";
  return `[${job.id}]${table.mark(job)}  ${pid}${describeState(job).padEnd(24)}${job.text}${tail}\n`;
}
