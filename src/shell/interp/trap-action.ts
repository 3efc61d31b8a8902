import type { Task } from "../../os/sys.ts";
import { ExitShell, ReturnFrom } from "../control.ts";
import type { Shell } from "../state.ts";
import type { TrapName } from "../traps.ts";
import { runText } from "./script.ts";

/** Runs a trap's command; `$?` is the same before and after, unless it exits. Answers the status after it. */
export function* runTrapAction(sh: Shell, name: TrapName, action: string): Task<number> {
  const { status, line, pipeStatus } = sh;
  const before = sh.traps.running;
  sh.traps.running = name;
  sh.traps.statusBefore = status;
  try {
    yield* runText(sh, action, { keepLine: name === "ERR" || name === "DEBUG" });
  } catch (leave) {
    if (leave instanceof ExitShell && name === "EXIT") return leave.status;
    if (!(leave instanceof ReturnFrom) || sh.functionDepth > 0) throw leave;
  } finally {
    sh.traps.running = before;
  }
  sh.status = status;
  sh.pipeStatus = pipeStatus;
  sh.line = line;
  return status;
}

/** Sets BASH_COMMAND (traps' own commands leave it alone) and runs the DEBUG trap. */
export function* debugTrap(sh: Shell, text: () => string): Task<void> {
  if (sh.traps.running === undefined) sh.currentCommand = text();
  if (sh.traps.actions.has("DEBUG") && sh.traps.reaches(sh, "DEBUG")) yield* sh.traps.onEvent(sh, "DEBUG");
}
