import type { Expr, SetElemExpr, ValueExpr } from "./ast.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { bytesMsbFirst } from "./bytes.ts";
import { rangeToPrefix } from "./delinear-nat.ts";
import { ones } from "./delinear-nodes.ts";
import { mappingOf, noLoc, rangeOf, stringValue } from "./nodes.ts";
import { isStringType } from "./nodes.ts";

interface Point { readonly node: Expr; readonly elem: SetElemExpr; readonly key: ValueExpr }

/** The element in `key`, `key : data`. */
export const elemIn = (e: Expr): SetElemExpr | null => (e.kind === "set_elem" ? e : e.kind === "mapping" ? elemIn(e.left) : null);

function points(elems: readonly Expr[]): { readonly sorted: Point[]; readonly others: Expr[] } {
  const sorted: Point[] = [];
  const others: Expr[] = [];
  for (const node of elems) {
    const elem = elemIn(node);
    if (elem !== null && elem.key.kind === "value") sorted.push({ node, elem, key: elem.key });
    else others.push(node);
  }
  sorted.sort((a, b) => (a.key.value === b.key.value ? Number(b.elem.intervalEnd) - Number(a.elem.intervalEnd) : a.key.value < b.key.value ? -1 : 1));
  return { sorted, others };
}

/**
 * Elements of an interval set come as starts and ends (an end is the first value behind). Answers values, prefixes
 * and ranges in order; what is no interval (`*`) comes last (interval_map_decompose).
 */
export function decompose(elems: readonly Expr[]): Expr[] {
  const { sorted, others } = points(elems);
  const out: Expr[] = [];
  let low: Point | null = null;
  for (const point of sorted) {
    if (low !== null) out.push(interval(low, point.key.value - 1n));
    low = point.elem.intervalEnd ? null : point;
  }
  if (low !== null) out.push(interval(low, ones(low.key.len)));
  return [...out, ...others];
}

function interval(low: Point, high: bigint): Expr {
  const key = intervalKey(low.key, high);
  const elem: SetElemExpr = { ...low.elem, key };
  return low.node.kind === "mapping" ? mappingOf(elem, low.node.right, noLoc) : elem;
}

function intervalKey(low: ValueExpr, high: bigint): Expr {
  if (high === low.value) return low;
  if (isStringType(low.dtype)) return stringInterval(low);
  const right: ValueExpr = { ...low, value: high };
  return (low.dtype.prefix ? rangeToPrefix(low, right) : null) ?? rangeOf(low, right, noLoc);
}

/** `eth*` */
function stringInterval(low: ValueExpr): Expr {
  const bytes = bytesMsbFirst(low.value, low.len / 8);
  const end = bytes.indexOf(0);
  return stringValue(`${fromUtf8(end < 0 ? bytes : bytes.subarray(0, end))}*`, noLoc, low.dtype, low.len);
}
