import type { Expr, PrefixExpr } from "./ast.ts";
import type { Stmt } from "./ast-stmt.ts";
import type { Byteorder, Datatype } from "./datatype.ts";
import { baseType, constantOf, expect, fail, ones, sameType, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { inByteorder } from "./eval-expr-binop.ts";
import { rangeOf } from "./nodes.ts";
import { TYPE } from "./types-base.ts";

/** The value a statement writes or uses, of a certain type (stmt_evaluate_arg). Null after an error. */
export function evaluateArg(ctx: EvalCtx, stmt: Stmt, dtype: Datatype, len: number, byteorder: Byteorder, given: Expr): Expr | null {
  expect(ctx, dtype, len, byteorder);
  const e = evaluateExpr(ctx, given);
  return e === null ? null : checkArg(ctx, stmt, dtype, len, byteorder, e);
}

export function checkArg(ctx: EvalCtx, stmt: Stmt, dtype: Datatype, len: number, byteorder: Byteorder, e: Expr): Expr | null {
  if (e.kind === "payload" && e.dtype.id === TYPE.integer && (e.dtype.id !== baseType(dtype).id || e.len !== len)) {
    return fail(ctx, `datatype mismatch: expected ${dtype.desc}, expression has type ${e.dtype.desc} with length ${String(e.len)}`, e.loc, stmt.loc);
  }
  if (e.dtype.id !== TYPE.integer && !sameType(e.dtype, dtype)) {
    return fail(ctx, `datatype mismatch: expected ${dtype.desc}, expression has type ${e.dtype.desc}`, e.loc, stmt.loc);
  }
  return asSingleValue(ctx, stmt, byteorder, e);
}

/** One value is to be written: no set; other byte orders are turned. */
function asSingleValue(ctx: EvalCtx, stmt: Stmt, byteorder: Byteorder, e: Expr): Expr | null {
  if (e.kind === "set") return fail(ctx, "you cannot use a set here, unknown value to use", e.loc, stmt.loc);
  if (e.kind === "set_ref") return fail(ctx, "you cannot reference a set here, unknown value to use", e.loc, stmt.loc);
  if (e.kind === "prefix") return forStmt(ctx, stmt, prefixAsRange(ctx, e));
  if (e.kind === "range") return forStmt(ctx, stmt, e);
  const turned = e.kind === "rt" || e.kind === "meta" || e.kind === "ct" || e.kind === "numgen" || e.kind === "hash" || e.kind === "payload" || e.kind === "binop";
  const integer = baseType(e.dtype).id === TYPE.integer && e.len > 8;
  return turned && integer && byteorder !== "invalid" && e.byteorder !== "invalid" ? inByteorder(ctx, e, byteorder) : e;
}

/** Only addresses, ports and queues are chosen from ranges; nft 1.0.6 aborts on others with these words. */
function forStmt(ctx: EvalCtx, stmt: Stmt, e: Expr | null): Expr | null {
  const chosen = stmt.kind === "nat" || stmt.kind === "queue" || stmt.kind === "tproxy";
  return e === null || chosen ? e : fail(ctx, "BUG: unknown expression type range", e.loc);
}

/** `dnat to 10.0.0.0/24` means its addresses (stmt_prefix_conversion). */
function prefixAsRange(ctx: EvalCtx, e: PrefixExpr): Expr | null {
  const base = e.expr;
  if (base.kind !== "value") return fail(ctx, `you cannot specify a prefix here, unknown type ${base.dtype.desc}`, e.loc);
  const high = constantOf(e.loc, base.dtype, base.byteorder, base.len, base.value | ones(base.len - e.prefixLen));
  return rangeOf(base, high, e.loc);
}
