import type { Command, Redirection } from "unbash";
import type { Task } from "../../os/sys.ts";
import { type Builtin, findBuiltin, isSpecialBuiltin } from "../builtins/table.ts";
import { Complaint, Discard } from "../control.ts";
import { expandInto } from "../expand/word.ts";
import type { Shell } from "../state.ts";
import { cooked } from "../vars/assign.ts";
import { copyVariable, scalar } from "../vars/variable.ts";
import { traceAssignments, traceDeclaration } from "../xtrace.ts";
import { debugTrap } from "./trap-action.ts";
import { assignmentsOf, expandAssignment, give, type Given } from "./arguments.ts";
import { execExternal } from "./external.ts";
import { callFunction } from "./function.ts";
import { closeProcessFds, redirected, redirectForGood } from "./redirect.ts";
import { printNode } from "../print.ts";

/** An argument of a builtin: a word, or an assignment that `declare` and friends take as it stands. */
export type Argument = string | Given;

/** A simple command: assignments, words, redirections (bash(1), SIMPLE COMMAND EXPANSION). */
export function* execSimple(sh: Shell, node: Command): Task<number> {
  const replace = sh.mayReplace;
  sh.mayReplace = false;
  sh.line = sh.source.lineAt(node.pos);
  if (sh.traps.actions.size > 0) yield* debugTrap(sh, () => printNode(node, sh.source.text));
  const processFds = sh.processFds.length;
  sh.substStatus = undefined;
  try {
    const words = yield* expandArguments(sh, node);
    if (words.length === 0) return yield* assignOnly(sh, node);
    return yield* runCommand(sh, node, words, replace);
  } finally {
    closeProcessFds(sh, processFds);
  }
}

function* expandArguments(sh: Shell, node: Command): Task<Argument[]> {
  const words: string[] = [];
  if (node.name) yield* expandInto(sh, node.name, words);
  const out: Argument[] = words;
  for (const arg of node.args) {
    if (arg.type === "Assignment") {
      out.push(yield* expandAssignment(sh, arg));
      continue;
    }
    const more: string[] = [];
    yield* expandInto(sh, arg, more);
    out.push(...more);
  }
  return out;
}

/** `x=1 y=2` alone: the shell's own variables. The status is that of the last `$(…)`. */
function* assignOnly(sh: Shell, node: Command): Task<number> {
  const work = function* (): Task<number> {
    for (const a of assignmentsOf(node)) {
      const given = yield* expandAssignment(sh, a);
      if (sh.on("xtrace")) yield* traceAssignments(sh, [given], [a]);
      give(sh, given);
    }
    return sh.substStatus ?? 0;
  };
  const status = yield* work();
  sh.lastArg = "";
  if (node.redirects.length === 0) return status;
  return yield* redirected(sh, node.redirects, function* () { return status; });
}

function* runCommand(sh: Shell, node: Command, words: readonly Argument[], replace: boolean): Task<number> {
  const name = typeof words[0] === "string" ? words[0] : "";
  const fn = name.includes("/") ? undefined : sh.functions.get(name);
  const builtin = findBuiltin(sh, name);
  const useBuiltin = builtin && (!fn || (sh.on("posix") && isSpecialBuiltin(name)));
  const temporary = assignmentsOf(node);
  if (name === "exec" && useBuiltin) return yield* execBuiltin(sh, node, words, builtin);
  const keep = useBuiltin && sh.on("posix") && isSpecialBuiltin(name);
  const run = (): Task<number> => withTemporary(sh, temporary, keep === true, words, function* () {
    if (useBuiltin) return yield* runBuiltin(sh, name, builtin, words);
    const plain = words.map(plainWord);
    if (fn) return yield* callFunction(sh, fn, plain.slice(1));
    return yield* execExternal(sh, plain, printNode(node, sh.source.text), replace && !sh.traps.actions.has("EXIT"));
  });
  const status = yield* (node.redirects.length === 0 ? run() : redirected(sh, node.redirects, run));
  const last = words.at(-1);
  sh.lastArg = last === undefined ? "" : typeof last !== "string" && typeof last.value !== "string" ? last.name : plainWord(last);
  return status;
}

export const plainWord = (word: Argument): string => {
  if (typeof word === "string") return word;
  const value = typeof word.value === "string" ? word.value : `(${word.value.map((e) => e.value).join(" ")})`;
  return `${word.name}${word.subscript === undefined ? "" : `[${word.subscript}]`}${word.append ? "+" : ""}=${value}`;
};

/** Assignments before a command hold while it runs. */
function* withTemporary(sh: Shell, nodes: ReturnType<typeof assignmentsOf>, keep: boolean, words: readonly Argument[], work: () => Task<number>): Task<number> {
  if (nodes.length === 0) {
    if (sh.on("xtrace")) yield* traceDeclaration(sh, words);
    return yield* work();
  }
  const given: Given[] = [];
  const scope = keep ? undefined : sh.vars.push("temporary");
  try {
    for (const node of nodes) {
      const one = yield* expandAssignment(sh, node);
      given.push(one);
      if (scope) yield* temporary(sh, scope.vars, one);
      else {
        give(sh, one);
        const v = sh.vars.find(one.name);
        if (v) v.exported = true;
      }
    }
    if (sh.on("xtrace")) {
      yield* traceAssignments(sh, given, nodes);
      yield* traceDeclaration(sh, words);
    }
    return yield* work();
  } finally {
    if (scope) sh.vars.pop(scope);
  }
}

function* temporary(sh: Shell, vars: Map<string, ReturnType<typeof scalar>>, given: Given): Task<void> {
  const old = sh.vars.find(given.name);
  if (old?.readonly) {
    yield* sh.complain(`${given.name}: readonly variable`);
    return;
  }
  if (typeof given.value !== "string" || given.subscript !== undefined) {
    return;
  }
  const v = old && old.kind === "scalar" && !old.dynamic ? copyVariable(old) : scalar(undefined);
  v.nameref = false;
  const before = given.append ? sh.get(given.name) ?? "" : "";
  v.value = cooked(sh, v, before + given.value);
  v.exported = true;
  vars.set(given.name, v);
  if (given.name === "PATH") sh.hash.clear();
}

function* runBuiltin(sh: Shell, name: string, builtin: Builtin, words: readonly Argument[]): Task<number> {
  try {
    return yield* builtin(sh, words.slice(1), name);
  } catch (e) {
    if (!(e instanceof Complaint) || e.severity === "exit") throw e;
    yield* sh.complain(e.message);
    if (e.severity === "discard" && name === "unset") throw new Discard(1);
    return e.status;
  }
}

/** `exec` keeps its redirections, if it comes back at all. */
function* execBuiltin(sh: Shell, node: Command, words: readonly Argument[], builtin: Builtin): Task<number> {
  const ok = yield* redirectForGood(sh, node.redirects as readonly Redirection[]);
  if (!ok) return 1;
  return yield* withTemporary(sh, assignmentsOf(node), false, words, () => runBuiltin(sh, "exec", builtin, words));
}
