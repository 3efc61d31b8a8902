import type { NftMsg } from "../../uapi/nft.ts";
import { checkHook, hookChain, hookDevice, unhookChain, unhookDevices } from "./chain-hook.ts";
import { isDeviceHook } from "./chain-type.ts";
import type { NftChain, NftTable } from "./model.ts";
import { takeHandle } from "./net.ts";
import { chainRow } from "./rows.ts";
import { removeRules } from "./rule.ts";
import { tableOf } from "./table.ts";
import { type Refusal, type Transaction, isRefusal, refuse } from "./transaction.ts";

type NewMsg = Extract<NftMsg, { readonly op: "chain.new" }>;
type DelMsg = Extract<NftMsg, { readonly op: "chain.del" }>;

/** nf_tables_newchain: makes a chain, or updates or renames one. */
export function chainNew(tx: Transaction, m: NewMsg): Refusal | null {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const old = m.handle === undefined ? table.chains.get(m.name ?? "") : chainByHandle(table, m.handle);
  if (old === undefined && m.handle !== undefined) return refuse("ENOENT", "handle");
  if (m.policy !== undefined && (old === undefined ? m.hook === undefined : old.base === null)) return refuse("EOPNOTSUPP", "policy");
  if (old === undefined) return addChain(tx, table, m);
  if (old.binding) return refuse("EINVAL");
  return m.nlm.excl ? refuse("EEXIST", "name") : updateChain(tx, old, m);
}

const chainByHandle = (table: NftTable, handle: number): NftChain | undefined => [...table.chains.values()].find((c) => c.handle === handle);

/** nf_tables_addchain. A chain without a name belongs to a rule of the same transaction. */
function addChain(tx: Transaction, table: NftTable, m: NewMsg): Refusal | null {
  const binding = m.binding === true;
  if (m.name === undefined && !binding) return refuse("EINVAL");
  if (m.hook !== undefined && tx.flipped.has(table)) return refuse("EINVAL");
  const wrong = checkHook(m, null);
  if (wrong !== null) return wrong;
  const name = m.name ?? `__chain${++tx.net.lastChainId}`;
  const chain: NftChain = { table, name, handle: takeHandle(table), base: baseOf(m), binding, userdata: m.userdata ?? null, rules: [], use: 0 };
  tx.add(table.chains, chain);
  if (m.chainId !== undefined) tx.chainIds.set(m.chainId, chain);
  if (!table.dormant) registerChain(tx, chain);
  tx.tell(() => ({ is: "new", what: "chain", row: chainRow(chain) }));
  tx.row(() => ({ key: chainKey(chain), before: null, after: chainText(chain) }));
  return null;
}

function baseOf(m: NewMsg): NftChain["base"] {
  if (m.hook === undefined) return null;
  return { spec: m.hook, type: m.type ?? "filter", policy: m.policy ?? "accept", counters: m.counters === undefined ? null : { ...m.counters }, hooks: [] };
}

/** nf_tables_updchain: policy, counters, further devices, or a new name. Hook, priority and type stay. */
function updateChain(tx: Transaction, chain: NftChain, m: NewMsg): Refusal | null {
  const { base } = chain;
  if (m.hook !== undefined) {
    if (base === null) return refuse("EEXIST", "name");
    const wrong = checkHook(m, base);
    if (wrong !== null) return wrong;
    if ((m.type ?? "filter") !== base.type) return refuse("EEXIST", "name");
  }
  if (m.counters !== undefined && base === null) return refuse("EOPNOTSUPP");
  const before = chainText(chain);
  const name = m.handle === undefined ? chain.name : (m.name ?? chain.name);
  if (m.handle !== undefined && m.name !== undefined && !renameChain(tx, chain, m.name)) return refuse("EEXIST");
  if (base !== null) updateBase(tx, chain, base, m);
  tx.rehooked.add(chain.table);
  tx.tell(() => ({ is: "new", what: "chain", row: { ...chainRow(chain), name } }));
  tx.row(() => ({ key: chainKey(chain), before, after: chainText(chain, name) }));
  return null;
}

/** The old name stays until the batch commits; false when the new one is taken, or will be. */
function renameChain(tx: Transaction, chain: NftChain, name: string): boolean {
  const { chains } = chain.table;
  const wanted = tx.renames.get(chain.table) ?? new Set();
  if (chains.has(name) || wanted.has(name)) return false;
  tx.renames.set(chain.table, wanted.add(name));
  tx.onCommit(() => chains.rekey(chain, () => void (chain.name = name)));
  return true;
}

function updateBase(tx: Transaction, chain: NftChain, base: NonNullable<NftChain["base"]>, m: NewMsg): void {
  if (m.policy !== undefined) tx.set(base, "policy", m.policy);
  if (m.counters !== undefined) tx.set(base, "counters", { ...m.counters });
  const added = (m.hook?.devices ?? []).filter((name) => !base.spec.devices.includes(name));
  if (added.length === 0) return;
  tx.onUndo(() => unhookDevices(chain, null));
  tx.set(base, "spec", { ...base.spec, devices: [...base.spec.devices, ...added] });
  for (const dev of tx.ns.devicesInOrder()) hookDevice(chain, dev);
}

/** On its hooks from now on. */
export function registerChain(tx: Transaction, chain: NftChain): void {
  if (chain.base === null) return;
  hookChain(tx.ns, chain);
  tx.onUndo(() => unhookChain(chain));
}

/** Off its hooks when the batch commits. */
export function unregisterChain(tx: Transaction, chain: NftChain): void {
  if (chain.base !== null) tx.onCommit(() => unhookChain(chain));
}

/** nf_tables_delchain: its rules go with it; EBUSY while jumps lead to it. */
export function chainDel(tx: Transaction, m: DelMsg): Refusal | null {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const byHandle = "handle" in m;
  const attr = byHandle ? "handle" : "name";
  const chain = byHandle ? chainByHandle(table, m.handle) : table.chains.get(m.name);
  if (chain === undefined) return refuse("ENOENT", attr);
  if (chain.binding) return refuse("EOPNOTSUPP");
  if (m.hook !== undefined && m.hook.devices.length > 0) return removeDevices(tx, chain, m.hook.devices);
  return m.nonrec === true && chain.use > 0 ? refuse("EBUSY") : removeChain(tx, chain, attr);
}

/** nft_delchain_hook: takes some devices from a device chain. */
function removeDevices(tx: Transaction, chain: NftChain, devices: readonly string[]): Refusal | null {
  const { base } = chain;
  if (base === null || !isDeviceHook(base.spec.hook)) return refuse("EOPNOTSUPP");
  if (!devices.every((name) => base.spec.devices.includes(name))) return refuse("ENOENT", "devices");
  tx.set(base, "spec", { ...base.spec, devices: base.spec.devices.filter((name) => !devices.includes(name)) });
  tx.onCommit(() => unhookDevices(chain, null));
  tx.tell(() => ({ is: "del", what: "chain", row: { ...chainRow(chain), hook: { ...base.spec, devices } } }));
  return null;
}

export function removeChain(tx: Transaction, chain: NftChain, attr: "name" | "handle" | null): Refusal | null {
  removeRules(tx, chain);
  if (chain.use > 0) return refuse("EBUSY", attr);
  const before = chainText(chain);
  if (chain.base !== null) tx.rehooked.add(chain.table);
  tx.remove(chain.table.chains, chain);
  unregisterChain(tx, chain);
  tx.tell(() => ({ is: "del", what: "chain", row: chainRow(chain) }));
  tx.row(() => ({ key: chainKey(chain), before, after: null }));
  return null;
}

export const chainKey = (chain: NftChain): string => `chain ${chain.table.family} ${chain.table.name} ${chain.handle}`;

/** How the chain reads in the trace: as `nft` is told to add it. */
export function chainText({ base, table, name: own }: NftChain, name = own): string {
  const text = `chain ${table.family} ${table.name} ${name}`;
  return base === null ? text : `${text} { type ${base.type} hook ${base.spec.hook} priority ${base.spec.priority}; policy ${base.policy}; }`;
}
