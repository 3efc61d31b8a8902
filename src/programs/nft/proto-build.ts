import type { NftPayloadBase } from "../../net/uapi/nft-expr.ts";
import type { Datatype } from "./datatype.ts";
import type { ProtoDesc, ProtoField } from "./proto.ts";
import { INTEGER } from "./types-base.ts";

/** A field: its offset and length in bits, a plain number when no type is given. */
export const field = (token: string, offset: number, len: number, dtype: Datatype = INTEGER, more: Partial<ProtoField> = {}): ProtoField =>
  ({ token, dtype, offset, len, byteorder: "big", metaKey: null, ...more });

type Next = ProtoDesc["next"][number];
export const next = (value: number, desc: () => ProtoDesc): Next => ({ value, desc });

interface Header extends Partial<ProtoDesc> { readonly name: string; readonly base: NftPayloadBase; readonly fields: readonly ProtoField[] }

export const header = (h: Header): ProtoDesc => ({ protocolField: null, next: [], lenBits: h.fields.reduce((end, f) => Math.max(end, f.offset + f.len), 0), checksumField: null, ...h });
