import type { AndOr, CommandNode, Pipeline, PipelineNode, Statement } from "unbash";
import type { Task } from "../../os/sys.ts";
import { Complaint, Discard, ExitShell } from "../control.ts";
import type { Shell } from "../state.ts";
import { execCommand } from "./command.ts";
import { launchBackground, runPipeline } from "./pipeline.ts";
import { timed } from "./time.ts";

/** CPU time one command costs the shell itself. */
const COMMAND_NS = 10_000;

/** Runs statements in order; the status is the last one's. */
export function* execStatements(sh: Shell, statements: readonly Statement[]): Task<number> {
  const replace = sh.mayReplace;
  for (const s of statements) {
    sh.mayReplace = replace && statements.length === 1 && !s.background;
    yield* step(sh);
    if (s.background) sh.status = yield* launchBackground(sh, s);
    else yield* execNode(sh, s.command);
  }
  return sh.status;
}

/** Lets others run, and runs the traps of signals that came. Every command and loop turn passes here. */
export function* step(sh: Shell): Task<void> {
  yield* sh.sys.compute(COMMAND_NS);
  if (sh.traps.hasPending || sh.traps.interrupted) yield* sh.traps.checkpoint(sh);
  else sh.traps.checkInterrupt(sh);
}

export function* execNode(sh: Shell, node: PipelineNode | AndOr): Task<number> {
  if (node.type === "AndOr") return yield* execAndOr(sh, node);
  return yield* execPipelineNode(sh, node);
}

/** `a && b || c`: all but the last are conditions for `set -e`. */
function* execAndOr(sh: Shell, node: AndOr): Task<number> {
  sh.mayReplace = false;
  let status = 0;
  for (let i = 0; i < node.commands.length; i++) {
    const command = node.commands[i];
    const operator = node.operators[i - 1];
    if (!command || (operator === "&&" && status !== 0) || (operator === "||" && status === 0)) continue;
    status = i < node.commands.length - 1
      ? yield* withoutErrexit(sh, execPipelineNode(sh, command))
      : yield* execPipelineNode(sh, command);
  }
  return status;
}

/** Runs a condition: its failure ends nothing. */
export function* withoutErrexit(sh: Shell, work: Task<number>): Task<number> {
  sh.errexitOff++;
  try {
    return yield* work;
  } finally {
    sh.errexitOff--;
  }
}

function* execPipelineNode(sh: Shell, node: PipelineNode): Task<number> {
  if (node.type === "Pipeline" && (node.prefixes.length > 0 || node.commands.length === 0)) return yield* execPrefixed(sh, node);
  const status = yield* (node.type === "Pipeline" ? runPipeline(sh, node) : single(sh, node));
  sh.status = status;
  if (status !== 0) yield* failed(sh, node, status);
  return status;
}

function* single(sh: Shell, node: CommandNode): Task<number> {
  const status = yield* guarded(sh, node);
  if (node.type !== "If" && node.type !== "BraceGroup" && node.type !== "For" && node.type !== "While") sh.pipeStatus = [status];
  return status;
}

/** `!` and `time` before a pipeline. */
function* execPrefixed(sh: Shell, node: Pipeline): Task<number> {
  sh.mayReplace = false;
  const negations = node.prefixes.filter((p) => p.type === "Negation").length;
  const time = node.prefixes.find((p) => p.type === "Time");
  const plain: Pipeline = { ...node, pos: node.pos, end: node.end, type: "Pipeline", prefixes: [], commands: node.commands, operators: node.operators };
  const work = (): Task<number> => bare(sh, plain);
  const run = time ? timed(sh, work, time.posix !== undefined) : work();
  if (negations === 0) {
    const status = yield* run;
    if (status !== 0) yield* failed(sh, node, status);
    return status;
  }
  const status = yield* withoutErrexit(sh, run);
  sh.status = negations % 2 === 0 ? status : status === 0 ? 1 : 0;
  return sh.status;
}

function* bare(sh: Shell, node: Pipeline): Task<number> {
  const [only] = node.commands;
  if (!only) return 0;
  sh.status = yield* (node.commands.length === 1 ? single(sh, only) : runPipeline(sh, node));
  return sh.status;
}

/** Turns complaints of expansions and assignments into messages and statuses. */
export function* guarded(sh: Shell, node: CommandNode): Task<number> {
  try {
    return yield* execCommand(sh, node);
  } catch (e) {
    if (!(e instanceof Complaint)) throw e;
    return yield* answer(sh, e);
  }
}

/** Prints a complaint and does what its severity says. */
export function* answer(sh: Shell, complaint: Complaint): Task<number> {
  yield* sh.complain(complaint.message);
  sh.status = complaint.status;
  if (complaint.severity === "fail") return complaint.status;
  if (complaint.severity === "exit" && !sh.interactive) throw new ExitShell(complaint.status === 127 && (sh.input !== "string" || sh.on("errexit")) ? 1 : complaint.status);
  throw new Discard(complaint.status === 127 ? 1 : complaint.status);
}

/** Kinds of commands whose failure counts for `set -e` and ERR; the others' parts have counted already. */
function counts(node: PipelineNode, redirectFailed = false): boolean {
  if (node.type === "Redirected") return redirectFailed || counts(node.command);
  return ["Command", "Pipeline", "Subshell", "TestCommand", "ArithmeticCommand"].includes(node.type);
}

function* failed(sh: Shell, node: PipelineNode, status: number): Task<void> {
  const { redirectFailed } = sh;
  sh.redirectFailed = false;
  if (sh.errexitOff > 0 || !counts(node, redirectFailed)) return;
  yield* sh.traps.onEvent(sh, "ERR");
  if (sh.on("errexit")) throw new ExitShell(status);
}
