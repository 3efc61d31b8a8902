import type { Kernel } from "./kernel.ts";
import { noteJobChange } from "./job-control.ts";
import type { Pid } from "./pid.ts";
import type { Process } from "./process.ts";
import type { Signal } from "./sys.ts";

/** Sends a signal: kernel send_signal(). It takes effect before the target's next instruction. */
export function sendSignal(p: Process, signal: Signal): void {
  if (!p.alive || isProtectedInit(p, signal)) return;
  p.signals.post(signal);
  if (signal === "SIGCONT") return continueProcess(p);
  if (signal === "SIGKILL" && p.stopped) return p.kernel.scheduler.resume(p);
  if (p.signals.anyPending && !p.stopped) p.kernel.scheduler.wake(p);
}

export function signalGroup(kernel: Kernel, group: Pid, signal: Signal): boolean {
  const members = kernel.groupMembers(group);
  for (const member of members) sendSignal(member, signal);
  return members.length > 0;
}

/** pid_namespaces(7): process 1 hears only of signals it has a handler for. */
function isProtectedInit(p: Process, signal: Signal): boolean {
  return p.ns.pid.reaper === p && typeof p.signals.disposition(signal) !== "function";
}

function continueProcess(p: Process): void {
  if (p.stopped) {
    noteJobChange(p, { is: "continued" });
    p.kernel.scheduler.resume(p);
  } else if (p.signals.anyPending) {
    p.kernel.scheduler.wake(p);
  }
}
