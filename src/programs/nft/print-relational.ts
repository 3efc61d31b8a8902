import type { BinOp, BinopExpr, Expr, FlagcmpExpr, RelationalExpr, RelOp } from "./ast.ts";
import { isBitmask } from "./types-base.ts";
import { printExpr } from "./print-expr.ts";
import type { Printing } from "./print-expr.ts";

const BIN_SIGNS: Record<BinOp, string> = { and: "&", or: "|", xor: "^", lshift: "<<", rshift: ">>" };
const REL_SIGNS: Record<RelOp, string> = { implicit: "", eq: "==", neq: "!=", lt: "<", lte: "<=", gt: ">", gte: ">=", neg: "!" };
/** Low binds tighter. */
const PRECEDENCE: Record<BinOp, number> = { lshift: 1, rshift: 1, and: 2, xor: 3, or: 4 };

/** Parentheses where the operator around binds tighter. */
const operand = (op: BinOp, e: Expr, p: Printing): string =>
  e.kind === "binop" && PRECEDENCE[op] < PRECEDENCE[e.op] ? `(${printExpr(e, p)})` : printExpr(e, p);

export const printBinop = (e: BinopExpr, p: Printing): string => `${operand(e.op, e.left, p)} ${BIN_SIGNS[e.op]} ${operand(e.op, e.right, p)}`;

/** `==` is left out unless it would change the meaning: flags match by bits without it (must_print_eq_op). */
const mustPrintEq = (e: RelationalExpr): boolean => (e.right.kind === "value" && isMadeOfBits(e.right)) || e.left.kind === "binop";
const isMadeOfBits = (e: Expr): boolean => e.dtype.basetype !== null && isBitmask(e.dtype.basetype);

const signOf = (e: RelationalExpr): string => (e.op === "eq" && !mustPrintEq(e) ? "" : REL_SIGNS[e.op]);

export function printRelational(e: RelationalExpr, p: Printing): string {
  const sign = signOf(e);
  return `${printExpr(e.left, p)} ${sign === "" ? "" : `${sign} `}${printExpr(e.right, p)}`;
}

/** `tcp flags syn / syn,ack` */
export const printFlagcmp = (e: FlagcmpExpr, p: Printing): string =>
  `${printExpr(e.expr, p)} ${e.op === "neq" ? "!= " : ""}${printExpr(e.value, p)} / ${printExpr(e.mask, p)}`;
