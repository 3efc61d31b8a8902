import type { Expr, MapExpr } from "./ast.ts";
import type { StmtOf } from "./ast-stmt.ts";
import { expect, fail, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { resolveVariable } from "./eval-expr-map.ts";
import { checkArg, evaluateArg } from "./eval-stmt-arg.ts";
import { IP, IP6 } from "./proto-headers.ts";
import { NF_NAT_RANGE_NETMAP } from "../../net/uapi/nft-expr.ts";
import { concatType } from "./types.ts";
import { INET_SERVICE, IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";

/** snat, dnat, masquerade, redirect, tproxy (stmt_evaluate_nat). */

type Nat = StmtOf<"nat">;
const addrType = (family: "ip" | "ip6" | null): typeof IPV4_ADDR => (family === "ip6" ? IPV6_ADDR : IPV4_ADDR);

export function evaluateNat(ctx: EvalCtx, stmt: Nat): boolean {
  if (!natFamily(ctx, stmt)) return false;
  if (stmt.typeFlags.prefix === true) stmt.flags |= NF_NAT_RANGE_NETMAP;
  if (stmt.addr !== null) {
    if (!sameNetwork(ctx, stmt, stmt.family)) return false;
    if (isConcatMap(ctx, stmt) || stmt.typeFlags.concat === true) return evaluateConcatMap(ctx, stmt, stmt.addr);
    if (!natAddr(ctx, stmt, stmt.addr)) return false;
  }
  return stmt.port === null || natPort(ctx, stmt, stmt.port);
}

function natFamily(ctx: EvalCtx, stmt: Nat): boolean {
  const { family } = ctx.pctx;
  if (family === "ip" || family === "ip6") {
    stmt.family ??= family;
    return true;
  }
  if (family !== "inet") return fail(ctx, "NAT is only supported for IPv4/IPv6", stmt.loc) !== null;
  const known = ctx.pctx.protocol.nh.desc;
  if (stmt.addr === null || stmt.family !== null) return true;
  if (known === IP) stmt.family = "ip";
  if (known === IP6) stmt.family = "ip6";
  return stmt.family !== null || fail(ctx, "ip or ip6 must be specified with address for inet tables.", stmt.loc) !== null;
}

/** The address family must be that of the headers the rule matched (stmt_evaluate_l3proto). */
function sameNetwork(ctx: EvalCtx, stmt: Nat | StmtOf<"tproxy">, family: string | null): boolean {
  const { desc, loc } = ctx.pctx.protocol.nh;
  if (!((desc === IP && family !== "ip") || (desc === IP6 && family !== "ip6"))) return true;
  const word = stmt.kind === "nat" ? "nat" : "tproxy";
  const text = `conflicting protocols specified: ${desc.name} vs. ${family ?? "inet"}. You must specify ip or ip6 family in ${word} statement`;
  return fail(ctx, text, stmt.loc, loc) !== null;
}

function natAddr(ctx: EvalCtx, stmt: Nat, addr: Expr): boolean {
  const dtype = addrType(stmt.family);
  const e = evaluateArg(ctx, stmt, dtype, dtype.size, "big", addr);
  if (e === null) return false;
  stmt.addr = e;
  if (e.kind === "map" && e.mappings.kind === "set_ref" && e.mappings.set.dataInterval === true) stmt.typeFlags.interval = true;
  return true;
}

function needsTransport(ctx: EvalCtx, at: Expr, stmt: Nat | StmtOf<"tproxy">): boolean {
  if (ctx.pctx.protocol.th.desc !== null) return true;
  return fail(ctx, "transport protocol mapping is only valid after transport protocol match", at.loc, stmt.loc) !== null;
}

function natPort(ctx: EvalCtx, stmt: Nat | StmtOf<"tproxy">, port: Expr): boolean {
  if (!needsTransport(ctx, port, stmt)) return false;
  const e = evaluateArg(ctx, stmt, INET_SERVICE, 16, "big", port);
  if (e !== null) stmt.port = e;
  return e !== null;
}

/** Does the map give address and port (nat_concat_map)? */
function isConcatMap(ctx: EvalCtx, stmt: Nat): boolean {
  const { addr } = stmt;
  if (addr?.kind !== "map") return false;
  if (addr.mappings.kind === "variable") addr.mappings = resolveVariable(addr.mappings);
  const concat = addr.mappings.kind === "set" ? addr.mappings.exprs.some((e) => e.kind === "mapping" && e.right.kind === "concat") : namedConcat(ctx, addr);
  if (concat) stmt.typeFlags.concat = true;
  return concat;
}

function namedConcat(ctx: EvalCtx, addr: MapExpr): boolean {
  if (addr.mappings.kind === "symbol") {
    const before = ctx.nft.diags.length;
    const ref = evaluateExpr(ctx, addr.mappings);
    if (ref === null) ctx.nft.diags.length = before;
    else addr.mappings = ref;
  }
  const data = addr.mappings.kind === "set_ref" ? addr.mappings.set.data : null;
  return data !== null && (data.kind === "concat" || data.dtype.subtypes !== null);
}

function evaluateConcatMap(ctx: EvalCtx, stmt: Nat, addr: Expr): boolean {
  const dtype = concatType([addrType(stmt.family), INET_SERVICE]);
  expect(ctx, dtype, dtype.size);
  const e = evaluateExpr(ctx, addr);
  if (e === null || !needsTransport(ctx, addr, stmt)) return false;
  stmt.addr = e;
  if (e.kind !== "map") return true;
  if (e.mappings.kind === "set_ref" && e.mappings.set.dataInterval === true) stmt.typeFlags.interval = true;
  return checkArg(ctx, stmt, dtype, dtype.size, "invalid", e) !== null;
}

export function evaluateTproxy(ctx: EvalCtx, stmt: StmtOf<"tproxy">): boolean {
  const { family } = ctx.pctx;
  if (family !== "ip" && family !== "ip6" && family !== "inet") return fail(ctx, "tproxy is only supported for IPv4/IPv6/INET", stmt.loc) !== null;
  if (family !== "inet") stmt.family ??= family;
  if (ctx.pctx.protocol.th.desc === null) return fail(ctx, "Transparent proxy support requires transport protocol match", stmt.loc) !== null;
  if (stmt.addr === null && stmt.port === null) return fail(ctx, "Either address or port must be specified!", stmt.loc) !== null;
  if (stmt.family !== null && stmt.family !== "inet" && !sameNetwork(ctx, stmt, stmt.family)) return false;
  if (stmt.addr !== null && !tproxyAddr(ctx, stmt, stmt.addr)) return false;
  if (stmt.port?.kind === "range") return fail(ctx, "Port ranges are not supported for tproxy.", stmt.loc) !== null;
  return stmt.port === null || natPort(ctx, stmt, stmt.port);
}

function tproxyAddr(ctx: EvalCtx, stmt: StmtOf<"tproxy">, addr: Expr): boolean {
  if (addr.kind === "range") return fail(ctx, "Address ranges are not supported for tproxy.", stmt.loc) !== null;
  if (stmt.family === null || stmt.family === "inet") return fail(ctx, "ip or ip6 must be specified with address for inet tables.", stmt.loc) !== null;
  const dtype = addrType(stmt.family);
  const e = evaluateArg(ctx, stmt, dtype, dtype.size, "big", addr);
  if (e !== null) stmt.addr = e;
  return e !== null;
}
