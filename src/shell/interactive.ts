import type { Task } from "../os/sys.ts";
import { Discard, ExitShell, Interrupted } from "./control.ts";
import { jobLine, jobState } from "./jobs.ts";
import { collectNews } from "./interp/fork.ts";
import { runText } from "./interp/script.ts";
import { sourceIfThere } from "./rc.ts";
import type { Shell } from "./state.ts";
import { isIncomplete } from "./syntax.ts";
import { LineInput } from "./readline/line-input.ts";

export interface InteractiveOptions {
  readonly editing: boolean;
  readonly rc: boolean;
  readonly rcFile: string | undefined;
  readonly login: boolean;
}

/** The read-eval-print loop of a terminal. */
export function* interact(sh: Shell, options: InteractiveOptions): Task<number> {
  sh.interactive = true;
  sh.belowPrompt = true;
  sh.shopt.add("expand_aliases");
  for (const o of ["history", "histexpand", "emacs"] as const) sh.setOption(o, true);
  takeTerminal(sh);
  if (sh.get("PS1") === undefined) sh.put("PS1", "\\s-\\v\\$ ");
  if (sh.get("PS2") === undefined) sh.put("PS2", "> ");
  if (options.login) yield* sourceIfThere(sh, "/etc/profile");
  else if (options.rc) yield* sourceIfThere(sh, options.rcFile ?? `${sh.get("HOME") ?? "/root"}/.bashrc`);
  const input = new LineInput(sh, options.editing);
  for (;;) {
    try {
      const text = yield* nextCommand(sh, input);
      if (text === null) break;
      yield* runLine(sh, text);
    } catch (leave) {
      if (!(leave instanceof Interrupted || leave instanceof Discard)) throw leave;
      if (leave instanceof Interrupted) yield* sh.write(2, "\n");
      sh.status = leave.status;
    }
  }
  yield* sh.write(2, sh.loginShell ? "logout\n" : "exit\n");
  throw new ExitShell(sh.status);
}

/** Job control, if the shell has a terminal of its own. */
function takeTerminal(sh: Shell): void {
  sh.traps.catchInterrupt(sh);
  for (const signal of ["SIGTERM", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU"] as const) sh.sys.signal(signal, "ignore");
  if (!sh.sys.isatty(0)) return;
  sh.terminal = 0;
  const own = sh.sys.pid;
  if (sh.sys.getpgid() !== own) sh.sys.setpgid(0, own);
  const group = sh.sys.getpgid();
  if (typeof group === "number" && sh.sys.tcsetpgrp(0, group) === undefined) sh.setOption("monitor", true);
  else sh.terminal = undefined;
}

/** Reads until a command is complete; null at end of input. */
function* nextCommand(sh: Shell, input: LineInput): Task<string | null> {
  yield* tellJobs(sh);
  const before = sh.get("PROMPT_COMMAND");
  if (before) {
    const { status } = sh;
    yield* runText(sh, before);
    sh.status = status;
  }
  let text = "";
  for (let continued = false; ; continued = true) {
    const line = yield* input.line(continued ? "PS2" : "PS1");
    if (line === null) {
      if (!continued) return null;
      if (text !== "") return text;
    }
    if (line === "interrupted") {
      sh.status = 130;
      return "";
    }
    text += (line?.text ?? "") + "\n";
    if (text.trim() === "" || line === null || !isIncomplete(text)) break;
  }
  input.remember(text.trimEnd());
  return text;
}

function* runLine(sh: Shell, text: string): Task<void> {
  if (text.trim() === "") return;
  sh.sys.newJourney(text.trim());
  const line = sh.history.length;
  yield* runText(sh, text, { firstLine: line });
  if (!/^\s*(exit|logout)\b/.test(text)) sh.warnedOfJobs = false;
}

/** Before a prompt: what became of background jobs. */
export function* tellJobs(sh: Shell): Task<void> {
  yield* collectNews(sh);
  for (const job of [...sh.jobs.jobs.values()]) {
    const state = jobState(job);
    if (!job.notified && state !== "running") yield* sh.write(2, jobLine(sh.jobs, job));
    job.notified = true;
    if (state === "done") sh.jobs.remove(job);
  }
}
