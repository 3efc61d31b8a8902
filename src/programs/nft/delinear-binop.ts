import type { BinopExpr, Expr, PayloadExpr, RelationalExpr, SetRefExpr, ValueExpr } from "./ast.ts";
import { cloneExpr } from "./clone.ts";
import { killOptionDep, killPayloadDep, storePayloadDep, type Post } from "./delinear-deps.ts";
import { trimOption } from "./delinear-exthdr.ts";
import { prefixLenOf, prefixOf, setType } from "./delinear-nodes.ts";
import { trimPayload } from "./delinear-payload.ts";
import { noLoc } from "./nodes.ts";
import type { Stmt } from "./ast-stmt.ts";
import { relationalUpdate } from "./proto-ctx.ts";
import { TYPE } from "./types-base.ts";

/** Masked comparisons: flags, prefixes, fields smaller than a byte (relational_binop_postprocess). */

const hasBits = (e: Expr): boolean => e.dtype.basetype?.id === TYPE.bitmask;

/** `a | b | c` as a list; anything else alone. */
export function flagList(e: Expr): Expr {
  const items = flatten(e);
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { kind: "list", loc: noLoc, dtype: e.dtype, byteorder: e.byteorder, len: e.len, exprs: items };
}

const flatten = (e: Expr): Expr[] => (e.kind === "binop" && e.op === "or" ? [...flatten(e.left), ...flatten(e.right)] : [e]);

/** A value made of flags as `a | b`, lowest bit first (bitmask_expr_to_binops). */
export function flagsOf(v: ValueExpr): Expr {
  const bits: ValueExpr[] = [];
  for (let bit = 0; bit < v.len; bit++) if (((v.value >> BigInt(bit)) & 1n) === 1n) bits.push({ ...v, value: 1n << BigInt(bit) });
  const [first, ...rest] = bits;
  if (first === undefined || rest.length === 0) return v;
  return rest.reduce<Expr>((left, right) => ({ kind: "binop", loc: noLoc, dtype: v.dtype, byteorder: v.byteorder, len: v.len, op: "or", left, right }), first);
}

/** The comparison as it was written; `stmt` is its own statement, already in place. */
export function unmask(post: Post, stmt: Stmt, rel: RelationalExpr, binop: BinopExpr): Expr {
  const { right } = rel;
  if (binop.op === "and" && (rel.op === "eq" || rel.op === "neq") && hasBits(right) && (right.kind === "value" || right.kind === "binop")) return unmaskFlags(rel, binop, right);
  const mask = binop.right.kind === "value" ? binop.right.value : null;
  const prefixLen = binop.op === "and" && binop.left.dtype.prefix && right.kind === "value" && mask !== null ? prefixLenOf(mask, binop.left.len) : null;
  if (prefixLen !== null) return { ...rel, left: binop.left, right: prefixOf(right, prefixLen, right.len) };
  const field = maskedField(post, binop);
  if (field === null) return rel;
  return fieldMatch(post, stmt, rel, field);
}

function unmaskFlags(rel: RelationalExpr, binop: BinopExpr, right: Expr): Expr {
  if (right.kind === "value" && binop.right.kind === "value" && right.value === binop.right.value) return rel;
  const mask = flagList(binop.right);
  if (right.kind === "value" && right.value === 0n) return { ...rel, op: rel.op === "neq" ? "implicit" : "neg", left: binop.left, right: mask };
  return { kind: "flagcmp", loc: noLoc, dtype: rel.dtype, byteorder: rel.byteorder, len: rel.len, op: rel.op, expr: binop.left, mask, value: flagList(right) };
}

export interface Field { readonly expr: Expr; readonly shift: number; /** A shift was written out besides the mask. */ readonly shifted: number }

/** `load & mask`, perhaps shifted down, that is really one small field; null = the mask is the user's own. */
export function maskedField(post: Post, e: BinopExpr): Field | null {
  if (e.op === "rshift" && e.left.kind === "binop" && e.right.kind === "value") {
    const inner = e.left.op === "and" ? maskedField(post, e.left) : null;
    return inner !== null && inner.shift === Number(e.right.value) ? { ...inner, shifted: inner.shift } : null;
  }
  if (e.op !== "and" || e.right.kind !== "value") return null;
  const { left } = e;
  const found = left.kind === "payload" ? trimPayload(post, left, e.right.value) : left.kind === "exthdr" ? trimOption(left, e.right.value) : null;
  return found === null ? null : { expr: left, shift: found.shift, shifted: 0 };
}

/** Values beside the field lose the shift and take its type. */
function fieldMatch(post: Post, stmt: Stmt, rel: RelationalExpr, field: Field): Expr {
  const { expr: left } = field;
  const result: RelationalExpr = { ...rel, left, right: shifted(rel.right, field) };
  if (left.kind === "exthdr") killOptionDep(post, left);
  if (left.kind === "payload") matched(post, stmt, result, left);
  return result;
}

function matched(post: Post, stmt: Stmt, rel: RelationalExpr, left: PayloadExpr): void {
  if (rel.op === "eq") relationalUpdate(post.pctx, rel);
  killPayloadDep(post, left);
  storePayloadDep(post, stmt, left, rel);
}

/** What a field is compared with, moved down to the field's own width (binop_adjust). */
export function shifted(e: Expr, field: Field): Expr {
  const by = field.shift - field.shifted;
  if (e.kind === "set_ref") return shiftedSet(e, field, by);
  shiftDown(e, field, by);
  return e;
}

function shiftDown(e: Expr, field: Field, by: number): void {
  switch (e.kind) {
    case "value":
      // An open interval ends where the loaded bytes end, not the field (15-255 of four bits).
      e.value >>= BigInt(by);
      e.len = field.expr.len;
      setType(e, field.expr.dtype, field.expr.byteorder);
      break;
    case "range": shiftDown(e.left, field, by); shiftDown(e.right, field, by); break;
    case "set_elem": shiftDown(e.key, field, by); break;
    case "mapping": shiftDown(e.left, field, by); break;
    case "set": for (const x of e.exprs) shiftDown(x, field, by); break;
    default: break;
  }
}

/** Anonymous sets hold masked values; named ones what the user put there. */
function shiftedSet(e: SetRefExpr, field: Field, by: number): Expr {
  if (!e.set.anonymous || e.set.init === null) return e;
  const init = cloneExpr(e.set.init);
  shiftDown(init, field, by);
  return { ...e, set: { ...e.set, init } };
}
