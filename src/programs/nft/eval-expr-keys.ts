import type { CtExpr, Expr, MetaExpr, RtExpr, XfrmExpr } from "./ast.ts";
import { fail, type EvalCtx } from "./eval-ctx.ts";
import { equals, exprStmt, insertBefore } from "./dependency.ts";
import { primary } from "./eval-primary.ts";
import { ctOf } from "./nodes-keys.ts";
import { relationalUpdate } from "./proto-ctx.ts";
import { IP, IP6, UNKNOWN } from "./proto-headers.ts";
import { INET_SERVICE, IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";

/** meta, ct, rt, ipsec: selectors that depend on the family or on what the rule knows already. */

export function evaluateMeta(ctx: EvalCtx, e: MetaExpr): Expr | null {
  if (e.key === "nfproto" && ctx.pctx.family !== "inet") return fail(ctx, "meta nfproto is only useful in the inet family", e.loc);
  return primary(ctx, e);
}

export function evaluateXfrm(ctx: EvalCtx, e: XfrmExpr): Expr | null {
  const { family } = ctx.pctx;
  if (family !== "ip" && family !== "ip6" && family !== "inet") return fail(ctx, "ipsec expression is only valid in ip/ip6/inet tables", e.loc);
  return primary(ctx, e);
}

const NEXTHOP_UNKNOWN = 'cannot determine ip protocol version, use "ip nexthop" or "ip6 nexthop" instead';

export function evaluateRt(ctx: EvalCtx, e: RtExpr): Expr | null {
  const known = e.key === "nexthop4" && nexthopOfFamily(ctx, e);
  if (e.invalidFamily && !known) return fail(ctx, NEXTHOP_UNKNOWN, e.loc);
  if (e.key === "nexthop6" && ctx.pctx.family === "ip") return fail(ctx, "ip6 nexthop will not match", e.loc);
  return primary(ctx, e);
}

/** `rt nexthop`, with `ip` or without: of the IP that the rule knows (rt_expr_update_type). */
function nexthopOfFamily(ctx: EvalCtx, e: RtExpr): boolean {
  const known = ctx.pctx.protocol.nh.desc;
  if (known !== IP && known !== IP6) return false;
  e.key = known === IP ? "nexthop4" : "nexthop6";
  e.invalidFamily = false;
  e.dtype = known === IP ? IPV4_ADDR : IPV6_ADDR;
  e.len = e.dtype.size;
  e.byteorder = "big";
  return true;
}

export function evaluateCt(ctx: EvalCtx, e: CtExpr): Expr | null {
  const known = ctx.pctx.protocol.nh.desc;
  if ((e.key === "src" || e.key === "dst") && !ctDependency(ctx, e)) return null;
  if ((e.key === "src_ip" || e.key === "dst_ip") && known === IP6) return ctConflict(ctx, e, "ip6", "ip");
  if ((e.key === "src_ip6" || e.key === "dst_ip6") && known === IP) return ctConflict(ctx, e, "ip", "ip6");
  updateCtType(ctx, e);
  return primary(ctx, e);
}

const ctConflict = (ctx: EvalCtx, e: CtExpr, known: string, asked: string): null =>
  fail(ctx, `conflicting protocols specified: ${known} vs. ${asked}`, e.loc, ctx.pctx.protocol.nh.loc);

/** `ct original saddr` without an IP version takes the rule's (ct_gen_nh_dependency). */
function ctDependency(ctx: EvalCtx, e: CtExpr): boolean {
  const known = ctx.pctx.protocol.nh.desc;
  const which = e.key === "src" ? "s" : "d";
  if (e.nfproto === null) {
    if (known === IP) e.nfproto = "ip";
    if (known === IP6) e.nfproto = "ip6";
    return known !== null || fail(ctx, `cannot determine ip protocol version, use "ip ${which}addr" or "ip6 ${which}addr" instead`, e.loc) !== null;
  }
  const wanted = e.nfproto === "ip" ? IP : IP6;
  if (known === wanted) return true;
  if (known !== null) return fail(ctx, `conflicting dependencies: ${wanted.name} vs. ${known.name}\n`, e.loc) !== null;
  if (ctx.pctx.family === "ip" || ctx.pctx.family === "ip6") return true;
  const rel = equals(e.loc, ctOf(e.loc, "l3protocol", e.dir), e.nfproto === "ip" ? 2 : 10);
  relationalUpdate(ctx.pctx, rel);
  insertBefore(ctx, exprStmt(rel));
  return true;
}

/** Addresses and ports of the tuple have the type of the headers known so far (ct_expr_update_type). */
function updateCtType(ctx: EvalCtx, e: CtExpr): void {
  if (e.key === "src" || e.key === "dst") {
    e.dtype = e.nfproto === "ip6" ? IPV6_ADDR : IPV4_ADDR;
    e.len = e.dtype.size;
    e.byteorder = "big";
  }
  const transport = ctx.pctx.protocol.th.desc;
  if ((e.key === "proto_src" || e.key === "proto_dst") && transport !== null && transport !== UNKNOWN) e.dtype = INET_SERVICE;
}
