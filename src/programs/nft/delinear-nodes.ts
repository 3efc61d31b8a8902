import type { BinOp, Expr, RelationalExpr, RelOp, SetRefExpr, ValueExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import type { Byteorder, Datatype } from "./datatype.ts";
import { numberFromMsbFirst } from "./bytes.ts";
import { baseType } from "./eval-ctx.ts";
import { isStringType, noLoc, valueFromBytes } from "./nodes.ts";
import { bytesMsbFirst } from "./bytes.ts";
import { INVALID, STRING } from "./types-base.ts";

/** Data of an instruction before anything is known about it: its bytes as they stand, byte order "invalid". */
export const rawValue = (data: Uint8Array): ValueExpr =>
  ({ kind: "value", loc: noLoc, dtype: INVALID, byteorder: "invalid", len: data.length * 8, value: numberFromMsbFirst(data) });

export const isRaw = (e: Expr): boolean => e.kind === "value" && e.byteorder === "invalid";

/**
 * Tells an expression what it is (expr_set_type). Raw data become numbers here: host order turns their bytes around.
 * Sets and selectors keep what they know.
 */
export function setType(e: Expr, dtype: Datatype, byteorder: Byteorder): void {
  switch (e.kind) {
    case "value": return typeValue(e, dtype, byteorder);
    case "prefix": setType(e.expr, dtype, byteorder); break;
    case "range": setType(e.left, dtype, byteorder); setType(e.right, dtype, byteorder); break;
    case "binop": setType(e.left, dtype, byteorder); if (e.op !== "lshift" && e.op !== "rshift") setType(e.right, dtype, byteorder); break;
    case "set_elem": setType(e.key, dtype, byteorder); break;
    case "concat": return typeFields(e.exprs, dtype);
    case "map": break;
    default: return;
  }
  e.dtype = dtype;
  e.byteorder = byteorder;
}

function typeFields(fields: readonly Expr[], dtype: Datatype): void {
  fields.forEach((f, i) => {
    const sub = dtype.subtypes?.[i];
    if (sub !== undefined) setType(f, sub, sub.byteorder);
  });
}

function typeValue(v: ValueExpr, dtype: Datatype, byteorder: Byteorder): void {
  if (v.byteorder === "invalid" && byteorder === "host" && !isStringType(dtype)) v.value = numberFromMsbFirst(bytesMsbFirst(v.value, Math.ceil(v.len / 8)).reverse());
  v.dtype = dtype;
  v.byteorder = byteorder === "invalid" ? v.byteorder : byteorder;
}

/** Typed at once, for values that stand alone. */
export const typedValue = (data: Uint8Array, dtype: Datatype, byteorder: Byteorder): ValueExpr => valueFromBytes(data, dtype, byteorder);

export const relationalOf = (op: RelOp, left: Expr, right: Expr): RelationalExpr =>
  ({ kind: "relational", loc: noLoc, dtype: INVALID, byteorder: "invalid", len: 0, op, left, right });

export const binopOf = (op: BinOp, left: Expr, right: Expr): Extract<Expr, { kind: "binop" }> =>
  ({ kind: "binop", loc: noLoc, dtype: left.dtype, byteorder: left.byteorder, len: left.len, op, left, right });

export const prefixOf = (expr: Expr, prefixLen: number, len: number = expr.len): Extract<Expr, { kind: "prefix" }> =>
  ({ kind: "prefix", loc: noLoc, dtype: expr.dtype, byteorder: expr.byteorder, len, expr, prefixLen });

export const setRef = (set: SetDecl): SetRefExpr =>
  ({ kind: "set_ref", loc: noLoc, dtype: set.key?.dtype ?? INVALID, byteorder: set.key?.byteorder ?? "invalid", len: set.key?.len ?? 0, set });

export const isString = (e: Expr): boolean => baseType(e.dtype).id === STRING.id;
export const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;
export const bytesIn = (bits: number): number => Math.ceil(bits / 8);
/** Registers are words. */
export const wordsIn = (bits: number): number => Math.ceil(bits / 32);

/** Bits of a mask made of leading ones; null = another mask (expr_mask_is_prefix). */
export function prefixLenOf(mask: bigint, len: number): number | null {
  for (let n = len; n >= 0; n--) if (mask === (ones(n) << BigInt(len - n))) return n;
  return null;
}
