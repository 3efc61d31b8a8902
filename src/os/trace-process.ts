import { trace } from "../net/core/trace.ts";
import type { TraceKind } from "../net/uapi/trace.ts";
import type { ExitStatus, Process } from "./process.ts";

/*
 * What the trace hears of processes, in the network namespace they are in. Nothing is built while nobody
 * listens.
 */

/** A program starts: a new process, or an old one that called exec. The note is its command line. */
export function traceStart(p: Process): void {
  tell(p, "proc.start", () => p.argv.join(" "));
}

export function traceExit(p: Process, status: ExitStatus): void {
  tell(p, "proc.exit", () => `${p.comm}: ${status.is === "exited" ? `exit ${status.code}` : status.signal}`);
}

function tell(p: Process, kind: TraceKind, note: () => string): void {
  const { netns } = p.ns.net;
  if (netns.world.trace !== null) trace(netns, kind, "", null, { journey: p.journey, note: note() });
}
