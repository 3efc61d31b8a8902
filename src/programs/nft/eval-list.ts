import type { Cmd, SetDecl } from "./ast-cmd.ts";
import { objKey } from "./context.ts";
import { fail, type EvalCtx } from "./eval-ctx.ts";
import { chainNotFound, findTable, flowtableNotFound, namedSet, objNotFound, tableNotFound } from "./fuzzy.ts";
import type { NftObjType } from "../../net/uapi/nft-expr.ts";

/** `list` and `reset`: is it there? (cmd_evaluate_list, cmd_evaluate_reset) */

const OBJECTS: readonly NftObjType[] = ["counter", "quota", "limit", "ct helper", "ct timeout", "ct expectation", "secmark", "synproxy"];

export function evaluateList(ctx: EvalCtx, cmd: Cmd): boolean {
  switch (cmd.obj) {
    case "set": case "map": case "meter": return namedSetOf(ctx, cmd) !== null;
    case "chain": return tableThere(ctx, cmd) && (findTable(ctx)?.chains.has(cmd.handle.chain?.name ?? "") === true || chainNotFound(ctx) !== null);
    case "flowtable": return listFlowtable(ctx, cmd);
    case "chains": case "ruleset": case "hooks": case "tables": return true;
    default: return listObject(ctx, cmd);
  }
}

/** Lists of everything name no table. */
const tableThere = (ctx: EvalCtx, cmd: Cmd): boolean => cmd.handle.table === null || findTable(ctx) !== null || tableNotFound(ctx) !== null;

function listFlowtable(ctx: EvalCtx, cmd: Cmd): boolean {
  const named = cmd.handle.flowtable;
  if (!tableThere(ctx, cmd)) return false;
  return named === null || findTable(ctx)?.flowtables.has(named.name) === true || flowtableNotFound(ctx, named) !== null;
}

function listObject(ctx: EvalCtx, cmd: Cmd): boolean {
  if (!tableThere(ctx, cmd)) return false;
  const type = OBJECTS.find((t) => t === cmd.obj);
  const named = cmd.handle.obj;
  if (type === undefined || named === null) return true;
  return findTable(ctx)?.objs.has(objKey(type, named.name)) === true || objNotFound(ctx, named) !== null;
}

const fits = (set: SetDecl, cmd: Cmd): boolean => {
  const meter = set.anonymous || (set.flags.eval && cmd.obj === "meter");
  if (cmd.obj === "meter") return meter;
  const isMap = set.isMap || set.flags.map || set.flags.object;
  return !set.anonymous && isMap === (cmd.obj === "map");
};

/** A set, map or meter by name, of that kind. */
export function namedSetOf(ctx: EvalCtx, cmd: Cmd): SetDecl | null {
  const set = namedSet(ctx, cmd.handle.set);
  if (set === null) return null;
  return fits(set, cmd) ? set : fail(ctx, "No such file or directory", cmd.handle.set?.loc ?? null);
}

export function evaluateReset(ctx: EvalCtx, cmd: Cmd): boolean {
  if (cmd.obj === "element") return true;
  // Whether there is such an object, the kernel says.
  return cmd.handle.obj === null ? listObject(ctx, cmd) : findTable(ctx) !== null || tableNotFound(ctx) !== null;
}
