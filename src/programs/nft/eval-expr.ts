import type { Expr, HashExpr, NumgenExpr, SocketExpr } from "./ast.ts";
import { evaluateBinop, evaluateUnary } from "./eval-expr-binop.ts";
import { evaluateConcat } from "./eval-expr-concat.ts";
import { evaluateCt, evaluateMeta, evaluateRt, evaluateXfrm } from "./eval-expr-keys.ts";
import { evaluateMap } from "./eval-expr-map.ts";
import { evaluateCatchall, evaluateMapping, evaluateSet, evaluateSetElem } from "./eval-expr-set.ts";
import { evaluateList, evaluatePrefix, evaluateRange, evaluateSymbol, evaluateValue, evaluateVerdict } from "./eval-expr-value.ts";
import { expectNothing, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExthdr, evaluatePayload } from "./eval-payload.ts";
import { primary } from "./eval-primary.ts";
import { evaluateFlagcmp, evaluateRelational } from "./eval-relational.ts";
import { cloneExpr } from "./clone.ts";

/**
 * Gives an expression its type, byte order and length, and answers what takes its place; null after an error
 * (expr_evaluate in nftables). Throws nothing.
 */
export function evaluateExpr(ctx: EvalCtx, e: Expr): Expr | null {
  switch (e.kind) {
    case "symbol": return evaluateSymbol(ctx, e);
    case "variable": return evaluateExpr(ctx, cloneExpr(e.value));
    case "value": return evaluateValue(ctx, e);
    case "verdict": return evaluateVerdict(ctx, e);
    case "set_ref": return e;
    case "prefix": return evaluatePrefix(ctx, e);
    case "range": return evaluateRange(ctx, e);
    case "unary": return evaluateUnary(ctx, e);
    case "binop": return evaluateBinop(ctx, e);
    case "relational": return evaluateRelational(ctx, e);
    case "flagcmp": return evaluateFlagcmp(ctx, e);
    case "concat": return evaluateConcat(ctx, e);
    case "list": return evaluateList(ctx, e);
    case "set": return evaluateSet(ctx, e);
    case "set_elem": return evaluateSetElem(ctx, e);
    case "catchall": return evaluateCatchall(ctx, e);
    case "mapping": return evaluateMapping(ctx, e);
    case "map": return evaluateMap(ctx, e);
    default: return evaluateSelector(ctx, e);
  }
}

type Selector = Extract<Expr, { kind: "payload" | "exthdr" | "meta" | "ct" | "rt" | "socket" | "osf" | "fib" | "xfrm" | "numgen" | "hash" | "tunnel" }>;

function evaluateSelector(ctx: EvalCtx, e: Selector): Expr | null {
  switch (e.kind) {
    case "payload": return evaluatePayload(ctx, e);
    case "exthdr": return evaluateExthdr(ctx, e);
    case "meta": return evaluateMeta(ctx, e);
    case "ct": return evaluateCt(ctx, e);
    case "rt": return evaluateRt(ctx, e);
    case "xfrm": return evaluateXfrm(ctx, e);
    case "numgen": return evaluateNumgen(ctx, e);
    case "hash": return evaluateHash(ctx, e);
    case "socket": return evaluateSocket(ctx, e);
    default: return primary(ctx, e);
  }
}

const lastOf = (e: NumgenExpr | HashExpr): bigint => BigInt(Math.max(0, e.mod + e.offset - 1));

const evaluateNumgen = (ctx: EvalCtx, e: NumgenExpr): Expr => primary(ctx, e, lastOf(e));

function evaluateHash(ctx: EvalCtx, e: HashExpr): Expr | null {
  if (e.expr !== null) {
    expectNothing(ctx);
    const expr = evaluateExpr(ctx, e.expr);
    if (expr === null) return null;
    e.expr = expr;
  }
  return primary(ctx, e, lastOf(e));
}

const evaluateSocket = (ctx: EvalCtx, e: SocketExpr): Expr => primary(ctx, e, e.key === "transparent" || e.key === "wildcard" ? 1n : 0n);
