import type { Stmt, StmtKind } from "./ast-stmt.ts";
import { expectNothing, fail, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { evaluateChainStmt, evaluateVerdictStmt } from "./eval-stmt-verdict.ts";
import { evaluateCtStmt, evaluateMetaStmt, evaluateObjref } from "./eval-stmt-keys.ts";
import { evaluateDup, evaluateFwd, evaluateLog, evaluateQueue, evaluateSynproxy } from "./eval-stmt-misc.ts";
import { evaluateNat, evaluateTproxy } from "./eval-stmt-nat.ts";
import { evaluateExthdrStmt, evaluatePayloadStmt } from "./eval-stmt-payload.ts";
import { evaluateReject } from "./eval-stmt-reject.ts";
import { evaluateMapStmt, evaluateMeter, evaluateSetStmt } from "./eval-stmt-set.ts";
import type { Loc } from "./loc.ts";

/** Statements whose place is their first word alone. */
const BY_WORD: readonly StmtKind[] = ["log", "reject", "nat", "counter", "synproxy"];

/** Where errors about a statement point. */
export function placeOf(stmt: Stmt): Loc {
  const { loc } = stmt;
  if (!BY_WORD.includes(stmt.kind) && !(stmt.kind === "queue" && !/^queue\s+(flags\s+\S+\s+)?to/.test(loc.input.text.slice(loc.start, loc.end)))) return loc;
  const word = /^[\w-]+/.exec(loc.input.text.slice(loc.start, loc.end));
  return word === null ? loc : { ...loc, end: loc.start + word[0].length };
}

/** Statements that keep something (STMT_F_STATEFUL). */
export const isStateful = (stmt: Stmt): boolean => ["counter", "limit", "quota", "connlimit", "last"].includes(stmt.kind);

/** After it, no statement is reached (STMT_F_TERMINAL). */
export function isTerminal(stmt: Stmt): boolean {
  if (stmt.kind === "verdict") return stmt.expr.kind === "verdict" && stmt.expr.code !== "continue";
  return stmt.kind === "reject" || stmt.kind === "nat" || stmt.kind === "queue" || stmt.kind === "fwd";
}

/** Types, values and dependencies of a statement (stmt_evaluate). False after an error. */
export function evaluateStmt(ctx: EvalCtx, stmt: Stmt): boolean {
  stmt.loc = placeOf(stmt);
  switch (stmt.kind) {
    case "expression": return evaluateExpression(ctx, stmt);
    case "verdict": return evaluateVerdictStmt(ctx, stmt);
    case "payload": return evaluatePayloadStmt(ctx, stmt);
    case "exthdr": return evaluateExthdrStmt(ctx, stmt);
    case "optstrip": return evaluateExpr(ctx, stmt.expr) !== null;
    case "meta": return evaluateMetaStmt(ctx, stmt);
    case "ct": return evaluateCtStmt(ctx, stmt);
    case "log": return evaluateLog(ctx, stmt);
    case "reject": return evaluateReject(ctx, stmt);
    case "nat": return evaluateNat(ctx, stmt);
    case "tproxy": return evaluateTproxy(ctx, stmt);
    case "queue": return evaluateQueue(ctx, stmt);
    case "synproxy": return evaluateSynproxy(ctx, stmt);
    case "dup": return evaluateDup(ctx, stmt);
    case "fwd": return evaluateFwd(ctx, stmt);
    case "objref": return evaluateObjref(ctx, stmt);
    case "set": return evaluateSetStmt(ctx, stmt);
    case "map": return evaluateMapStmt(ctx, stmt);
    case "meter": return evaluateMeter(ctx, stmt);
    case "chain": return evaluateChainStmt(ctx, stmt);
    default: return true;
  }
}

function evaluateExpression(ctx: EvalCtx, stmt: Extract<Stmt, { kind: "expression" }>): boolean {
  expectNothing(ctx);
  const expr = evaluateExpr(ctx, stmt.expr);
  if (expr === null) return false;
  stmt.expr = expr;
  return expr.kind === "relational" || expr.kind === "set" || fail(ctx, "No symbol type information", expr.loc) !== null;
}
