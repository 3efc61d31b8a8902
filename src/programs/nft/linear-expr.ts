import type { BinopExpr, ConcatExpr, ExthdrExpr, Expr, FibExpr, HashExpr, MapExpr, RtExpr, UnaryExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { emit, takeReg, VERDICT_REG, withRegs, wordsOf, type Dreg, type LinearCtx } from "./linear-ctx.ts";
import { lowBytes, numberBytes, verdictData } from "./linear-data.ts";
import { noLoc } from "./nodes.ts";
import type { NftReg } from "../../net/uapi/nft-expr.ts";

/** Expressions into registers (netlink_gen_expr): what is loaded, computed, looked up. */

const bytesFor = (bits: number): number => Math.ceil(bits / 8);
const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

export function genExpr(ctx: LinearCtx, e: Expr, dreg: Dreg): void {
  const { loc } = ctx;
  const own = e.kind === "verdict" && e.chain !== null ? e.chain.loc : e.loc;
  if (own.end > own.start) ctx.loc = own;
  genAny(ctx, e, dreg);
  ctx.loc = loc;
}

function genAny(ctx: LinearCtx, e: Expr, dreg: Dreg): void {
  if (dreg === VERDICT_REG) return genVerdict(ctx, e);
  const outer = ctx.loc;
  if (e.loc !== noLoc) ctx.loc = e.loc;
  genInto(ctx, e, dreg);
  ctx.loc = outer;
}

function genInto(ctx: LinearCtx, e: Expr, dreg: NftReg): void {
  switch (e.kind) {
    case "value":
    case "prefix":
    case "range":
      return emit(ctx, { op: "immediate", dreg, data: lowBytes(e) });
    case "concat":
      return genConcat(ctx, e, dreg);
    case "set_elem":
      return genExpr(ctx, e.key, dreg);
    case "map":
      return genMap(ctx, e, dreg);
    case "unary":
      return genUnary(ctx, e, dreg);
    case "binop":
      return genBinop(ctx, e, dreg);
    case "variable":
      return genExpr(ctx, e.value, dreg);
    default:
      return genLoad(ctx, e, dreg);
  }
}

function genVerdict(ctx: LinearCtx, e: Expr): void {
  if (e.kind === "verdict") return emit(ctx, { op: "verdict", verdict: verdictData(e) });
  if (e.kind === "map") return genMap(ctx, e, VERDICT_REG);
  if (e.kind === "variable") return genVerdict(ctx, e.value);
  throw new Error(`nft: ${e.kind} is no verdict`);
}

/** Selectors: one instruction each. */
function genLoad(ctx: LinearCtx, e: Expr, dreg: NftReg): void {
  switch (e.kind) {
    case "payload":
      return emit(ctx, { op: "payload", base: e.base, offset: Math.floor(e.offset / 8), len: bytesFor(e.len), dreg });
    case "meta":
      return emit(ctx, { op: "meta", key: e.key, dreg });
    case "ct":
      return emit(ctx, { op: "ct", key: e.key, ...(e.dir === null ? {} : { dir: e.dir }), dreg });
    case "exthdr":
      return genExthdr(ctx, e, dreg);
    case "fib":
      return genFib(ctx, e, dreg);
    case "rt":
      return emit(ctx, { op: "rt", key: rtKey(e), dreg });
    case "socket":
      return emit(ctx, { op: "socket", key: e.key, ...(e.level === null ? {} : { level: e.level }), dreg });
    case "numgen":
      return emit(ctx, { op: "numgen", kind: e.type, modulus: e.mod, offset: e.offset, dreg });
    case "hash":
      return genHash(ctx, e, dreg);
    default:
      return genRare(ctx, e, dreg);
  }
}

/** NFT_XFRM_KEY_* of addresses. */
const XFRM_KEYS: Readonly<Record<string, string>> = { daddr_ip4: "daddr4", saddr_ip4: "saddr4", daddr_ip6: "daddr6", saddr_ip6: "saddr6" };

function genRare(ctx: LinearCtx, e: Expr, dreg: NftReg): void {
  switch (e.kind) {
    case "osf":
      return emit(ctx, { op: "osf", dreg, ttl: e.ttl, flags: e.flags });
    case "xfrm":
      return emit(ctx, { op: "xfrm", dir: e.dir, key: XFRM_KEYS[e.key] ?? e.key, spnum: e.spnum, dreg });
    case "tunnel":
      return emit(ctx, { op: "tunnel", key: e.key, dreg });
    default:
      throw new Error(`nft: ${e.kind} can be loaded into no register`);
  }
}

function rtKey(e: RtExpr): "classid" | "nexthop4" | "nexthop6" | "tcpmss" | "ipsec" {
  switch (e.key) {
    case "nexthop4":
    case "nexthop6":
    case "tcpmss":
    case "ipsec":
      return e.key;
    default:
      return "classid";
  }
}

function genExthdr(ctx: LinearCtx, e: ExthdrExpr, dreg: NftReg): void {
  emit(ctx, {
    op: "exthdr", kind: e.hdr, type: e.type, offset: Math.floor(e.offset / 8), len: bytesFor(e.len), dreg, present: e.present,
  });
}

const FIB_FLAGS = ["saddr", "daddr", "mark", "iif", "oif"] as const;

function genFib(ctx: LinearCtx, e: FibExpr, dreg: NftReg): void {
  const result = e.result === "type" ? "addrtype" : e.result;
  emit(ctx, { op: "fib", dreg, result, present: e.present, flags: FIB_FLAGS.filter((flag) => e.flags.includes(flag)) });
}

function genHash(ctx: LinearCtx, e: HashExpr, dreg: NftReg): void {
  const { expr } = e;
  if (expr === null) return emit(ctx, { op: "symhash", dreg, modulus: e.mod, offset: e.offset });
  withRegs(ctx, () => {
    const sreg = takeReg(ctx, expr);
    genExpr(ctx, expr, sreg);
    emit(ctx, { op: "jhash", sreg, dreg, len: bytesFor(expr.len), modulus: e.mod, ...(e.seed === null ? {} : { seed: e.seed }), offset: e.offset });
  });
}

function genConcat(ctx: LinearCtx, e: ConcatExpr, dreg: NftReg): void {
  let at = dreg;
  for (const part of e.exprs) {
    genExpr(ctx, part, at);
    at += wordsOf(part.len);
  }
}

/** The set or map that an expression refers to. */
export function setOfRef(e: Expr): SetDecl {
  if (e.kind === "set_ref") return e.set;
  throw new Error(`nft: ${e.kind} refers to no set`);
}

/** How instructions name a set: by name, and by id while it has none. */
export function setName(ctx: LinearCtx, set: SetDecl): { readonly set: string; readonly setId?: number } {
  const setId = ctx.setId(set);
  return { set: set.handle.set?.name ?? "", ...(setId === undefined ? {} : { setId }) };
}

function genMap(ctx: LinearCtx, e: MapExpr, dreg: Dreg): void {
  withRegs(ctx, () => {
    const sreg = dreg === VERDICT_REG ? takeReg(ctx, e.map) : dreg;
    genExpr(ctx, e.map, sreg);
    emit(ctx, { op: "lookup", ...setName(ctx, setOfRef(e.mappings)), sreg, dreg, invert: false });
  });
}

/** Numbers that the kernel is to compare by size go to network order first. */
function genUnary(ctx: LinearCtx, e: UnaryExpr, dreg: NftReg): void {
  genExpr(ctx, e.arg, dreg);
  const len = bytesFor(e.len);
  emit(ctx, { op: "byteorder", to: e.op, sreg: dreg, dreg, len, size: len % 8 === 0 ? 8 : len % 4 === 0 ? 4 : 2 });
}

const constantOf = (e: Expr): bigint => (e.kind === "value" ? e.value : e.kind === "variable" ? constantOf(e.value) : 0n);

function genBinop(ctx: LinearCtx, e: BinopExpr, dreg: NftReg): void {
  if (e.op !== "lshift" && e.op !== "rshift") return genBitwise(ctx, e, dreg);
  genExpr(ctx, e.left, dreg);
  emit(ctx, { op: "shift", dir: e.op === "lshift" ? "left" : "right", sreg: dreg, dreg, len: bytesFor(e.len), bits: Number(constantOf(e.right)) });
}

/** `(x & mask) ^ xor` does and, or, xor with a constant, and any row of them. */
interface Bits { readonly mask: bigint; readonly xor: bigint }

function stepOf(op: BinopExpr["op"], value: bigint, all: bigint): Bits {
  if (op === "and") return { mask: value, xor: 0n };
  if (op === "or") return { mask: all & ~value, xor: value };
  return { mask: all, xor: value };
}

const isBitwise = (e: Expr): e is BinopExpr => e.kind === "binop" && e.op !== "lshift" && e.op !== "rshift";

function genBitwise(ctx: LinearCtx, e: BinopExpr, dreg: NftReg): void {
  const chain: BinopExpr[] = [];
  let inner: Expr = e;
  for (; isBitwise(inner); inner = inner.left) chain.unshift(inner);
  genExpr(ctx, inner, dreg);
  const all = ones(bytesFor(e.len) * 8);
  const first: Bits = { mask: ones(e.len), xor: 0n };
  const bits = chain.reduce<Bits>((sum, binop) => {
    const step = stepOf(binop.op, constantOf(binop.right), all);
    return { mask: sum.mask & step.mask, xor: (sum.xor & step.mask) ^ step.xor };
  }, first);
  emitBitwise(ctx, dreg, bits, e);
}

function emitBitwise(ctx: LinearCtx, dreg: NftReg, bits: Bits, shape: Expr): void {
  emit(ctx, {
    op: "bitwise", sreg: dreg, dreg, len: bytesFor(shape.len),
    mask: numberBytes(bits.mask, shape.byteorder, shape.len), xor: numberBytes(bits.xor, shape.byteorder, shape.len),
  });
}

/** `x & mask`, for flags and prefixes. */
export const genMask = (ctx: LinearCtx, dreg: NftReg, mask: bigint, shape: Expr): void => emitBitwise(ctx, dreg, { mask, xor: 0n }, shape);
