import type { BinOp, BinopExpr, Expr } from "./ast.ts";
import type { Loc } from "./loc.ts";
import { concatOf } from "./nodes.ts";
import type { Parser } from "./parser.ts";
import { INVALID } from "./types-base.ts";

/** Operators on values, loosest first: `|`, `^`, `&`, shifts. Left to right. */

type Read = (p: Parser) => Expr;

const binop = (op: BinOp, left: Expr, right: Expr, loc: Loc): BinopExpr => ({ kind: "binop", loc, dtype: INVALID, byteorder: "invalid", len: 0, op, left, right });

const LEVELS: readonly Readonly<Record<string, BinOp>>[] = [{ "'|'": "or" }, { "^": "xor" }, { "&": "and" }];
const SHIFTS: Readonly<Record<string, BinOp>> = { "<<": "lshift", ">>": "rshift" };

/** Tokens of operators. */
export const OPERATORS: readonly string[] = [...LEVELS.flatMap((level) => Object.keys(level)), ...Object.keys(SHIFTS)];

function chain(p: Parser, ops: Readonly<Record<string, BinOp>>, first: Expr, start: number, right: Read): Expr {
  let left = first;
  for (let op = ops[p.kind]; op !== undefined; op = ops[p.kind]) {
    p.next();
    const arg = right(p);
    left = binop(op, left, arg, p.from(start));
  }
  return left;
}

/** An expression of operators over `primary`; what stands right of an operator is a `right`. */
export function operators(p: Parser, primary: Read, right: Read = primary, level = 0): Expr {
  const start = p.start();
  return operatorsFrom(p, primary(p), start, right, level);
}

/** The same, its first operand, which began at `start`, read already. */
export function operatorsFrom(p: Parser, first: Expr, start: number, right: Read, level = 0): Expr {
  const ops = LEVELS[level];
  if (!ops) return chain(p, SHIFTS, first, start, right);
  return chain(p, ops, operatorsFrom(p, first, start, right, level + 1), start, (q) => operators(q, right, right, level + 1));
}

/** `first . b . c`, the first read already: an expression of its fields. From the third on a field's place begins at its dot. */
export function concatenation(p: Parser, first: Expr, start: number, operand: Read): Expr {
  if (!p.at(".")) return first;
  const exprs = [first];
  for (let dot = p.accept("."); dot !== null; dot = p.accept(".")) {
    const field = operand(p);
    exprs.push(exprs.length < 2 ? field : { ...field, loc: p.from(dot.loc) });
  }
  return concatOf(exprs, p.from(start));
}

/** `( … )` */
export function parenthesised(p: Parser, inside: Read): Expr {
  return p.nested(() => {
    p.expect("'('");
    const expr = inside(p);
    p.expect("')'");
    return expr;
  });
}
