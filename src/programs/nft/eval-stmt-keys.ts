import type { StmtOf } from "./ast-stmt.ts";
import { fail, isConstant, type EvalCtx } from "./eval-ctx.ts";
import { evaluateObjMap } from "./eval-expr-map.ts";
import { evaluateArg } from "./eval-stmt-arg.ts";
import { INET_SERVICE } from "./types-net.ts";
import { INVALID, STRING } from "./types-base.ts";

/** `meta KEY set`, `ct KEY set`, and statements that name an object. */

export function evaluateMetaStmt(ctx: EvalCtx, stmt: StmtOf<"meta">): boolean {
  const { dtype, len, byteorder } = stmt.expr;
  const value = evaluateArg(ctx, stmt, dtype, len, byteorder, stmt.value);
  if (value !== null) stmt.value = value;
  return value !== null;
}

export function evaluateCtStmt(ctx: EvalCtx, stmt: StmtOf<"ct">): boolean {
  const { len, byteorder } = stmt.expr;
  const dtype = stmt.expr.dtype === INVALID ? INET_SERVICE : stmt.expr.dtype;
  const value = evaluateArg(ctx, stmt, dtype, len, byteorder, stmt.value);
  if (value === null) return false;
  stmt.value = value;
  return stmt.key !== "secmark" || !isConstant(value) || fail(ctx, "ct secmark must not be set to constant value", stmt.loc) !== null;
}

const OBJ_NAME_BITS = 128 * 8;

export function evaluateObjref(ctx: EvalCtx, stmt: StmtOf<"objref">): boolean {
  const expr = stmt.expr.kind === "map" ? evaluateObjMap(ctx, stmt.expr, stmt.type) : evaluateArg(ctx, stmt, STRING, OBJ_NAME_BITS, "host", stmt.expr);
  if (expr === null) return false;
  stmt.expr = expr;
  return isConstant(expr) || fail(ctx, "Counter expression must be constant", expr.loc) !== null;
}
