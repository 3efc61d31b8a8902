import type { Expr, ExthdrExpr, PayloadExpr } from "./ast.ts";
import { constantOf, fail, ones, baseType, type EvalCtx } from "./eval-ctx.ts";
import { icmpDependency, iiftypeDependency, insertBefore, payloadDependency, stackedDependency } from "./dependency.ts";
import { primary } from "./eval-primary.ts";
import type { Loc } from "./loc.ts";
import type { ProtoDesc } from "./proto.ts";
import { isAmbiguous, isDummy, numberOf } from "./proto-ctx.ts";
import { IP, IP6 } from "./proto-headers.ts";
import { ICMP, ICMPV6, TH } from "./proto-transport.ts";
import { HOST_INTEGER } from "./types-base.ts";

/** Header fields: dependencies, conflicts, and fields that do not fill bytes. */

const ABOVE = { ll: "nh", nh: "th", th: "inner", inner: null } as const;

/** Gives the field its place in the rule's headers, with what it depends on (__expr_evaluate_payload). */
export function placePayload(ctx: EvalCtx, e: PayloadExpr): boolean {
  if (e.raw || e.desc === null || e.desc === TH || ctx.seen.has(e)) return true;
  if (!placed(ctx, e, e.desc)) return false;
  ctx.seen.add(e);
  return true;
}

function placed(ctx: EvalCtx, e: PayloadExpr, wanted: ProtoDesc): boolean {
  const slot = ctx.pctx.protocol[wanted.base];
  if (slot.desc === null) {
    const dep = payloadDependency(ctx, wanted, e.loc);
    if (dep === null) return false;
    insertBefore(ctx, dep);
    if (slot.desc === wanted) return placedIcmp(ctx, e, wanted);
    if (wanted.base === "ll" && slot.desc !== null) return stacked(ctx, slot.desc, e, wanted) || conflict(ctx, e, wanted);
  }
  const desc = slot.desc;
  if (desc === null) return true;
  if (desc.base === wanted.base && isAmbiguous(ctx.pctx, wanted.base)) {
    const other = ctx.pctx.transports.find((t) => t.desc !== wanted)?.desc ?? desc;
    return fail(ctx, `conflicting protocols specified: ${other.name} vs. ${wanted.name}`, e.loc) !== null;
  }
  if (desc === wanted) return placedSame(ctx, e, wanted);
  return resolved(ctx, desc, e, wanted) || conflict(ctx, e, wanted);
}

function conflict(ctx: EvalCtx, e: PayloadExpr, wanted: ProtoDesc): boolean {
  const desc = ctx.pctx.protocol[wanted.base].desc;
  return fail(ctx, `conflicting protocols specified: ${desc?.name ?? "unknown"} vs. ${wanted.name}`, e.loc) !== null;
}

function placedSame(ctx: EvalCtx, e: PayloadExpr, wanted: ProtoDesc): boolean {
  if (wanted.base === "ll") for (const below of ctx.pctx.linkStack) e.offset += below.lenBits;
  return placedIcmp(ctx, e, wanted);
}

function placedIcmp(ctx: EvalCtx, e: PayloadExpr, desc: ProtoDesc): boolean {
  if (desc !== ICMP && desc !== ICMPV6) return true;
  const dep = icmpDependency(ctx, e);
  if (dep === null) return false;
  if (dep !== "none") insertBefore(ctx, dep);
  return true;
}

/** Another header is known at this base: may both be there, as vlan after ether? (resolve_protocol_conflict) */
function resolved(ctx: EvalCtx, known: ProtoDesc, e: PayloadExpr, wanted: ProtoDesc): boolean {
  let desc = known;
  if (wanted.base === "ll") {
    if (ctx.pctx.linkStack.includes(wanted)) return true;
    if (isDummy(desc)) {
      const dep = iiftypeDependency(ctx, wanted, e.loc);
      if (dep === null) return false;
      insertBefore(ctx, dep);
      desc = ctx.pctx.protocol.ll.desc ?? desc;
      if (desc === wanted) return true;
    }
  }
  const above = ABOVE[wanted.base];
  if (above !== null && ctx.pctx.protocol[above].desc !== null) return false;
  return stacked(ctx, desc, e, wanted);
}

/** One link header after another: what says so goes before, and the field lies behind both. */
function stacked(ctx: EvalCtx, below: ProtoDesc, e: PayloadExpr, wanted: ProtoDesc): boolean {
  if (numberOf(below, wanted) === null) return false;
  const dep = stackedDependency(ctx, below, wanted, e.loc);
  if (dep === "none" || dep === null) return false;
  for (const header of ctx.pctx.linkStack) e.offset += header.lenBits;
  insertBefore(ctx, dep);
  return true;
}

export const needsAdjustment = (e: PayloadExpr | ExthdrExpr): boolean => e.offset % 8 !== 0 || e.len % 8 !== 0;

/** Bits below the field in the bytes that hold it, and bits more to load where it crosses a byte (expr_offset_shift). */
export function offsetShift(e: PayloadExpr | ExthdrExpr): { readonly shift: number; readonly extra: number } {
  const within = e.offset % 8;
  const len = Math.ceil(e.len / 8) * 8;
  const shift = len - (within + e.len);
  return shift >= 0 ? { shift, extra: 0 } : { shift: shift + 8, extra: 8 };
}

/** A field that does not fill bytes: the bytes around it, masked and shifted (expr_evaluate_bits). */
function bitsOf(e: PayloadExpr | ExthdrExpr): Expr {
  const { shift, extra } = offsetShift(e);
  const len = e.len + shift;
  const mask = constantOf(e.loc, baseType(e.dtype), "host", len, ones(e.len) << BigInt(shift));
  const and: Expr = { kind: "binop", loc: e.loc, dtype: e.dtype, byteorder: e.byteorder, len, op: "and", left: e, right: mask };
  e.len += extra;
  if (shift === 0) return and;
  return { kind: "binop", loc: e.loc, dtype: e.dtype, byteorder: e.byteorder, len, op: "rshift", left: and, right: constantOf(e.loc, HOST_INTEGER, "host", 8, shift) };
}

export function evaluatePayload(ctx: EvalCtx, e: PayloadExpr): Expr | null {
  if (ctx.seen.has(e)) return e;
  if (!placePayload(ctx, e)) return null;
  ctx.seen.add(e);
  primary(ctx, e);
  return needsAdjustment(e) ? bitsOf(e) : e;
}

const MAX_TCP_OPTIONS_BITS = 40 * 8;
const MAX_IP_OPTIONS_BITS = 40 * 8;

function withinHeader(ctx: EvalCtx, e: ExthdrExpr): boolean {
  const total = e.offset + e.len;
  if (e.hdr === "tcpopt" && total > MAX_TCP_OPTIONS_BITS) return fail(ctx, tooLong(total, "tcp headerlen", MAX_TCP_OPTIONS_BITS), e.loc) !== null;
  if (e.hdr === "ipv4opt" && total > MAX_IP_OPTIONS_BITS) return fail(ctx, tooLong(total, "ip option len", MAX_IP_OPTIONS_BITS), e.loc) !== null;
  return true;
}
const tooLong = (total: number, what: string, max: number): string => `offset and size ${String(total)} exceeds max ${what} (${String(max)})`;

/** Extension headers and IP options need their IP. */
function placeExthdr(ctx: EvalCtx, e: ExthdrExpr): boolean {
  if (e.hdr === "tcpopt" || e.hdr === "sctp") return true;
  const needed = e.hdr === "ipv4opt" ? IP : IP6;
  const known = ctx.pctx.protocol.nh.desc;
  if (known === needed) return true;
  if (known !== null) return fail(ctx, `cannot use exthdr with ${known.name}`, e.loc) !== null;
  return networkDependency(ctx, needed, e.loc);
}

function networkDependency(ctx: EvalCtx, desc: ProtoDesc, loc: Loc): boolean {
  const dep = payloadDependency(ctx, desc, loc);
  if (dep !== null) insertBefore(ctx, dep);
  return dep !== null;
}

export function evaluateExthdr(ctx: EvalCtx, e: ExthdrExpr): Expr | null {
  if (ctx.seen.has(e)) return e;
  if (!placeExthdr(ctx, e)) return null;
  ctx.seen.add(e);
  primary(ctx, e);
  if (!e.present && needsAdjustment(e)) return bitsOf(e);
  return withinHeader(ctx, e) ? e : null;
}

/** As target of a statement: placed, but not taken apart. */
export function placeExthdrOnly(ctx: EvalCtx, e: ExthdrExpr): boolean {
  if (!placeExthdr(ctx, e)) return false;
  primary(ctx, e);
  return withinHeader(ctx, e);
}
