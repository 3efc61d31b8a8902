import type { NftMsg } from "../../uapi/nft.ts";
import { newBind } from "./bind.ts";
import { type NftObj, objKey } from "./model.ts";
import { takeHandle } from "./net.ts";
import { bindObj } from "./object-op.ts";
import { objRow } from "./rows.ts";
import { tableOf } from "./table.ts";
import { type Refusal, type Transaction, isRefusal, refuse } from "./transaction.ts";

type NewMsg = Extract<NftMsg, { readonly op: "obj.new" }>;
type DelMsg = Extract<NftMsg, { readonly op: "obj.del" }>;

/** nf_tables_newobj. Of those that exist, only a quota can be changed. */
export function objNew(tx: Transaction, m: NewMsg): Refusal | null {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const old = table.objs.get(objKey(m.obj.type, m.name));
  if (old !== undefined && m.nlm.excl) return refuse("EEXIST", "name");
  if (old !== undefined && m.obj.type !== "quota") return null;
  const op = bindObj(newBind(tx, table, null).bind, old === undefined ? m.obj : withUsed(old, m.obj));
  if (typeof op === "string") return refuse(op);
  if (old !== undefined) return updateObj(tx, old, op);
  const obj: NftObj = { table, name: m.name, handle: takeHandle(table), type: m.obj.type, op, userdata: m.userdata, use: 0 };
  tx.add(table.objs, obj);
  tx.tell(() => ({ is: "new", what: "obj", row: objRow(obj) }));
  tx.row(() => ({ key: objText(obj), before: null, after: objText(obj) }));
  return null;
}

/** nft_quota_obj_update: what was used stays used. */
function withUsed(old: NftObj, obj: NewMsg["obj"]): NewMsg["obj"] {
  const now = old.op.dump();
  return now.type === "quota" && obj.type === "quota" ? { ...obj, used: Math.min(now.used, obj.bytes) } : obj;
}

function updateObj(tx: Transaction, obj: NftObj, op: NftObj["op"]): null {
  tx.set(obj, "op", op);
  tx.tell(() => ({ is: "new", what: "obj", row: objRow(obj) }));
  return null;
}

/** nf_tables_delobj: EBUSY while rules or elements refer to it. */
export function objDel(tx: Transaction, m: DelMsg): Refusal | null {
  const table = tableOf(tx, m);
  if (isRefusal(table)) return table;
  const byHandle = "handle" in m;
  const attr = byHandle ? "handle" : "name";
  const obj = byHandle
    ? [...table.objs.values()].find((o) => o.handle === m.handle && o.type === m.type)
    : table.objs.get(objKey(m.type, m.name));
  if (obj === undefined) return refuse("ENOENT", attr);
  if (obj.use > 0) return refuse("EBUSY", attr);
  removeObj(tx, obj);
  return null;
}

export function removeObj(tx: Transaction, obj: NftObj): void {
  tx.remove(obj.table.objs, obj);
  tx.tell(() => ({ is: "del", what: "obj", row: objRow(obj) }));
  tx.row(() => ({ key: objText(obj), before: objText(obj), after: null }));
}

const objText = (obj: NftObj): string => `${obj.type} ${obj.table.family} ${obj.table.name} ${obj.name}`;
