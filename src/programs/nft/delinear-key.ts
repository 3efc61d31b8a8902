import type { NftSetRow } from "../../net/uapi/nft.ts";
import type { Expr } from "./ast.ts";
import type { Byteorder, Datatype } from "./datatype.ts";
import { payloadAt } from "./delinear-load.ts";
import { wordsIn } from "./delinear-nodes.ts";
import { metaKeyNamed } from "./meta-keys.ts";
import { ctKeyNamed, SOCKET_KEYS, type RtKey } from "./ct-keys.ts";
import { ctOf, exthdrOf, metaOf, numgenOf, payloadOf, rtOf, socketOf } from "./nodes-keys.ts";
import { concatOf, noLoc } from "./nodes.ts";
import { headerNamed } from "./proto-headers.ts";
import { concatType, typeFromId } from "./types.ts";
import { INTEGER } from "./types-base.ts";

/** One field of a set's key or data. `bits` as the type says, not padded to words. */
export interface KeyField { readonly dtype: Datatype; readonly byteorder: Byteorder; readonly bits: number }

/** A selector of `typeof` by its words; null = one that only its text is kept of. */
function selectorNamed(text: string): Expr | null {
  const [first = "", ...rest] = text.split(" ");
  const tail = rest.join(" ");
  if (first === "meta" || (rest.length === 0 && !first.startsWith("@"))) return metaNamed(first === "meta" ? tail : first);
  if (first === "ct") return ctNamed(tail);
  if (first === "tcp" && rest[0] === "option") return exthdrOf(noLoc, "tcpopt", rest[1] ?? "", rest[2] ?? null);
  if (first === "ip" && rest[0] === "option") return exthdrOf(noLoc, "ipv4opt", rest[1] ?? "", rest[2] ?? null);
  const raw = /^@(ll|nh|th|ih),(\d+),(\d+)$/.exec(text);
  if (raw !== null) return payloadAt(raw[1] === "ih" ? "inner" : (raw[1] as "ll" | "nh" | "th"), Number(raw[2]), Number(raw[3]));
  if (first === "sctp" && rest[0] === "chunk") return exthdrOf(noLoc, "sctp", rest[1] ?? "", rest[2] ?? null);
  if (first === "numgen") return numgenNamed(text);
  if (first === "rt" || first === "socket") return keyNamed(first, tail) ?? exthdrOf(noLoc, "ipv6", first, tail);
  const header = headerNamed(first);
  return header === null ? exthdrOf(noLoc, "ipv6", first, tail) : payloadOf(noLoc, header, tail);
}

/** `numgen inc mod 2 offset 5` */
function numgenNamed(text: string): Expr | null {
  const found = /^numgen (inc|random) mod (\d+)(?: offset (\d+))?$/.exec(text);
  return found === null ? null : numgenOf(noLoc, found[1] === "inc" ? "inc" : "random", Number(found[2]), Number(found[3] ?? 0));
}

const RT_WORDS: Readonly<Record<string, RtKey>> = { classid: "classid", "ip nexthop": "nexthop4", "ip6 nexthop": "nexthop6", mtu: "tcpmss", ipsec: "ipsec" };

function keyNamed(first: "rt" | "socket", words: string): Expr | null {
  const rt = RT_WORDS[words];
  if (first === "rt") return rt === undefined ? null : rtOf(noLoc, rt);
  const socket = SOCKET_KEYS.find((d) => d.token === words);
  return socket === undefined ? null : socketOf(noLoc, socket.key);
}

function metaNamed(word: string): Expr | null {
  const desc = metaKeyNamed(word);
  return desc === null ? null : metaOf(noLoc, desc.key);
}

function ctNamed(words: string): Expr | null {
  const dir = words.startsWith("original ") ? "original" : words.startsWith("reply ") ? "reply" : null;
  const desc = ctKeyNamed(dir === null ? words : words.slice(dir.length + 1));
  return desc === null ? null : ctOf(noLoc, desc.key, dir);
}

/** `typeof ip saddr . tcp dport` read back. */
export function typeofExpr(text: string): Expr | null {
  const parts = text.split(" . ").map(selectorNamed);
  const exprs = parts.filter((x) => x !== null);
  const [only] = exprs;
  if (exprs.length !== parts.length || only === undefined) return null;
  return exprs.length === 1 ? only : concatOf(exprs, noLoc, concatType(exprs.map((x) => x.dtype)));
}

interface KeySpec { readonly type: number; readonly bytes: number; readonly byteorder: unknown; readonly typeofText: unknown; readonly fieldLens?: readonly number[] }

const orderOf = (given: unknown, dtype: Datatype): Byteorder => (given === "big" || given === "host" ? given : dtype.byteorder);

/** The key or data of a set: what `typeof` named, or a node that carries the type (netlink_delinearize_set). */
export function keyOf(spec: KeySpec): { readonly expr: Expr; readonly typeofGiven: boolean } {
  const selector = typeof spec.typeofText === "string" ? typeofExpr(spec.typeofText) : null;
  const dtype = selector?.dtype ?? typeFromId(spec.type) ?? INTEGER;
  const byteorder = orderOf(spec.byteorder, dtype);
  const len = selector !== null && selector.kind !== "concat" ? selector.len : spec.bytes * 8;
  if (selector !== null) return { expr: { ...selector, byteorder, len: selector.kind === "concat" ? spec.bytes * 8 : len }, typeofGiven: true };
  if (typeof spec.typeofText === "string") return { expr: { kind: "symbol", loc: noLoc, dtype, byteorder, len, symtype: "value", name: spec.typeofText }, typeofGiven: true };
  return { expr: { kind: "value", loc: noLoc, dtype, byteorder, len, value: 0n }, typeofGiven: false };
}

export const setKeySpec = (row: NftSetRow): KeySpec => ({
  type: row.keyType, bytes: row.keyLen, byteorder: row.userdata?.["keyByteorder"], typeofText: row.userdata?.["keyTypeof"],
  ...(row.fieldLens === undefined ? {} : { fieldLens: row.fieldLens }),
});

export const setDataSpec = (row: NftSetRow): KeySpec => ({
  type: typeof row.dataType === "number" ? row.dataType : 0, bytes: dataBytes(row), byteorder: row.userdata?.["dataByteorder"], typeofText: row.userdata?.["dataTypeof"],
});

/** Ranges as data are two values side by side. */
export const dataBytes = (row: NftSetRow): number => (row.userdata?.["dataInterval"] === true ? (row.dataLen ?? 0) / 2 : (row.dataLen ?? 0));

/** Fields of a key with their widths; a single field where it is no concatenation. */
export function fieldsOf(key: Expr, fieldLens: readonly number[] = []): KeyField[] {
  if (key.kind === "concat") return key.exprs.map((x) => ({ dtype: x.dtype, byteorder: x.byteorder === "invalid" ? x.dtype.byteorder : x.byteorder, bits: x.len }));
  const subtypes = key.dtype.subtypes;
  if (subtypes === null) return [{ dtype: key.dtype, byteorder: key.byteorder, bits: key.len }];
  const sizes = subtypes.map((d, i) => d.size !== 0 ? d.size : (fieldLens[i] ?? 0) * 8);
  const missing = key.len - sizes.reduce((sum, bits) => sum + wordsIn(bits) * 32, 0);
  return subtypes.map((dtype, i) => ({ dtype, byteorder: dtype.byteorder === "invalid" ? "big" : dtype.byteorder, bits: sizes[i] === 0 ? Math.max(32, missing) : sizes[i] ?? 0 }));
}
