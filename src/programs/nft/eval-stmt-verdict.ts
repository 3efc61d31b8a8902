import type { RuleDecl } from "./ast-cmd.ts";
import type { StmtOf } from "./ast-stmt.ts";
import { evalCtxOf, type EvalCtx } from "./eval-ctx.ts";
import { evaluateRule } from "./eval-rule.ts";
import { evaluateArg } from "./eval-stmt-arg.ts";
import { VERDICT } from "./types-base.ts";

export function evaluateVerdictStmt(ctx: EvalCtx, stmt: StmtOf<"verdict">): boolean {
  const expr = evaluateArg(ctx, stmt, VERDICT, 0, "host", stmt.expr);
  if (expr !== null) stmt.expr = expr;
  return expr !== null;
}

/** `jump { … }`: a chain of its own, whose rules know nothing of this one's headers (stmt_evaluate_chain). */
export function evaluateChainStmt(ctx: EvalCtx, stmt: StmtOf<"chain">): boolean {
  const outer = ctx.rule;
  stmt.chain.binding = true;
  if (outer === null) return true;
  return stmt.chain.rules.every((rule) => evaluateInner(ctx, rule, outer));
}

function evaluateInner(ctx: EvalCtx, rule: RuleDecl, outer: RuleDecl): boolean {
  rule.handle = { ...rule.handle, family: outer.handle.family, table: outer.handle.table ?? ctx.cmd.handle.table };
  return evaluateRule(evalCtxOf(ctx.nft, ctx.cmd, ctx.family), rule);
}
