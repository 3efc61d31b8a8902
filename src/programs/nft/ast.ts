import type { CtDir, NftFamily, NftMetaKey, NftCtKey, NftPayloadBase } from "../../net/uapi/nft-expr.ts";
import type { Byteorder, Datatype } from "./datatype.ts";
import type { Loc } from "./loc.ts";
import type { ProtoDesc, ProtoField } from "./proto.ts";
import type { SetDecl } from "./ast-cmd.ts";
import type { Stmt } from "./ast-stmt.ts";

/**
 * Expressions of the nft language (struct expr in nftables, nft(8) EXPRESSIONS). The parser makes them with what it
 * knows, evaluation fills type, byte order and length and replaces nodes; listings make them from VM instructions.
 * Nodes are mutable and belong to one parent.
 */
interface Base {
  loc: Loc;
  dtype: Datatype;
  byteorder: Byteorder;
  /** Bits. 0 = not known yet. */
  len: number;
}

export type RelOp = "implicit" | "eq" | "neq" | "lt" | "lte" | "gt" | "gte" | "neg";
export type BinOp = "and" | "or" | "xor" | "lshift" | "rshift";

/** A word not yet understood: a value's name, `@set`. */
export interface SymbolExpr extends Base { kind: "symbol"; symtype: "value" | "set"; name: string }
/** `$name` */
export interface VariableExpr extends Base { kind: "variable"; name: string; /** The definition it names. */ value: Expr }
/** A number of `len` bits, most significant bit first whatever the byte order. */
export interface ValueExpr extends Base { kind: "value"; value: bigint }
export interface VerdictExpr extends Base {
  kind: "verdict"; code: "accept" | "drop" | "continue" | "return" | "jump" | "goto" | "queue" | "break"; chain: Expr | null; chainId: number | null;
  /** `jump { … }` listed in place. */
  block: readonly Stmt[][] | null;
}
export interface PrefixExpr extends Base { kind: "prefix"; expr: Expr; prefixLen: number }
export interface RangeExpr extends Base { kind: "range"; left: Expr; right: Expr }
export interface UnaryExpr extends Base { kind: "unary"; op: "ntoh" | "hton"; arg: Expr }
export interface BinopExpr extends Base { kind: "binop"; op: BinOp; left: Expr; right: Expr }
export interface RelationalExpr extends Base { kind: "relational"; op: RelOp; left: Expr; right: Expr }
/** `a & b == c` printed as flags (`tcp flags syn / syn,ack`). */
export interface FlagcmpExpr extends Base { kind: "flagcmp"; op: RelOp; expr: Expr; mask: Expr; value: Expr }
export interface ConcatExpr extends Base { kind: "concat"; exprs: Expr[] }
/** `a, b` */
export interface ListExpr extends Base { kind: "list"; exprs: Expr[] }
/** `{ a, b }` */
export interface SetExpr extends Base { kind: "set"; exprs: Expr[]; interval: boolean; map: boolean; object: boolean; concat: boolean; eval: boolean; auto: boolean;
  /** Interval sets, after evaluation: elements of the kernel that go before these are added (auto-merge). */
  purge?: Expr[];
}
export interface SetRefExpr extends Base { kind: "set_ref"; set: SetDecl }
export interface SetElemExpr extends Base {
  kind: "set_elem"; key: Expr; timeoutMs: number | null; expiresMs: number | null; comment: string | null; stmts: Stmt[]; intervalEnd: boolean; intervalOpen: boolean;
}
/** `*` */
export interface CatchallExpr extends Base { kind: "catchall" }
/** `key : data` */
export interface MappingExpr extends Base { kind: "mapping"; left: Expr; right: Expr }
/** `selector map { … }`, `selector vmap @m` */
export interface MapExpr extends Base { kind: "map"; map: Expr; mappings: Expr; verdict: boolean }
export interface PayloadExpr extends Base {
  kind: "payload"; base: NftPayloadBase; /** Bits from the base. */ offset: number; desc: ProtoDesc | null; field: ProtoField | null;
  /** `@nh,8,16` */
  raw: boolean;
  /** Listing: seen as part of a larger load. */
  implicit: boolean;
}
export interface ExthdrExpr extends Base {
  kind: "exthdr"; hdr: "ipv6" | "tcpopt" | "ipv4opt" | "sctp"; name: string; field: string | null; type: number; /** Bits. */ offset: number; present: boolean; raw: boolean;
  protoField: ProtoField | null;
}
export interface MetaExpr extends Base { kind: "meta"; key: NftMetaKey }
export interface CtExpr extends Base { kind: "ct"; key: NftCtKey; dir: CtDir | null; nfproto: "ip" | "ip6" | null }
export interface RtExpr extends Base { kind: "rt"; key: string; invalidFamily: boolean }
export interface SocketExpr extends Base { kind: "socket"; key: "transparent" | "mark" | "wildcard" | "cgroupv2"; level: number | null }
export interface OsfExpr extends Base { kind: "osf"; ttl: number; flags: number }
export interface FibExpr extends Base { kind: "fib"; result: "oif" | "oifname" | "type"; flags: readonly string[]; present: boolean }
export interface XfrmExpr extends Base { kind: "xfrm"; dir: "in" | "out"; key: string; spnum: number }
export interface NumgenExpr extends Base { kind: "numgen"; type: "inc" | "random"; mod: number; offset: number }
export interface HashExpr extends Base { kind: "hash"; type: "jenkins" | "sym"; expr: Expr | null; mod: number; seed: number | null; offset: number }
export interface TunnelExpr extends Base { kind: "tunnel"; key: "path" | "id" }

export type Expr =
  | SymbolExpr | VariableExpr | ValueExpr | VerdictExpr | PrefixExpr | RangeExpr | UnaryExpr | BinopExpr | RelationalExpr | FlagcmpExpr
  | ConcatExpr | ListExpr | SetExpr | SetRefExpr | SetElemExpr | CatchallExpr | MappingExpr | MapExpr | PayloadExpr | ExthdrExpr | MetaExpr
  | CtExpr | RtExpr | SocketExpr | OsfExpr | FibExpr | XfrmExpr | NumgenExpr | HashExpr | TunnelExpr;
export type ExprKind = Expr["kind"];
export type { NftFamily };
