import type { Case, If } from "unbash";
import type { Task } from "../../os/sys.ts";
import { expandPattern, expandString } from "../expand/word.ts";
import type { Shell } from "../state.ts";
import { traceCommand } from "../xtrace.ts";
import { execList } from "./command.ts";
import { debugTrap } from "./trap-action.ts";
import { withoutErrexit } from "./statement.ts";

export function* execIf(sh: Shell, node: If): Task<number> {
  for (const branch of [node, ...node.elif]) {
    if ((yield* withoutErrexit(sh, execList(sh, branch.clause))) === 0) return yield* execList(sh, branch.then);
  }
  if (node.else) return yield* execList(sh, node.else);
  return (sh.status = 0);
}

/** `case`: `;;` ends, `;&` runs the next body too, `;;&` goes on testing. */
export function* execCase(sh: Shell, node: Case): Task<number> {
  sh.line = sh.source.lineAt(node.pos);
  if (sh.traps.actions.size > 0) yield* debugTrap(sh, () => `case ${node.word.text} in `);
  const subject = yield* expandString(sh, node.word);
  if (sh.on("xtrace")) yield* traceCommand(sh, `case ${node.word.text} in`);
  let status = 0;
  let running = false;
  for (const item of node.items) {
    running ||= yield* anyMatches(sh, subject, item.pattern);
    if (!running) continue;
    status = yield* execList(sh, item.body);
    if (item.terminator === ";&") continue;
    if (item.terminator !== ";;&") break;
    running = false;
  }
  return (sh.status = status);
}

function* anyMatches(sh: Shell, subject: string, patterns: Case["items"][number]["pattern"]): Task<boolean> {
  for (const word of patterns) {
    const source = yield* expandPattern(sh, word);
    const pattern = sh.patterns.get(source, { extended: sh.shopt.has("extglob") || word.parts !== undefined, ignoreCase: sh.shopt.has("nocasematch") });
    if (pattern.matches(subject)) return true;
  }
  return false;
}
