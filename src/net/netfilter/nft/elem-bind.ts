import type { Errno } from "../../uapi/errno.ts";
import { type NftElem, type NftExpr, type NftVerdict, isVerdict } from "../../uapi/nft.ts";
import { bindExpr } from "./expr.ts";
import { resolveVerdict } from "./expr-immediate.ts";
import type { NftBind, NftObj, NftOp, RunVerdict } from "./model.ts";
import { type SortKey, keyAt } from "./set-key.ts";
import { type KernelSet, inTicks } from "./set-object.ts";
import type { StoredElem } from "./set-store.ts";

/** What an element leads to. */
interface Data {
  readonly data: Uint8Array | RunVerdict | null;
  readonly verdict: NftVerdict | null;
  readonly obj: NftObj | null;
}

/** Verdict maps may lead in circles. */
export const needsCheck = (set: KernelSet): boolean => set.spec.dataType === "verdict";

/** How the store finds an element: by its key, of a range by both ends. */
export function elemKey(set: KernelSet, elem: NftElem): Pick<StoredElem, "k" | "intervalEnd" | "key"> {
  return { k: sortKey(set, elem), intervalEnd: elem.intervalEnd === true, key: elem.key ?? null };
}

function sortKey(set: KernelSet, { key, keyEnd }: NftElem): SortKey {
  const { keyLen, flags, fieldLens } = set.spec;
  if (key === undefined) return "";
  if (flags.interval !== true || (fieldLens?.length ?? 0) < 2) return keyAt(key, 0, keyLen);
  const end = keyEnd ?? key;
  return String.fromCharCode(...key, ...end);
}

/** The element with chain, object and statements found; errors as nft_add_set_elem gives them. */
export function bindElem(bind: NftBind, set: KernelSet, elem: NftElem): StoredElem | Errno {
  const wrong = checkElem(set, elem);
  if (wrong !== null) return wrong;
  const times = timesOf(set, elem, bind.ns.world.sim.nowNs);
  if (typeof times === "string") return times;
  const ops = bindOps(bind, set, elem);
  if (typeof ops === "string") return ops;
  const data = bindData(bind, set, elem);
  if (typeof data === "string") return data;
  const { key = null, keyEnd = null, userdata = null } = elem;
  return { ...elemKey(set, elem), key, keyEnd, catchall: elem.catchall === true, ...data, ...times, ops, userdata };
}

function checkElem(set: KernelSet, elem: NftElem): Errno | null {
  const { keyLen, flags } = set.spec;
  const end = elem.intervalEnd === true;
  if (end && (flags.interval !== true || elem.catchall === true)) return "EINVAL";
  if (elem.catchall === true ? elem.key !== undefined : elem.key?.length !== keyLen) return "EINVAL";
  if (elem.keyEnd !== undefined && elem.keyEnd.length !== keyLen) return "EINVAL";
  if (flags.map === true && flags.object !== true ? elem.data === undefined && !end : elem.data !== undefined) return "EINVAL";
  if (flags.object === true ? elem.objref === undefined && !end : elem.objref !== undefined) return "EINVAL";
  if (end && (elem.data !== undefined || elem.objref !== undefined || elem.timeoutMs !== undefined || elem.exprs !== undefined)) return "EINVAL";
  return null;
}

/** Its own timeout or the set's, 0 = none; EINVAL in a set without timeouts. */
function timesOf(set: KernelSet, elem: NftElem, nowNs: number): Pick<StoredElem, "timeoutMs" | "expiresAtNs"> | Errno {
  const timed = set.spec.flags.timeout === true;
  if (!timed && (elem.timeoutMs !== undefined || elem.expiresMs !== undefined)) return "EINVAL";
  if (!timed || elem.intervalEnd === true) return { timeoutMs: null, expiresAtNs: null };
  const timeoutMs = inTicks(elem.timeoutMs ?? set.spec.timeoutMs ?? 0);
  const left = elem.expiresMs ?? timeoutMs;
  if (elem.expiresMs !== undefined && elem.expiresMs > 0 && timeoutMs === 0) return "EOPNOTSUPP";
  if (left > timeoutMs) return "ERANGE";
  return { timeoutMs, expiresAtNs: set.expiryNs(left === 0 ? timeoutMs : left, nowNs) };
}

/** The set's statements, with the state that the element brings for them. */
function bindOps(bind: NftBind, set: KernelSet, elem: NftElem): readonly NftOp[] | Errno {
  if (elem.intervalEnd === true) return [];
  const asked = set.spec.exprs ?? [];
  const given = elem.exprs ?? [];
  if (asked.length > 0 && given.length > 0 && !sameKinds(asked, given)) return "EOPNOTSUPP";
  const ops: NftOp[] = [];
  for (const expr of given.length > 0 ? given : asked) {
    const op = bindExpr(bind, expr);
    if (typeof op === "string") return op;
    ops.push(op);
  }
  return ops;
}

const sameKinds = (a: readonly NftExpr[], b: readonly NftExpr[]): boolean => a.length === b.length && a.every((expr, i) => expr.op === b[i]?.op);

function bindData(bind: NftBind, set: KernelSet, elem: NftElem): Data | Errno {
  const none: Data = { data: null, verdict: null, obj: null };
  if (elem.objref !== undefined) return objData(bind, set, elem.objref);
  if (elem.data === undefined) return none;
  const isVerdictMap = set.spec.dataType === "verdict";
  if (!isVerdict(elem.data)) return isVerdictMap || elem.data.length !== set.spec.dataLen ? "EINVAL" : { ...none, data: elem.data };
  if (!isVerdictMap) return "EINVAL";
  const data = resolveVerdict(bind, elem.data);
  return typeof data === "string" ? data : { ...none, data, verdict: elem.data };
}

function objData(bind: NftBind, set: KernelSet, name: string): Data | Errno {
  const { objType } = set.spec;
  const obj = objType === undefined ? null : bind.obj(objType, name);
  return obj === null ? "ENOENT" : { data: null, verdict: null, obj };
}
