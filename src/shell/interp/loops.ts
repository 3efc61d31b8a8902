import type { ArithmeticExpression, ArithmeticFor, CompoundList, For, Select, While } from "unbash";
import type { Task } from "../../os/sys.ts";
import { BreakLoop, Complaint, ContinueLoop } from "../control.ts";
import { readLine } from "../builtins/read-line.ts";
import { arithmetic, expandWords } from "../expand/word.ts";
import { promptText } from "../expand/prompt.ts";
import type { Shell } from "../state.ts";
import { assign, isName } from "../vars/assign.ts";
import { traceCommand } from "../xtrace.ts";
import { execList } from "./command.ts";
import { debugTrap } from "./trap-action.ts";
import { step, withoutErrexit } from "./statement.ts";

/** Runs one turn of a loop's body. Answers false when the loop must end. */
function* turn(sh: Shell, body: CompoundList): Task<boolean> {
  yield* step(sh);
  try {
    yield* execList(sh, body);
    return true;
  } catch (leave) {
    if (leave instanceof BreakLoop) {
      if (leave.levels > 1 && sh.loopDepth > 1) throw new BreakLoop(leave.levels - 1);
      sh.status = 0;
      return false;
    }
    if (!(leave instanceof ContinueLoop)) throw leave;
    if (leave.levels > 1 && sh.loopDepth > 1) throw new ContinueLoop(leave.levels - 1);
    sh.status = 0;
    return true;
  }
}

function* looping(sh: Shell, work: Task<number>): Task<number> {
  sh.loopDepth++;
  try {
    return yield* work;
  } finally {
    sh.loopDepth--;
  }
}

export function* execFor(sh: Shell, node: For): Task<number> {
  sh.line = sh.source.lineAt(node.pos);
  const name = node.name.text;
  if (!isName(name)) throw new Complaint(`\`${name}': not a valid identifier`, "discard");
  const words = node.wordlist ? yield* expandWords(sh, node.wordlist) : sh.args;
  const shown = node.wordlist ? node.wordlist.map((w) => w.text).join(" ") : '"$@"';
  return yield* looping(sh, eachWord(sh, node, name, words, `for ${name} in ${shown}`));
}

function* eachWord(sh: Shell, node: For, name: string, words: readonly string[], shown: string): Task<number> {
  let status = 0;
  for (const word of words) {
    sh.line = sh.source.lineAt(node.pos);
    if (sh.traps.actions.size > 0) yield* debugTrap(sh, () => shown);
    if (sh.on("xtrace")) yield* traceCommand(sh, shown);
    try {
      setLoopVariable(sh, name, word);
    } catch (e) {
      if (!(e instanceof Complaint)) throw e;
      yield* sh.complain(e.message);
      return (sh.status = 1);
    }
    const on = yield* turn(sh, node.body);
    status = sh.status;
    if (!on) break;
  }
  return (sh.status = status);
}

/** A reference that is the loop variable is pointed anew each turn. */
function setLoopVariable(sh: Shell, name: string, word: string): void {
  const v = sh.vars.find(name);
  if (v?.nameref && !v.readonly) v.value = word;
  else assign(sh, name, word);
}

export function* execArithmeticFor(sh: Shell, node: ArithmeticFor): Task<number> {
  const text = (e: ArithmeticExpression | undefined): string | undefined => (e ? sh.source.text.slice(e.pos, e.end) : undefined);
  return yield* looping(sh, countLoop(sh, node, { first: text(node.initialize), test: text(node.test), update: text(node.update) }));
}

interface Three { readonly first: string | undefined; readonly test: string | undefined; readonly update: string | undefined }

function* countLoop(sh: Shell, node: ArithmeticFor, { first, test, update }: Three): Task<number> {
  let status = 0;
  const line = sh.source.lineAt(node.pos);
  if ((yield* part(sh, line, first)) === undefined) return 1;
  for (;;) {
    const value = yield* part(sh, line, test ?? "1");
    if (value === undefined) return 1;
    if (value === 0n) break;
    const on = yield* turn(sh, node.body);
    status = sh.status;
    if (!on) break;
    if ((yield* part(sh, line, update)) === undefined) return 1;
  }
  return (sh.status = status);
}

/** One of the three expressions; undefined when it was wrong, which was printed. */
function* part(sh: Shell, line: number, text: string | undefined): Task<bigint | undefined> {
  sh.line = line;
  if (text === undefined) return 1n;
  if (sh.traps.actions.size > 0) yield* debugTrap(sh, () => `((${text}))`);
  if (sh.on("xtrace")) yield* traceCommand(sh, `(( ${text} ))`);
  try {
    return yield* arithmetic(sh, text, "((");
  } catch (e) {
    if (!(e instanceof Complaint) || e.severity === "exit") throw e;
    yield* sh.complain(e.message);
    return undefined;
  }
}

export function* execWhile(sh: Shell, node: While): Task<number> {
  return yield* looping(sh, whileLoop(sh, node));
}

function* whileLoop(sh: Shell, node: While): Task<number> {
  const goOn = node.kind === "while";
  let status = 0;
  for (;;) {
    const answer = yield* condition(sh, node.clause);
    if (answer === "break") break;
    if (answer === "continue") continue;
    if ((answer === 0) !== goOn) break;
    const on = yield* turn(sh, node.body);
    status = sh.status;
    if (!on) break;
  }
  return (sh.status = status);
}

/** break and continue work in the condition too. */
function* condition(sh: Shell, clause: CompoundList): Task<number | "break" | "continue"> {
  yield* step(sh);
  try {
    return yield* withoutErrexit(sh, execList(sh, clause));
  } catch (leave) {
    if (leave instanceof BreakLoop) {
      if (leave.levels > 1 && sh.loopDepth > 1) throw new BreakLoop(leave.levels - 1);
      return "break";
    }
    if (!(leave instanceof ContinueLoop)) throw leave;
    if (leave.levels > 1 && sh.loopDepth > 1) throw new ContinueLoop(leave.levels - 1);
    return "continue";
  }
}

export function* execSelect(sh: Shell, node: Select): Task<number> {
  const words = node.wordlist ? yield* expandWords(sh, node.wordlist) : sh.args;
  if (words.length === 0) return 0;
  return yield* looping(sh, selectLoop(sh, node, words));
}

function* selectLoop(sh: Shell, node: Select, words: readonly string[]): Task<number> {
  for (let show = true; ;) {
    if (show) yield* sh.write(2, words.map((w, i) => `${String(i + 1).padStart(String(words.length).length)}) ${w}\n`).join(""));
    yield* sh.write(2, yield* promptText(sh, sh.get("PS3") ?? "#? "));
    const read = yield* readLine(sh, 0, { delimiter: "\n", raw: false });
    if (read.text === "" && read.ended) {
      yield* sh.write(1, "\n");
      return (sh.status = 1);
    }
    assign(sh, "REPLY", read.text);
    show = read.text === "";
    if (show) continue;
    assign(sh, node.name.text, words[Number(read.text) - 1] ?? "");
    if (!(yield* turn(sh, node.body))) return sh.status;
  }
}
