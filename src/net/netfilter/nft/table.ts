import type { NftFamily, NftMsg } from "../../uapi/nft.ts";
import { removeChain, registerChain, unregisterChain } from "./chain.ts";
import { removeFlowtable } from "./flowtable.ts";
import { type NftTable, tableKey } from "./model.ts";
import { newTable } from "./net.ts";
import { removeObj } from "./object.ts";
import { tableRow } from "./rows.ts";
import { removeRules } from "./rule.ts";
import { forgetSet } from "./set.ts";
import { type Refusal, type Transaction, isRefusal, refuse } from "./transaction.ts";

type Msg<Op extends NftMsg["op"]> = Extract<NftMsg, { readonly op: Op }>;

/** The table a message names; ENOENT pointing at it. */
export function tableOf(tx: Transaction, m: { readonly family: NftFamily; readonly table: string }): NftTable | Refusal {
  return tx.net.tables.get(tableKey(m.family, m.table)) ?? refuse("ENOENT", "table");
}

/** nf_tables_newtable: EEXIST when it must be new. */
export function tableNew(tx: Transaction, m: Msg<"table.new">): Refusal | null {
  const old = tx.net.tables.get(tableKey(m.family, m.name));
  if (old !== undefined) return m.nlm.excl ? refuse("EEXIST", "name") : updateTable(tx, old, m.dormant);
  const table = newTable(tx.net, m.family, m.name, m.dormant, m.userdata);
  tx.add(tx.net.tables, table);
  tx.tell(() => ({ is: "new", what: "table", row: tableRow(table) }));
  tx.row(() => ({ key: tableText(table), before: null, after: tableText(table) }));
  return null;
}

/** nf_tables_updtable: a dormant table's chains are on no hook. Once a batch, and not while chains change. */
function updateTable(tx: Transaction, table: NftTable, dormant: boolean): Refusal | null {
  if (table.dormant === dormant) return null;
  if (tx.flipped.has(table) || tx.rehooked.has(table)) return refuse("EINVAL");
  tx.flipped.add(table);
  tx.set(table, "dormant", dormant);
  for (const chain of table.chains.values()) {
    if (dormant) unregisterChain(tx, chain);
    else registerChain(tx, chain);
  }
  tx.tell(() => ({ is: "new", what: "table", row: tableRow(table) }));
  return null;
}

/** nf_tables_deltable: one table, or all of a family, or all. */
export function tableDel(tx: Transaction, m: Msg<"table.del">): Refusal | null {
  if (m.name === undefined && m.handle === undefined) return flushTables(tx, m.family);
  const table = m.name !== undefined && m.family !== undefined
    ? tx.net.tables.get(tableKey(m.family, m.name))
    : [...tx.net.tables.values()].find((t) => t.handle === m.handle && t.family === (m.family ?? t.family));
  if (table === undefined) return refuse("ENOENT", m.handle === undefined ? "name" : "handle");
  return flushTable(tx, table);
}

function flushTables(tx: Transaction, family: NftFamily | undefined): Refusal | null {
  for (const table of [...tx.net.tables.values()]) {
    const error = family === undefined || family === table.family ? flushTable(tx, table) : null;
    if (error !== null) return error;
  }
  return null;
}

/** nft_flush_table: rules, sets, flowtables, objects, chains, and the table itself, in this order. */
function flushTable(tx: Transaction, table: NftTable): Refusal | null {
  const chains = [...table.chains.values()].filter((c) => !c.binding);
  for (const chain of chains) removeRules(tx, chain);
  for (const set of [...table.sets.values()]) if (set.spec.flags.anonymous !== true) forgetSet(tx, set);
  for (const flowtable of [...table.flowtables.values()]) removeFlowtable(tx, flowtable);
  for (const obj of [...table.objs.values()]) removeObj(tx, obj);
  for (const chain of chains) {
    const error = removeChain(tx, chain, null);
    if (error !== null && isRefusal(error)) return error;
  }
  tx.remove(tx.net.tables, table);
  tx.tell(() => ({ is: "del", what: "table", row: tableRow(table) }));
  tx.row(() => ({ key: tableText(table), before: tableText(table), after: null }));
  return null;
}

export const tableText = (table: NftTable): string => `table ${table.family} ${table.name}`;
