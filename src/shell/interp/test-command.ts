import type { TestBinaryExpression, TestCommand, TestExpression } from "unbash";
import type { Task } from "../../os/sys.ts";
import { compareNumbers, compareStringsOrFiles, unaryTest } from "../builtins/test-ops.ts";
import { evaluate } from "../arith/evaluate.ts";
import { Complaint } from "../control.ts";
import { compileRegex } from "../expand/regex.ts";
import { expandPattern, expandString, expandText } from "../expand/word.ts";
import type { Shell } from "../state.ts";
import { traceQuote } from "../text/quote.ts";
import { printNode } from "../print.ts";
import { debugTrap } from "./trap-action.ts";
import { indexedArray } from "../vars/variable.ts";
import { traceCommand } from "../xtrace.ts";

/** `[[ … ]]`: 0 true, 1 false, 2 wrong. */
export function* execTest(sh: Shell, node: TestCommand): Task<number> {
  sh.line = sh.source.lineAt(node.pos);
  if (sh.traps.actions.size > 0) yield* debugTrap(sh, () => printNode(node, sh.source.text));
  try {
    return (yield* holds(sh, node.expression)) ? 0 : 1;
  } catch (e) {
    if (!(e instanceof Complaint) || e.severity === "exit") throw e;
    if (e.message !== "") yield* sh.complain(e.message);
    return e.status;
  }
}

function* holds(sh: Shell, e: TestExpression): Task<boolean> {
  switch (e.type) {
    case "TestGroup": return yield* holds(sh, e.expression);
    case "TestNot": return (yield* holds(sh, e.operand)) !== (e.negations.length % 2 === 1);
    case "TestLogical": return yield* logical(sh, e.operator, e.operands);
    case "TestUnary": return yield* unary(sh, e);
    case "TestBinary": return yield* binary(sh, e);
  }
}

function* logical(sh: Shell, operator: "&&" | "||", operands: readonly TestExpression[]): Task<boolean> {
  for (const operand of operands) {
    const value = yield* holds(sh, operand);
    if (value !== (operator === "&&")) return value;
  }
  return operator === "&&";
}

function* unary(sh: Shell, e: Extract<TestExpression, { type: "TestUnary" }>): Task<boolean> {
  const operand = yield* expandString(sh, e.operand);
  if (sh.on("xtrace")) yield* traceCommand(sh, `[[ ${e.operator} ${traceQuote(operand)} ]]`);
  return unaryTest(sh, e.operator, operand);
}

function* binary(sh: Shell, e: TestBinaryExpression): Task<boolean> {
  const left = yield* expandString(sh, e.left);
  if (e.operator === "=~") return yield* regexMatch(sh, left, e);
  if (/^(==?|!=)$/.test(e.operator)) {
    const source = yield* expandPattern(sh, e.right);
    if (sh.on("xtrace")) yield* traceCommand(sh, `[[ ${traceQuote(left)} ${e.operator} ${source === "" ? "''" : source} ]]`);
    const pattern = sh.patterns.get(source, { extended: true, ignoreCase: sh.shopt.has("nocasematch") });
    return pattern.matches(left) === (e.operator !== "!=");
  }
  const right = yield* expandString(sh, e.right);
  if (sh.on("xtrace")) yield* traceCommand(sh, `[[ ${traceQuote(left)} ${e.operator} ${traceQuote(right)} ]]`);
  if (!/^-(eq|ne|lt|le|gt|ge)$/.test(e.operator)) return compareStringsOrFiles(sh, e.operator, left, right);
  const number = function* (text: string): Task<bigint> { return evaluate(sh, yield* expandText(sh, text), "[["); };
  return compareNumbers(e.operator, yield* number(left), yield* number(right));
}

/** Sets BASH_REMATCH. */
function* regexMatch(sh: Shell, left: string, e: TestBinaryExpression): Task<boolean> {
  const source = yield* expandPattern(sh, e.right);
  if (sh.on("xtrace")) yield* traceCommand(sh, `[[ ${traceQuote(left)} =~ ${source} ]]`);
  const regex = compileRegex(source, sh.shopt.has("nocasematch"));
  if (!regex) throw new Complaint("", "fail", 2);
  const m = regex.exec(left);
  sh.vars.define("BASH_REMATCH", indexedArray(m ? [...m].map((group: string | undefined) => group ?? "") : []));
  return m !== null;
}
