import { isErrno } from "../../net/uapi/errno.ts";
import type { PollReady, PollWant } from "../../net/uapi/socket.ts";
import type { Sys, Task, Wait } from "../../os/sys.ts";

/**
 * An event loop in one process, as nginx workers and threaded servers have it: what happens on one
 * connection is a coroutine, which runs until it must wait for a
 * descriptor or a time, says so with a {@link Want}, and goes on when that came. System calls inside it hold
 * up the whole worker, as they do in a process with one thread.
 */
export interface Want {
  readonly want: readonly PollWant[];
  /** Simulated time; Infinity = no limit. */
  readonly deadlineNs: number;
  /** What came; empty = the time did. */
  ready: readonly PollReady[];
}

export type Co<T> = Generator<Wait | Want, T, void>;

/** Sleeps until one of the descriptors is ready or the time has come (→ an empty list). */
export function* waitFor(want: readonly PollWant[], deadlineNs: number): Co<readonly PollReady[]> {
  const w: Want = { want, deadlineNs, ready: [] };
  yield w;
  return w.ready;
}

export const sleepUntil = (deadlineNs: number): Co<readonly PollReady[]> => waitFor([], deadlineNs);

interface Job {
  readonly co: Co<void>;
  /** The journey of the request it works on: put back whenever its turn comes. */
  journey: number;
  parked: Want | null;
  /** May be ended at any time: a connection between two requests. */
  readonly idle: () => boolean;
}

export class Loop {
  readonly #sys: Sys;
  readonly #jobs = new Set<Job>();

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** Starts a coroutine at once. */
  *start(co: Co<void>, idle: () => boolean): Task<void> {
    const job: Job = { co, journey: this.#sys.journey, parked: null, idle };
    this.#jobs.add(job);
    yield* this.#resume(job);
  }

  /** Ends the coroutines that are between two requests; their `finally` closes the connection. */
  *endIdle(): Task<void> {
    for (const job of [...this.#jobs]) if (job.idle()) yield* this.#end(job);
  }

  *endAll(): Task<void> {
    for (const job of [...this.#jobs]) yield* this.#end(job);
  }

  *#end(job: Job): Task<void> {
    this.#jobs.delete(job);
    for (let step = job.co.return(); step.done !== true; step = job.co.next()) if (!("want" in step.value)) yield step.value;
  }

  *#resume(job: Job): Task<void> {
    this.#sys.journey = job.journey;
    job.parked = null;
    for (let step = job.co.next(); ; step = job.co.next()) {
      if (step.done === true) {
        this.#jobs.delete(job);
        return;
      }
      if ("want" in step.value) {
        job.parked = step.value;
        job.journey = this.#sys.journey;
        return;
      }
      yield step.value;
    }
  }

  /** One turn: sleeps until something is ready, and runs whoever waited for it. Answers which of `extra` are readable; `EINTR` after a signal. */
  *turn(extra: readonly number[], untilNs: number): Task<readonly number[] | "EINTR"> {
    const jobs = [...this.#jobs];
    const wants = [...extra.map((fd) => ({ fd, in: true })), ...jobs.flatMap((j) => j.parked?.want ?? [])];
    const deadlineNs = jobs.reduce((least, j) => Math.min(least, j.parked?.deadlineNs ?? Infinity), untilNs);
    const ready = yield* this.#sys.pollFds(wants, deadlineNs === Infinity ? undefined : deadlineNs);
    if (isErrno(ready)) return "EINTR";
    yield* this.#wake(jobs, ready);
    return extra.filter((fd) => ready.some((r) => r.fd === fd));
  }

  *#wake(jobs: readonly Job[], ready: readonly PollReady[]): Task<void> {
    const byFd = new Map(ready.map((r) => [r.fd, r]));
    for (const job of jobs) {
      const { parked } = job;
      if (parked === null || !this.#jobs.has(job)) continue;
      parked.ready = parked.want.flatMap((w) => byFd.get(w.fd) ?? []);
      if (parked.ready.length > 0 || this.#sys.nowNs >= parked.deadlineNs) yield* this.#resume(job);
    }
  }
}
