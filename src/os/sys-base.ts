import type { Errno } from "../net/uapi/errno.ts";
import type { WaitQueue } from "../sim/wait-queue.ts";
import { MTIME_NOW } from "./inode.ts";
import type { OpenFile } from "./open-file.ts";
import type { Process } from "./process.ts";
import { QUANTUM_NS } from "./scheduler.ts";
import type { Stat, Task, WallTime } from "./sys.ts";

/** Entering and leaving the kernel. */
const SYSCALL_NS = 300;
/** Copying data between program and kernel. */
const NS_PER_BYTE = 0.1;
/** compute() yields at least this often, so that a signal need not wait for the end of a long calculation. */
const SLICE_NS = 1_000_000;

/** The caller, time and sleep; the other system calls build on this (see sys-calls.ts). */
export class SysBase {
  protected readonly p: Process;

  constructor(p: Process) {
    this.p = p;
  }

  get pid(): number {
    return this.p.number;
  }

  get ppid(): number {
    return this.p.parent?.pid.in(this.p.ns.pid) ?? 0;
  }

  get uid(): number {
    return this.p.uid;
  }

  get env(): Map<string, string> {
    return this.p.env;
  }

  get nowNs(): number {
    return this.p.kernel.sim.nowNs;
  }

  wallTime(): WallTime {
    const { sim, startSec } = this.p.kernel;
    const sec = Math.floor(sim.nowNs / 1_000_000_000);
    return { sec: startSec + sec, nsec: sim.nowNs - sec * 1_000_000_000 };
  }

  *sleep(ns: number): Task<Errno | undefined> {
    const deadlineNs = this.nowNs + ns;
    do {
      if (yield* this.sleepOn([], deadlineNs)) return "EINTR";
    } while (this.nowNs < deadlineNs);
    return undefined;
  }

  *compute(ns: number): Task<void> {
    for (let left = ns; left > 0; left -= SLICE_NS) yield { queues: [], costNs: Math.min(left, SLICE_NS) };
    if (ns <= 0) yield { queues: [] };
  }

  random(): number {
    return this.p.kernel.sim.rng.u32();
  }

  times(): { readonly selfNs: number; readonly childrenNs: number } {
    return { selfNs: this.p.cpuNs + this.p.debtNs, childrenNs: this.p.childrenCpuNs };
  }

  /** Sleeps once; true = a signal handler ran meanwhile. Spurious wakes happen: ask again what was waited for. */
  protected *sleepOn(queues: readonly WaitQueue[], deadlineNs?: number): Task<boolean> {
    this.p.interrupted = false;
    yield deadlineNs === undefined ? { queues, deadlineNs: Infinity } : { queues, deadlineNs };
    return this.p.interrupted;
  }

  /**
   * A call that sleeps: asks `attempt` until it answers something else than `EAGAIN`. It is asked
   * once more after a signal handler ran, so that what did happen is not lost to an `EINTR`.
   */
  protected *until<T>(queues: readonly WaitQueue[], attempt: () => T | "EAGAIN", deadlineNs?: number): Task<T | "EINTR"> {
    for (let interrupted = false; ; interrupted = yield* this.sleepOn(queues, deadlineNs)) {
      const answer = attempt();
      if (answer !== "EAGAIN") return answer as T;
      if (interrupted) return "EINTR";
    }
  }

  /** Charges a system call, and lets others run when this process has had its share or a signal waits for it. */
  protected *enter(bytes = 0): Task<void> {
    this.charge(bytes);
    if (this.p.debtNs >= QUANTUM_NS || this.p.signals.anyPending) yield { queues: [] };
  }

  protected charge(bytes = 0): void {
    this.p.debtNs += SYSCALL_NS + bytes * NS_PER_BYTE;
  }

  /** Puts the clock where a node says "now". */
  protected dated(stat: Stat): Stat {
    return stat.mtimeSec === MTIME_NOW ? { ...stat, mtimeSec: this.p.kernel.wallSec() } : stat;
  }

  protected file(fd: number): OpenFile | "EBADF" {
    return this.p.fds.get(fd) ?? "EBADF";
  }
}
