import type { Cmd } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";
import { messageText } from "./debug-netlink.ts";
import { hintFor } from "./hints.ts";
import { Batch, type Place } from "./linear-batch.ts";
import { linearizeCmd } from "./linear-cmd.ts";
import type { Loc } from "./loc.ts";
import type { NftChange, NftMsgError } from "../../net/uapi/nft.ts";
import { strerror } from "../../net/uapi/errno.ts";

/** What became of the commands that change something. */
export interface BatchResult {
  readonly ok: boolean;
  /** What the kernel did, when `-e` asked. */
  readonly echo: readonly NftChange[];
  /** The messages in words, when `--debug=netlink` asked. */
  readonly debug: string;
}

/**
 * Sends all commands as one transaction; the kernel's errors go to `ctx.diags` at the words they are about
 * (nft_netlink). With `-c` the kernel only tries.
 */
export function runCommands(ctx: NftContext, cmds: readonly Cmd[]): BatchResult {
  const batch = new Batch(ctx);
  for (const cmd of cmds) linearizeCmd(batch, cmd);
  if (batch.failed) return { ok: false, echo: [], debug: "" };
  if (batch.msgs.length === 0) return { ok: true, echo: [], debug: "" };
  const debug = ctx.debug.has("netlink") ? batch.msgs.map(messageText).join("") : "";
  const { errors, echo } = ctx.sys.nftBatch(batch.msgs, { echo: ctx.flags.echo, check: ctx.check });
  for (const error of errors) report(ctx, batch, error, cmds.some((cmd) => cmd.op !== "flush"));
  return { ok: errors.length === 0, echo, debug };
}

/** `hints`: flush alone reads nothing of what there is, so nft has nothing to compare with. */
function report(ctx: NftContext, batch: Batch, error: NftMsgError, hints: boolean): void {
  const place = batch.places[error.at];
  if (place === undefined) {
    ctx.diags.push({ level: "Error", text: `Could not process rule: ${strerror(error.error)}`, at: [] });
    return;
  }
  const loc = locOf(place, error);
  const hint = hints && loc !== null && !place.nameless && error.error === "ENOENT" ? hintFor(place.cmd, ctx.cache) : "";
  const text = hint === "" ? `Could not process rule: ${strerror(error.error)}` : `${strerror(error.error)}${hint}`;
  ctx.diags.push({ level: "Error", text, at: [loc ?? place.cmd.loc] });
}

/** The word that the kernel objects to; null = the command as a whole. */
function locOf(place: Place, error: NftMsgError): Loc | null {
  if (error.attr === null) return null;
  if (error.attr === "expr") return place.exprs[error.elemAt ?? 0] ?? null;
  if (error.attr === "elem") return place.elems[error.elemAt ?? 0] ?? null;
  return place.attrs[error.attr] ?? null;
}
