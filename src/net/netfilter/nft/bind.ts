import type { NftFamily } from "../../uapi/nft.ts";
import { type NftBind, type NftChain, type NftSet, type NftTable, objKey } from "./model.ts";
import { tableOf } from "./table.ts";
import { type Refusal, type Transaction, isRefusal, refuse } from "./transaction.ts";

/** The chain a message names, or one of its own batch by id (nft_chain_lookup, nft_chain_lookup_byid). */
export function chainFor(tx: Transaction, m: { readonly family: NftFamily; readonly table: string; readonly chain: string; readonly chainId?: number }): NftChain | Refusal {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const byId = m.chainId === undefined ? undefined : tx.chainIds.get(m.chainId);
  const chain = byId?.table === table ? byId : table.chains.get(m.chain);
  return chain ?? refuse("ENOENT", "chain");
}

/** A set by name, else one of the same batch by id (nft_set_lookup_global). */
export function setFor(tx: Transaction, table: NftTable, name: string, id?: number): NftSet | null {
  const named = table.sets.get(name);
  if (named !== undefined) return named;
  const byId = id === undefined ? undefined : tx.setIds.get(id);
  return byId !== undefined && byId.table === table && table.sets.get(byId.name) === byId ? byId : null;
}

/** What instructions may look up while they are bound; remembers the sets they found. */
export function newBind(tx: Transaction, table: NftTable, chain: NftChain | null): { readonly bind: NftBind; readonly sets: ReadonlySet<NftSet> } {
  const sets = new Set<NftSet>();
  const bind: NftBind = {
    ns: tx.ns, family: table.family, table, chain,
    set: (name, id) => {
      const set = setFor(tx, table, name, id);
      if (set !== null) sets.add(set);
      return set;
    },
    chainNamed: (name, id) => (id === undefined ? undefined : tx.chainIds.get(id)) ?? table.chains.get(name) ?? null,
    obj: (type, name) => table.objs.get(objKey(type, name)) ?? null,
    flowtable: (name) => table.flowtables.get(name) ?? null,
  };
  return { bind, sets };
}
