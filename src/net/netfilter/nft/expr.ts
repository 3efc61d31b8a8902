import type { Errno } from "../../uapi/errno.ts";
import type { NftExpr } from "../../uapi/nft-expr.ts";
import { bindCmp, bindRange } from "./expr-cmp.ts";
import { bindCounter } from "./expr-counter.ts";
import { bindImmediate, bindVerdict } from "./expr-immediate.ts";
import { bindLookup } from "./expr-lookup.ts";
import { bindPayload } from "./expr-payload.ts";
import type { NftBind, NftOp } from "./model.ts";

/** An instruction by its name. */
export type ExprOf<Op extends NftExpr["op"]> = Extract<NftExpr, { readonly op: Op }>;

type Binders = { readonly [Op in NftExpr["op"]]?: (bind: NftBind, expr: ExprOf<Op>) => NftOp | Errno };

/** nft_expr_type by name. One file a family. */
const BINDERS: Binders = {
  immediate: bindImmediate,
  verdict: bindVerdict,
  payload: bindPayload,
  cmp: bindCmp,
  range: bindRange,
  lookup: bindLookup,
  counter: bindCounter,
};

/**
 * nf_tables_newexpr: checks an instruction as its init function does, and makes it runnable. Binding changes
 * nothing outside: use counts of chains, sets and objects move in `activate` and `deactivate` of the result.
 * `EOPNOTSUPP`: a kernel without that feature.
 */
export function bindExpr(bind: NftBind, expr: NftExpr): NftOp | Errno {
  const binder = BINDERS[expr.op] as ((bind: NftBind, expr: NftExpr) => NftOp | Errno) | undefined;
  return binder === undefined ? "EOPNOTSUPP" : binder(bind, expr);
}
