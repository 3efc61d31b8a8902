import { utf8 } from "../wire/text.ts";
import { exitProcess } from "./exit.ts";
import type { Process } from "./process.ts";
import { STDERR } from "./sys.ts";

/** 128 + SIGABRT: what a shell reports for a program that crashed by itself. */
const CRASH_STATUS = 134;

/**
 * A program threw: our own bug. The machine goes on; the learner is told on the program's stderr,
 * and the error is kept where tests look (`kernel.crashes`).
 */
export function internalError(p: Process, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  p.kernel.crashes.push({ comm: p.comm, pid: p.number, error });
  if (!p.alive) return;
  p.fds.get(STDERR)?.write(utf8(`${p.comm}: internal error: ${message}\n`), p);
  exitProcess(p, { is: "exited", code: CRASH_STATUS });
}
