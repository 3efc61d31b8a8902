import type { ConcatExpr, Expr, ValueExpr, VerdictExpr } from "./ast.ts";
import { bytesMsbFirst } from "./bytes.ts";
import { bytesOf, highOf, lowOf, textOf } from "./nodes.ts";
import type { NftVerdict } from "../../net/uapi/nft-expr.ts";

/** Constants as the kernel compares them: bytes of values, concatenations and ranges (netlink_gen_data). */

const bytesFor = (bits: number): number => Math.ceil(bits / 8);
const padded = (bytes: Uint8Array): number => Math.ceil(bytes.length / 4) * 4;

/** Pieces one after the other, each filled up to whole words. */
export function joinWords(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + padded(part), 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += padded(part);
  }
  return out;
}

/** A number with the shape (type, byte order, length) of another constant. */
const like = (e: ValueExpr, value: bigint): Uint8Array => bytesOf({ ...e, value });

function shapeOf(e: Expr): ValueExpr | null {
  if (e.kind === "value") return e;
  if (e.kind === "prefix") return shapeOf(e.expr);
  if (e.kind === "range") return shapeOf(e.left);
  return e.kind === "set_elem" ? shapeOf(e.key) : null;
}

/** The end of a prefix of text (`eth*`): ones behind it, whatever the byte order. */
export function boundBytes(e: Expr, end: "low" | "high"): Uint8Array {
  const shape = shapeOf(e);
  if (shape === null) return new Uint8Array(bytesFor(e.len));
  const value = end === "low" ? lowOf(e) : highOf(e);
  return like({ ...shape, len: Math.max(shape.len, e.kind === "prefix" ? e.len : 0) }, value ?? 0n);
}

const concatBytes = (e: ConcatExpr, end: "low" | "high"): Uint8Array => joinWords(e.exprs.map((part) => boundBytes(part, end)));

/** Lower bound of anything constant; the value itself for singletons. */
export function lowBytes(e: Expr): Uint8Array {
  if (e.kind === "concat") return concatBytes(e, "low");
  if (e.kind === "set_elem") return lowBytes(e.key);
  return boundBytes(e, "low");
}

export function highBytes(e: Expr): Uint8Array {
  if (e.kind === "concat") return concatBytes(e, "high");
  if (e.kind === "set_elem") return highBytes(e.key);
  return boundBytes(e, "high");
}

const isSpan = (e: Expr): boolean => e.kind === "range" || e.kind === "prefix" || (e.kind === "concat" && e.exprs.some(isSpan));

/** Data of a map's element; with intervals, both bounds. */
export function mapDataBytes(e: Expr, interval: boolean): Uint8Array {
  return interval || isSpan(e) ? joinWords([lowBytes(e), highBytes(e)]) : lowBytes(e);
}

/** The name of a chain: a word, a string, or a value that holds one. */
export function nameOf(e: Expr | null): string {
  if (e === null) return "";
  if (e.kind === "symbol") return e.name;
  if (e.kind === "variable") return nameOf(e.value);
  return e.kind === "value" ? textOf(e) : "";
}

export function verdictData(e: VerdictExpr): NftVerdict {
  switch (e.code) {
    case "jump":
    case "goto":
      return { code: e.code, chain: nameOf(e.chain), ...(e.chainId === null ? {} : { chainId: e.chainId }) };
    case "queue":
      return { code: "queue", from: 0, to: 0, flags: 0 };
    default:
      return { code: e.code };
  }
}

/** A mask or other number in the byte order of an expression of so many bits. */
export function numberBytes(value: bigint, byteorder: Expr["byteorder"], bits: number): Uint8Array {
  const bytes = bytesMsbFirst(BigInt.asUintN(bytesFor(bits) * 8, value), bytesFor(bits));
  return byteorder === "host" ? bytes.reverse() : bytes;
}
