import { WaitQueue } from "../sim/wait-queue.ts";
import type { Timer } from "../sim/sim.ts";
import type { FdTable } from "./fd-table.ts";
import type { Kernel } from "./kernel.ts";
import type { Namespaces, PidNamespace } from "./namespace.ts";
import type { FsContext, Place } from "./path.ts";
import type { Pid } from "./pid.ts";
import { SignalState } from "./signals.ts";
import type { Signal, Task } from "./sys.ts";
import type { Tty } from "./tty.ts";

/** Where a process stands with the scheduler. `running` = its code is on the stack right now. */
export type Phase = "ready" | "running" | "sleeping" | "zombie" | "gone";

/** How a process ended. */
export type ExitStatus = { readonly is: "exited"; readonly code: number } | { readonly is: "signaled"; readonly signal: Signal };

/** Job-control news that a parent has not yet fetched. */
export type JobNews = { readonly is: "stopped"; readonly signal: Signal } | { readonly is: "continued" };

export interface ProcessInit {
  readonly kernel: Kernel;
  readonly pid: Pid;
  readonly parent: Process | null;
  readonly pgrp?: Pid;
  readonly session?: Pid;
  readonly ns: Namespaces;
  readonly root: Place;
  readonly cwd: Place;
  readonly env: ReadonlyMap<string, string>;
  readonly fds: FdTable;
  readonly signals?: SignalState;
  readonly ctty?: Tty | null;
  readonly journey: number;
}

/** A process: plain state. What happens to it is in scheduler.ts, signal-send.ts, exit.ts and wait.ts. */
export class Process implements FsContext {
  readonly kernel: Kernel;
  readonly pid: Pid;
  readonly startNs: number;
  parent: Process | null;
  readonly children = new Set<Process>();

  // — program —
  task: Task<number> | null = null;
  /** Set by exec; taken at the next turn. */
  nextTask: Task<number> | null = null;
  comm = "";
  argv: readonly string[] = [];
  exe = "";
  env: Map<string, string>;

  // — scheduling —
  phase: Phase = "ready";
  timer: Timer | null = null;
  /** Takes the process off the queues it sleeps on. */
  leaveQueues: (() => void)[] = [];
  readyAtNs = 0;
  /** CPU time of system calls since the last turn, charged at the next yield. */
  debtNs = 0;
  cpuNs = 0;
  childrenCpuNs = 0;

  // — signals —
  signals: SignalState;
  /** A handler ran since the last sleep began: the sleeping call answers EINTR. */
  interrupted = false;
  /** Stopped by job control; wakes are held back until SIGCONT. */
  stopped: Signal | null = null;
  heldWake = false;
  /** A fatal signal has begun to unwind the program; its `finally` blocks run. */
  dying: Signal | null = null;
  status: ExitStatus | null = null;
  news: JobNews | null = null;
  /** Children changed state. */
  readonly childQueue = new WaitQueue();

  // — job control —
  pgrp: Pid;
  session: Pid;
  ctty: Tty | null;

  // — files and namespaces —
  fds: FdTable;
  root: Place;
  cwd: Place;
  umask = 0o022;
  uid = 0;
  gid = 0;
  ns: Namespaces;
  /** Where the next child is born; differs after unshare(CLONE_NEWPID). */
  pidNsForChildren: PidNamespace;

  journey: number;
  /** Called once when the process has ended: how hosts hear of it. */
  onExit: ((status: ExitStatus) => void) | null = null;

  constructor(init: ProcessInit) {
    this.kernel = init.kernel;
    this.pid = init.pid;
    this.startNs = init.kernel.sim.nowNs;
    this.parent = init.parent;
    this.pgrp = init.pgrp ?? init.pid;
    this.session = init.session ?? init.pid;
    this.ctty = init.ctty ?? null;
    this.ns = init.ns;
    this.pidNsForChildren = init.ns.pid;
    this.root = init.root;
    this.cwd = init.cwd;
    this.env = new Map(init.env);
    this.fds = init.fds;
    this.signals = init.signals ?? new SignalState();
    this.journey = init.journey;
    init.parent?.children.add(this);
  }

  /** This process as the file system's caller. */
  get process(): Process {
    return this;
  }

  /** Own number in own pid namespace. */
  get number(): number {
    return this.pid.in(this.ns.pid);
  }

  /** Still counted: not reaped. */
  get exists(): boolean {
    return this.phase !== "gone";
  }

  get alive(): boolean {
    return this.phase !== "zombie" && this.phase !== "gone";
  }

  /** proc(5)'s letter: R running, S sleeping, T stopped, Z zombie. */
  get stateLetter(): "R" | "S" | "T" | "Z" {
    if (!this.alive) return "Z";
    if (this.stopped) return "T";
    return this.phase === "sleeping" ? "S" : "R";
  }

  get isGroupLeader(): boolean {
    return this.pgrp === this.pid;
  }

  get isSessionLeader(): boolean {
    return this.session === this.pid;
  }
}
