import { strerror } from "../../net/uapi/errno.ts";
import type { Cmd, ObjDecl } from "./ast-cmd.ts";
import type { CachedTable, NftContext } from "./context.ts";
import { objOf } from "./delinear-decl.ts";
import { jsonObjs } from "./json-list.ts";
import { framed, objTypeOf, refused, tablesOf } from "./list.ts";
import { printObj } from "./print-obj.ts";

/** `reset counters`, `reset quota t q`: shows them as they were and sets them to zero. */
export function resetObjects(ctx: NftContext, cmd: Cmd): string | null {
  const type = objTypeOf(cmd);
  if (type === null) return refused(ctx, cmd, `reset ${cmd.obj}`);
  const found: { readonly table: CachedTable; readonly objs: ObjDecl[] }[] = [];
  for (const table of tablesOf(ctx, cmd)) {
    const objs = resetIn(ctx, cmd, table, type);
    if (objs === null) return null;
    if (objs.length > 0) found.push({ table, objs });
  }
  if (ctx.flags.json) return jsonObjs(ctx, found.flatMap((f) => f.objs));
  return found.map((f) => framed(f.table, f.objs.map((o) => printObj(o, { flags: ctx.flags, env: ctx.types })))).join("");
}

function resetIn(ctx: NftContext, cmd: Cmd, table: CachedTable, type: NonNullable<ReturnType<typeof objTypeOf>>): ObjDecl[] | null {
  const name = cmd.handle.obj?.name;
  const reply = ctx.sys.nftGet({ op: "obj.dump", type, family: table.family, table: table.name, reset: true, ...(name === undefined ? {} : { name }) });
  const missing = reply.error === null && name !== undefined && reply.dump.objs.length === 0;
  if (reply.error === null && !missing) return reply.dump.objs.map(objOf);
  ctx.diags.push({ level: "Error", text: `Could not process rule: ${strerror(reply.error ?? "ENOENT")}`, at: [cmd.loc] });
  return null;
}
