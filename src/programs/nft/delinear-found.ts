import type { NftElem } from "../../net/uapi/nft.ts";
import type { Expr, SetExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { elementsOf } from "./delinear-decl.ts";
import { elemExpr } from "./delinear-elem.ts";
import { elemIn } from "./delinear-intervals.ts";
import { highOf, lowOf } from "./nodes.ts";

/** The interval of the set that begins at `low` and, when `high` is given, ends there (get_set_interval_find). */
function intervalOf(set: SetDecl, low: bigint, high: bigint | null): Expr | null {
  const known = set.init?.kind === "set" ? set.init.exprs : [];
  return known.find((e) => {
    const key = elemIn(e)?.key;
    if (key === undefined || (key.kind !== "prefix" && key.kind !== "range")) return false;
    return lowOf(key) === low && (high === null || highOf(key) === high);
  }) ?? null;
}

/**
 * What `get element` found in an interval set, in the order of the question: the intervals that hold the keys, out of
 * the starts and ends that the kernel answered (get_set_decompose).
 */
export function foundIntervals(set: SetDecl, elems: readonly NftElem[]): SetExpr {
  const exprs: Expr[] = [];
  let left: Expr | null = null;
  for (const e of elems.map((elem) => elemExpr(elem, set))) {
    const low: bigint | null = left === null ? null : lowOf(left);
    const isEnd = elemIn(e)?.intervalEnd === true;
    if (left !== null && low !== null) exprs.push(intervalOf(set, low, isEnd ? (lowOf(e) ?? 0n) - 1n : null) ?? left);
    left = isEnd ? null : e;
  }
  const low = left === null ? null : lowOf(left);
  if (left !== null && low !== null) exprs.push(intervalOf(set, low, null) ?? left);
  return { ...elementsOf(set, []), exprs };
}
