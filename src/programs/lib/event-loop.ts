import { isErrno } from "../../net/uapi/errno.ts";
import type { PollReady, PollWant } from "../../net/uapi/socket.ts";
import type { Sys, Task, Wait } from "../../os/sys.ts";
import { EventQueue, type QueuedEvent } from "../../sim/queue.ts";

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
  /** What epoll was asked to watch for it; it stays so while the job runs. */
  watched: readonly PollWant[];
  timer: Deadline | null;
  /** May be ended at any time: a connection between two requests. */
  readonly idle: () => boolean;
}

interface Deadline extends QueuedEvent {
  readonly job: Job;
}

export class Loop {
  readonly #sys: Sys;
  readonly #jobs = new Set<Job>();
  /** Who waits for which descriptor, and for what. */
  readonly #waiting = new Map<number, Map<Job, PollWant>>();
  readonly #deadlines = new EventQueue<Deadline>();
  #extra: readonly number[] = [];
  #epoll = -1;
  #seq = 0;

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** Starts a coroutine at once. */
  *start(co: Co<void>, idle: () => boolean): Task<void> {
    const job: Job = { co, journey: this.#sys.journey, parked: null, watched: [], timer: null, idle };
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
    this.#forget(job);
    for (let step = job.co.return(); step.done !== true; step = job.co.next()) if (!("want" in step.value)) yield step.value;
  }

  *#resume(job: Job): Task<void> {
    this.#sys.journey = job.journey;
    job.parked = null;
    if (job.timer !== null) job.timer.cancelled = true;
    job.timer = null;
    for (let step = job.co.next(); ; step = job.co.next()) {
      if (step.done === true) return this.#forget(job);
      if ("want" in step.value) {
        job.journey = this.#sys.journey;
        return this.#park(job, step.value);
      }
      yield step.value;
    }
  }

  #park(job: Job, want: Want): void {
    job.parked = want;
    const before = job.watched;
    job.watched = want.want;
    for (const old of before) if (!want.want.some((w) => w.fd === old.fd)) this.#watch(job, old.fd, null);
    // Told again even when nothing changed: the number may be another file's by now.
    for (const now of want.want) this.#watch(job, now.fd, now);
    if (want.deadlineNs === Infinity) return;
    job.timer = { atNs: want.deadlineNs, seq: this.#seq++, cancelled: false, job };
    this.#deadlines.push(job.timer);
  }

  #forget(job: Job): void {
    this.#jobs.delete(job);
    job.parked = null;
    if (job.timer !== null) job.timer.cancelled = true;
    for (const { fd } of job.watched) this.#watch(job, fd, null);
    job.watched = [];
  }

  /** Changes what one job wants of a descriptor, and tells epoll what all of them want. */
  #watch(job: Job, fd: number, want: PollWant | null): void {
    const all = this.#waiting.get(fd) ?? new Map<Job, PollWant>();
    if (want === null) all.delete(job);
    else all.set(job, want);
    if (all.size === 0) this.#waiting.delete(fd);
    else this.#waiting.set(fd, all);
    const wants = [...all.values()];
    this.#control(fd, wants.length === 0 ? null : { fd, in: wants.some((w) => w.in === true), out: wants.some((w) => w.out === true) });
  }

  #control(fd: number, want: PollWant | null): void {
    if (this.#epoll < 0) {
      const made = this.#sys.epollCreate();
      if (isErrno(made)) return;
      this.#epoll = made;
    }
    this.#sys.epollCtl(this.#epoll, fd, want);
  }

  #watchExtra(extra: readonly number[]): void {
    if (extra.length === this.#extra.length && extra.every((fd, i) => fd === this.#extra[i])) return;
    for (const fd of this.#extra) if (!extra.includes(fd)) this.#control(fd, null);
    for (const fd of extra) if (!this.#extra.includes(fd)) this.#control(fd, { fd, in: true });
    this.#extra = extra;
  }

  /** One turn: sleeps until something is ready, and runs whoever waited for it. Answers which of `extra` are readable; `EINTR` after a signal. */
  *turn(extra: readonly number[], untilNs: number): Task<readonly number[] | "EINTR"> {
    this.#watchExtra(extra);
    const deadlineNs = Math.min(untilNs, this.#deadlines.peek()?.atNs ?? Infinity);
    const ready = this.#epoll < 0 ? yield* this.#sys.pollFds([], deadlineNs) : yield* this.#sys.epollWait(this.#epoll, deadlineNs === Infinity ? undefined : deadlineNs);
    if (isErrno(ready)) return "EINTR";
    yield* this.#wake(ready);
    return extra.filter((fd) => ready.some((r) => r.fd === fd));
  }

  *#wake(ready: readonly PollReady[]): Task<void> {
    const woken = new Map<Job, PollReady[]>();
    for (const one of ready) {
      for (const job of this.#waiting.get(one.fd)?.keys() ?? []) {
        const known = woken.get(job);
        if (known === undefined) woken.set(job, [one]);
        else known.push(one);
      }
    }
    for (const [job, found] of woken) yield* this.#give(job, found);
    for (let due = this.#deadlines.peek(); due !== undefined && due.atNs <= this.#sys.nowNs; due = this.#deadlines.peek()) {
      this.#deadlines.pop();
      yield* this.#give(due.job, []);
    }
  }

  /** Goes on with a job that still sleeps. */
  *#give(job: Job, found: readonly PollReady[]): Task<void> {
    if (job.parked === null || !this.#jobs.has(job)) return;
    job.parked.ready = found;
    yield* this.#resume(job);
  }
}
