import type { NftChange } from "../../net/uapi/nft.ts";
import { STDERR, type Task } from "../../os/sys.ts";
import type { Cmd } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";

/** `nft monitor`: runs until it is interrupted. */
export function* monitor(ctx: NftContext, cmd: Cmd): Task<boolean> {
  yield* ctx.sys.write(STDERR, `nft: ${cmd.op}: not simulated here\n`);
  return false;
}

/** One change as `-e` prints it. */
export const echoText = (ctx: NftContext, change: NftChange): string => (ctx.flags.echo ? `# ${change.what}\n` : "");
