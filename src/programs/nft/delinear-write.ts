import type { Expr, PayloadExpr, ValueExpr } from "./ast.ts";
import type { StmtOf } from "./ast-stmt.ts";
import type { Post } from "./delinear-deps.ts";
import { killPayloadDep } from "./delinear-deps.ts";
import { ones, setType } from "./delinear-nodes.ts";
import { completePayload, trimPayload } from "./delinear-payload.ts";
import { postExpr } from "./delinear-post.ts";

/**
 * `ip dscp set cs1`: fields smaller than what a write moves are read, masked and or-ed first. Finds the field that
 * the mask leaves out (stmt_payload_binop_postprocess).
 */
export function unmaskWrite(post: Post, s: StmtOf<"payload">): void {
  const parts = partsOf(s.value, s.expr);
  const all = ones(s.expr.len);
  const field: PayloadExpr = { ...s.expr };
  const trimmed = parts === null ? null : trimPayload(post, field, (all ^ parts.mask) | parts.or);
  if (parts === null || trimmed === null) return wholeWrite(post, s);
  killPayloadDep(post, field);
  const value: ValueExpr = { kind: "value", loc: s.loc, dtype: field.dtype, byteorder: field.byteorder, len: field.len, value: (parts.or >> BigInt(trimmed.shift)) & ones(field.len) };
  s.expr = field;
  s.value = postExpr(post, value);
}

function wholeWrite(post: Post, s: StmtOf<"payload">): void {
  completePayload(post, s.expr);
  killPayloadDep(post, s.expr);
  setType(s.value, s.expr.dtype, s.expr.byteorder);
  s.value = postExpr(post, s.value);
}

const isLoadOf = (e: Expr, target: PayloadExpr): boolean => e.kind === "payload" && e.base === target.base && e.offset === target.offset && e.len === target.len;

/** Mask and or-ed bits of `(load & mask) | or`, where either may be missing; null = something else is written. */
function partsOf(e: Expr, target: PayloadExpr): { readonly mask: bigint; readonly or: bigint } | null {
  if (e.kind !== "binop" || e.right.kind !== "value") return null;
  const all = ones(target.len);
  if (isLoadOf(e.left, target)) return e.op === "and" ? { mask: e.right.value, or: 0n } : e.op === "or" ? { mask: all, or: e.right.value } : null;
  if (e.op !== "or" || e.left.kind !== "binop" || e.left.op !== "and" || !isLoadOf(e.left.left, target) || e.left.right.kind !== "value") return null;
  return { mask: e.left.right.value, or: e.right.value };
}
