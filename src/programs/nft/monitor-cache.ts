import { objKey, type CachedTable, type NftContext } from "./context.ts";
import { chainOf, objOf, setOf } from "./delinear-decl.ts";
import type { NftChange, NftElem } from "../../net/uapi/nft.ts";

/** Keeps the cache of a context in step with what the kernel reports, so that rules can be read back with their sets. */
export class EventCache {
  readonly #ctx: NftContext;

  constructor(ctx: NftContext) {
    this.#ctx = ctx;
  }

  apply(c: NftChange): void {
    if (c.what === "gen" || c.what === "flowtable" || c.what === "rule") return;
    if (c.what === "table") return this.#table(c);
    const at = c.what === "elem" ? c.set : c.row;
    const table = this.#ctx.cache.table(at.family, at.table);
    if (table === null) return;
    // Chains that belong to a rule stay unknown: the rule is shown with their made-up name.
    if (c.what === "chain" && c.row.binding) return;
    if (c.what === "chain") setOrDrop(table.chains, c.row.name, c.is === "new" ? chainOf(c.row) : null);
    else if (c.what === "obj") setOrDrop(table.objs, objKey(c.row.obj.type, c.row.name), c.is === "new" ? objOf(c.row) : null);
    else if (c.what === "elem") addElem(table, c);
    else applySet(table, c);
  }

  #table(c: Extract<NftChange, { what: "table" }>): void {
    const { tables } = this.#ctx.cache;
    const { family, name, handle, dormant } = c.row;
    const at = tables.findIndex((t) => t.family === family && t.name === name);
    if (c.is === "del" && at >= 0) tables.splice(at, 1);
    if (c.is === "del" || at >= 0) return;
    tables.push({ family, name, handle, dormant, comment: null, chains: new Map(), sets: new Map(), elems: new Map(), objs: new Map(), flowtables: new Map(), rules: new Map() });
  }
}

function setOrDrop<T>(map: Map<string, T>, key: string, value: T | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

function applySet(table: CachedTable, c: Extract<NftChange, { what: "set" }>): void {
  const { name } = c.row;
  if (c.is === "del") table.elems.delete(name);
  else if (!table.sets.has(name)) table.elems.set(name, []);
  setOrDrop(table.sets, name, c.is === "new" ? setOf(c.row, table.elems.get(name) ?? []) : null);
}

/** Only sets without a name are shown with their elements inside rules. */
function addElem(table: CachedTable, c: Extract<NftChange, { what: "elem" }>): void {
  if (c.set.flags.anonymous !== true || c.is === "del") return;
  const elems: readonly NftElem[] = [...(table.elems.get(c.set.name) ?? []), c.elem];
  table.elems.set(c.set.name, elems);
  table.sets.set(c.set.name, setOf(c.set, elems));
}
