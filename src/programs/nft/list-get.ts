import type { NftElem } from "../../net/uapi/nft.ts";
import { strerror } from "../../net/uapi/errno.ts";
import type { Cmd } from "./ast-cmd.ts";
import type { NftContext } from "./context.ts";
import { elementsOf } from "./delinear-decl.ts";
import { foundIntervals } from "./delinear-found.ts";
import { getSetIntervals } from "./intervals.ts";
import { elementOf } from "./linear-set.ts";
import { framed } from "./list.ts";
import { jsonSets } from "./json-list.ts";
import { printSet } from "./print-set.ts";

/** `get element`: asks for single keys and lists the set with what was found. */
export function getElements(ctx: NftContext, cmd: Cmd): string | null {
  const { family, table, set } = cmd.handle;
  const home = table === null ? null : ctx.cache.table(family, table.name);
  const decl = set === null ? undefined : home?.sets.get(set.name);
  if (home === null || home === undefined || decl === undefined || cmd.expr?.kind !== "set") return null;
  const plain = decl.flags.interval && (decl.key?.dtype.subtypes ?? null) === null;
  const keys = plain ? getSetIntervals(decl, cmd.expr) : cmd.expr.exprs;
  const elems: NftElem[] = keys.map((e) => elementOf(decl, e));
  const reply = ctx.sys.nftGet({ op: "elem.get", family, table: home.name, set: set?.name ?? "", elems });
  if (reply.error !== null) {
    ctx.diags.push({ level: "Error", text: `Could not process rule: ${strerror(reply.error)}`, at: [cmd.loc] });
    return null;
  }
  const found = { ...decl, init: plain ? foundIntervals(decl, reply.dump.elems) : elementsOf(decl, reply.dump.elems) };
  return ctx.flags.json ? jsonSets(ctx, [found]) : framed(home, [printSet(found, { flags: ctx.flags, env: ctx.types })]);
}
