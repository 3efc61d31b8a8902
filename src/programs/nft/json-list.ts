import type { Cmd, ObjDecl, SetDecl } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";

function refused(ctx: NftContext): null {
  ctx.diags.push({ level: "Error", text: "-j: not simulated here", at: [] });
  return null;
}
export const jsonList = (ctx: NftContext, _cmd: Cmd): string | null => refused(ctx);
export const jsonSets = (ctx: NftContext, _sets: readonly SetDecl[]): string | null => refused(ctx);
export const jsonObjs = (ctx: NftContext, _objs: readonly ObjDecl[]): string | null => refused(ctx);
