import type { Errno } from "../../uapi/errno.ts";
import type { NftExpr, NftMsg, NftSetFlags, NftSetSpec } from "../../uapi/nft.ts";
import type { NftSet, NftTable } from "./model.ts";
import { takeHandle } from "./net.ts";
import { setRow } from "./rows.ts";
import { KernelSet, hold, inTicks, release } from "./set-object.ts";
import { setText } from "./set-text.ts";
import { tableOf } from "./table.ts";
import { type Refusal, type Transaction, isRefusal, refuse } from "./transaction.ts";

type NewMsg = Extract<NftMsg, { readonly op: "set.new" }>;
type DelMsg = Extract<NftMsg, { readonly op: "set.del" }>;

/** NFT_DATA_VALUE_MAXLEN. */
const MAX_VALUE_BYTES = 64;

/** nf_tables_newset. A set that exists may get another timeout and size, nothing else. */
export function setNew(tx: Transaction, m: NewMsg): Refusal | null {
  const wrong = checkSpec(m);
  if (wrong !== null) return refuse(wrong);
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const old = table.sets.get(m.name);
  if (old instanceof KernelSet) return m.nlm.excl ? refuse("EEXIST", "name") : updateSet(tx, old, m);
  if (!m.nlm.create) return refuse("ENOENT");
  if (!hasStore(m)) return refuse("EOPNOTSUPP");
  const name = freeName(table, m.name);
  if (name === null) return refuse("EINVAL");
  addSet(tx, table, m, name);
  return null;
}

function addSet(tx: Transaction, table: NftTable, m: NewMsg, name: string): void {
  const { op: _op, nlm: _nlm, ...spec } = m;
  const set = new KernelSet(tx.ns, table, { ...spec, ...(m.timeoutMs === undefined ? {} : { timeoutMs: inTicks(m.timeoutMs) }) }, name, takeHandle(table));
  tx.add(table.sets, set);
  if (m.id !== undefined) tx.setIds.set(m.id, set);
  tx.tell(() => ({ is: "new", what: "set", row: setRow(set) }));
  tx.row(() => ({ key: setText(set), before: null, after: setText(set) }));
}

/** Flags and lengths that do not go together. */
function checkSpec(m: NewMsg): Errno | null {
  const { flags: f } = m;
  if (m.keyLen <= 0 || m.keyLen > MAX_VALUE_BYTES) return "EINVAL";
  if (f.eval === true && f.object === true) return "EOPNOTSUPP";
  if (f.anonymous === true && f.timeout === true && f.eval !== true) return "EOPNOTSUPP";
  if (f.constant === true && f.timeout === true) return "EOPNOTSUPP";
  return checkData(m) ?? checkFields(m);
}

/** A map of objects is no map of data, whether it calls itself a map or not. */
const leadsToData = (flags: NftSetFlags): boolean => flags.map === true && flags.object !== true;

function checkData(m: NewMsg): Errno | null {
  if (leadsToData(m.flags) !== (m.dataType !== undefined)) return "EINVAL";
  if (m.dataType !== undefined && m.dataType !== "verdict" && !((m.dataLen ?? 0) > 0 && (m.dataLen ?? 0) <= MAX_VALUE_BYTES)) return "EINVAL";
  if ((m.flags.object === true) !== (m.objType !== undefined)) return "EINVAL";
  const timed = (m.timeoutMs ?? 0) > 0 || (m.gcIntervalMs ?? 0) > 0;
  return timed && m.flags.timeout !== true ? "EINVAL" : null;
}

/** nft_set_desc_concat: the fields, in words, make the key. */
function checkFields({ fieldLens, keyLen }: NewMsg): Errno | null {
  if (fieldLens === undefined || fieldLens.length === 0) return null;
  if (fieldLens.some((len) => len <= 0 || len > MAX_VALUE_BYTES)) return "E2BIG";
  const words = fieldLens.reduce((sum, len) => sum + ((len + 3) >>> 2), 0);
  return words === (keyLen + 3) >>> 2 ? null : "EINVAL";
}

/** nft_select_set_ops: no kind of interval set can be filled by rules. */
const hasStore = ({ flags }: NftSetSpec): boolean => flags.interval !== true || flags.eval !== true;

/** nft_set_is_same. */
function isSame(a: NftSetSpec, b: NftSetSpec): boolean {
  const shape = (s: NftSetSpec): string => {
    const f = s.flags;
    const flags = [f.anonymous, f.constant, f.interval, leadsToData(f), f.timeout, f.eval, f.object, f.concat].map((on) => on === true);
    return JSON.stringify([flags, s.keyType, s.keyLen, s.dataType ?? null, s.dataLen ?? 0, s.objType ?? null, s.fieldLens ?? [], (s.exprs ?? []).map(kindOf)]);
  };
  return shape(a) === shape(b);
}

const kindOf = (expr: NftExpr): string => expr.op;

function updateSet(tx: Transaction, set: KernelSet, m: NewMsg): Refusal | null {
  if (!isSame(set.spec, m)) return refuse("EEXIST", "name");
  const { timeoutMs, gcIntervalMs, size } = m;
  const changed = {
    ...(timeoutMs === undefined ? {} : { timeoutMs: inTicks(timeoutMs) }), ...(gcIntervalMs === undefined ? {} : { gcIntervalMs }), ...(size === undefined ? {} : { size }),
  };
  tx.set(set, "spec", { ...set.spec, ...changed });
  if (m.id !== undefined) tx.setIds.set(m.id, set);
  tx.tell(() => ({ is: "new", what: "set", row: setRow(set) }));
  return null;
}

/** nf_tables_set_alloc_name: "%d" is the smallest number that is free. */
function freeName(table: NftTable, name: string): string | null {
  const cut = name.indexOf("%");
  if (cut < 0) return name;
  if (name[cut + 1] !== "d" || name.includes("%", cut + 1)) return null;
  for (let n = 0; ; n++) {
    const candidate = name.replace("%d", String(n));
    if (!table.sets.has(candidate)) return candidate;
  }
}

/** nf_tables_delset: EBUSY while a rule uses it. */
export function setDel(tx: Transaction, m: DelMsg): Refusal | null {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const byHandle = "handle" in m;
  const attr = byHandle ? "handle" : "name";
  const set = byHandle ? [...table.sets.values()].find((s) => s.handle === m.handle) : table.sets.get(m.name);
  if (set === undefined) return refuse("ENOENT", attr);
  if (set.use > 0) return refuse("EBUSY", attr);
  forgetSet(tx, set);
  return null;
}

/** Out of its table, by its own deletion or with the rule it belongs to; elements let go of chains and objects. */
export function forgetSet(tx: Transaction, set: NftSet): void {
  if (set.table.sets.get(set.name) !== set) return;
  tx.remove(set.table.sets, set);
  if (set instanceof KernelSet) releaseAll(tx, set);
  tx.tell(() => ({ is: "del", what: "set", row: setRow(set) }));
  tx.row(() => ({ key: setText(set), before: setText(set), after: null }));
}

/** nft_map_deactivate. */
function releaseAll(tx: Transaction, set: KernelSet): void {
  if (set.spec.dataType !== "verdict" && set.spec.flags.object !== true) return;
  const elems = set.elems();
  for (const elem of elems) release(elem);
  tx.onUndo(() => {
    for (const elem of elems) hold(elem);
  });
}
