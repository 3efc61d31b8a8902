import type { CommandNode, CompoundList, Redirected, Subshell } from "unbash";
import type { Task } from "../../os/sys.ts";
import { Complaint } from "../control.ts";
import { arithmetic } from "../expand/word.ts";
import { printNode } from "../print.ts";
import { traceCommand } from "../xtrace.ts";
import type { Shell } from "../state.ts";
import { execCase, execIf } from "./branch.ts";
import { defineFunction } from "./function.ts";
import { forkShell } from "./fork.ts";
import { waitForeground } from "./pipeline.ts";
import { execArithmeticFor, execFor, execSelect, execWhile } from "./loops.ts";
import { closeProcessFds, redirected } from "./redirect.ts";
import { execSimple } from "./simple.ts";
import { debugTrap } from "./trap-action.ts";
import { execStatements } from "./statement.ts";
import { execTest } from "./test-command.ts";
import { execCoproc } from "./coproc.ts";

/** Runs one command of any kind. */
export function* execCommand(sh: Shell, node: CommandNode): Task<number> {
  if (node.type === "Command") return yield* execSimple(sh, node);
  if (node.type !== "Redirected" && node.type !== "BraceGroup" && node.type !== "Subshell") sh.mayReplace = false;
  switch (node.type) {
    case "Redirected": return yield* execRedirected(sh, node);
    case "BraceGroup": sh.mayReplace = false; return yield* execList(sh, node.body);
    case "Subshell": return yield* execSubshell(sh, node);
    case "If": return yield* execIf(sh, node);
    case "Case": return yield* execCase(sh, node);
    case "For": return yield* execFor(sh, node);
    case "ArithmeticFor": return yield* execArithmeticFor(sh, node);
    case "Select": return yield* execSelect(sh, node);
    case "While": return yield* execWhile(sh, node);
    case "TestCommand": return yield* execTest(sh, node);
    case "ArithmeticCommand": return yield* execArithmetic(sh, node.body, node.pos);
    case "Function": return yield* defineFunction(sh, node);
    case "Coproc": return yield* execCoproc(sh, node);
  }
}

export function* execList(sh: Shell, list: CompoundList): Task<number> {
  if (list.commands.length === 0) return (sh.status = 0);
  return yield* execStatements(sh, list.commands);
}

function* execRedirected(sh: Shell, node: Redirected): Task<number> {
  sh.mayReplace = false;
  const fds = sh.processFds.length;
  try {
    return yield* redirected(sh, node.redirects, () => execCommand(sh, node.command));
  } finally {
    closeProcessFds(sh, fds);
  }
}

/** `( … )`. */
export function* execSubshell(sh: Shell, node: Subshell): Task<number> {
  const pid = forkShell(sh, (child) => execList(child, node.body), sh.on("monitor") ? { pgid: 0 } : {});
  if (typeof pid === "string") throw new Complaint("fork: retry: Resource temporarily unavailable", "discard", 254);
  return yield* waitForeground(sh, [pid], printNode(node, sh.source.text));
}

/** `(( … ))`: 0 when the value is not zero. */
function* execArithmetic(sh: Shell, body: string, pos: number): Task<number> {
  sh.line = sh.source.lineAt(pos);
  if (sh.traps.actions.size > 0) yield* debugTrap(sh, () => `((${body}))`);
  if (sh.on("xtrace")) yield* traceCommand(sh, `(( ${body} ))`);
  try {
    return (yield* arithmetic(sh, body, "((")) !== 0n ? 0 : 1;
  } catch (e) {
    if (!(e instanceof Complaint) || e.severity === "exit") throw e;
    yield* sh.complain(e.message);
    return 1;
  }
}
