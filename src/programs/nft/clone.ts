import type { Expr } from "./ast.ts";

/** Expressions a node holds, by field name. */
const CHILDREN = ["value", "left", "right", "expr", "arg", "key", "map", "mappings", "mask", "chain"] as const;
const isNode = (x: unknown): x is Expr => typeof x === "object" && x !== null && "kind" in x && "loc" in x;

/** A copy that evaluation may change; definitions (`$name`) are used many times. Types, sets and places are shared. */
export function cloneExpr<E extends Expr>(e: E): E {
  const copy: Record<string, unknown> = { ...e };
  for (const name of CHILDREN) if (isNode(copy[name])) copy[name] = cloneExpr(copy[name]);
  if (Array.isArray(copy["exprs"])) copy["exprs"] = copy["exprs"].map((x: unknown) => (isNode(x) ? cloneExpr(x) : x));
  return copy as E;
}
