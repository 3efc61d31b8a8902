import type { Cmd } from "./ast-cmd.ts";
import { objKey, type CachedTable, type NftCache, type NftContext } from "./context.ts";
import { chainOf, flowtableOf, objOf, ruleOf, setOf } from "./delinear-decl.ts";
import type { NftChainRow, NftDump, NftElem, NftGet, NftRuleRow, NftSetRow, NftTableRow } from "../../net/uapi/nft.ts";
import type { NftFamily } from "../../net/uapi/nft-expr.ts";
import { strerror } from "../../net/uapi/errno.ts";

/** What the kernel has, read before commands are evaluated (nft_cache_update): all declarations, rules and elements where a command needs them. */

/** A table of the cache while it is filled. */
interface Filling extends CachedTable { readonly filled: Set<string> }

interface Wants { readonly rules: boolean; readonly elements: boolean }

const LOOKS: readonly Cmd["op"][] = ["list", "reset", "get", "monitor", "export", "import"];

/** Listings need everything; `index` and `position` the rules; changes of interval sets what they hold. */
function wantsOf(ctx: NftContext, cmds: readonly Cmd[]): Wants {
  const looks = cmds.some((cmd) => LOOKS.includes(cmd.op)) || ctx.flags.echo;
  return { rules: looks || cmds.some(placesRule), elements: looks || cmds.some(touchesElements) };
}

const touchesElements = (cmd: Cmd): boolean => cmd.obj === "element" || cmd.set !== null || (cmd.table !== null && cmd.table.sets.length > 0) || (cmd.rule?.handle.index ?? null) !== null;

/** `add rule … index 1`, `insert rule … position 5`. */
const placesRule = (cmd: Cmd): boolean =>
  cmd.op !== "replace" && [cmd.handle, cmd.rule?.handle].some((h) => h !== undefined && (h.index !== null || h.position !== null));

/** A later `replace` makes nft forget that it wanted to (evaluate_cache_add, nft_cache_evaluate). */
const placesRules = (cmds: readonly Cmd[]): boolean => cmds.reduce((places, cmd) => cmd.op !== "replace" && (places || placesRule(cmd)), false);

export const emptyCache = (): NftCache => cacheOf([], 0, false);

function cacheOf(tables: CachedTable[], genid: number, places: boolean): NftCache {
  return { genid, tables, places, table: (family: NftFamily, name: string) => tables.find((t) => t.family === family && t.name === name) ?? null };
}

/** With `flush ruleset` among the commands nothing that was there is known to any of them. */
const flushesAll = (cmds: readonly Cmd[]): boolean => cmds.some((cmd) => cmd.op === "flush" && cmd.obj === "ruleset");

const isBare = (table: Cmd["table"]): boolean => table === null || table.chains.length + table.sets.length + table.objs.length + table.flowtables.length === 0;

/** Emptying tables and chains, or adding a bare table, needs no look; `flush ruleset` wants to know of nothing that was wanted before. */
function needsLook(cmds: readonly Cmd[]): boolean {
  const blind = (cmd: Cmd): boolean =>
    (cmd.op === "flush" && (cmd.obj === "table" || cmd.obj === "chain")) || ((cmd.op === "add" || cmd.op === "create") && cmd.obj === "table" && isBare(cmd.table));
  return cmds.reduce((needs, cmd) => !(cmd.op === "flush" && cmd.obj === "ruleset") && (needs || !blind(cmd)), false);
}

/** Fills `ctx.cache`; false after an error, which is in the diagnostics. */
export function loadCache(ctx: NftContext, cmds: readonly Cmd[]): boolean {
  if (!needsLook(cmds) && !ctx.flags.echo) return true;
  const tables = dump(ctx, { op: "table.dump" });
  if (tables === null) return false;
  const filling = flushesAll(cmds) ? [] : tables.tables.map(tableOf);
  ctx.cache = cacheOf(filling, tables.genid, placesRules(cmds));
  fill(ctx, filling, wantsOf(ctx, cmds));
  return true;
}

function tableOf(row: NftTableRow): Filling {
  const comment = row.userdata?.["comment"];
  return {
    family: row.family, name: row.name, handle: row.handle, dormant: row.dormant, comment: typeof comment === "string" ? comment : null,
    chains: new Map(), sets: new Map(), elems: new Map(), objs: new Map(), flowtables: new Map(), rules: new Map(), filled: new Set(),
  };
}

/** One dump of the kernel; null after an error. */
function dump(ctx: NftContext, request: NftGet): NftDump | null {
  const reply = ctx.sys.nftGet(request);
  if (reply.error === null) return reply.dump;
  ctx.diags.push({ level: "Error", text: `cache initialization failed: ${strerror(reply.error)}`, at: [] });
  return null;
}

type Home = (row: { readonly family: NftFamily; readonly table: string }) => Filling | undefined;

function fill(ctx: NftContext, tables: readonly Filling[], wants: Wants): void {
  const home: Home = (row) => tables.find((t) => t.family === row.family && t.name === row.table);
  const chains = dump(ctx, { op: "chain.dump" })?.chains ?? [];
  for (const row of chains) home(row)?.chains.set(row.name, chainOf(row));
  for (const row of dump(ctx, { op: "obj.dump" })?.objs ?? []) home(row)?.objs.set(objKey(row.obj.type, row.name), objOf(row));
  for (const row of dump(ctx, { op: "flowtable.dump" })?.flowtables ?? []) home(row)?.flowtables.set(row.name, flowtableOf(row));
  for (const row of dump(ctx, { op: "set.dump" })?.sets ?? []) fillSet(ctx, home(row), row, wants);
  if (wants.rules) fillRules(ctx, home, chains);
}

function fillSet(ctx: NftContext, table: Filling | undefined, row: NftSetRow, wants: Wants): void {
  if (table === undefined) return;
  const elems = wants.elements && (wants.rules || row.flags.anonymous !== true) ? elemsOf(ctx, row) : null;
  if (row.count > 0) table.filled.add(row.name);
  if (elems !== null) table.elems.set(row.name, elems);
  table.sets.set(row.name, setOf(row, elems ?? []));
}

const elemsOf = (ctx: NftContext, row: NftSetRow): readonly NftElem[] =>
  dump(ctx, { op: "elem.dump", family: row.family, table: row.table, set: row.name })?.elems ?? [];

/** Chains that belong to a rule are read before the rules that hold them. */
function fillRules(ctx: NftContext, home: Home, chains: readonly NftChainRow[]): void {
  const rows = dump(ctx, { op: "rule.dump" })?.rules ?? [];
  const inner = new Set(chains.filter((c) => c.binding).map((c) => keyOf(c.family, c.table, c.name)));
  const isInner = (row: NftRuleRow): boolean => inner.has(keyOf(row.family, row.table, row.chain));
  if (inner.size > 0) readRules(ctx, home, rows.filter(isInner).reverse(), true);
  readRules(ctx, home, rows.filter((row) => !isInner(row)), false);
}

const keyOf = (family: string, table: string, chain: string): string => `${family} ${table} ${chain}`;

function readRules(ctx: NftContext, home: Home, rows: readonly NftRuleRow[], backwards: boolean): void {
  for (const row of rows) {
    const rules = home(row)?.rules;
    if (rules === undefined) continue;
    const list = rules.get(row.chain) ?? [];
    rules.set(row.chain, list);
    if (backwards) list.unshift(ruleOf(ctx, row));
    else list.push(ruleOf(ctx, row));
  }
}
