import type { Sim } from "../sim/sim.ts";
import { exitProcess } from "./exit.ts";
import { internalError } from "./internal-error.ts";
import type { Process } from "./process.ts";
import { dispatchSignals } from "./signal-dispatch.ts";
import type { Wait } from "./sys.ts";

/** What the scheduler adds to every turn, so that simulated time advances whatever a program does. */
export const SWITCH_NS = 1_000;
/** A program that never sleeps is preempted after this much CPU time of system calls. */
export const QUANTUM_NS = 50_000;

/** Completion value that says: the unwinding program chose no exit status of its own. */
const UNWOUND = -1;

/**
 * Runs processes one turn at a time, each turn one event of the simulation. There are as many CPUs
 * as there are ready processes; within one instant the order is that of becoming ready.
 */
export class Scheduler {
  readonly #sim: Sim;
  /** The process whose code is on the stack. */
  current: Process | null = null;

  constructor(sim: Sim) {
    this.#sim = sim;
  }

  /** A new process gets its first turn after `delayNs`. */
  start(p: Process, delayNs: number): void {
    p.readyAtNs = this.#sim.nowNs + delayNs;
    this.#makeReady(p);
  }

  /** Something a sleeper waited for happened. Harmless for processes that do not sleep. */
  wake(p: Process): void {
    if (p.phase !== "sleeping") return;
    this.#leave(p);
    if (p.stopped) p.heldWake = true;
    else this.#makeReady(p);
  }

  /** SIGCONT: deliver the wake that came while it was stopped. */
  resume(p: Process): void {
    p.stopped = null;
    if (p.phase === "sleeping" && (p.heldWake || p.signals.anyPending)) this.#makeReady(p);
    p.heldWake = false;
  }

  /** Takes an ended process off every queue and timer. */
  forget(p: Process): void {
    this.#leave(p);
    if (p.timer) p.timer.cancel();
    p.timer = null;
  }

  #makeReady(p: Process): void {
    this.#leave(p);
    p.phase = "ready";
    const delayNs = Math.max(SWITCH_NS, p.readyAtNs - this.#sim.nowNs);
    p.timer = this.#sim.after(delayNs, this.#turn, p);
  }

  readonly #turn = (p: Process): void => {
    p.timer = null;
    p.phase = "running";
    this.current = p;
    try {
      this.#runTurn(p);
    } catch (error) {
      internalError(p, error);
    } finally {
      this.current = null;
    }
  };

  #runTurn(p: Process): void {
    if (p.nextTask) this.#replaceProgram(p);
    switch (dispatchSignals(p)) {
      case "stop":
        p.phase = "sleeping";
        p.heldWake = true;
        return;
      case "kill":
        return exitProcess(p, { is: "signaled", signal: p.dying ?? "SIGKILL" });
      case "unwind":
        return this.#settle(p, p.task!.return(UNWOUND));
      case "go":
        return this.#settle(p, p.task!.next());
    }
  }

  /** The old program is dropped where it stands, without unwinding: exec(2) never returns to it. */
  #replaceProgram(p: Process): void {
    p.task = p.nextTask;
    p.nextTask = null;
  }

  #settle(p: Process, step: IteratorResult<Wait, number>): void {
    if (!step.done) return this.#sleep(p, step.value);
    const unwound = p.dying !== null && step.value === UNWOUND;
    exitProcess(p, unwound ? { is: "signaled", signal: p.dying! } : { is: "exited", code: step.value & 255 });
  }

  /** Charges the CPU time and puts the process where it asked to be. */
  #sleep(p: Process, wait: Wait): void {
    const costNs = (wait.costNs ?? 0) + p.debtNs;
    p.debtNs = 0;
    p.cpuNs += costNs;
    p.readyAtNs = this.#sim.nowNs + costNs;
    const deadlineNs = wait.deadlineNs ?? Infinity;
    const neverSleeps = wait.queues.length === 0 && wait.deadlineNs === undefined;
    if (neverSleeps || deadlineNs <= p.readyAtNs || p.signals.anyPending || p.nextTask) return this.#makeReady(p);
    this.#enqueue(p, wait, deadlineNs);
  }

  #enqueue(p: Process, wait: Wait, deadlineNs: number): void {
    p.phase = "sleeping";
    const wake = (): void => this.wake(p);
    p.leaveQueues = wait.queues.map((queue) => queue.add(wake));
    if (deadlineNs !== Infinity) p.timer = this.#sim.after(deadlineNs - this.#sim.nowNs, this.#deadline, p);
  }

  readonly #deadline = (p: Process): void => {
    this.#leave(p);
    if (p.stopped) p.heldWake = true;
    else this.#turn(p);
  };

  #leave(p: Process): void {
    for (const leave of p.leaveQueues) leave();
    p.leaveQueues = [];
    p.timer?.cancel();
    p.timer = null;
  }
}
