import type { NftChainRow, NftRuleRow } from "../../net/uapi/nft.ts";
import type { NftExpr } from "../../net/uapi/nft-expr.ts";
import type { NftUserdata } from "../../net/uapi/nft.ts";
import type { Sys } from "../../os/sys.ts";
import { isCompatible } from "./decode.ts";
import { type BuiltinChain, HOOKS, TABLES, builtinTable } from "./tables.ts";

/** What iptables knows of the kernel's tables while it works: read once, and kept up with what it is about to do. */

export interface CachedRule {
  /** null: not in the kernel yet. */
  handle: number | null;
  /** Names it within the batch, when it has no handle yet. */
  ruleId: number | null;
  exprs: readonly NftExpr[];
  userdata: NftUserdata | null;
}

export interface CachedChain {
  readonly name: string;
  /** Built-in chains only. */
  readonly base: BuiltinChain | null;
  policy: "accept" | "drop";
  packets: number;
  bytes: number;
  /** References to it, its own rules among them. */
  use: number;
  readonly handle: number | null;
  rules: CachedRule[];
}

export class CachedTable {
  readonly name: string;
  exists = false;
  /** Base chains that are not iptables' own, which it cannot show. */
  readonly tainted: string[] = [];
  /** By hook number. */
  readonly base = new Map<number, CachedChain>();
  users: CachedChain[] = [];

  constructor(name: string) {
    this.name = name;
  }

  find(name: string): CachedChain | undefined {
    return [...this.base.values()].find((c) => c.name === name) ?? this.users.find((c) => c.name === name);
  }

  /** Built-in chains by hook, then the others. */
  chains(): CachedChain[] {
    return [...HOOKS.keys()].flatMap((hook) => this.base.get(hook) ?? []).concat(this.users);
  }

  sort(): void {
    this.users.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** A built-in chain that the kernel does not have: shown as it would be. */
  addBuiltin(base: BuiltinChain): CachedChain {
    const chain: CachedChain = { name: base.name, base, policy: "accept", packets: 0, bytes: 0, use: 0, handle: null, rules: [] };
    this.base.set(HOOKS.indexOf(base.hook), chain);
    return chain;
  }

  addUser(name: string): CachedChain {
    const chain: CachedChain = { name, base: null, policy: "accept", packets: 0, bytes: 0, use: 0, handle: null, rules: [] };
    this.users.push(chain);
    return chain;
  }

  /** For listings: all built-in chains, or the one that is asked for. */
  fake(only: string | undefined): void {
    for (const c of builtinTable(this.name)?.chains ?? []) {
      if (!this.base.has(HOOKS.indexOf(c.hook)) && (only === undefined || only === c.name)) this.addBuiltin(c);
    }
  }

  /** Can every rule here be a rule of iptables? */
  compatible(only: string | undefined): boolean {
    const chains = only === undefined ? this.chains() : this.chains().filter((c) => c.name === only);
    return (only === undefined || chains.length > 0) && chains.every((c) => c.rules.every((r) => r.exprs.every(isCompatible)));
  }

  isTainted(only: string | undefined): boolean {
    return only === undefined ? this.tainted.length > 0 : this.tainted.includes(only);
  }

  drop(chain: CachedChain): void {
    for (const [hook, c] of this.base) if (c === chain) this.base.delete(hook);
    this.users = this.users.filter((c) => c !== chain);
  }

  forget(): void {
    this.exists = false;
    this.base.clear();
    this.users = [];
  }
}

export type Cache = ReadonlyMap<string, CachedTable>;

/** With `tablesOnly` nothing but the tables' names: what iptables-restore needs to replace them. */
export function readCache(sys: Sys, tablesOnly = false): Cache {
  const cache = new Map(TABLES.map((t) => [t.name, new CachedTable(t.name)]));
  const tables = sys.nftGet({ op: "table.dump", family: "ip" });
  if (tables.error !== null) return cache;
  for (const row of tables.dump.tables) {
    const table = cache.get(row.name);
    if (table !== undefined) table.exists = true;
  }
  if (!tablesOnly) readChains(sys, cache);
  return cache;
}

function readChains(sys: Sys, cache: Cache): void {
  const chains = sys.nftGet({ op: "chain.dump", family: "ip" });
  const rules = sys.nftGet({ op: "rule.dump", family: "ip" });
  if (chains.error !== null || rules.error !== null) return;
  for (const row of chains.dump.chains) addChain(cache, row);
  for (const row of rules.dump.rules) addRule(cache, row);
}

function addChain(cache: Cache, row: NftChainRow): void {
  const table = cache.get(row.table);
  if (table === undefined) return;
  const own = row.hook === null ? undefined : builtinTable(row.table)?.chains.find((c) => c.hook === row.hook?.hook);
  if (row.hook !== null && (own === undefined || own.name !== row.name || own.priority !== row.hook.priority || own.type !== row.type)) {
    table.tainted.push(row.name);
    return;
  }
  const chain: CachedChain = {
    name: row.name, base: own ?? null, policy: row.policy ?? "accept", packets: row.counters?.packets ?? 0, bytes: row.counters?.bytes ?? 0, use: row.use,
    handle: row.handle, rules: [],
  };
  if (own === undefined) table.users.push(chain);
  else table.base.set(HOOKS.indexOf(own.hook), chain);
}

function addRule(cache: Cache, row: NftRuleRow): void {
  cache.get(row.table)?.find(row.chain)?.rules.push({ handle: row.handle, ruleId: null, exprs: row.exprs, userdata: row.userdata });
}
