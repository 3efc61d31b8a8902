import type { Expr, FlagcmpExpr, RangeExpr, RelationalExpr, SetExpr } from "./ast.ts";
import { between, exprName, fail, isConstant, isSingleton, OP_SYMBOLS, sameType, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { inByteorder, transferBinop } from "./eval-expr-binop.ts";
import { ctAddress, declareImplicitSet } from "./eval-expr-map.ts";
import { evaluateRangeEnds } from "./eval-expr-value.ts";
import type { Loc } from "./loc.ts";
import { relationalUpdate } from "./proto-ctx.ts";
import { BOOLEAN } from "./types-meta.ts";
import { isBitmask, TYPE } from "./types-base.ts";

/** `selector == value`: types, byte orders, sets, what it tells of the headers (expr_evaluate_relational). */
export function evaluateRelational(ctx: EvalCtx, rel: RelationalExpr): Expr | null {
  if (!evaluateSides(ctx, rel) || !comparable(ctx, rel)) return null;
  if (rel.op === "implicit" || rel.op === "eq") relationalUpdate(ctx.pctx, rel, rel.op === "eq" && rel.left.loc !== rel.right.loc ? relLoc(rel) : rel.loc);
  const ordered = rel.op === "lt" || rel.op === "lte" || rel.op === "gt" || rel.op === "gte";
  const ok = ordered ? evaluateOrder(ctx, rel) : evaluateEquality(ctx, rel);
  return ok && transferBinop(ctx, rel) ? rel : null;
}

function evaluateSides(ctx: EvalCtx, rel: RelationalExpr): boolean {
  if (rel.left.kind === "fib" && rel.right.kind === "value" && rel.right.dtype.id === TYPE.boolean) {
    Object.assign(rel.left, { present: true, dtype: BOOLEAN, len: 8 });
  }
  if (!setSide(ctx, rel, "left", rel.left)) return false;
  if (rel.left.kind === "meta" && rel.left.key === "time_hour" && rel.right.kind === "range") return hourRange(ctx, rel, rel.right);
  if (!setSide(ctx, rel, "right", rel.right)) return false;
  if (rel.right.kind === "set") withoutBraces(rel, rel.right);
  return true;
}

/** `{ 80 }` is 80 (optimize_singleton_set). */
function withoutBraces(rel: RelationalExpr, set: SetExpr): void {
  const [only, second] = set.exprs;
  if (only?.kind !== "set_elem" || second !== undefined || only.stmts.length > 0) return;
  if (only.key.kind !== "prefix" && only.key.kind !== "range" && only.key.kind !== "value") return;
  rel.right = only.key;
}

function setSide(ctx: EvalCtx, rel: RelationalExpr, side: "left" | "right", e: Expr): boolean {
  const value = evaluateExpr(ctx, e);
  if (value !== null) rel[side] = value;
  return value !== null;
}

/** `22:00-06:00` crosses midnight: everything but 06:00-22:00. */
function hourRange(ctx: EvalCtx, rel: RelationalExpr, range: RangeExpr): boolean {
  const ends = evaluateRangeEnds(ctx, range);
  if (ends === null) return false;
  const [left, right] = ends;
  if (left.value <= right.value) return true;
  range.left = right;
  range.right = left;
  if (rel.op === "eq" || rel.op === "implicit") rel.op = "neq";
  else if (rel.op === "neq") rel.op = "eq";
  return true;
}

function comparable(ctx: EvalCtx, rel: RelationalExpr): boolean {
  const { left, right } = rel;
  const sym = OP_SYMBOLS[rel.op] ?? "";
  if (!isConstant(right)) return fail(ctx, `Right hand side of relational expression (${sym}) must be constant`, right.loc, relLoc(rel)) !== null;
  if (isConstant(left)) return fail(ctx, `Relational expression (${sym}) has constant value`, left.loc, right.loc) !== null;
  if (sameType(left.dtype, right.dtype)) return true;
  return fail(ctx, `datatype mismatch, expected ${left.dtype.desc}, expression has type ${right.dtype.desc}`, right.loc, left.loc) !== null;
}

const relLoc = (rel: RelationalExpr): Loc => (rel.op === "implicit" ? rel.loc : between(rel.left.loc, rel.right.loc));

function evaluateOrder(ctx: EvalCtx, rel: RelationalExpr): boolean {
  const undefinedFor = (e: Expr): boolean =>
    fail(ctx, `Relational expression (${OP_SYMBOLS[rel.op] ?? ""}) is undefined for ${exprName(e)} expressions`, e.loc, relLoc(rel)) !== null;
  if (rel.left.kind === "concat") return undefinedFor(rel.left);
  if (!isSingleton(rel.right)) return undefinedFor(rel.right);
  return bigEndian(ctx, rel, "left") && bigEndian(ctx, rel, "right");
}

function bigEndian(ctx: EvalCtx, rel: RelationalExpr, side: "left" | "right"): boolean {
  const e = inByteorder(ctx, rel[side], "big");
  if (e !== null) rel[side] = e;
  return e !== null;
}

function negatable(ctx: EvalCtx, rel: RelationalExpr): boolean {
  if (rel.left.kind === "binop") return fail(ctx, "cannot combine negation with binary expression", rel.left.loc, rel.right.loc) !== null;
  if (rel.right.kind === "value" && isBitmask(rel.right.dtype)) return true;
  return fail(ctx, "negation can only be used with singleton bitmask values", rel.left.loc, rel.right.loc) !== null;
}

function evaluateEquality(ctx: EvalCtx, rel: RelationalExpr): boolean {
  if (rel.op === "neg" && !negatable(ctx, rel)) return false;
  const { right } = rel;
  switch (right.kind) {
    case "range": return rangeSide(ctx, rel, right);
    case "prefix": return likeLeft(ctx, rel, right.expr);
    case "value": return likeLeft(ctx, rel, right);
    case "set": return right.exprs.length === 0 ? fail(ctx, "Set is empty", right.loc) !== null : setSideOf(ctx, rel, right);
    case "set_ref": return lookedUp(ctx, rel);
    case "concat": return fail(ctx, "Use concatenations with sets and maps, not singleton values", rel.left.loc, right.loc) !== null;
    default: return fail(ctx, `Relational expression (${OP_SYMBOLS[rel.op] ?? ""}) is undefined for ${exprName(right)} expressions`, right.loc, rel.loc) !== null;
  }
}

function rangeSide(ctx: EvalCtx, rel: RelationalExpr, range: RangeExpr): boolean {
  const left = inByteorder(ctx, range.left, "big");
  const right = inByteorder(ctx, range.right, "big");
  if (left === null || right === null) return false;
  range.left = left;
  range.right = right;
  range.byteorder = "big";
  return bigEndian(ctx, rel, "left");
}

const likeLeft = (ctx: EvalCtx, rel: RelationalExpr, right: Expr): boolean => inByteorder(ctx, right, rel.left.byteorder) !== null;

function setSideOf(ctx: EvalCtx, rel: RelationalExpr, right: SetExpr): boolean {
  const ref = declareImplicitSet(ctx, "__set%d", rel.left, null, right);
  if (ref === null) return false;
  rel.right = ref;
  return lookedUp(ctx, rel);
}

function lookedUp(ctx: EvalCtx, rel: RelationalExpr): boolean {
  const { left, right } = rel;
  if (ctAddress(ctx, left)) return false;
  return right.kind === "set_ref" && right.set.flags.interval ? bigEndian(ctx, rel, "left") : true;
}

/** `tcp flags syn / syn,ack` is `tcp flags & (syn | ack) == syn`. */
export function evaluateFlagcmp(ctx: EvalCtx, e: FlagcmpExpr): Expr | null {
  if (e.op !== "eq" && e.op !== "neq") return fail(ctx, "either == or != is allowed", e.loc);
  const left: Expr = { kind: "binop", loc: e.loc, dtype: e.dtype, byteorder: "invalid", len: 0, op: "and", left: e.expr, right: e.mask };
  return evaluateExpr(ctx, { kind: "relational", loc: e.loc, dtype: e.dtype, byteorder: "invalid", len: 0, op: e.op, left, right: e.value });
}
