import type { Cmd } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";

/** What `list`, `get`, `reset` and `describe` print; null after an error. */
export function listCommand(ctx: NftContext, cmd: Cmd): string | null {
  return ctx.diags.length > 0 || cmd.op === "describe" ? null : "";
}
