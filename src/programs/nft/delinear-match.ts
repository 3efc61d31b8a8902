import type { NftCmpOp, NftExpr, NftVerdict } from "../../net/uapi/nft-expr.ts";
import type { Expr, RelOp, ValueExpr, VerdictExpr } from "./ast.ts";
import type { Stmt } from "./ast-stmt.ts";
import { isString, prefixOf, rawValue, relationalOf, setRef, wordsIn } from "./delinear-nodes.ts";
import { register, registers, type Parse } from "./delinear-parse.ts";
import { concatOf, noLoc, rangeOf, stringValue, verdictOf } from "./nodes.ts";
import { STRING, VERDICT } from "./types-base.ts";

type Op<K extends NftExpr["op"]> = Extract<NftExpr, { op: K }>;

/** Comparisons, look-ups without data, verdicts; null = something else. */
export function parseMatch(parse: Parse, e: NftExpr): Stmt | null {
  switch (e.op) {
    case "cmp": return parseCmp(parse, e);
    case "range": return parseRange(parse, e);
    case "lookup": return parseLookup(parse, e);
    case "verdict": return parseVerdict(parse, e.verdict);
    default: return null;
  }
}

export const exprStmt = (expr: Expr): Stmt => ({ kind: "expression", loc: noLoc, expr });

const REL: Readonly<Record<NftCmpOp, RelOp>> = { eq: "eq", neq: "neq", lt: "lt", lte: "lte", gt: "gt", gte: "gte" };

function parseCmp(parse: Parse, e: Op<"cmp">): Stmt | null {
  const len = e.data.length * 8;
  const left = registers(parse, e.sreg, len);
  if (left === null) return null;
  return exprStmt(relationalOf(REL[e.cmp], left, compared(left, e.data)));
}

/** What stands on the right: a value; of fewer bytes than loaded, a prefix; beside a concatenation, its fields. */
function compared(left: Expr, data: Uint8Array): Expr {
  const right = rawValue(data);
  if (left.kind === "concat") return splitRaw(data, left.exprs.map((f) => f.len));
  if (left.len <= right.len || isString(left) || left.kind === "payload") return right;
  const short = right.len;
  right.value <<= BigInt(left.len - short);
  right.len = left.len;
  return prefixOf(right, short, left.len);
}

/** Data of fields that each begin at a word. */
export function splitRaw(data: Uint8Array, fieldBits: readonly number[]): Expr {
  const fields: Expr[] = [];
  let at = 0;
  for (const bits of fieldBits) {
    fields.push(rawValue(data.slice(at, at + Math.ceil(bits / 8))));
    at += wordsIn(bits) * 4;
  }
  return concatOf(fields, noLoc);
}

function parseRange(parse: Parse, e: Op<"range">): Stmt | null {
  const left = register(parse, e.sreg);
  if (left === null) return null;
  return exprStmt(relationalOf(REL[e.cmp], left, rangeOf(rawValue(e.from), rawValue(e.to), noLoc)));
}

function parseLookup(parse: Parse, e: Op<"lookup">): Stmt | null {
  const set = parse.from.set(e.set);
  const left = set === null ? null : registers(parse, e.sreg, set.key?.len ?? 0);
  if (set === null || left === null) return null;
  if (e.dreg === undefined) return exprStmt(relationalOf(e.invert ? "neq" : "eq", left, setRef(set)));
  return {
    kind: "verdict", loc: noLoc,
    expr: { kind: "map", loc: noLoc, dtype: VERDICT, byteorder: "host", len: 0, map: left, mappings: setRef(set), verdict: true },
  };
}

function parseVerdict(parse: Parse, verdict: NftVerdict): Stmt | null {
  const block = "chain" in verdict ? parse.from.block(verdict.chain) : null;
  const expr = verdictExpr(verdict);
  return block === null ? { kind: "verdict", loc: noLoc, expr } : { kind: "chain", loc: noLoc, expr, chain: block };
}

/** `accept`, `jump c` */
export function verdictExpr(verdict: NftVerdict): VerdictExpr {
  if (verdict.code === "jump" || verdict.code === "goto") return verdictOf(verdict.code, chainName(verdict.chain), VERDICT);
  return verdictOf(verdict.code, null, VERDICT);
}

const chainName = (name: string): ValueExpr => stringValue(name, noLoc, STRING);
