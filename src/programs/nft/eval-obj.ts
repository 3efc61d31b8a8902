import type { ObjDecl } from "./ast-cmd.ts";
import { objKey } from "./context.ts";
import { CT_TIMEOUT_POLICIES } from "./ct-timeouts.ts";
import { fail, type EvalCtx } from "./eval-ctx.ts";
import { findTable, tableNotFound } from "./fuzzy.ts";

/** Named objects (obj_evaluate): known from here on; states of timeouts, missing options of expectations. */
export function evaluateObj(ctx: EvalCtx, obj: ObjDecl, name: string): boolean {
  const table = findTable(ctx);
  if (table === null) return tableNotFound(ctx) !== null;
  const key = objKey(obj.type, name);
  if (!table.objs.has(key)) table.objs.set(key, obj);
  const { spec } = obj;
  if (spec.type === "ct timeout") return evaluateTimeouts(ctx, obj, spec.l4proto);
  if (spec.type === "ct expectation" && (spec.l4proto === 0 || spec.dport === 0 || spec.timeoutMs === 0 || spec.size === 0)) {
    return fail(ctx, "missing options", obj.handle.obj?.loc ?? obj.loc) !== null;
  }
  return true;
}

function evaluateTimeouts(ctx: EvalCtx, obj: ObjDecl, l4proto: number): boolean {
  const known = CT_TIMEOUT_POLICIES[l4proto] ?? [];
  if (obj.policyExpr?.kind !== "set") return true;
  for (const entry of obj.policyExpr.exprs) {
    const state = entry.kind === "mapping" && entry.left.kind === "symbol" ? entry.left : null;
    if (state !== null && !known.some(([name]) => name === state.name)) return fail(ctx, "invalid state for this protocol", state.loc) !== null;
  }
  return true;
}
