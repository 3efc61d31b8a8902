import type { Cmd, ObjDecl, SetDecl } from "./ast-cmd.ts";
import type { CachedTable, NftContext } from "./context.ts";
import { jsonChain, jsonFlowtable, jsonObj, jsonRule, jsonSet, jsonTable } from "./json-decl.ts";
import { jsonDocument, type Json } from "./json-text.ts";
import { chainsNamed, flowtablesNamed, objsAsked, objTypeOf, setsAsked, tablesOf } from "./list.ts";
import type { Printing } from "./print-expr.ts";
import { namedChains, namedSets, rulesOf } from "./print-table.ts";

/** `nft -j list …`: everything the command asks for in one line (do_command_list_json). */
export function jsonList(ctx: NftContext, cmd: Cmd): string {
  const p = printing(ctx);
  return jsonDocument(tablesOf(ctx, cmd).flatMap((t) => itemsOf(t, cmd, p)));
}

const printing = (ctx: NftContext): Printing => ({ flags: ctx.flags, env: ctx.types });

function itemsOf(t: CachedTable, cmd: Cmd, p: Printing): Json[] {
  switch (cmd.obj) {
    case "tables": return [jsonTable(t)];
    case "ruleset":
    case "table": return wholeTable(t, p);
    case "chains": return namedChains(t).map(jsonChain);
    case "chain": return chainsNamed(t, cmd).flatMap((c) => [jsonChain(c), ...rulesOf(t, c).map((r) => jsonRule(r, p))]);
    case "flowtables":
    case "flowtable": return flowtablesNamed(t, cmd).map(jsonFlowtable);
    default: return partsOf(t, cmd, p);
  }
}

function partsOf(t: CachedTable, cmd: Cmd, p: Printing): Json[] {
  const type = objTypeOf(cmd);
  if (type !== null) return objsAsked(t, cmd, type).map((o) => jsonObj(o, p));
  return (setsAsked(t, cmd) ?? []).map((s) => jsonSet(s, p));
}

/** Objects, sets, flowtables and chains; then the rules of all chains. */
function wholeTable(t: CachedTable, p: Printing): Json[] {
  const chains = namedChains(t);
  return [
    jsonTable(t), ...[...t.objs.values()].map((o) => jsonObj(o, p)), ...namedSets(t).map((s) => jsonSet(s, p)), ...[...t.flowtables.values()].map(jsonFlowtable),
    ...chains.map(jsonChain), ...chains.flatMap((c) => rulesOf(t, c).map((r) => jsonRule(r, p))),
  ];
}

export const jsonSets = (ctx: NftContext, sets: readonly SetDecl[]): string => jsonDocument(sets.map((s) => jsonSet(s, printing(ctx))));
export const jsonObjs = (ctx: NftContext, objs: readonly ObjDecl[]): string => jsonDocument(objs.map((o) => jsonObj(o, printing(ctx))));
