import type { ConcatExpr, Expr, ListExpr, MappingExpr, RangeExpr, SetElemExpr, SymbolExpr, ValueExpr, VerdictExpr } from "./ast.ts";
import type { Datatype } from "./datatype.ts";
import { NOWHERE } from "./diag.ts";
import type { Loc } from "./loc.ts";
import { bytesMsbFirst, numberFromMsbFirst } from "./bytes.ts";
import { utf8, fromUtf8 } from "../../wire/text.ts";
import { INVALID, STRING } from "./types-base.ts";

export const noLoc: Loc = { input: NOWHERE, start: 0, end: 0 };

/** A number of `dtype`, `len` bits (the type's size when absent). */
export const valueOf = (dtype: Datatype, value: bigint | number, loc: Loc = noLoc, len: number = dtype.size): ValueExpr =>
  ({ kind: "value", loc, dtype, byteorder: dtype.byteorder, len, value: BigInt(value) });

/**
 * A string constant. Its number is its bytes in memory order, first byte most significant, padded with zeroes
 * behind up to `len` bits (the bytes of `text` and one zero when absent), whatever the byte order says.
 */
export function stringValue(text: string, loc: Loc = noLoc, dtype: Datatype = STRING, len = 0): ValueExpr {
  const bytes = utf8(text);
  const bits = len === 0 ? (bytes.length + 1) * 8 : len;
  let value = 0n;
  for (let i = 0; i < bits / 8; i++) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return { kind: "value", loc, dtype, byteorder: "host", len: bits, value };
}

/** The text of a string constant: up to its first zero byte. */
export function textOf(value: ValueExpr): string {
  const bytes = bytesMsbFirst(value.value, Math.ceil(value.len / 8));
  const end = bytes.indexOf(0);
  return fromUtf8(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Is it a string or made of one (ifname)? */
export function isStringType(dtype: Datatype): boolean {
  for (let d: Datatype | null = dtype; d !== null; d = d.basetype) if (d.id === STRING.id) return true;
  return false;
}

/**
 * The number as it lies in a register: host order is little endian, strings and the rest as they stand
 * (mpz_export_data). `count` bytes, the value's own length when absent.
 */
export function bytesOf(value: ValueExpr, count: number = Math.ceil(value.len / 8)): Uint8Array {
  const bytes = bytesMsbFirst(value.value, count);
  return value.byteorder === "host" && !isStringType(value.dtype) ? bytes.reverse() : bytes;
}

/** The reverse: what a register holds, as a number of `dtype` in `byteorder`. */
export function valueFromBytes(bytes: Uint8Array, dtype: Datatype, byteorder: Datatype["byteorder"], loc: Loc = noLoc): ValueExpr {
  const straight = byteorder === "host" && !isStringType(dtype) ? Uint8Array.from(bytes).reverse() : bytes;
  return { kind: "value", loc, dtype, byteorder, len: bytes.length * 8, value: numberFromMsbFirst(straight) };
}

export const symbolOf = (name: string, loc: Loc, symtype: SymbolExpr["symtype"] = "value"): SymbolExpr =>
  ({ kind: "symbol", loc, dtype: INVALID, byteorder: "invalid", len: 0, symtype, name });

export const rangeOf = (left: Expr, right: Expr, loc: Loc): RangeExpr =>
  ({ kind: "range", loc, dtype: left.dtype, byteorder: left.byteorder, len: left.len, left, right });

export const listOf = (exprs: Expr[], loc: Loc): ListExpr => ({ kind: "list", loc, dtype: INVALID, byteorder: "invalid", len: 0, exprs });

/** Fields side by side; `dtype` is the concatenation's own type where it is known. */
export const concatOf = (exprs: Expr[], loc: Loc, dtype: Datatype = INVALID): ConcatExpr =>
  ({ kind: "concat", loc, dtype, byteorder: "invalid", len: exprs.reduce((sum, e) => sum + wordBits(e.len), 0), exprs });

/** Fields of a concatenation fill whole 32-bit words. */
export const wordBits = (bits: number): number => Math.ceil(bits / 32) * 32;

export const mappingOf = (left: Expr, right: Expr, loc: Loc): MappingExpr =>
  ({ kind: "mapping", loc, dtype: left.dtype, byteorder: "invalid", len: left.len, left, right });

export const elemOf = (key: Expr, loc: Loc = key.loc): SetElemExpr => ({
  kind: "set_elem", loc, dtype: key.dtype, byteorder: key.byteorder, len: key.len, key,
  timeoutMs: null, expiresMs: null, comment: null, stmts: [], intervalEnd: false, intervalOpen: false,
});

export const verdictOf = (code: VerdictExpr["code"], chain: Expr | null, dtype: Datatype, loc: Loc = noLoc): VerdictExpr =>
  ({ kind: "verdict", loc, dtype, byteorder: "host", len: 0, code, chain, chainId: null, block: null });

/** Smallest and largest value of a value, prefix or range (range_expr_value_low and _high). */
export function lowOf(e: Expr): bigint | null {
  if (e.kind === "value") return e.value;
  if (e.kind === "prefix") return lowOf(e.expr);
  if (e.kind === "range") return lowOf(e.left);
  if (e.kind === "mapping") return lowOf(e.left);
  return e.kind === "set_elem" ? lowOf(e.key) : null;
}

export function highOf(e: Expr): bigint | null {
  if (e.kind === "value") return e.value;
  if (e.kind === "prefix") return prefixHigh(e.expr, e.len, e.prefixLen);
  if (e.kind === "range") return highOf(e.right);
  if (e.kind === "mapping") return highOf(e.left);
  return e.kind === "set_elem" ? highOf(e.key) : null;
}

function prefixHigh(base: Expr, len: number, prefixLen: number): bigint | null {
  const low = lowOf(base);
  return low === null ? null : low | ((1n << BigInt(len - prefixLen)) - 1n);
}
