import type { Expr, FlagcmpExpr, PrefixExpr, RangeExpr, RelationalExpr, RelOp } from "./ast.ts";
import { genExpr, genMask, setName, setOfRef } from "./linear-expr.ts";
import { emit, takeReg, withRegs, type LinearCtx } from "./linear-ctx.ts";
import { lowBytes } from "./linear-data.ts";
import { bytesMsbFirst } from "./bytes.ts";
import { bytesOf, isStringType } from "./nodes.ts";
import { isBitmask } from "./types-base.ts";
import type { NftCmpOp, NftReg } from "../../net/uapi/nft-expr.ts";

/** Comparisons (netlink_gen_relational): what follows in the rule runs only when they hold. */

const CMP: Readonly<Record<RelOp, NftCmpOp>> = { implicit: "eq", eq: "eq", neq: "neq", lt: "lt", lte: "lte", gt: "gt", gte: "gte", neg: "eq" };

export function genRelational(ctx: LinearCtx, e: RelationalExpr): void {
  withRegs(ctx, () => {
    const sreg = takeReg(ctx, e.left);
    switch (e.right.kind) {
      case "range":
        return genRange(ctx, e, e.right, sreg);
      case "set":
      case "set_ref":
        return genLookup(ctx, e, sreg);
      case "prefix":
        return genPrefix(ctx, e, e.right, sreg);
      default:
        return testsFlags(e) ? genFlags(ctx, e, sreg) : genCmp(ctx, e, sreg);
    }
  });
}

function genCmp(ctx: LinearCtx, e: RelationalExpr, sreg: NftReg): void {
  genExpr(ctx, e.left, sreg);
  emit(ctx, { op: "cmp", cmp: CMP[e.op], sreg, data: lowBytes(e.right) });
}

function genRange(ctx: LinearCtx, e: RelationalExpr, range: RangeExpr, sreg: NftReg): void {
  genExpr(ctx, e.left, sreg);
  const [from, to] = [lowBytes(range.left), lowBytes(range.right)];
  if (e.op === "neq") return emit(ctx, { op: "range", cmp: "neq", sreg, from, to });
  emit(ctx, { op: "cmp", cmp: "gte", sreg, data: from });
  emit(ctx, { op: "cmp", cmp: "lte", sreg, data: to });
}

function genLookup(ctx: LinearCtx, e: RelationalExpr, sreg: NftReg): void {
  genExpr(ctx, e.left, sreg);
  emit(ctx, { op: "lookup", ...setName(ctx, setOfRef(e.right)), sreg, invert: e.op === "neq" });
}

/** Prefixes of whole bytes load and compare only those; others are masked. */
function genPrefix(ctx: LinearCtx, e: RelationalExpr, prefix: PrefixExpr, sreg: NftReg): void {
  const text = isStringType(e.left.dtype);
  const whole = prefix.prefixLen > 0 && prefix.prefixLen % 8 === 0 && prefix.byteorder === "big";
  if (!text && !whole) {
    genExpr(ctx, e.left, sreg);
    const mask = ((1n << BigInt(prefix.prefixLen)) - 1n) << BigInt(prefix.len - prefix.prefixLen);
    genMask(ctx, sreg, mask, { ...prefix, len: prefix.len });
    return emit(ctx, { op: "cmp", cmp: CMP[e.op], sreg, data: lowBytes(prefix.expr) });
  }
  genExpr(ctx, { ...e.left, len: prefix.prefixLen }, sreg);
  emit(ctx, { op: "cmp", cmp: CMP[e.op], sreg, data: headBytes(prefix) });
}

function headBytes(prefix: PrefixExpr): Uint8Array {
  const count = Math.ceil(prefix.prefixLen / 8);
  if (prefix.expr.kind !== "value") return new Uint8Array(count);
  const { value } = prefix.expr;
  const all = isStringType(prefix.expr.dtype) ? bytesMsbFirst(value, Math.ceil(prefix.expr.len / 8)) : bytesOf(prefix.expr);
  return all.slice(0, count);
}

/** `ct state new,established` and `tcp flags ! syn`: is one of the bits set, are all clear? */
function testsFlags(e: RelationalExpr): boolean {
  if (e.op === "neg") return true;
  return e.op === "implicit" && e.right.dtype.basetype !== null && isBitmask(e.right.dtype.basetype) && e.left.kind !== "binop";
}

const orOf = (e: Expr): bigint => (e.kind === "list" ? e.exprs.reduce((sum, part) => sum | orOf(part), 0n) : e.kind === "value" ? e.value : 0n);

function genFlags(ctx: LinearCtx, e: RelationalExpr, sreg: NftReg): void {
  genExpr(ctx, e.left, sreg);
  genMask(ctx, sreg, orOf(e.right), e.left);
  emit(ctx, { op: "cmp", cmp: e.op === "neg" ? "eq" : "neq", sreg, data: new Uint8Array(Math.ceil(e.left.len / 8)) });
}

/** `tcp flags syn / syn,ack` where evaluation left it whole. */
export function genFlagcmp(ctx: LinearCtx, e: FlagcmpExpr): void {
  withRegs(ctx, () => {
    const sreg = takeReg(ctx, e.expr);
    genExpr(ctx, e.expr, sreg);
    genMask(ctx, sreg, orOf(e.mask), e.expr);
    const data = bytesOf({ kind: "value", loc: e.loc, dtype: e.expr.dtype, byteorder: e.expr.byteorder, len: e.expr.len, value: orOf(e.value) });
    emit(ctx, { op: "cmp", cmp: e.op === "neq" ? "neq" : "eq", sreg, data });
  });
}
