import type { Expr, ListExpr, PrefixExpr, RangeExpr, SymbolExpr, ValueExpr, VerdictExpr } from "./ast.ts";
import { baseType, constantOf, exprName, fail, isConstant, ones, setRefOf, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { findTable, setNotFound, tableNotFound } from "./fuzzy.ts";
import { isStringType, stringValue, textOf } from "./nodes.ts";
import { isBitmask, parseValue, TYPE } from "./types-base.ts";

/** Words and numbers as values of the type that the place expects. */

export function evaluateSymbol(ctx: EvalCtx, e: SymbolExpr): Expr | null {
  if (e.symtype === "set") return evaluateSetName(ctx, e);
  if (ctx.ectx.dtype === null) return fail(ctx, "No symbol type information", e.loc);
  if (ctx.ectx.dtype.subtypes !== null) return fail(ctx, `invalid data type, expected ${ctx.ectx.dtype.desc}`, e.loc);
  const parsed = parseValue(ctx.ectx.dtype, e.name, e.loc, ctx.nft.types);
  if ("error" in parsed) return fail(ctx, parsed.error, e.loc);
  const value = parsed.expr;
  if (value.kind === "value" && !isStringType(value.dtype)) value.dtype = ctx.ectx.dtype;
  return evaluateExpr(ctx, value);
}

function evaluateSetName(ctx: EvalCtx, e: SymbolExpr): Expr | null {
  const table = findTable(ctx);
  if (table === null) return tableNotFound(ctx);
  const set = table.sets.get(e.name);
  return set === undefined ? setNotFound(ctx, e.loc, e.name) : setRefOf(set, e.loc);
}

export function evaluateValue(ctx: EvalCtx, e: ValueExpr): Expr | null {
  return isStringType(e.dtype) ? evaluateString(ctx, e) : evaluateInteger(ctx, e);
}

function evaluateInteger(ctx: EvalCtx, e: ValueExpr): Expr | null {
  const { maxval, len, byteorder } = ctx.ectx;
  if (maxval > 0n && e.value > maxval) return fail(ctx, `Value ${String(e.value)} exceeds valid range 0-${String(maxval)}`, e.loc);
  if (len > 0 && e.value > ones(len)) return fail(ctx, `Value ${String(e.value)} exceeds valid range 0-${String(ones(len))}`, e.loc);
  if (byteorder !== "invalid") e.byteorder = byteorder;
  if (len > 0) e.len = len;
  return e;
}

/** Text; a trailing `*` makes a prefix of it, `\*` a star (expr_evaluate_string). */
function evaluateString(ctx: EvalCtx, e: ValueExpr): Expr | null {
  const max = ctx.ectx.len;
  const dtype = ctx.ectx.dtype ?? e.dtype;
  if (max > 0 && e.len > max) return fail(ctx, `String exceeds maximum length of ${String(max / 8)}`, e.loc);
  const text = textOf(e);
  const len = max > 0 ? max : e.len;
  if (text === "") return fail(ctx, "Empty string is not allowed", e.loc);
  if (!text.endsWith("*")) return stringValue(text, e.loc, dtype, len);
  if (text === "*") return fail(ctx, "All-wildcard strings are not supported", e.loc);
  if (text.endsWith("\\*")) return stringValue(`${text.slice(0, -2)}*`, e.loc, dtype, len);
  const value = stringValue(text.slice(0, -1), e.loc, dtype, len);
  const prefixLen = (textBytes(e) - 1) * 8;
  return { kind: "prefix", loc: e.loc, dtype, byteorder: "host", len, expr: value, prefixLen };
}

/** Bytes of the text, without zeroes behind. */
function textBytes(e: ValueExpr): number {
  let value = e.value;
  let count = Math.ceil(e.len / 8);
  while (count > 0 && (value & 0xffn) === 0n) {
    value >>= 8n;
    count--;
  }
  return count;
}

export function evaluateVerdict(ctx: EvalCtx, e: VerdictExpr): Expr | null {
  if (e.chain === null || e.chain.kind !== "variable") return e;
  const named = e.chain.value;
  if (named.kind !== "symbol" && named.kind !== "value") return fail(ctx, "not a value expression", named.loc);
  e.chain = { ...named };
  return e;
}

/** `a,b` of flags: one value (expr_evaluate_list). */
export function evaluateList(ctx: EvalCtx, e: ListExpr): Expr | null {
  const { dtype, len } = ctx.ectx;
  let all = 0n;
  for (const member of e.exprs) {
    const value = evaluateExpr(ctx, member);
    if (value === null) return null;
    if (value.kind !== "value") return fail(ctx, "List member must be a constant value", value.loc);
    if (value.dtype.basetype?.id !== TYPE.bitmask && !isBitmask(value.dtype)) return fail(ctx, `Basetype of type ${value.dtype.desc} is not bitmask`, value.loc);
    all |= value.value;
  }
  return dtype === null ? fail(ctx, "No symbol type information", e.loc) : constantOf(e.loc, dtype, "host", len, all);
}

/** Address and length: bits behind the length are dropped (expr_evaluate_prefix). */
export function evaluatePrefix(ctx: EvalCtx, e: PrefixExpr): Expr | null {
  const base = evaluateExpr(ctx, e.expr);
  if (base === null) return null;
  if (!isConstant(base)) return fail(ctx, "Prefix expression is undefined for non-constant expressions", e.loc);
  if (baseType(base.dtype).id !== TYPE.integer) return fail(ctx, `Prefix expression is undefined for ${base.dtype.desc} types`, e.loc);
  if (base.kind !== "value") return fail(ctx, `Binary operation (&) is undefined for ${exprName(base)} expressions`, base.loc, e.loc);
  if (e.prefixLen > base.len) return fail(ctx, `Prefix length ${String(e.prefixLen)} is invalid for type of ${String(base.len)} bits width`, e.loc);
  base.value &= ones(base.len) ^ ones(base.len - e.prefixLen);
  base.loc = e.loc;
  e.expr = base;
  e.dtype = base.dtype;
  e.byteorder = base.byteorder;
  e.len = base.len;
  return e;
}

function rangeEnd(ctx: EvalCtx, range: RangeExpr, end: Expr): ValueExpr | null {
  const value = evaluateExpr(ctx, end);
  if (value === null) return null;
  if (baseType(value.dtype).id !== TYPE.integer) return fail(ctx, `Range expression is undefined for ${value.dtype.desc} types`, value.loc, range.loc);
  return value.kind === "value" ? value : fail(ctx, "Range is not constant", value.loc, range.loc);
}

/** Both ends; order is not looked at (__expr_evaluate_range). */
export function evaluateRangeEnds(ctx: EvalCtx, e: RangeExpr): readonly [ValueExpr, ValueExpr] | null {
  const left = rangeEnd(ctx, e, e.left);
  const right = left === null ? null : rangeEnd(ctx, e, e.right);
  if (left === null || right === null) return null;
  e.left = left;
  e.right = right;
  e.dtype = left.dtype;
  e.byteorder = left.byteorder;
  e.len = left.len;
  return [left, right];
}

export function evaluateRange(ctx: EvalCtx, e: RangeExpr): Expr | null {
  const ends = evaluateRangeEnds(ctx, e);
  if (ends === null) return null;
  return ends[0].value > ends[1].value ? fail(ctx, "Range has zero or negative size", e.loc) : e;
}
