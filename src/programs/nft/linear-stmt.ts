import type { Expr, PayloadExpr } from "./ast.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { genExpr, setName, setOfRef } from "./linear-expr.ts";
import { emit, takeReg, VERDICT_REG, withRegs, type LinearCtx } from "./linear-ctx.ts";
import { nameOf } from "./linear-data.ts";
import { genDup, genFwd, genNat, genTproxy } from "./linear-nat.ts";
import { genFlagcmp, genRelational } from "./linear-relational.ts";
import type { NftExpr, NftReg } from "../../net/uapi/nft-expr.ts";

/** Statements of a rule (netlink_gen_stmt). */
export function genStmt(ctx: LinearCtx, s: Stmt): void {
  ctx.loc = s.loc;
  withRegs(ctx, () => {
    const simple = simpleStmt(s);
    if (simple !== null) emit(ctx, simple);
    else genStmtWithRegs(ctx, s);
  });
}

/** Statements that need no register, and so may stand in elements of sets too. */
export function simpleStmt(s: Stmt): NftExpr | null {
  switch (s.kind) {
    case "counter":
      return { op: "counter", packets: s.packets, bytes: s.bytes };
    case "last":
      return { op: "last", usedMs: s.usedMs };
    case "limit":
      return { op: "limit", kind: s.of, rate: s.rate, unitSec: s.unitSec, burst: s.burst, invert: s.over };
    case "quota":
      return { op: "quota", bytes: s.bytes, used: s.used, invert: s.over };
    case "connlimit":
      return { op: "connlimit", count: s.count, invert: s.over };
    case "log":
      return logExpr(s);
    case "notrack":
      return { op: "notrack" };
    case "reject":
      return { op: "reject", kind: s.type === "tcp-reset" || s.type === "icmpx" ? s.type : "icmp", code: s.icmpCode };
    case "synproxy":
      return { op: "synproxy", mss: (s.mss ?? 0) & 0xffff, wscale: (s.wscale ?? 0) & 0xff, flags: s.flags };
    case "flow_offload":
      return { op: "flow_offload", table: s.table };
    case "optstrip":
      return { op: "exthdr.strip", kind: "tcpopt", type: s.expr.type };
    case "xt":
      return { op: s.what, name: s.name, rev: s.rev, info: s.info };
    default:
      return null;
  }
}

function logExpr(s: StmtOf<"log">): NftExpr {
  return {
    op: "log", ...(s.prefix === null ? {} : { prefix: nameOf(s.prefix) }), ...(s.group === null ? {} : { group: s.group }),
    ...(s.snaplen === null ? {} : { snaplen: s.snaplen }), ...(s.qthreshold === null ? {} : { qthreshold: s.qthreshold }),
    ...(s.level === null ? {} : { level: s.level }), ...(s.flags === 0 ? {} : { flags: s.flags }),
  };
}

const valueReg = (ctx: LinearCtx, value: Expr): NftReg => {
  const sreg = takeReg(ctx, value);
  genExpr(ctx, value, sreg);
  return sreg;
};

function genStmtWithRegs(ctx: LinearCtx, s: Stmt): void {
  switch (s.kind) {
    case "expression":
      return genTest(ctx, s.expr);
    case "verdict":
      return genVerdictStmt(ctx, s);
    case "payload":
      return genPayloadWrite(ctx, s);
    case "exthdr":
      return emit(ctx, { op: "exthdr.set", kind: "tcpopt", type: s.expr.type, offset: Math.floor(s.expr.offset / 8), len: Math.ceil(s.expr.len / 8), sreg: valueReg(ctx, s.value) });
    case "meta":
      return emit(ctx, { op: "meta.set", key: s.key, sreg: valueReg(ctx, s.value) });
    case "ct":
      return emit(ctx, { op: "ct.set", key: s.key, ...(s.dir === null ? {} : { dir: s.dir }), sreg: valueReg(ctx, s.value) });
    case "nat":
      return genNat(ctx, s);
    case "tproxy":
      return genTproxy(ctx, s);
    case "dup":
      return genDup(ctx, s);
    case "fwd":
      return genFwd(ctx, s);
    case "queue":
      return genQueue(ctx, s);
    default:
      return genSetStmt(ctx, s);
  }
}

/** A comparison, or a map of verdicts used as a statement. */
function genTest(ctx: LinearCtx, e: Expr): void {
  if (e.kind === "relational") return genRelational(ctx, e);
  if (e.kind === "flagcmp") return genFlagcmp(ctx, e);
  genExpr(ctx, e, VERDICT_REG);
}

function genVerdictStmt(ctx: LinearCtx, s: StmtOf<"verdict">): void {
  genExpr(ctx, s.expr, VERDICT_REG);
}

/** Fields that transport checksums cover with the pseudo header (RFC 9293 §3.1, RFC 8200 §8.1). */
const PSEUDO: Readonly<Record<string, readonly string[]>> = {
  ip: ["saddr", "daddr", "protocol", "length"], ip6: ["saddr", "daddr", "nexthdr", "length"],
};

function checksumOf(e: PayloadExpr): { readonly csum: "none" | "inet"; readonly csumOffset: number; readonly pseudoHeader: boolean } {
  const { desc } = e;
  const field = desc?.fields.find((f) => f.token === desc.checksumField);
  const pseudoHeader = desc !== null && (PSEUDO[desc.name] ?? []).includes(e.field?.token ?? "");
  return { csum: field === undefined ? "none" : "inet", csumOffset: field === undefined ? 0 : field.offset / 8, pseudoHeader };
}

function genPayloadWrite(ctx: LinearCtx, s: StmtOf<"payload">): void {
  const sreg = valueReg(ctx, s.value);
  emit(ctx, { op: "payload.set", base: s.expr.base, offset: Math.floor(s.expr.offset / 8), len: Math.ceil(s.expr.len / 8), sreg, ...checksumOf(s.expr) });
}

function genQueue(ctx: LinearCtx, s: StmtOf<"queue">): void {
  const { expr, flags } = s;
  if (expr === null) return emit(ctx, { op: "queue", num: 0, total: 1, flags });
  if (expr.kind === "value") return emit(ctx, { op: "queue", num: Number(expr.value), total: 1, flags });
  if (expr.kind === "range" && expr.left.kind === "value" && expr.right.kind === "value") {
    return emit(ctx, { op: "queue", num: Number(expr.left.value), total: Number(expr.right.value - expr.left.value) + 1, flags });
  }
  emit(ctx, { op: "queue", num: 0, total: 0, flags, sreg: valueReg(ctx, expr) });
}

function genSetStmt(ctx: LinearCtx, s: Stmt): void {
  switch (s.kind) {
    case "objref":
      return genObjref(ctx, s);
    case "set":
    case "map":
      return genDynset(ctx, s.op, s.set, s.key, s.kind === "map" ? s.data : null, s.stmts);
    case "meter":
      return genMeter(ctx, s);
    case "chain":
      return genBlock(ctx, s);
    default:
      throw new Error(`nft: ${s.kind} is no statement of a rule`);
  }
}

function genObjref(ctx: LinearCtx, s: StmtOf<"objref">): void {
  if (s.expr.kind !== "map") {
    ctx.loc = s.expr.loc;
    return emit(ctx, { op: "objref", type: s.type, name: nameOf(s.expr) });
  }
  const sreg = takeReg(ctx, s.expr.map);
  genExpr(ctx, s.expr.map, sreg);
  emit(ctx, { op: "objref.map", ...setName(ctx, setOfRef(s.expr.mappings)), sreg });
}

type DynsetOp = "add" | "update" | "delete";

function genDynset(ctx: LinearCtx, cmd: DynsetOp, set: Expr, elem: Expr, data: Expr | null, stmts: readonly Stmt[]): void {
  const key = elem.kind === "set_elem" ? elem.key : elem;
  const sreg = valueReg(ctx, key);
  const sregData = data === null ? undefined : valueReg(ctx, data);
  const timeoutMs = elem.kind === "set_elem" ? elem.timeoutMs : null;
  const inner = [...stmts, ...(elem.kind === "set_elem" ? elem.stmts : [])];
  emit(ctx, {
    op: "dynset", cmd, ...setName(ctx, setOfRef(set)), sreg, ...(sregData === undefined ? {} : { sregData }), ...(timeoutMs === null ? {} : { timeoutMs }),
    exprs: exprsOf(inner), invert: false,
  });
}

/** Statements kept with elements. */
export const exprsOf = (stmts: readonly Stmt[]): NftExpr[] => stmts.map(simpleStmt).filter((e) => e !== null);

function genMeter(ctx: LinearCtx, s: StmtOf<"meter">): void {
  if (s.set === null) throw new Error("nft: a meter without its set");
  const set: Expr = { kind: "set_ref", loc: s.loc, dtype: s.key.dtype, byteorder: "invalid", len: 0, set: s.set };
  genDynset(ctx, s.set.flags.timeout ? "update" : "add", set, s.key, null, [s.stmt]);
}

function genBlock(ctx: LinearCtx, s: StmtOf<"chain">): void {
  const chainId = ctx.block(s.chain);
  const code = s.expr.kind === "symbol" && s.expr.name === "goto" ? "goto" : "jump";
  emit(ctx, { op: "verdict", verdict: { code, chain: "", chainId } });
}
