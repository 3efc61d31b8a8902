import type { Errno } from "../../uapi/errno.ts";
import type { NftElem, NftMsg } from "../../uapi/nft.ts";
import { newBind, setFor } from "./bind.ts";
import { bindElem, elemKey, needsCheck } from "./elem-bind.ts";
import { KernelSet, elemRow, hold, holds, release } from "./set-object.ts";
import { setRow } from "./rows.ts";
import { elemText } from "./set-text.ts";
import type { Clash, StoredElem } from "./set-store.ts";
import { tableOf } from "./table.ts";
import { type Refusal, type Transaction, isRefusal, refuse } from "./transaction.ts";
import { validateTable } from "./validate.ts";

type NewMsg = Extract<NftMsg, { readonly op: "elem.new" }>;
type DelMsg = Extract<NftMsg, { readonly op: "elem.del" }>;

function setOf(tx: Transaction, m: NewMsg | DelMsg): KernelSet | Refusal {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const set = setFor(tx, table, m.set, m.setId);
  if (!(set instanceof KernelSet)) return refuse("ENOENT", "set");
  const { flags } = set.spec;
  return set.use > 0 && (flags.constant === true || flags.anonymous === true) ? refuse("EBUSY") : set;
}

/** nf_tables_newsetelem: every element, or the first that does not go in. */
export function elemNew(tx: Transaction, m: NewMsg): Refusal | null {
  const set = setOf(tx, m);
  if (isRefusal(set)) return set;
  const { bind } = newBind(tx, set.table, null);
  for (const [elemAt, elem] of m.elems.entries()) {
    const error = addElem(tx, set, elem, bindElem(bind, set, elem), m.nlm.excl);
    if (error !== null) return { error, attr: "elem", elemAt };
  }
  if (needsCheck(set)) tx.toValidate.add(set.table);
  return tx.validateNow && tx.toValidate.has(set.table) ? validateTable(set.table) : null;
}

/** nft_add_set_elem. One that is there already is left alone, unless it must be new or leads elsewhere. */
function addElem(tx: Transaction, set: KernelSet, given: NftElem, stored: StoredElem | Errno, excl: boolean): Errno | null {
  if (typeof stored === "string") return stored;
  const clash = clashOf(tx, set, stored);
  if (clash !== null) {
    const settled = settle(clash, stored, excl);
    if (settled === null && clash.with !== null) renewElem(tx, set, clash.with, stored, given);
    return settled;
  }
  if (!stored.catchall && set.isFull()) return "ENFILE";
  putElem(tx, set, stored);
  return null;
}

/** An element whose time is over is in nobody's way. */
function clashOf(tx: Transaction, set: KernelSet, stored: StoredElem): Clash | null {
  const { nowNs } = tx.ns.world.sim;
  for (;;) {
    const clash = stored.catchall ? catchallClash(set) : set.store.clash(stored);
    const other = clash?.with ?? null;
    if (other === null || other.expiresAtNs === null || other.expiresAtNs > nowNs) return clash;
    takeElem(tx, set, other);
  }
}

const catchallClash = (set: KernelSet): Clash | null => (set.catchall === null ? null : { error: "EEXIST", with: set.catchall });

function settle(clash: Clash, stored: StoredElem, excl: boolean): Errno | null {
  if (clash.error === "EINVAL") return "EINVAL";
  return clash.error === "ENOTEMPTY" || clash.with === null || excl || !leadsToSame(clash.with, stored) ? "EEXIST" : null;
}

function leadsToSame(a: StoredElem, b: StoredElem): boolean {
  if (a.obj !== b.obj || (a.data === null) !== (b.data === null)) return false;
  if (a.data instanceof Uint8Array && b.data instanceof Uint8Array) {
    const other = b.data;
    return a.data.every((byte, i) => byte === other[i]);
  }
  return JSON.stringify(a.verdict) === JSON.stringify(b.verdict);
}

/** nft_setelem_update: another timeout, or another time left, for an element that is there. */
function renewElem(tx: Transaction, set: KernelSet, old: StoredElem, stored: StoredElem, given: NftElem): void {
  if (old.intervalEnd || (old.timeoutMs === stored.timeoutMs && given.expiresMs === undefined)) return;
  tx.set(old, "timeoutMs", stored.timeoutMs);
  tx.set(old, "expiresAtNs", stored.expiresAtNs);
  tellElem(tx, set, old, "new");
}

function putElem(tx: Transaction, set: KernelSet, elem: StoredElem): void {
  if (elem.catchall) tx.set(set, "catchall", elem);
  else {
    set.store.add(elem);
    tx.onUndo(() => set.store.bury(elem));
  }
  if (holds(elem)) {
    hold(elem);
    tx.onUndo(() => release(elem));
  }
  tellElem(tx, set, elem, "new");
}

function takeElem(tx: Transaction, set: KernelSet, elem: StoredElem): void {
  if (elem.catchall) tx.set(set, "catchall", null);
  else {
    set.store.kill(elem);
    tx.onUndo(() => set.store.revive(elem));
    tx.onCommit(() => set.store.bury(elem));
  }
  if (holds(elem)) {
    release(elem);
    tx.onUndo(() => hold(elem));
  }
  tellElem(tx, set, elem, "del");
}

function tellElem(tx: Transaction, set: KernelSet, elem: StoredElem, is: "new" | "del"): void {
  const { nowNs } = tx.ns.world.sim;
  tx.tell(() => ({ is, what: "elem", set: setRow(set), elem: elemRow(set, elem, nowNs) }));
  tx.row(() => {
    const text = elemText(set, elem);
    return { key: text, before: is === "del" ? text : null, after: is === "new" ? text : null };
  });
}

/** nf_tables_delsetelem: the named elements, or all. */
export function elemDel(tx: Transaction, m: DelMsg): Refusal | null {
  const set = setOf(tx, m);
  if (isRefusal(set)) return set;
  if (m.elems === undefined) {
    for (const elem of set.elems()) takeElem(tx, set, elem);
    return null;
  }
  for (const [elemAt, elem] of m.elems.entries()) {
    const error = delElem(tx, set, elem);
    if (error !== null) return { error, attr: "elem", elemAt };
  }
  return null;
}

function delElem(tx: Transaction, set: KernelSet, elem: NftElem): Errno | null {
  const wrong = checkDeletion(set, elem);
  if (wrong !== null) return wrong;
  const found = elem.catchall === true ? set.catchall : set.store.exact(elemKey(set, elem));
  if (found === null || (found.expiresAtNs !== null && found.expiresAtNs <= tx.ns.world.sim.nowNs)) return "ENOENT";
  takeElem(tx, set, found);
  return null;
}

function checkDeletion(set: KernelSet, elem: NftElem): Errno | null {
  if (elem.catchall !== true && elem.key?.length !== set.spec.keyLen) return "EINVAL";
  return elem.intervalEnd === true && set.spec.flags.interval !== true ? "EINVAL" : null;
}

