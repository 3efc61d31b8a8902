import type { CachedTable, NftCache } from "./context.ts";
import type { Named, SetDecl } from "./ast-cmd.ts";
import { fail, kindOfSet, type EvalCtx } from "./eval-ctx.ts";
import type { Loc } from "./loc.ts";
import { nearestOf, similar } from "./similar.ts";

/** Names that are not there, and the most similar ones that are (nftables' *_lookup_fuzzy). */

const ENOENT = "No such file or directory";

export const findTable = (ctx: EvalCtx): CachedTable | null => {
  const name = ctx.rule?.handle.table?.name ?? ctx.cmd.handle.table?.name;
  return name === undefined ? null : ctx.nft.cache.table(ctx.family, name);
};

const tableLoc = (ctx: EvalCtx): Loc | null => ctx.cmd.handle.table?.loc ?? null;

/** Something of a similar name in any table of the machine. */
interface Guess<T> { readonly name: string; readonly table: CachedTable; readonly what: T }

function guess<T>(cache: NftCache, name: string, pick: (table: CachedTable) => ReadonlyMap<string, T>): Guess<T> | null {
  const all: Guess<T>[] = cache.tables.flatMap((table) => [...pick(table)].map(([key, what]) => ({ name: key.split(" ").at(-1) ?? key, table, what })));
  const best = similar(name, all.map((g) => g.name));
  return best === null ? null : (all.find((g) => g.name === best) ?? null);
}

const inTable = (table: CachedTable): string => `in table ${table.family} ‘${table.name}’?`;

/** ` did you mean …` for a table; "" = nothing similar. */
export function tableHint(cache: NftCache, name: string): string {
  const table = nearestOf(name, cache.tables, (t) => t.name);
  return table === null ? "" : `; did you mean table ‘${table.name}’ in family ${table.family}?`;
}

export function chainHint(cache: NftCache, name: string): string {
  const found = guess(cache, name, (t) => new Map([...t.chains].filter(([, c]) => !c.binding)));
  return found === null ? "" : `; did you mean chain ‘${found.name}’ ${inTable(found.table)}`;
}

export function setHint(cache: NftCache, name: string): string {
  const found = guess(cache, name, (t) => new Map([...t.sets].filter(([, s]) => !s.anonymous)));
  return found === null ? "" : `; did you mean ${kindOfSet(found.what)} ‘${found.name}’ ${inTable(found.table)}`;
}

export function objHint(cache: NftCache, name: string): string {
  const found = guess(cache, name, (t) => t.objs);
  return found === null ? "" : `; did you mean obj ‘${found.name}’ ${inTable(found.table)}`;
}

export function flowtableHint(cache: NftCache, name: string): string {
  const found = guess(cache, name, (t) => t.flowtables);
  return found === null ? "" : `; did you mean flowtable ‘${found.name}’ ${inTable(found.table)}`;
}

/** Lists of one thing read that thing alone from the kernel: nothing similar is known then. */
const knowsOthers = (ctx: EvalCtx): boolean => ctx.cmd.op !== "list" || !["table", "chain", "set", "map", "meter", "flowtable"].includes(ctx.cmd.obj);
const noEntry = (ctx: EvalCtx, hint: () => string, loc: Loc | null): null => fail(ctx, ENOENT + (knowsOthers(ctx) ? hint() : ""), loc);

export const tableNotFound = (ctx: EvalCtx): null =>
  noEntry(ctx, () => tableHint(ctx.nft.cache, ctx.cmd.handle.table?.name ?? ""), tableLoc(ctx));
export const chainNotFound = (ctx: EvalCtx): null =>
  noEntry(ctx, () => chainHint(ctx.nft.cache, ctx.cmd.handle.chain?.name ?? ""), ctx.cmd.handle.chain?.loc ?? null);
export const setNotFound = (ctx: EvalCtx, loc: Loc, name: string): null => noEntry(ctx, () => setHint(ctx.nft.cache, name), loc);
export const objNotFound = (ctx: EvalCtx, obj: Named): null => fail(ctx, ENOENT + objHint(ctx.nft.cache, obj.name), obj.loc);
export const flowtableNotFound = (ctx: EvalCtx, named: Named): null => noEntry(ctx, () => flowtableHint(ctx.nft.cache, named.name), named.loc);

/** A set by name in the command's table, with its errors. */
export function namedSet(ctx: EvalCtx, named: Named | null): SetDecl | null {
  const table = findTable(ctx);
  if (table === null) return tableNotFound(ctx);
  if (named === null) return null;
  return table.sets.get(named.name) ?? setNotFound(ctx, named.loc, named.name);
}
