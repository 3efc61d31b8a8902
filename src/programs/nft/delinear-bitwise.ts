import type { NftExpr } from "../../net/uapi/nft-expr.ts";
import type { BinOp, Expr, ValueExpr } from "./ast.ts";
import { binopOf, ones, rawValue } from "./delinear-nodes.ts";
import { numberFromMsbFirst } from "./bytes.ts";
import { register, type Parse } from "./delinear-parse.ts";
import { noLoc } from "./nodes.ts";
import { HOST_INTEGER } from "./types-base.ts";

type Op<K extends NftExpr["op"]> = Extract<NftExpr, { op: K }>;

/**
 * `(x & mask) ^ xor` as the operators that make it: and, or, xor. Bits that the mask clears and the xor sets were
 * or-ed (netlink_parse_bitwise_bool).
 */
export function parseBitwise(parse: Parse, e: Op<"bitwise">): Expr | null {
  const left = register(parse, e.sreg);
  if (left === null) return null;
  const width = e.mask.length * 8;
  const all = ones(width);
  let mask = numberFromMsbFirst(e.mask);
  let xor = numberFromMsbFirst(e.xor);
  const or = xor & (all ^ mask);
  xor ^= or;
  mask |= or;
  let expr = left;
  if (mask !== all) expr = withValue("and", expr, mask, e.mask);
  if (xor !== 0n) expr = withValue("xor", expr, xor, e.mask);
  return or === 0n ? expr : withValue("or", expr, or, e.mask);
}

function withValue(op: BinOp, left: Expr, value: bigint, like: Uint8Array): Expr {
  const right: ValueExpr = { ...rawValue(like), value };
  return binopOf(op, left, right);
}

export function parseShift(parse: Parse, e: Op<"shift">): Expr | null {
  const left = register(parse, e.sreg);
  if (left === null) return null;
  const bits: ValueExpr = { kind: "value", loc: noLoc, dtype: HOST_INTEGER, byteorder: "host", len: 32, value: BigInt(e.bits) };
  return binopOf(e.dir === "left" ? "lshift" : "rshift", left, bits);
}
