import type { Cmd } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";
import { evaluateOne } from "./eval-cmd.ts";

/**
 * What nft does with a parsed command before it speaks to the kernel: names and types are resolved, numbers folded,
 * dependencies added, sets without names declared; `ctx.cache` learns what the command declares. Errors are pushed to
 * `ctx.diags`. Answers false when there was one.
 */
export function evaluateCmd(ctx: NftContext, cmd: Cmd): boolean {
  return evaluateOne(ctx, cmd);
}
