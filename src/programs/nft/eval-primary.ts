import type { Expr } from "./ast.ts";
import type { EvalCtx } from "./eval-ctx.ts";

/** A selector makes the expectation for what it is compared with (expr_evaluate_primary). */
export function primary<E extends Expr>(ctx: EvalCtx, e: E, maxval = 0n): E {
  ctx.ectx = { dtype: e.dtype, byteorder: e.byteorder, len: e.len, maxval, key: e };
  return e;
}
