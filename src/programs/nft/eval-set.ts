import type { Expr, SetExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { constantOf, exprName, fail, kindOfSet, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { bigEndianFields } from "./eval-expr-binop.ts";
import { evaluateConcatType } from "./eval-expr-concat.ts";
import { fieldLensOf } from "./eval-expr-map.ts";
import { elemKeyOf } from "./eval-expr-set.ts";
import { evaluateStmt, isStateful } from "./eval-stmt.ts";
import { findTable, tableNotFound } from "./fuzzy.ts";
import { intervalSetEval } from "./intervals.ts";
import { noLoc } from "./nodes.ts";
import { STRING, TYPE } from "./types-base.ts";

/** Declarations of sets and maps (set_evaluate). Elements come after, in {@link evaluateElements}. */

const OBJ_NAME_BITS = 128 * 8;

export function evaluateSetDecl(ctx: EvalCtx, set: SetDecl): boolean {
  if (set.timeoutMs !== null) set.flags.timeout = true;
  if (set.isMap) (set.objType === null ? (set.flags.map = true) : (set.flags.object = true));
  if (!set.anonymous && !remember(ctx, set)) return false;
  if (!set.flags.interval && set.flags.autoMerge) return fail(ctx, "auto-merge only works with interval sets", set.loc) !== null;
  if (!evaluateKey(ctx, set) || !evaluateDataType(ctx, set) || !evaluateSetStmts(ctx, set)) return false;
  return !set.anonymous || evaluateAnonymous(ctx, set);
}

/** New sets are known to the commands after this one. */
function remember(ctx: EvalCtx, set: SetDecl): boolean {
  const table = findTable(ctx);
  if (table === null) return tableNotFound(ctx) !== null;
  const name = set.handle.set?.name ?? "";
  if (!table.sets.has(name)) table.sets.set(name, set);
  return true;
}

function evaluateKey(ctx: EvalCtx, set: SetDecl): boolean {
  const { key } = set;
  if (key === null) return fail(ctx, `${set.data === null ? "set" : kindOfSet(set)} definition does not specify key`, set.loc) !== null;
  if (!set.anonymous && key.kind === "concat" && !evaluateConcatType(ctx, key)) return false;
  if (key.kind !== "concat" && !sizedFields(ctx, key)) return false;
  if (key.len === 0) return unqualified(ctx, set, key);
  set.keyType = key.dtype;
  const lens = fieldLensOf(key);
  if (lens.length > 0) set.fieldLens = lens;
  if (lens.length > 0 && set.flags.interval) set.flags.concat = true;
  return true;
}

/** `type a . b`: every field must have a size; the error points to the field's word. */
function sizedFields(ctx: EvalCtx, key: Expr): boolean {
  const at = (key.dtype.subtypes ?? []).findIndex((d) => d.size === 0);
  const bad = key.dtype.subtypes?.[at];
  if (bad === undefined) return true;
  const { input, start, end } = key.loc;
  const word = [...input.text.slice(start, end).matchAll(/[\w-]+/g)][at];
  const loc = word === undefined ? key.loc : { input, start: start + word.index, end: start + word.index + word[0].length };
  return fail(ctx, `can not use variable sized data types (${bad.name}) in concat expressions`, loc, key.loc) !== null;
}

function unqualified(ctx: EvalCtx, set: SetDecl, e: Expr): boolean {
  const hint = e.dtype.size === 0 ? '. Try "typeof expression" instead of "type datatype".' : "";
  return fail(ctx, `unqualified type ${e.dtype.name} specified in ${kindOfSet(set)} definition${hint}`, set.loc) !== null;
}

function evaluateDataType(ctx: EvalCtx, set: SetDecl): boolean {
  if (set.flags.object) {
    set.data ??= constantOf(noLoc, STRING, "host", OBJ_NAME_BITS, 0);
    return true;
  }
  if (!set.flags.map) return true;
  const { data } = set;
  if (data === null) return fail(ctx, "map definition does not specify mapping data type", set.loc) !== null;
  if (!set.anonymous && data.kind === "concat" && !evaluateConcatType(ctx, data)) return false;
  return data.len !== 0 || data.dtype.id === TYPE.verdict || unqualified(ctx, set, data);
}

function evaluateSetStmts(ctx: EvalCtx, set: SetDecl): boolean {
  for (const stmt of set.stmts) {
    if (!evaluateStmt(ctx, stmt)) return false;
    if (!isStateful(stmt)) return fail(ctx, "statement must be stateful", stmt.loc) !== null;
  }
  return true;
}

function evaluateAnonymous(ctx: EvalCtx, set: SetDecl): boolean {
  const init = set.init;
  if (init === null || init.kind !== "set") return true;
  const odd = set.key?.kind === "concat" ? init.exprs.find((e) => !concatOrCatchall(e)) : undefined;
  if (odd !== undefined) return fail(ctx, "expression is not a concatenation", odd.loc) !== null;
  if (set.flags.concat) bigEndianFields(init);
  return !init.interval || init.concat || intervalSetEval(ctx, set, init);
}

function concatOrCatchall(e: Expr): boolean {
  const key = elemKeyOf(e);
  return key.kind === "concat" || key.kind === "catchall" || key.kind === "set" || key.kind === "variable";
}

/** Elements of a set: typed, ranges in order, merged or checked (elems_evaluate). Null after an error. */
export function evaluateElements(ctx: EvalCtx, set: SetDecl, given: Expr): SetExpr | null {
  if (set.key === null) return fail(ctx, "set definition does not specify key", set.loc);
  ctx.set = set;
  ctx.ectx = { dtype: set.key.dtype, byteorder: set.key.byteorder, len: set.key.len, maxval: 0n, key: set.key.kind === "concat" ? set.key : null };
  const elems = evaluateExpr(ctx, given);
  ctx.set = null;
  if (elems === null) return null;
  if (elems.kind !== "set") return fail(ctx, `Set ${set.handle.set?.name ?? ""}: Unexpected initial type ${exprName(elems)}, missing { }?`, set.loc);
  if (!set.flags.interval) return elems;
  elems.interval = true;
  if (set.flags.concat) bigEndianFields(elems);
  return set.flags.concat || intervalSetEval(ctx, set, elems) ? elems : null;
}
