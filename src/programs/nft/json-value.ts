import type { ValueExpr } from "./ast.ts";
import type { Json } from "./json-text.ts";
import { isStringType, textOf } from "./nodes.ts";
import type { Printing } from "./print-expr.ts";
import { printValue, TYPE } from "./types-base.ts";

/** Types whose values are numbers in JSON even where listings show more. */
const NUMBERS: ReadonlySet<number> = new Set([TYPE.mark, TYPE.integer, TYPE.bitmask, TYPE.inetService]);
const MAX_ULONG = (1n << 64n) - 1n;

const integer = (value: bigint): Json => (value > MAX_ULONG ? `0x${value.toString(16)}` : value);

/** A constant: names as strings, numbers as numbers, times in seconds (datatype_json). */
export function jsonValue(v: ValueExpr, p: Printing): Json {
  if (isStringType(v.dtype)) return textOf(v);
  const { id } = v.dtype;
  if (id === TYPE.boolean) return v.value !== 0n;
  if (id === TYPE.time) return v.value / 1000n;
  if (NUMBERS.has(id) && !(id === TYPE.inetService && p.flags.service)) return integer(v.value);
  if (id === TYPE.realm) return printValue(v, p.flags, p.env).replace(/^"(.*)"$/s, "$1");
  return shown(v, p);
}

/** As listings print it, without quotes; what they print as a plain number is one. */
function shown(v: ValueExpr, p: Printing): Json {
  const text = printValue(v, p.flags, p.env);
  if (/^(0x[0-9a-f]+|\d+)$/.test(text) && !isIndex(v)) return integer(BigInt(text));
  return text.replace(/^"(.*)"$/s, "$1");
}

const isIndex = (v: ValueExpr): boolean => v.dtype.id === TYPE.ifindex;
