import type { NftPayloadBase } from "../../net/uapi/nft-expr.ts";
import type { Byteorder, Datatype } from "./datatype.ts";
import type { Stmt } from "./ast-stmt.ts";

/** One field of a header (proto_hdr_template). Offsets and lengths in bits. */
export interface ProtoField {
  readonly token: string;
  readonly dtype: Datatype;
  readonly offset: number;
  readonly len: number;
  readonly byteorder: Byteorder;
  /** Meta key that carries the same value, where listings prefer it (`ip protocol` → l4proto). */
  readonly metaKey: string | null;
  /** icmp id, sequence …: the icmp types that have this field (icmp_dep). */
  readonly icmpDep?: string;
}

/** A header (proto_desc): its fields, which one says what follows, and what may follow. */
export interface ProtoDesc {
  readonly name: string;
  readonly base: NftPayloadBase;
  readonly fields: readonly ProtoField[];
  /** The field that names the next header ("protocol", "nexthdr", "type"), null = none. */
  readonly protocolField: string | null;
  /** Next headers by value of that field. */
  readonly next: readonly { readonly value: number; readonly desc: () => ProtoDesc }[];
  /** Length of the header in bits when it is fixed, for headers of equal base one after the other (vlan after ether). */
  readonly lenBits: number;
  /** Field that holds its checksum, for packet writes. */
  readonly checksumField: string | null;
  readonly pseudo?: boolean;
}

/** What is known of a packet's headers while a rule is read or written, a base each (proto_ctx). */
export interface ProtoCtx {
  readonly family: string;
  readonly protocol: Record<NftPayloadBase, { desc: ProtoDesc | null; loc: import("./loc.ts").Loc | null; offset: number; /** Several at one base: ether then vlan. */ stack: ProtoDesc[] }>;
  /** The statement that made the base known, for dropping it from listings (payload_dep_ctx). */
  dependency: { stmt: Stmt | null; base: NftPayloadBase | null };
}
