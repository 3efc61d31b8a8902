import type { Expr, SetElemExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { expectNothing, fail, isConstant, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { declareImplicitSet } from "./eval-expr-map.ts";
import { evaluateStmt, isStateful } from "./eval-stmt.ts";
import { evaluateArg } from "./eval-stmt-arg.ts";
import { INVALID } from "./types-base.ts";
import { setOf } from "./parse-set-expr.ts";

/** Sets that packets fill: `add @set { ip saddr }`, maps, meters. */

type Update = StmtOf<"set"> | StmtOf<"map">;

function updatedSet(ctx: EvalCtx, stmt: Update): SetDecl | null {
  expectNothing(ctx);
  const set = evaluateExpr(ctx, stmt.set);
  if (set === null) return null;
  stmt.set = set;
  return set.kind === "set_ref" ? set.set : fail(ctx, "Expression does not refer to a set", set.loc);
}

const elemOf = (e: Expr): SetElemExpr | null => (e.kind === "set_elem" ? e : null);

/** One selector with what belongs to an element. */
function evaluateKeyArg(ctx: EvalCtx, stmt: Stmt, wanted: Expr, e: Expr): Expr | null {
  const elem = elemOf(e);
  const { dtype, len, byteorder } = wanted;
  const key = evaluateArg(ctx, stmt, dtype, len, byteorder, elem?.key ?? e);
  if (key === null || elem === null) return key;
  elem.key = key;
  elem.dtype = key.dtype;
  elem.len = key.len;
  elem.byteorder = key.byteorder;
  return elem;
}

function evaluateUpdateKey(ctx: EvalCtx, stmt: Update, set: SetDecl): boolean {
  if (set.key === null) return false;
  const key = evaluateKeyArg(ctx, stmt, set.key, stmt.key);
  if (key === null) return false;
  stmt.key = key;
  return (elemOf(key)?.comment ?? null) === null || fail(ctx, "Key expression comments are not supported", key.loc) !== null;
}

function evaluateStateful(ctx: EvalCtx, stmts: readonly Stmt[]): boolean {
  for (const stmt of stmts) {
    if (!evaluateStmt(ctx, stmt)) return false;
    if (!isStateful(stmt)) return fail(ctx, "statement must be stateful", stmt.loc) !== null;
  }
  return true;
}

export function evaluateSetStmt(ctx: EvalCtx, stmt: StmtOf<"set">): boolean {
  const set = updatedSet(ctx, stmt);
  if (set === null || !evaluateUpdateKey(ctx, stmt, set) || !evaluateStateful(ctx, stmt.stmts)) return false;
  // A set that packets fill must be of a kind that can grow (NFT_SET_EVAL), said or not.
  set.flags.eval = true;
  return true;
}

export function evaluateMapStmt(ctx: EvalCtx, stmt: StmtOf<"map">): boolean {
  const set = updatedSet(ctx, stmt);
  if (set === null) return false;
  if (set.data === null) return fail(ctx, "Expression does not refer to a set", stmt.set.loc) !== null;
  if (!evaluateUpdateKey(ctx, stmt, set) || !evaluateUpdateData(ctx, stmt, set.data)) return false;
  return evaluateStateful(ctx, stmt.stmts);
}

function evaluateUpdateData(ctx: EvalCtx, stmt: StmtOf<"map">, wanted: Expr): boolean {
  const data = evaluateKeyArg(ctx, stmt, wanted, stmt.data);
  if (data === null) return false;
  stmt.data = data;
  if ((elemOf(data)?.comment ?? null) !== null) return fail(ctx, "Data expression comments are not supported", data.loc) !== null;
  return (elemOf(data)?.timeoutMs ?? null) === null || fail(ctx, "Data expression timeouts are not supported", data.loc) !== null;
}

/** `meter m { ip saddr limit rate … }`: an empty set of the meter's name. */
export function evaluateMeter(ctx: EvalCtx, stmt: StmtOf<"meter">): boolean {
  expectNothing(ctx);
  const key = evaluateExpr(ctx, stmt.key);
  if (key === null) return false;
  stmt.key = key;
  if (isConstant(key)) return fail(ctx, "Meter key expression can not be constant", key.loc) !== null;
  if ((elemOf(key)?.comment ?? null) !== null) return fail(ctx, "Meter key expression can not contain comments", key.loc) !== null;
  return declareMeter(ctx, stmt, key) && evaluateMeterStmt(ctx, stmt);
}

function declareMeter(ctx: EvalCtx, stmt: StmtOf<"meter">, key: Expr): boolean {
  const init = { ...setOf([], key.loc), dtype: INVALID, eval: true };
  const ref = declareImplicitSet(ctx, stmt.name, elemOf(key)?.key ?? key, null, init);
  if (ref === null) return false;
  ref.set.flags.constant = false;
  ref.set.flags.timeout = (elemOf(key)?.timeoutMs ?? null) !== null;
  ref.set.size = stmt.size;
  stmt.set = ref.set;
  return true;
}

function evaluateMeterStmt(ctx: EvalCtx, stmt: StmtOf<"meter">): boolean {
  if (!evaluateStmt(ctx, stmt.stmt)) return false;
  return isStateful(stmt.stmt) || fail(ctx, "meter statement must be stateful", stmt.stmt.loc, stmt.loc) !== null;
}
