import type { BinopExpr, Expr, PayloadExpr } from "./ast.ts";
import type { StmtOf } from "./ast-stmt.ts";
import { constantOf, ones, baseType, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { needsAdjustment, offsetShift, placeExthdrOnly, placePayload } from "./eval-payload.ts";
import { primary } from "./eval-primary.ts";
import { evaluateArg } from "./eval-stmt-arg.ts";
import { rawPayloadOf } from "./nodes-keys.ts";
import { HOST_INTEGER } from "./types-base.ts";

/** `tcp option maxseg size set 1400` */
export function evaluateExthdrStmt(ctx: EvalCtx, stmt: StmtOf<"exthdr">): boolean {
  if (!placeExthdrOnly(ctx, stmt.expr)) return false;
  const value = evaluateArg(ctx, stmt, stmt.expr.dtype, stmt.expr.len, "big", stmt.value);
  if (value !== null) stmt.value = value;
  return value !== null;
}

/**
 * `ip dscp set 5`: writes go to whole bytes, and where a checksum must follow to an even number of them, so the bits
 * around the field are loaded and kept (stmt_evaluate_payload).
 */
export function evaluatePayloadStmt(ctx: EvalCtx, stmt: StmtOf<"payload">): boolean {
  const { expr } = stmt;
  if (!placePayload(ctx, expr)) return false;
  primary(ctx, expr);
  const value = evaluateArg(ctx, stmt, expr.dtype, expr.len, expr.byteorder, stmt.value);
  if (value === null) return false;
  stmt.value = value;
  const csum = needsChecksum(expr);
  const whole = !needsAdjustment(expr) && (!csum || (expr.len / 8) % 2 === 0);
  return whole || munge(ctx, stmt, csum);
}

const needsChecksum = (e: PayloadExpr): boolean => e.desc !== null && e.desc.checksumField !== null;

interface Window { readonly byteOffset: number; readonly byteCount: number; readonly shift: number }

/** The bytes to load and write, and where the field lies in them. */
function windowOf(e: PayloadExpr, csum: boolean): Window {
  const { shift, extra } = offsetShift(e);
  const byteOffset = Math.floor(e.offset / 8);
  const byteCount = Math.ceil((e.len + extra) / 8);
  if (!csum || byteCount % 2 === 0) return { byteOffset, byteCount, shift };
  // Checksums are sums of 16-bit words: load from an even offset.
  if (byteOffset % 2 === 1) return { byteOffset: byteOffset - 1, byteCount: byteCount + 1, shift };
  return { byteOffset, byteCount: byteCount + 1, shift: shift + 8 };
}

function munge(ctx: EvalCtx, stmt: StmtOf<"payload">, csum: boolean): boolean {
  const { expr } = stmt;
  const { byteOffset, byteCount, shift } = windowOf(expr, csum);
  const len = byteCount * 8;
  const mask = ones(len) ^ (ones(expr.len) << BigInt(shift));
  const bytes: PayloadExpr = { ...rawPayloadOf(expr.loc, expr.base, byteOffset * 8, len), desc: expr.desc, byteorder: expr.byteorder };
  const binop = (op: BinopExpr["op"], left: Expr, right: Expr): BinopExpr =>
    ({ kind: "binop", loc: expr.loc, dtype: expr.dtype, byteorder: expr.byteorder, len, op, left, right });
  const value = shift === 0 ? stmt.value : shifted(stmt.value, shift, len, binop);
  const and = binop("and", bytes, constantOf(expr.loc, baseType(expr.dtype), "host", len, mask));
  expr.len = len;
  expr.offset = byteOffset * 8;
  const all = evaluateExpr(ctx, binop("xor", and, value));
  if (all !== null) stmt.value = all;
  return all !== null;
}

function shifted(value: Expr, shift: number, len: number, binop: (op: BinopExpr["op"], left: Expr, right: Expr) => Expr): Expr {
  if (value.kind === "value") return { ...value, value: value.value << BigInt(shift), len };
  return binop("lshift", value, constantOf(value.loc, HOST_INTEGER, "host", 8, shift));
}
