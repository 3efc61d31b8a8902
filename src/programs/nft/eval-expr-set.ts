import type { CatchallExpr, Expr, MappingExpr, RangeExpr, SetElemExpr, SetExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { constantOf, declaredAt, exprName, fail, isConstant, isSingleton, kindOfSet, type EvalCtx, type ExprCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { cloneExpr } from "./clone.ts";
import { highOf, rangeOf } from "./nodes.ts";
import { evaluateStmt } from "./eval-stmt.ts";
import { STRING } from "./types-base.ts";

/** `{ a, b : c }`: elements, their timeouts and statements, mappings. */

/** The element of a list member, past `: data`. */
export const elemKeyOf = (e: Expr): Expr => (e.kind === "mapping" ? elemKeyOf(e.left) : e.kind === "set_elem" ? e.key : e);

/** Elements one by one; sets within sets become part of the outer one (expr_evaluate_set). */
export function evaluateSet(ctx: EvalCtx, e: SetExpr): Expr | null {
  const outer = ctx.ectx;
  const out: Expr[] = [];
  for (const member of e.exprs) {
    ctx.ectx = outer;
    const elem = evaluateExpr(ctx, member);
    if (elem === null || !collect(ctx, e, elem, out)) return null;
  }
  ctx.ectx = outer;
  e.exprs = out;
  if (outer.dtype !== null) e.dtype = outer.dtype;
  e.byteorder = outer.byteorder;
  e.len = outer.len;
  return e;
}

function collect(ctx: EvalCtx, set: SetExpr, elem: Expr, out: Expr[]): boolean {
  const key = elemKeyOf(elem);
  if (elem.kind === "mapping" && key.kind === "set") {
    for (const one of key.exprs) out.push({ ...elem, left: one, right: cloneExpr(elem.right) });
    takeFlags(set, key);
    return true;
  }
  if (key.kind === "set_ref") return fail(ctx, "Set reference cannot be part of another set", elem.loc) !== null;
  if (key.kind === "set") {
    takeFlags(set, key);
    out.push(...key.exprs);
    return true;
  }
  if (!isConstant(elem)) return fail(ctx, "Set member is not constant", elem.loc) !== null;
  out.push(elem);
  if (!isSingleton(elem)) {
    set.interval = true;
    if (key.kind === "concat") set.concat = true;
  }
  return true;
}

function takeFlags(set: SetExpr, inner: SetExpr): void {
  set.interval ||= inner.interval;
  set.concat ||= inner.concat;
}

export function evaluateCatchall(ctx: EvalCtx, e: CatchallExpr): Expr {
  if (ctx.ectx.dtype !== null) e.dtype = ctx.ectx.dtype;
  e.len = ctx.ectx.len;
  return e;
}

/** An element's statements must be those of the set (__expr_evaluate_set_elem). */
function statementsFit(ctx: EvalCtx, set: SetDecl, e: SetElemExpr): boolean {
  const first = e.stmts[0];
  if (first === undefined) return true;
  if (set.stmts.length === 0 && set.flags.eval) return true;
  if (set.stmts.length === 0) return fail(ctx, `missing statement in ${kindOfSet(set)} declaration`, first.loc) !== null;
  if (set.stmts.length !== e.stmts.length) {
    return fail(ctx, `number of statements mismatch, set expects ${String(set.stmts.length)} but element has ${String(e.stmts.length)}`, e.loc) !== null;
  }
  for (const [i, stmt] of e.stmts.entries()) {
    const wanted = set.stmts[i];
    if (wanted !== undefined && wanted.kind !== stmt.kind) {
      return fail(ctx, `statement mismatch, element expects ${stmt.kind}, but ${kindOfSet(set)} has type ${wanted.kind}`, stmt.loc) !== null;
    }
  }
  return true;
}

export function evaluateSetElem(ctx: EvalCtx, e: SetElemExpr): Expr | null {
  if (ctx.set !== null && !statementsFit(ctx, ctx.set, e)) return null;
  for (const stmt of e.stmts) if (!evaluateStmt(ctx, stmt)) return null;
  const key = evaluateExpr(ctx, e.key);
  if (key === null) return null;
  e.key = key;
  const refused = ctx.set === null || ctx.set.anonymous || ctx.set.flags.interval ? null : rangeIn(key);
  if (refused !== null && ctx.set !== null) {
    return fail(ctx, `You must add 'flags interval' to your ${kindOfSet(ctx.set)} declaration if you want to add ${exprName(refused)} elements`, refused.loc);
  }
  e.dtype = key.dtype;
  e.byteorder = key.byteorder;
  e.len = key.len;
  return e;
}

function rangeIn(key: Expr): Expr | null {
  if (key.kind === "prefix" || key.kind === "range") return key;
  return key.kind === "concat" ? (key.exprs.find((f) => f.kind === "prefix" || f.kind === "range") ?? null) : null;
}

const keyCtx = (set: SetDecl): ExprCtx => exprCtx(set.key, set.key?.len ?? 0);
const exprCtx = (e: Expr | null, len: number): ExprCtx => ({ dtype: e?.dtype ?? null, byteorder: e?.byteorder ?? "invalid", len, maxval: 0n, key: e?.kind === "concat" ? e : null });

/** Maps of objects hold names. */
const OBJ_NAME: ExprCtx = { dtype: STRING, byteorder: "host", len: 128 * 8, maxval: 0n, key: null };

/** `key : data` */
export function evaluateMapping(ctx: EvalCtx, e: MappingExpr): Expr | null {
  const { set } = ctx;
  if (set === null) return fail(ctx, "mapping outside of map context", e.left.loc);
  if (!set.flags.map && !set.flags.object) return fail(ctx, "set is not a map", declaredAt(set));
  ctx.ectx = keyCtx(set);
  const left = evaluateExpr(ctx, e.left);
  if (left === null) return null;
  if (!isConstant(left) && elemKeyOf(left).kind !== "set") return fail(ctx, "Key must be a constant", left.loc);
  e.left = left;
  return evaluateData(ctx, e, set);
}

function evaluateData(ctx: EvalCtx, e: MappingExpr, set: SetDecl): Expr | null {
  ctx.ectx = set.flags.object ? OBJ_NAME : exprCtx(set.data, dataLen(set));
  const right = evaluateExpr(ctx, e.right);
  if (right === null) return null;
  if (!isConstant(right)) return fail(ctx, "Value must be a constant", right.loc);
  const isRange = (x: Expr): boolean => x.kind === "range" || x.kind === "prefix" || (x.kind === "concat" && x.exprs.some(isRange));
  if (set.anonymous && isRange(right)) set.dataInterval = true;
  if (set.dataInterval !== true && !isSingleton(right)) return fail(ctx, "Value must be a singleton", right.loc);
  e.right = set.dataInterval === true ? asRange(right) : right;
  e.dtype = e.left.dtype;
  e.len = e.left.len;
  return e;
}

/** Data of `interval` maps: both ends, side by side. */
const dataLen = (set: SetDecl): number => set.data?.len ?? 0;

/** Every datum of an interval map has two ends, single ones too (mapping_expr_expand). */
export function asRange(e: Expr): Expr {
  if (e.kind === "concat") return { ...e, exprs: e.exprs.map(asRange) };
  if (e.kind === "value") return rangeOf(e, { ...e }, e.loc);
  if (e.kind !== "prefix" || e.expr.kind !== "value") return e;
  return prefixRange(e.expr, highOf(e) ?? 0n, e.loc);
}

const prefixRange = (base: Extract<Expr, { kind: "value" }>, high: bigint, loc: Expr["loc"]): RangeExpr =>
  rangeOf(base, constantOf(base.loc, base.dtype, base.byteorder, base.len, high), loc);
