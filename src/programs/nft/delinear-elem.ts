import type { NftElem } from "../../net/uapi/nft.ts";
import type { Expr, SetElemExpr, ValueExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { flagsOf } from "./delinear-binop.ts";
import { fieldsOf, type KeyField } from "./delinear-key.ts";
import { verdictExpr } from "./delinear-match.ts";
import { rangeToPrefix } from "./delinear-nat.ts";
import { bytesIn, wordsIn } from "./delinear-nodes.ts";
import { parseExprs, type ReadBack } from "./delinear-parse.ts";
import { concatOf, elemOf, isStringType, mappingOf, noLoc, rangeOf, stringValue, valueFromBytes } from "./nodes.ts";
import { STRING, TYPE } from "./types-base.ts";

const NO_SETS: ReadBack = { family: "ip", set: () => null, block: () => null };

/** One element: its key with what belongs to it, and data for maps (netlink_delinearize_setelem). */
export function elemExpr(elem: NftElem, set: SetDecl): Expr {
  const key = elemNode(elem, set);
  const data = dataExpr(elem, set);
  return data === null ? key : mappingOf(key, data, noLoc);
}

function elemNode(elem: NftElem, set: SetDecl): SetElemExpr {
  const comment = elem.userdata?.["comment"];
  return {
    ...elemOf(keyExpr(elem, set)), timeoutMs: elem.timeoutMs ?? null, expiresMs: elem.expiresMs ?? null, comment: typeof comment === "string" ? comment : null,
    stmts: parseExprs(elem.exprs ?? [], NO_SETS), intervalEnd: elem.intervalEnd === true, intervalOpen: elem.userdata?.["intervalOpen"] === true,
  };
}

function keyExpr(elem: NftElem, set: SetDecl): Expr {
  if (elem.catchall === true || elem.key === undefined || set.key === null) {
    return { kind: "catchall", loc: noLoc, dtype: set.key?.dtype ?? STRING, byteorder: "invalid", len: set.key?.len ?? 0 };
  }
  const fields = fieldsOf(set.key, set.fieldLens.map((bits) => bits / 8)).map((f) => (set.flags.interval ? stored(f) : f));
  if (set.key.dtype.subtypes === null) return fieldExpr(elem.key, elem.keyEnd, fields[0]);
  return concatExpr(elem.key, elem.keyEnd, fields, set);
}

/** Intervals are compared byte by byte, so numbers of the machine's order lie turned around in their sets. */
const stored = (f: KeyField): KeyField => ({ ...f, byteorder: "big" });

/** Fields each begin at a word. */
function concatExpr(key: Uint8Array, end: Uint8Array | undefined, fields: readonly KeyField[], set: { readonly key: Expr | null }): Expr {
  const exprs: Expr[] = [];
  let at = 0;
  for (const f of fields) {
    const stop = at + bytesIn(f.bits);
    exprs.push(fieldExpr(key.slice(at, stop), end?.slice(at, stop), f));
    at += wordsIn(f.bits) * 4;
  }
  return concatOf(exprs, noLoc, set.key?.dtype);
}

/** A value, or the prefix or range from `key` to `end`. */
function fieldExpr(key: Uint8Array, end: Uint8Array | undefined, field: KeyField | undefined): Expr {
  if (field === undefined) return valueFromBytes(key, STRING, "big");
  const low = named(key, field);
  if (end === undefined) return plain(low);
  const high = named(end, field);
  if (low.value === high.value) return plain(low);
  if (isStringType(field.dtype)) return wildcard(low, key, end);
  const prefix = field.dtype.prefix ? rangeToPrefix(low, high) : null;
  return prefix ?? rangeOf(low, high, noLoc);
}

function named(bytes: Uint8Array, field: KeyField): ValueExpr {
  const v = valueFromBytes(bytes, field.dtype, field.byteorder === "invalid" ? "big" : field.byteorder);
  if (field.bits % 8 !== 0 && !isStringType(field.dtype)) v.len = field.bits;
  return v;
}

const plain = (v: ValueExpr): Expr => (v.dtype.basetype?.id === TYPE.bitmask && v.dtype.id !== TYPE.ctLabel ? flagsOf(v) : v);

/** `eth*`: from the letters, zeroes behind, to the letters, ones behind. */
export function wildcard(low: ValueExpr, key: Uint8Array, end: Uint8Array): Expr {
  let same = 0;
  while (same < key.length && key[same] === end[same] && key[same] !== 0) same++;
  const letters = [...key.slice(0, same)].map((b) => String.fromCharCode(b)).join("");
  return stringValue(`${letters}*`, noLoc, low.dtype, low.len);
}

function dataExpr(elem: NftElem, set: SetDecl): Expr | null {
  if (elem.objref !== undefined) return stringValue(elem.objref, noLoc, STRING);
  if (elem.data === undefined || set.data === null) return null;
  if (!(elem.data instanceof Uint8Array)) return verdictExpr(elem.data);
  return dataValue(elem.data, set.data, set.dataInterval === true);
}

function dataValue(data: Uint8Array, like: Expr, interval: boolean): Expr {
  const fields = fieldsOf(like);
  const half = bytesIn(like.len);
  const end = interval ? data.slice(half, half * 2) : undefined;
  if (like.dtype.subtypes !== null) return concatExpr(data.slice(0, half), end, fields, { key: like });
  return fieldExpr(data.slice(0, half), end, fields[0]);
}
