import type { NftMsg } from "../../uapi/nft.ts";
import type { NftFlowtable, NftTable } from "./model.ts";
import { takeHandle } from "./net.ts";
import { flowtableRow } from "./rows.ts";
import { tableOf } from "./table.ts";
import { type Refusal, type Transaction, isRefusal, refuse } from "./transaction.ts";

type NewMsg = Extract<NftMsg, { readonly op: "flowtable.new" }>;
type DelMsg = Extract<NftMsg, { readonly op: "flowtable.del" }>;

/** nf_tables_newflowtable: IP families only; one that exists may get further devices. */
export function flowtableNew(tx: Transaction, m: NewMsg): Refusal | null {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const old = table.flowtables.get(m.name);
  if (old === undefined) return addFlowtable(tx, table, m);
  if (m.nlm.excl) return refuse("EEXIST", "name");
  if ((m.priority ?? old.priority) !== old.priority || (m.offload ?? old.offload) !== old.offload) return refuse("EOPNOTSUPP");
  tx.set(old, "devices", [...old.devices, ...m.devices.filter((name) => !old.devices.includes(name))]);
  tx.tell(() => ({ is: "new", what: "flowtable", row: flowtableRow(old) }));
  return null;
}

/** A device belongs to one flowtable of a table (nft_register_flowtable_net_hooks). */
function addFlowtable(tx: Transaction, table: NftTable, m: NewMsg): Refusal | null {
  if (table.family !== "ip" && table.family !== "ip6" && table.family !== "inet") return refuse("ENOENT");
  if (m.priority === undefined) return refuse("EINVAL");
  if ([...table.flowtables.values()].some((f) => f.devices.some((name) => m.devices.includes(name)))) return refuse("EEXIST");
  const { name, priority, devices, offload = false, counter = false } = m;
  const flowtable: NftFlowtable = { table, name, handle: takeHandle(table), priority, devices, offload, counter, use: 0 };
  tx.add(table.flowtables, flowtable);
  tx.tell(() => ({ is: "new", what: "flowtable", row: flowtableRow(flowtable) }));
  tx.row(() => ({ key: flowtableText(flowtable), before: null, after: flowtableText(flowtable) }));
  return null;
}

/** nf_tables_delflowtable: all of it, or some of its devices; EBUSY while rules use it. */
export function flowtableDel(tx: Transaction, m: DelMsg): Refusal | null {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const byHandle = "handle" in m;
  const attr = byHandle ? "handle" : "name";
  const flowtable = byHandle ? [...table.flowtables.values()].find((f) => f.handle === m.handle) : table.flowtables.get(m.name);
  if (flowtable === undefined) return refuse("ENOENT", attr);
  if (m.devices !== undefined && m.devices.length > 0) return removeDevices(tx, flowtable, m.devices);
  if (flowtable.use > 0) return refuse("EBUSY", attr);
  removeFlowtable(tx, flowtable);
  return null;
}

function removeDevices(tx: Transaction, flowtable: NftFlowtable, devices: readonly string[]): Refusal | null {
  if (!devices.every((name) => flowtable.devices.includes(name))) return refuse("ENOENT", "devices");
  tx.set(flowtable, "devices", flowtable.devices.filter((name) => !devices.includes(name)));
  tx.tell(() => ({ is: "del", what: "flowtable", row: { ...flowtableRow(flowtable), devices } }));
  return null;
}

export function removeFlowtable(tx: Transaction, flowtable: NftFlowtable): void {
  tx.remove(flowtable.table.flowtables, flowtable);
  tx.tell(() => ({ is: "del", what: "flowtable", row: flowtableRow(flowtable) }));
  tx.row(() => ({ key: flowtableText(flowtable), before: flowtableText(flowtable), after: null }));
}

const flowtableText = (f: NftFlowtable): string => `flowtable ${f.table.family} ${f.table.name} ${f.name}`;
