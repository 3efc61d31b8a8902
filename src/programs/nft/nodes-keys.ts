import type { CtExpr, ExthdrExpr, FibExpr, HashExpr, MetaExpr, NumgenExpr, PayloadExpr, RtExpr, SocketExpr } from "./ast.ts";
import type { CtDir, NftCtKey, NftMetaKey, NftPayloadBase } from "../../net/uapi/nft-expr.ts";
import { ctKeyDesc, FIB_RESULTS, RT_KEYS, SOCKET_KEYS, type FibResult, type RtKey, type SocketKey } from "./ct-keys.ts";
import type { Loc } from "./loc.ts";
import { metaKeyDesc } from "./meta-keys.ts";
import type { ProtoDesc, ProtoField } from "./proto.ts";
import { optionNamed, type OptionKind } from "./proto-exthdr.ts";
import { HOST_INTEGER, INTEGER, INVALID } from "./types-base.ts";
import { BOOLEAN } from "./types-meta.ts";

/** Constructors of selectors: what a rule loads. */

/** Words of the language that listings spell otherwise. */
const SPELLINGS: Readonly<Record<string, string>> = { "param-problem": "parameter-problem", cfi: "dei" };

/** A header's field; null = the header has none of that name. */
export function payloadOf(loc: Loc, desc: ProtoDesc, token: string): PayloadExpr | null {
  const field = desc.fields.find((f) => f.token === (SPELLINGS[token] ?? token));
  return field === undefined ? null : payloadField(loc, desc, field);
}

export const payloadField = (loc: Loc, desc: ProtoDesc, field: ProtoField): PayloadExpr => ({
  kind: "payload", loc, dtype: field.dtype, byteorder: field.byteorder, len: field.len, base: desc.base, offset: field.offset, desc, field, raw: false, implicit: false,
});

/** `@nh,8,16` */
export const rawPayloadOf = (loc: Loc, base: NftPayloadBase, offset: number, len: number): PayloadExpr => ({
  kind: "payload", loc, dtype: { ...INTEGER, byteorder: "big" }, byteorder: "big", len, base, offset, desc: null, field: null, raw: true, implicit: false,
});

export function metaOf(loc: Loc, key: NftMetaKey): MetaExpr {
  const desc = metaKeyDesc(key);
  return { kind: "meta", loc, dtype: desc?.dtype ?? INVALID, byteorder: desc?.byteorder ?? "host", len: desc?.len ?? 0, key };
}

export function ctOf(loc: Loc, key: NftCtKey, dir: CtDir | null = null, nfproto: CtExpr["nfproto"] = null): CtExpr {
  const desc = ctKeyDesc(key);
  return { kind: "ct", loc, dtype: desc?.dtype ?? INVALID, byteorder: desc?.byteorder ?? "host", len: desc?.len ?? 0, key, dir, nfproto };
}

/** A field of an extension header, option or chunk; no field = is it there? (a boolean). null = no such header or field. */
export function exthdrOf(loc: Loc, hdr: OptionKind, name: string, token: string | null): ExthdrExpr | null {
  const option = optionNamed(hdr, name);
  if (option === null) return null;
  if (token === null) return exthdrNode(loc, hdr, name, option.type, null, true);
  const field = option.fields.find((f) => f.token === token);
  return field === undefined ? null : exthdrNode(loc, hdr, name, option.type, field, false);
}

function exthdrNode(loc: Loc, hdr: OptionKind, name: string, type: number, field: ProtoField | null, present: boolean): ExthdrExpr {
  const dtype = field?.dtype ?? BOOLEAN;
  return {
    kind: "exthdr", loc, dtype, byteorder: field === null ? "host" : field.byteorder, len: field?.len ?? 8, hdr, name, field: field?.token ?? null, type,
    offset: field?.offset ?? 0, present, raw: false, protoField: field,
  };
}

/** `tcp option @1,8,16` */
export const rawOptionOf = (loc: Loc, type: number, offset: number, len: number): ExthdrExpr => ({
  kind: "exthdr", loc, dtype: { ...INTEGER, byteorder: "big" }, byteorder: "big", len, hdr: "tcpopt", name: String(type), field: null, type, offset, present: false, raw: true, protoField: null,
});

export function rtOf(loc: Loc, key: RtKey, invalidFamily = false): RtExpr {
  const desc = RT_KEYS.find((d) => d.key === key);
  const known = desc !== undefined && !invalidFamily;
  return { kind: "rt", loc, dtype: known ? desc.dtype : INVALID, byteorder: known ? desc.byteorder : "invalid", len: known ? desc.len : 0, key, invalidFamily };
}

export function socketOf(loc: Loc, key: SocketKey, level: number | null = null): SocketExpr {
  const desc = SOCKET_KEYS.find((d) => d.key === key);
  return { kind: "socket", loc, dtype: desc?.dtype ?? INVALID, byteorder: "host", len: desc?.len ?? 0, key, level };
}

export function fibOf(loc: Loc, flags: readonly string[], result: FibResult, present = false): FibExpr {
  const desc = FIB_RESULTS.find((d) => d.key === result);
  const dtype = present ? BOOLEAN : (desc?.dtype ?? INVALID);
  return { kind: "fib", loc, dtype, byteorder: "host", len: present ? 8 : (desc?.len ?? 0), result, flags, present };
}

export const numgenOf = (loc: Loc, type: NumgenExpr["type"], mod: number, offset = 0): NumgenExpr =>
  ({ kind: "numgen", loc, dtype: HOST_INTEGER, byteorder: "host", len: 32, type, mod, offset });

export const hashOf = (loc: Loc, type: HashExpr["type"], expr: HashExpr["expr"], mod: number, seed: number | null, offset = 0): HashExpr =>
  ({ kind: "hash", loc, dtype: HOST_INTEGER, byteorder: "host", len: 32, type, expr, mod, seed, offset });

