import type { RuleDecl } from "./ast-cmd.ts";
import type { Stmt } from "./ast-stmt.ts";
import { fail, type EvalCtx } from "./eval-ctx.ts";
import { dropOwnProtocol, mergePayloads } from "./eval-merge.ts";
import { evaluateStmt, isTerminal, placeOf } from "./eval-stmt.ts";
import { protoCtxInit } from "./proto-ctx.ts";

/** Statement by statement; what they depend on is put before them (rule_evaluate). False after an error. */
export function evaluateRule(ctx: EvalCtx, rule: RuleDecl): boolean {
  ctx.rule = rule;
  ctx.pctx = protoCtxInit(ctx.family);
  let terminal: Stmt | null = null;
  for (const stmt of [...rule.stmts]) {
    stmt.loc = placeOf(stmt);
    if (terminal !== null) return fail(ctx, "Statement after terminal statement has no effect", stmt.loc, terminal.loc) !== null;
    ctx.stmt = stmt;
    if (!evaluateStmt(ctx, stmt)) return false;
    if (isTerminal(stmt)) terminal = stmt;
  }
  dropOwnProtocol(rule, ctx.family);
  mergePayloads(rule);
  return true;
}
