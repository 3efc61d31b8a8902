import type { Cmd, Handle, SetDecl } from "./ast-cmd.ts";
import type { Expr } from "./ast.ts";
import { setToIntervals } from "./intervals.ts";
import type { Batch, Place } from "./linear-batch.ts";
import { elementOf, elementsOf } from "./linear-set.ts";

/** `add element`, `delete element`: messages about elements of sets that have names. */

const tableOf = (h: Handle): string => h.table?.name ?? "";
const elemPlace = (h: Handle): Place["attrs"] => ({ table: h.table?.loc ?? null, set: h.set?.loc ?? null });

function setFor(b: Batch, h: Handle): SetDecl | null {
  return b.nft.cache.table(h.family, tableOf(h))?.sets.get(h.set?.name ?? "") ?? null;
}

export function addElements(b: Batch, cmd: Cmd): void {
  const set = cmd.set ?? setFor(b, cmd.handle);
  if (cmd.expr?.kind !== "set" || set === null) return;
  const { handle, expr } = cmd;
  const target = { family: handle.family, table: tableOf(handle), set: handle.set?.name ?? "" };
  if (expr.purge !== undefined && expr.purge.length > 0) pushElemDel(b, cmd, set, expr.purge);
  const { elems, locs } = elementsOf(set, expr, true, b.needsFirst({ ...set, handle }));
  b.push(cmd, { op: "elem.new", nlm: { create: true, excl: cmd.op === "create" }, ...target, elems }, elemPlace(handle), [], locs);
}

function pushElemDel(b: Batch, cmd: Cmd, set: SetDecl, exprs: readonly Expr[]): void {
  const { handle } = cmd;
  const split = set.flags.interval && !set.flags.concat;
  const all = split && cmd.expr?.kind === "set" ? setToIntervals(set, { ...cmd.expr, exprs: [...exprs] }, false) : exprs;
  const elems = all.map((e) => elementOf(set, e));
  b.push(cmd, { op: "elem.del", family: handle.family, table: tableOf(handle), set: handle.set?.name ?? "", elems }, elemPlace(handle), [], all.map((e) => e.loc));
}

export function deleteElements(b: Batch, cmd: Cmd): void {
  const set = cmd.set ?? setFor(b, cmd.handle);
  if (cmd.expr?.kind !== "set" || set === null) return;
  pushElemDel(b, cmd, set, cmd.expr.exprs);
}
