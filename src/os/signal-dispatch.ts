import { defaultAction } from "./signals.ts";
import { isOrphaned, noteJobChange } from "./job-control.ts";
import type { Process } from "./process.ts";
import type { Signal } from "./sys.ts";

/** What a turn begins with: go on, stay stopped, unwind the program (its `finally` runs), or end at once. */
export type Fate = "go" | "stop" | "unwind" | "kill";

/** Acts on the signals that wait for a process: the kernel's get_signal(), run before returning to the program. */
export function dispatchSignals(p: Process): Fate {
  for (let signal = p.signals.take(); signal !== undefined; signal = p.signals.take()) {
    const fate = act(p, signal);
    if (fate !== "go") return fate;
  }
  return "go";
}

/** For a process that signals itself: its handlers run before kill(2) returns; anything else waits for the next sleep. */
export function dispatchHandlers(p: Process): void {
  for (const signal of p.signals.takeHandled()) {
    const handler = p.signals.disposition(signal);
    if (typeof handler === "function") handler(signal);
  }
}

function act(p: Process, signal: Signal): Fate {
  const set = p.signals.disposition(signal);
  if (typeof set === "function") {
    p.interrupted = true;
    set(signal);
    return "go";
  }
  if (p.signals.ignores(signal)) return "go";
  return defaultAction(signal) === "stop" ? stop(p, signal) : end(p, signal);
}

/** Nobody could continue an orphaned group, so the terminal's stops do not stop it; SIGSTOP always does. */
function stop(p: Process, signal: Signal): Fate {
  if (signal !== "SIGSTOP" && isOrphaned(p, p.pgrp)) return "go";
  p.stopped = signal;
  noteJobChange(p, { is: "stopped", signal });
  return "stop";
}

/** The first fatal signal unwinds; SIGKILL and a second one end without asking. */
function end(p: Process, signal: Signal): Fate {
  const again = p.dying !== null;
  p.dying = signal;
  return again || signal === "SIGKILL" || p.task === null ? "kill" : "unwind";
}
