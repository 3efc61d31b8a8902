import type { Expr, SetRefExpr, ValueExpr } from "./ast.ts";
import type { RuleDecl, SetDecl, Cmd } from "./ast-cmd.ts";
import type { Stmt } from "./ast-stmt.ts";
import type { NftContext } from "./context.ts";
import type { Byteorder, Datatype } from "./datatype.ts";
import { NETLINK } from "./diag.ts";
import type { Loc } from "./loc.ts";
import { protoCtxInit, type ProtoState } from "./proto-ctx.ts";
import type { NftFamily } from "../../net/uapi/nft-expr.ts";

/** What the expression being read is expected to be (expr_ctx): the other side of a comparison, a set's key … */
export interface ExprCtx {
  dtype: Datatype | null;
  byteorder: Byteorder;
  /** Bits, 0 = any. */
  len: number;
  /** Largest value, 0 = what `len` holds. */
  maxval: bigint;
  /** The selector itself, for the fields of concatenations. */
  key: Expr | null;
}

/** Evaluation of one command (eval_ctx). Errors go to `nft.diags`; evaluators answer null then. */
export interface EvalCtx {
  readonly nft: NftContext;
  readonly cmd: Cmd;
  readonly family: NftFamily;
  pctx: ProtoState;
  ectx: ExprCtx;
  /** Set whose elements are read. */
  set: SetDecl | null;
  rule: RuleDecl | null;
  /** Statement of the rule being read; dependencies go before it. */
  stmt: Stmt | null;
  /** Header fields whose dependencies are there already. */
  readonly seen: WeakSet<Expr>;
}

const emptyExprCtx = (): ExprCtx => ({ dtype: null, byteorder: "invalid", len: 0, maxval: 0n, key: null });

export const evalCtxOf = (nft: NftContext, cmd: Cmd, family: NftFamily = cmd.handle.family): EvalCtx => ({
  nft, cmd, family, pctx: protoCtxInit(family), ectx: emptyExprCtx(), set: null, rule: null, stmt: null, seen: new WeakSet(),
});

/** The next expression is to be of this type (expr_set_context). */
export function expect(ctx: EvalCtx, dtype: Datatype | null, len: number, byteorder: Byteorder = dtype?.byteorder ?? "invalid", maxval = 0n): void {
  ctx.ectx = { dtype, byteorder, len, maxval, key: null };
}

export const expectNothing = (ctx: EvalCtx): void => expect(ctx, null, 0);

/** Notes an error: carets under the first place, tildes under the second. Answers null, for `return fail(…)`. */
export function fail(ctx: EvalCtx, text: string, ...at: readonly (Loc | null)[]): null {
  ctx.nft.diags.push({ level: "Error", text, at: at.filter((loc) => loc !== null) });
  return null;
}

/** Where a set was declared: in this input, or long ago. */
export const declaredAt = (set: SetDecl): Loc => (set.loc.input.text === "" ? { input: NETLINK, start: 0, end: 0 } : set.loc);

/** The operator between two operands, where nft points when it speaks of both. */
export function between(a: Loc, b: Loc): Loc {
  const text = a.input.text.slice(a.end, b.start);
  const word = /[^\s(){}]+/.exec(text);
  if (word === null || a.input !== b.input) return a;
  return { input: a.input, start: a.end + word.index, end: a.end + word.index + word[0].length };
}

/** Words for kinds of expressions in errors (expr_ops.name). */
const NAMES: Partial<Record<Expr["kind"], string>> = {
  set_ref: "set reference", set_elem: "element", flagcmp: "flags comparison", catchall: "catch-all set element", hash: "hash", numgen: "numgen",
};
export const exprName = (e: Expr): string => NAMES[e.kind] ?? e.kind;

/** After evaluation: is it known without a packet (EXPR_F_CONSTANT)? */
export function isConstant(e: Expr): boolean {
  switch (e.kind) {
    case "value": case "verdict": case "set": case "set_ref": case "catchall": case "prefix": case "range": case "mapping": case "map": return true;
    case "set_elem": return isConstant(e.key);
    case "concat": return e.exprs.every(isConstant);
    default: return false;
  }
}

/** One value, not several (EXPR_F_SINGLETON). */
export function isSingleton(e: Expr): boolean {
  switch (e.kind) {
    case "value": case "verdict": case "catchall": return true;
    case "set_elem": return isSingleton(e.key);
    case "mapping": return isSingleton(e.left);
    case "concat": return e.exprs.every(isSingleton);
    default: return false;
  }
}

export function baseType(dtype: Datatype): Datatype {
  let d = dtype;
  while (d.basetype !== null) d = d.basetype;
  return d;
}

/** A constant nobody typed (constant_expr_alloc). */
export const constantOf = (loc: Loc, dtype: Datatype, byteorder: Byteorder, len: number, value: bigint | number): ValueExpr =>
  ({ kind: "value", loc, dtype, byteorder, len, value: BigInt(value) });

export const setRefOf = (set: SetDecl, loc: Loc): SetRefExpr =>
  ({ kind: "set_ref", loc, dtype: set.key?.dtype ?? baseUnknown, byteorder: set.key?.byteorder ?? "invalid", len: set.key?.len ?? 0, set });

const baseUnknown: Datatype = { id: 0, name: "invalid", desc: "invalid", byteorder: "invalid", size: 0, basetype: null, symbols: null, prefix: false, subtypes: null };

export const sameType = (a: Datatype, b: Datatype): boolean => a.id === b.id;
export const ones = (bits: number): bigint => (1n << BigInt(Math.max(0, bits))) - 1n;
export const OP_SYMBOLS: Readonly<Record<string, string>> = {
  implicit: "", and: "&", or: "|", xor: "^", lshift: "<<", rshift: ">>", eq: "==", neq: "!=", lt: "<", lte: "<=", gt: ">", gte: ">=", neg: "!",
};
export const kindOfSet = (set: SetDecl): "map" | "set" => (set.flags.map ? "map" : "set");
