import type { Expr, MetaExpr, PayloadExpr, RelationalExpr } from "./ast.ts";
import type { Stmt } from "./ast-stmt.ts";
import { constantOf, fail, type EvalCtx } from "./eval-ctx.ts";
import { evaluateStmt } from "./eval-stmt.ts";
import type { Loc } from "./loc.ts";
import { metaOf, payloadField } from "./nodes-keys.ts";
import { elemOf } from "./nodes.ts";
import type { ProtoDesc } from "./proto.ts";
import { deviceTypeOf, numberOf, relationalUpdate, upperOf } from "./proto-ctx.ts";
import { ETHER, FAMILY_HEADERS, INET_SERVICE_HEADER, IP, IP6, NETDEV } from "./proto-headers.ts";
import { ICMP, ICMP_DEPS, ICMPV6, IGMP } from "./proto-transport.ts";
import { metaKeyDesc } from "./meta-keys.ts";
import { INVALID } from "./types-base.ts";
import type { NftMetaKey, NftPayloadBase } from "../../net/uapi/nft-expr.ts";

/*
 * Comparisons that a header field needs before it means anything: `tcp dport` only in TCP packets, `ip saddr` in an
 * inet table only in IPv4 ones. nft adds them before the statement (payload_gen_dependency and its kin).
 */

const BELOW: Readonly<Record<NftPayloadBase, NftPayloadBase | null>> = { ll: null, nh: "ll", th: "nh", inner: "th" };
const BASE_NAMES: Readonly<Record<NftPayloadBase, string>> = { ll: "link layer", nh: "network layer", th: "transport layer", inner: "payload data" };
const ORDER: Readonly<Record<NftPayloadBase, number>> = { ll: 1, nh: 2, th: 3, inner: 4 };

export const equals = (loc: Loc, left: Expr, value: bigint | number): RelationalExpr => ({
  kind: "relational", loc, dtype: INVALID, byteorder: "invalid", len: 0, op: "eq", left,
  right: constantOf(loc, left.dtype, left.dtype.byteorder === "invalid" ? left.byteorder : left.dtype.byteorder, left.len, value),
});

export const exprStmt = (expr: Expr): Stmt => ({ kind: "expression", loc: expr.loc, expr });

/** Puts a statement before the one being read, or first of all. */
export function insertBefore(ctx: EvalCtx, stmt: Stmt): void {
  const stmts = ctx.rule?.stmts;
  if (stmts === undefined) return;
  const at = ctx.stmt === null ? -1 : stmts.indexOf(ctx.stmt);
  stmts.splice(at < 0 ? stmts.length : at, 0, stmt);
}

function evaluated(ctx: EvalCtx, stmt: Stmt, loc: Loc, text: string): Stmt | null {
  const { ectx, stmt: current } = ctx;
  const ok = evaluateStmt(ctx, stmt);
  ctx.ectx = ectx;
  ctx.stmt = current;
  return ok ? stmt : fail(ctx, text, loc);
}

const metaOfField = (desc: ProtoDesc): NftMetaKey | null => {
  const key = desc.fields.find((f) => f.token === desc.protocolField)?.metaKey ?? null;
  return key as NftMetaKey | null;
};

function protocolSelector(loc: Loc, desc: ProtoDesc, byMeta: boolean): MetaExpr | PayloadExpr | null {
  const key = byMeta ? metaOfField(desc) : null;
  if (key !== null && metaKeyDesc(key) !== null) return metaOf(loc, key);
  const field = desc.fields.find((f) => f.token === desc.protocolField);
  return field === undefined ? null : payloadField(loc, desc, field);
}

/** `upper` follows `desc`: the comparison that says so (payload_add_dependency). */
function addDependency(ctx: EvalCtx, desc: ProtoDesc, upper: ProtoDesc, loc: Loc): Stmt | null {
  const number = numberOf(desc, upper);
  const left = number === null ? null : protocolSelector(loc, desc, true);
  if (number === null || left === null) return fail(ctx, `conflicting protocols specified: ${desc.name} vs. ${upper.name}`, loc);
  const rel = equals(loc, left, number);
  const stmt = evaluated(ctx, exprStmt(rel), loc, "dependency statement is invalid");
  if (stmt !== null) relationalUpdate(ctx.pctx, rel);
  return stmt;
}

/** What is known below, or what a mixed family assumes. */
function headerBelow(ctx: EvalCtx, desc: ProtoDesc, base: NftPayloadBase | null, loc: Loc): ProtoDesc | "error" | null {
  const known = base === null ? null : ctx.pctx.protocol[base].desc;
  // In a bridge the packet's own protocol is asked, which is there behind vlan tags too.
  if (known === ETHER && ctx.pctx.family === "bridge" && (desc === IP || desc === IP6)) return NETDEV;
  if (known !== null) return known;
  const mixed = ctx.pctx.family === "inet" || ctx.pctx.family === "bridge" || ctx.pctx.family === "netdev";
  if (!mixed || desc.base !== "th") return null;
  return desc === ICMP || desc === ICMPV6 || desc === IGMP ? icmpBelow(ctx, desc === ICMPV6 ? IP6 : IP, loc) : INET_SERVICE_HEADER;
}

/** ICMP tells its IP: that is a dependency of its own. */
function icmpBelow(ctx: EvalCtx, network: ProtoDesc, loc: Loc): ProtoDesc | "error" {
  const dep = addDependency(ctx, ctx.pctx.protocol.ll.desc ?? FAMILY_HEADERS[ctx.pctx.family], network, loc);
  if (dep === null) return "error";
  insertBefore(ctx, dep);
  return network;
}

function linkDependency(ctx: EvalCtx, desc: ProtoDesc, loc: Loc): Stmt | null {
  const type = deviceTypeOf(desc);
  if (type === null) return fail(ctx, "protocol specification is invalid for this family", loc);
  return evaluated(ctx, exprStmt(equals(loc, metaOf(loc, "iiftype"), type)), loc, "dependency statement is invalid");
}

/** What must hold for `desc` to be at its place; evaluated, not yet in the rule (payload_gen_dependency). */
export function payloadDependency(ctx: EvalCtx, desc: ProtoDesc, loc: Loc): Stmt | null {
  const first = FAMILY_HEADERS[ctx.pctx.family];
  if (ORDER[desc.base] < ORDER[first.base]) {
    return ORDER[desc.base] < ORDER[first.base] - 1 ? fail(ctx, "payload base is invalid for this family", loc) : linkDependency(ctx, desc, loc);
  }
  const belowBase = BELOW[desc.base];
  const below = headerBelow(ctx, desc, belowBase, loc);
  if (below === "error") return null;
  if (below === null) return fail(ctx, `ambiguous payload specification: no ${BASE_NAMES[belowBase ?? "ll"]} protocol specified`, loc);
  return addDependency(ctx, below, desc, loc);
}

/** Link headers of a family without one: `meta iiftype ether` (meta_iiftype_gen_dependency). */
export const iiftypeDependency = linkDependency;

/** A second header at the same base, as vlan after ether: its number in the first one's field (conflict_resolution_gen_dependency). */
export function stackedDependency(ctx: EvalCtx, desc: ProtoDesc, upper: ProtoDesc, loc: Loc): Stmt | null | "none" {
  const number = numberOf(desc, upper);
  const left = number === null ? null : protocolSelector(loc, desc, false);
  if (number === null || left === null || upperOf(desc, number) === null) return "none";
  return evaluated(ctx, exprStmt(equals(loc, left, number)), loc, "dependency statement is invalid");
}

const typesOf = (dep: string): readonly number[] => ICMP_DEPS[dep] ?? [];

/** `icmp id` exists in echoes only: the type it needs, unless the rule has it (payload_gen_icmp_dependency). */
export function icmpDependency(ctx: EvalCtx, e: PayloadExpr): Stmt | "none" | null {
  const dep = e.field?.icmpDep;
  if (dep === undefined || e.desc === null) return "none";
  const types = typesOf(dep);
  const wanted = types[0] ?? 0;
  const has = ctx.pctx.icmpType;
  if (has !== 0 && types.includes(has)) return "none";
  if (has !== 0) return fail(ctx, `incompatible icmp match: rule has ${String(has)}, need ${String(wanted)}`, e.loc);
  const typeField = e.desc.fields.find((f) => f.token === "type");
  if (typeField === undefined) return "none";
  const left = payloadField(e.loc, e.desc, typeField);
  const rel = equals(e.loc, left, wanted);
  if (types.length > 1) rel.right = echoSet(e.loc, left, types);
  const stmt = evaluated(ctx, exprStmt(rel), e.loc, "icmp dependency statement is invalid");
  ctx.pctx.icmpType = wanted;
  return stmt;
}

/** `{ echo-request, echo-reply }` */
function echoSet(loc: Loc, left: PayloadExpr, types: readonly number[]): Expr {
  const exprs = types.map((type) => elemOf(constantOf(loc, left.dtype, "big", 8, type), loc));
  return { kind: "set", loc, dtype: left.dtype, byteorder: "big", len: 8, exprs, interval: false, map: false, object: false, concat: false, eval: false, auto: false };
}
