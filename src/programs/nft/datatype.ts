import type { Expr, ValueExpr } from "./ast.ts";
import type { Loc } from "./loc.ts";

/** "big" = network order, as most packet fields; "host" = as the machine counts (meta, ct). */
export type Byteorder = "big" | "host" | "invalid";

/** Names of values (symbol_table): `tcp`, `new`, `echo-request`. */
export interface SymbolTable {
  readonly base: "dec" | "hex";
  readonly symbols: readonly (readonly [name: string, value: bigint])[];
  /** Values are bits: `a,b` and `a | b` combine them. */
}

/** What parsing a word as a value gave: expressions, or the text of the error. */
export type Parsed = { readonly expr: Expr } | { readonly error: string };

/** How values are printed: the output flags of `nft`. */
export interface PrintFlags {
  /** -n, -nn …: numeric everything; -y priority, -p protocol, -t time numbers, -u uid, -N names of addresses, -S services. */
  readonly reverseDns: boolean;
  readonly service: boolean;
  readonly stateless: boolean;
  readonly handle: boolean;
  readonly guid: boolean;
  readonly numericProto: boolean;
  readonly numericPrio: boolean;
  readonly numericSymbol: boolean;
  readonly numericTime: boolean;
  readonly terse: boolean;
  readonly echo: boolean;
  readonly json: boolean;
}

/**
 * A type of values (struct datatype). `id` is what the kernel keeps with a set (TYPE_* in nftables' datatype.h);
 * a concatenation has its fields' ids, six bits each.
 */
export interface Datatype {
  readonly id: number;
  readonly name: string;
  /** In errors: "IPv4 address", "internet network service". */
  readonly desc: string;
  readonly byteorder: Byteorder;
  /** Bits; 0 = not fixed. */
  readonly size: number;
  readonly basetype: Datatype | null;
  readonly symbols: SymbolTable | null;
  /** An implicit `value/value` after OR means prefix (DTYPE_F_PREFIX: addresses). */
  readonly prefix: boolean;
  /** Numbers are printed in hexadecimal with at least so many digits; absent: as the base type (integer: decimal). */
  readonly hexDigits?: number;
  /** Fields of a concatenation. */
  readonly subtypes: readonly Datatype[] | null;
  /** The word as a value of this type; absent: try symbols, then the base type. */
  parse?(text: string, loc: Loc, env: TypeEnv): Parsed;
  /** The value as nft prints it; absent: symbols, then the base type. */
  print?(value: ValueExpr, flags: PrintFlags, env: TypeEnv): string;
}

/** What types may ask of the machine: /etc/protocols-like tables are ours, device indexes the kernel's. */
export interface TypeEnv {
  ifindexOf(name: string): number | null;
  ifnameOf(index: number): string | null;
  /** Seconds east of UTC of the machine's time zone (the lab: 0). */
  readonly gmtOffsetSec: number;
  /** User and group names of /etc/passwd and /etc/group. */
  uidOf(name: string): number | null;
  gidOf(name: string): number | null;
  userOf(uid: number): string | null;
  groupOf(gid: number): string | null;
  /** Addresses that are known for a name. */
  hostsOf?(name: string): readonly string[];
  /** A name server said that there is no such name. */
  isNoHost?(name: string): boolean;
}
