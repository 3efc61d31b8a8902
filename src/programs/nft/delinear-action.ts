import type { NftExpr } from "../../net/uapi/nft-expr.ts";
import type { CtExpr, Expr, ExthdrExpr, MetaExpr, PayloadExpr } from "./ast.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { completeOption } from "./delinear-exthdr.ts";
import { payloadAt } from "./delinear-load.ts";
import { setRef, setType } from "./delinear-nodes.ts";
import { parseOne, register, registers, type Parse } from "./delinear-parse.ts";
import { isMeter } from "./print-set.ts";
import { ctOf, metaOf } from "./nodes-keys.ts";
import { elemOf, noLoc, rangeOf, stringValue, valueOf } from "./nodes.ts";
import { HOST_INTEGER, INTEGER, STRING } from "./types-base.ts";
import { ICMP_CODE, ICMPV6_CODE, ICMPX_CODE } from "./types-icmp.ts";

type Op<K extends NftExpr["op"]> = Extract<NftExpr, { op: K }>;

/** Statements that count, log, write or end; null = an instruction that no statement stands for. */
export function parseAction(parse: Parse, e: NftExpr): Stmt | null {
  switch (e.op) {
    case "counter": return { kind: "counter", loc: noLoc, packets: e.packets, bytes: e.bytes, given: true };
    case "last": return { kind: "last", loc: noLoc, usedMs: e.usedMs };
    case "limit": return { kind: "limit", loc: noLoc, of: e.kind, rate: e.rate, unitSec: e.unitSec, burst: e.burst, burstGiven: true, over: e.invert };
    case "quota": return { kind: "quota", loc: noLoc, bytes: e.bytes, used: e.used, over: e.invert };
    case "connlimit": return { kind: "connlimit", loc: noLoc, count: e.count, over: e.invert };
    case "log": return parseLog(e);
    case "reject": return { kind: "reject", loc: noLoc, type: e.kind, code: null, icmpCode: e.code, family: null, verbose: false };
    case "notrack": return { kind: "notrack", loc: noLoc };
    case "queue": return parseQueue(parse, e);
    case "synproxy": return { kind: "synproxy", loc: noLoc, mss: e.mss, wscale: e.wscale, flags: e.flags };
    case "flow_offload": return { kind: "flow_offload", loc: noLoc, table: e.table };
    case "match":
    case "target": return { kind: "xt", loc: noLoc, what: e.op, name: e.name, rev: e.rev, info: e.info };
    default: return parseWrite(parse, e);
  }
}

/** Writes: to the packet, its marks, sets. */
function parseWrite(parse: Parse, e: NftExpr): Stmt | null {
  switch (e.op) {
    case "meta.set": return parseMetaSet(parse, e);
    case "ct.set": return parseCtSet(parse, e);
    case "payload.set": return parsePayloadSet(parse, e);
    case "exthdr.set": return parseOptionSet(parse, e);
    case "exthdr.strip": return { kind: "optstrip", loc: noLoc, expr: optionOf(e.type, 0, 0, true) };
    case "dynset": return parseDynset(parse, e);
    case "objref": return { kind: "objref", loc: noLoc, type: e.type, expr: stringValue(e.name, noLoc, STRING) };
    case "objref.map": return parseObjrefMap(parse, e);
    default: return null;
  }
}

function parseLog(e: Op<"log">): StmtOf<"log"> {
  return {
    kind: "log", loc: noLoc, prefix: e.prefix === undefined || e.prefix === "" ? null : stringValue(e.prefix, noLoc, STRING), group: e.group ?? null,
    snaplen: e.snaplen === undefined || e.snaplen === 0 ? null : e.snaplen, qthreshold: e.qthreshold === undefined || e.qthreshold === 0 ? null : e.qthreshold,
    level: e.level ?? null, flags: e.flags ?? 0,
  };
}

function parseQueue(parse: Parse, e: Op<"queue">): Stmt {
  const held = register(parse, e.sreg);
  const num = (n: number): Expr => valueOf(HOST_INTEGER, n, noLoc, 16);
  const fixed = e.total > 1 ? rangeOf(num(e.num), num(e.num + e.total - 1), noLoc) : num(e.num);
  return { kind: "queue", loc: noLoc, expr: e.sreg === undefined ? fixed : held, flags: e.flags };
}

/** The type that the written key has goes to what is written. */
function written(parse: Parse, sreg: number, key: Expr): Expr | null {
  const value = register(parse, sreg);
  if (value !== null) setType(value, key.dtype, key.byteorder);
  return value;
}

function parseMetaSet(parse: Parse, e: Op<"meta.set">): Stmt | null {
  const expr: MetaExpr = metaOf(noLoc, e.key);
  const value = written(parse, e.sreg, expr);
  return value === null ? null : { kind: "meta", loc: noLoc, key: e.key, value, expr };
}

function parseCtSet(parse: Parse, e: Op<"ct.set">): Stmt | null {
  const expr: CtExpr = ctOf(noLoc, e.key, e.dir ?? null);
  const value = written(parse, e.sreg, expr);
  return value === null ? null : { kind: "ct", loc: noLoc, key: e.key, dir: e.dir ?? null, value, expr };
}

function parsePayloadSet(parse: Parse, e: Op<"payload.set">): Stmt | null {
  const expr: PayloadExpr = payloadAt(e.base, e.offset * 8, e.len * 8);
  const value = register(parse, e.sreg);
  return value === null ? null : { kind: "payload", loc: noLoc, expr, value };
}

function optionOf(type: number, offset: number, len: number, present: boolean): ExthdrExpr {
  const option: ExthdrExpr = {
    kind: "exthdr", loc: noLoc, dtype: INTEGER, byteorder: "big", len: len * 8, hdr: "tcpopt", name: "", field: null, type, offset: offset * 8, present,
    raw: true, protoField: null,
  };
  completeOption(option);
  return option;
}

function parseOptionSet(parse: Parse, e: Op<"exthdr.set">): Stmt | null {
  const expr = optionOf(e.type, e.offset, e.len, false);
  const value = written(parse, e.sreg, expr);
  return value === null ? null : { kind: "exthdr", loc: noLoc, expr, value };
}

function parseObjrefMap(parse: Parse, e: Op<"objref.map">): Stmt | null {
  const set = parse.from.set(e.set);
  const key = set === null ? null : registers(parse, e.sreg, set.key?.len ?? 0);
  if (set === null || key === null) return null;
  const map: Expr = { kind: "map", loc: noLoc, dtype: STRING, byteorder: "host", len: 0, map: key, mappings: setRef(set), verdict: false };
  return { kind: "objref", loc: noLoc, type: set.objType ?? "counter", expr: map };
}

/** `add @set { ip saddr timeout 5s counter }` */
function parseDynset(parse: Parse, e: Op<"dynset">): Stmt | null {
  const set = parse.from.set(e.set);
  const key = set === null ? null : registers(parse, e.sreg, set.key?.len ?? 0);
  if (set === null || key === null) return null;
  // A constant key is shown without its type, as nft 1.0.6 does.
  if (set.key !== null && key.kind !== "value") setType(key, set.key.dtype, set.key.byteorder);
  const elem = { ...elemOf(key), timeoutMs: e.timeoutMs ?? null };
  const inner: Parse = { from: parse.from, regs: parse.regs, stmts: [] };
  for (const x of e.exprs) parseOne(inner, x);
  const stmts = inner.stmts;
  const [stmt] = stmts;
  if (isMeter(set) && stmt !== undefined) return { kind: "meter", loc: noLoc, name: e.set, size: set.size, key: elem, stmt, set };
  const data = e.sregData === undefined ? null : registers(parse, e.sregData, set.data?.len ?? 0);
  if (data === null) return { kind: "set", loc: noLoc, op: e.cmd, set: setRef(set), key: elem, stmts };
  if (set.data !== null) setType(data, set.data.dtype, set.data.byteorder);
  return { kind: "map", loc: noLoc, op: e.cmd, set: setRef(set), key: elem, data, stmts };
}

export const REJECT_CODES = { icmp: ICMP_CODE, icmpv6: ICMPV6_CODE, icmpx: ICMPX_CODE } as const;
