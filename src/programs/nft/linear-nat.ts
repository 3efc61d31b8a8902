import type { Expr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import type { StmtOf } from "./ast-stmt.ts";
import { genExpr } from "./linear-expr.ts";
import { emit, takeReg, wordsOf, type LinearCtx } from "./linear-ctx.ts";
import { highBytes, lowBytes } from "./linear-data.ts";
import { NF_NAT_RANGE_PROTO_SPECIFIED, type NftReg } from "../../net/uapi/nft-expr.ts";

/** nat, masquerade, redirect, tproxy, dup, fwd: statements that take addresses and ports from registers. */

interface Regs { addrMin?: NftReg; addrMax?: NftReg; protoMin?: NftReg; protoMax?: NftReg }
type Nat = StmtOf<"nat">;

const ADDR_BITS = { ip: 32, ip6: 128 } as const;

/** Lower and upper bound in a register each. */
function genBounds(ctx: LinearCtx, e: Expr): [NftReg, NftReg] {
  const [min, max] = [takeReg(ctx), takeReg(ctx)];
  if (e.kind === "range") {
    genExpr(ctx, e.left, min);
    genExpr(ctx, e.right, max);
  } else {
    emit(ctx, { op: "immediate", dreg: min, data: lowBytes(e) });
    emit(ctx, { op: "immediate", dreg: max, data: highBytes(e) });
  }
  return [min, max];
}

const isSpan = (e: Expr): boolean => e.kind === "range" || e.kind === "prefix";

/** The map whose data give the address. */
const mapOf = (e: Expr): SetDecl | null => (e.kind === "map" && e.mappings.kind === "set_ref" ? e.mappings.set : null);

/** Does the map give two bounds (`1.1.1.1 : 10.0.0.1-10.0.0.5`)? */
const givesBounds = (e: Expr): boolean => mapOf(e)?.dataInterval === true;

/** Does it give address and port? */
const givesBoth = (e: Expr): boolean => (mapOf(e)?.data ?? null)?.kind === "concat" || (mapOf(e)?.data?.dtype.subtypes ?? null) !== null;

/** Addresses: one, a range, or out of a map — with the port behind the address when the map holds both. */
function genAddr(ctx: LinearCtx, s: Nat, addr: Expr, regs: Regs): void {
  if (isSpan(addr)) {
    [regs.addrMin, regs.addrMax] = genBounds(ctx, addr);
    return;
  }
  const words = wordsOf(ADDR_BITS[s.family ?? "ip"]);
  const min = takeReg(ctx);
  genExpr(ctx, addr, min);
  regs.addrMin = min;
  const concat = givesBoth(addr) || (s.typeFlags.concat === true && addr.kind === "map");
  const interval = givesBounds(addr);
  const step = words + (concat ? 1 : 0);
  if (concat) regs.protoMin = min + words;
  if (interval) regs.addrMax = min + step;
  if (concat && interval) regs.protoMax = min + step + words;
}

function genProto(ctx: LinearCtx, proto: Expr, regs: Regs): void {
  if (isSpan(proto)) {
    [regs.protoMin, regs.protoMax] = genBounds(ctx, proto);
    return;
  }
  regs.protoMin = takeReg(ctx);
  genExpr(ctx, proto, regs.protoMin);
}

export function genNat(ctx: LinearCtx, s: Nat): void {
  const regs: Regs = {};
  if (s.addr !== null) genAddr(ctx, s, s.addr, regs);
  if (s.port !== null) genProto(ctx, s.port, regs);
  const flags = s.flags | (s.port === null ? 0 : NF_NAT_RANGE_PROTO_SPECIFIED);
  const ports = { ...(regs.protoMin === undefined ? {} : { protoMin: regs.protoMin }), ...(regs.protoMax === undefined ? {} : { protoMax: regs.protoMax }) };
  if (s.type === "masquerade") return emit(ctx, { op: "masq", ...ports, flags });
  if (s.type === "redirect") return emit(ctx, { op: "redir", ...ports, flags });
  const addrs = { ...(regs.addrMin === undefined ? {} : { addrMin: regs.addrMin }), ...(regs.addrMax === undefined ? {} : { addrMax: regs.addrMax }) };
  emit(ctx, { op: "nat", kind: s.type, family: s.family ?? "inet", ...addrs, ...ports, flags });
}

const intoReg = (ctx: LinearCtx, e: Expr): NftReg => {
  const reg = takeReg(ctx);
  genExpr(ctx, e, reg);
  return reg;
};

export function genTproxy(ctx: LinearCtx, s: StmtOf<"tproxy">): void {
  const addr = s.addr === null ? {} : { addr: intoReg(ctx, s.addr) };
  const port = s.port === null ? {} : { port: intoReg(ctx, s.port) };
  emit(ctx, { op: "tproxy", family: s.family ?? "inet", ...addr, ...port });
}

/** `dup to 10.0.0.1 device "eth0"`; in netdev chains `to` is the device. */
export function genDup(ctx: LinearCtx, s: StmtOf<"dup">): void {
  const toDevice = s.to !== null && s.to.dtype.name === "iface_index";
  const first = s.to === null ? undefined : intoReg(ctx, s.to);
  const second = s.dev === null ? undefined : intoReg(ctx, s.dev);
  const dev = toDevice ? first : second;
  emit(ctx, { op: "dup", ...(first === undefined || toDevice ? {} : { addr: first }), ...(dev === undefined ? {} : { dev }) });
}

export function genFwd(ctx: LinearCtx, s: StmtOf<"fwd">): void {
  const dev = intoReg(ctx, s.dev);
  if (s.addr === null) return emit(ctx, { op: "fwd", dev });
  emit(ctx, { op: "fwd", dev, addr: intoReg(ctx, s.addr), ...(s.family === null ? {} : { family: s.family }) });
}
