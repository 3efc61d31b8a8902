import { NftList } from "./list.ts";
import { type NftNet, type NftTable, objKey, tableKey } from "./model.ts";
import type { NftFamily, NftUserdata } from "../../uapi/nft.ts";

/** nf_tables of a new namespace: nothing; generation 1. */
export function newNftNet(): NftNet {
  return {
    tables: new NftList((t) => tableKey(t.family, t.name)), lastTableHandle: 0, lastChainId: 0, genid: 1,
    listeners: new Set(), traceListeners: new Set(),
  };
}

/** A table without anything in it; takes the next handle of the namespace. */
export function newTable(net: NftNet, family: NftFamily, name: string, dormant: boolean, userdata: NftUserdata | null): NftTable {
  return {
    family, name, handle: ++net.lastTableHandle, dormant, userdata, nextHandle: 1,
    chains: new NftList((c) => c.name),
    sets: new NftList((s) => s.name),
    objs: new NftList((o) => objKey(o.type, o.name)),
    flowtables: new NftList((f) => f.name),
  };
}

/** nf_tables_alloc_handle: chains, rules, sets, objects and flowtables of a table count together. */
export const takeHandle = (table: NftTable): number => table.nextHandle++;
