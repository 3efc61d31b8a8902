import type { Cmd } from "./ast-cmd.ts";
import type { CachedTable, NftCache } from "./context.ts";
import { nearestOf } from "./similar.ts";

/** `; did you mean chain ‘input’ in table ip ‘filter’?`: what the kernel did not find may be a slip of the hand (nft_cmd_enoent). */

interface Known { readonly name: string; readonly table: CachedTable }

/** The name nearest to what was typed, itself included. */
const nearest = (typed: string, names: readonly Known[]): Known | null => nearestOf(typed, names, (known) => known.name);

const tableHint = (t: CachedTable): string => `; did you mean table ‘${t.name}’ in family ${t.family}?`;
const isThere = (cmd: Cmd, t: CachedTable): boolean => t.name === cmd.handle.table?.name && t.family === cmd.handle.family;

function tableGuess(cmd: Cmd, cache: NftCache): string {
  if (cmd.handle.table === null) return "";
  const found = nearest(cmd.handle.table.name, cache.tables.map((table) => ({ name: table.name, table })));
  return found === null || isThere(cmd, found.table) ? "" : tableHint(found.table);
}

/** Something inside a table: when there is no such table, the one where it may be is named. */
function innerGuess(cmd: Cmd, cache: NftCache, what: string | ((found: Known) => string), typed: string | undefined, pick: (t: CachedTable) => Iterable<string>): string {
  if (typed === undefined) return "";
  const found = nearest(typed, cache.tables.flatMap((table) => [...pick(table)].map((name) => ({ name, table }))));
  if (found === null) return "";
  const known = cache.table(cmd.handle.family, cmd.handle.table?.name ?? "") !== null;
  if (!known && !isThere(cmd, found.table)) return tableHint(found.table);
  // An object of that very name is another kind of object.
  return what !== "obj" && found.name === typed ? "" : `; did you mean ${typeof what === "string" ? what : what(found)} ‘${found.name}’ in table ${found.table.family} ‘${found.table.name}’?`;
}

/** Chains of one rule have no name that anybody typed. */
const chainsOf = (t: CachedTable): string[] => [...t.chains].filter(([, chain]) => !chain.binding).map(([name]) => name);
const setsOf = (t: CachedTable): string[] => [...t.sets].filter(([, set]) => !set.anonymous).map(([name]) => name);
const kindOf = ({ name, table }: Known): string => (table.sets.get(name)?.isMap === true ? "map" : "set");
const objsOf = (t: CachedTable): string[] => [...t.objs.values()].map((o) => o.handle.obj?.name ?? "");

/** "" where nothing is similar. */
export function hintFor(cmd: Cmd, cache: NftCache): string {
  const { handle: h } = cmd;
  switch (cmd.obj) {
    case "table":
      return tableGuess(cmd, cache);
    case "chain":
    case "rule":
      return innerGuess(cmd, cache, "chain", h.chain?.name, chainsOf);
    case "set":
    case "map":
      return innerGuess(cmd, cache, kindOf, h.set?.name, setsOf);
    case "flowtable":
      return innerGuess(cmd, cache, "flowtable", h.flowtable?.name, (t) => t.flowtables.keys());
    case "element":
    case "meter":
    case "ruleset":
      return "";
    default:
      return innerGuess(cmd, cache, "obj", h.obj?.name, objsOf);
  }
}
