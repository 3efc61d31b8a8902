import type { ConcatExpr, Expr } from "./ast.ts";
import type { Datatype } from "./datatype.ts";
import { fail, isConstant, type EvalCtx, type ExprCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { wordBits } from "./nodes.ts";
import { concatType } from "./types.ts";
import { INVALID, TYPE } from "./types-base.ts";

/** `a . b`: fields side by side, each filling words. */

/** What field `i` is to be, by the selector or the type on the other side. */
function fieldCtx(outer: ExprCtx, i: number): ExprCtx | "too many" {
  const none: ExprCtx = { dtype: null, byteorder: "invalid", len: 0, maxval: 0n, key: null };
  if (outer.key?.kind === "concat") {
    const key = outer.key.exprs[i];
    return key === undefined ? "too many" : { dtype: key.dtype, byteorder: key.byteorder, len: key.len, maxval: 0n, key };
  }
  if (outer.dtype === null || outer.dtype.id === TYPE.invalid) return none;
  const sub = outer.dtype.subtypes?.[i];
  return sub === undefined ? { ...none, dtype: INVALID } : { dtype: sub, byteorder: sub.byteorder, len: sub.size, maxval: 0n, key: null };
}

const fieldsWanted = (outer: ExprCtx): number => (outer.key?.kind === "concat" ? outer.key.exprs.length : (outer.dtype?.subtypes?.length ?? 0));

/** Header fields of type integer know their size only themselves. */
function sized(e: Expr): Datatype {
  if (e.dtype.id !== TYPE.integer || e.dtype.size !== 0) return e.dtype;
  return { ...e.dtype, size: e.len, byteorder: e.byteorder };
}

export function evaluateConcat(ctx: EvalCtx, e: ConcatExpr): Expr | null {
  const outer = ctx.ectx;
  for (const [i, member] of e.exprs.entries()) {
    const field = evaluateField(ctx, e, outer, i, member);
    if (field === null) return null;
    e.exprs[i] = field;
  }
  return finished(ctx, e, outer);
}

function evaluateField(ctx: EvalCtx, e: ConcatExpr, outer: ExprCtx, i: number, member: Expr): Expr | null {
  const wanted = fieldCtx(outer, i);
  if (wanted === "too many") return fail(ctx, "too many concatenation components", e.loc, outer.key?.loc ?? null);
  if (outer.dtype === null && member.kind === "ct" && (member.key === "src" || member.key === "dst")) {
    return fail(ctx, "specify either ip or ip6 for address matching", member.loc);
  }
  // Members of a set are always keys of the set around it, even inside a field of one.
  ctx.ectx = member.kind === "set" && ctx.set !== null ? outer : wanted;
  const field = evaluateExpr(ctx, member);
  if (field === null) return null;
  if (outer.dtype === null && field.dtype.size === 0 && field.len === 0) return variableSize(ctx, field, e);
  return field;
}

const variableSize = (ctx: EvalCtx, field: Expr, e: ConcatExpr): null =>
  fail(ctx, `can not use variable sized data types (${field.dtype.name}) in concat expressions`, field.loc, e.loc);

function finished(ctx: EvalCtx, e: ConcatExpr, outer: ExprCtx): Expr | null {
  e.dtype = concatType(e.exprs.map(sized));
  e.len = e.exprs.reduce((sum, field) => sum + wordBits(field.len), 0);
  const missing = isConstant(e) && e.exprs.length < fieldsWanted(outer);
  if (missing || e.exprs.length < fieldsWanted(outer)) {
    return fail(ctx, `datatype mismatch, expected ${outer.dtype?.desc ?? ""}, expression has type ${e.dtype.desc}`, e.loc);
  }
  ctx.ectx = { dtype: e.dtype, byteorder: "invalid", len: e.len, maxval: 0n, key: outer.key?.kind === "concat" ? outer.key : e };
  return e;
}

/** The key or data of a set's declaration (set_expr_evaluate_concat). */
export function evaluateConcatType(ctx: EvalCtx, e: ConcatExpr): boolean {
  for (const [i, field] of e.exprs.entries()) {
    if (field.kind === "ct" && (field.key === "src" || field.key === "dst")) return fail(ctx, "specify either ip or ip6 for address matching", field.loc) !== null;
    if (field.dtype.size === 0 && field.len === 0) return variableSize(ctx, field, e) !== null;
    e.exprs[i] = field;
  }
  e.dtype = concatType(e.exprs.map(sized));
  e.len = e.exprs.reduce((sum, field) => sum + wordBits(field.len), 0);
  ctx.ectx = { dtype: e.dtype, byteorder: "invalid", len: e.len, maxval: 0n, key: e };
  return true;
}
