import { wakeOrphans } from "./job-control.ts";
import { dropAll } from "./namespace.ts";
import type { ExitStatus, Process } from "./process.ts";
import { sendSignal } from "./signal-send.ts";
import { traceExit } from "./trace-process.ts";

/** Ends a process: the kernel's do_exit(). It is a zombie until its parent asks for the status. */
export function exitProcess(p: Process, status: ExitStatus): void {
  const { kernel } = p;
  kernel.scheduler.forget(p);
  p.phase = "zombie";
  p.status = status;
  p.stopped = null;
  p.news = null;
  p.task = null;
  p.cpuNs += p.debtNs;
  if (p.argv.length > 0) traceExit(p, status);
  p.fds.closeAll();
  if (p.isSessionLeader) p.ctty?.leaveSession();
  adoptChildren(p);
  if (p.ns.pid.reaper === p) killNamespace(p);
  dropAll(p.ns);
  wakeOrphans(p, p.pgrp);
  tellParent(p, status);
}

/** Children of the dead belong to process 1 of their pid namespace; those of process 1 itself to nobody. */
function adoptChildren(p: Process): void {
  for (const child of p.children) {
    const { reaper } = child.ns.pid;
    child.parent = reaper !== null && reaper !== p && reaper.alive ? reaper : null;
    if (child.phase === "zombie") tellParent(child, child.status!);
    else child.parent?.children.add(child);
    wakeOrphans(child, child.pgrp);
  }
  p.children.clear();
}

function killNamespace(p: Process): void {
  for (const other of p.kernel.processes) {
    if (other !== p && other.alive && p.ns.pid.contains(other.ns.pid)) sendSignal(other, "SIGKILL");
  }
}

function tellParent(p: Process, status: ExitStatus): void {
  const { parent } = p;
  p.onExit?.(status);
  p.onExit = null;
  if (!parent || !parent.alive || parent.signals.disposition("SIGCHLD") === "ignore") return reap(p);
  parent.children.add(p);
  sendSignal(parent, "SIGCHLD");
  parent.childQueue.wake();
}

/** The status was fetched, or nobody wants it: the process is gone from every table. */
export function reap(p: Process): void {
  p.phase = "gone";
  if (p.parent) {
    p.parent.children.delete(p);
    p.parent.childrenCpuNs += p.cpuNs + p.childrenCpuNs;
  }
  p.kernel.removeProcess(p);
}
