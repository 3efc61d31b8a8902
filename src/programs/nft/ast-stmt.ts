import type { NftCompatInfo, NftObjType } from "../../net/uapi/nft-expr.ts";
import type { ChainDecl, SetDecl } from "./ast-cmd.ts";
import type { CtExpr, Expr, ExthdrExpr, MetaExpr, PayloadExpr } from "./ast.ts";
import type { Loc } from "./loc.ts";

/** Statements of a rule (struct stmt, nft(8) STATEMENTS). */
export type Stmt = { loc: Loc } & (
  | { kind: "expression"; expr: Expr }
  | { kind: "verdict"; expr: Expr }
  | { kind: "counter"; packets: number; bytes: number; /** `counter packets 1 bytes 2` was written out. */ given: boolean }
  | { kind: "last"; usedMs: number | null }
  | { kind: "limit"; of: "packets" | "bytes"; rate: number; /** 1, 60, 3600, 86400, 604800 */ unitSec: number; burst: number; burstGiven: boolean; over: boolean }
  | { kind: "quota"; bytes: number; used: number; over: boolean }
  | { kind: "connlimit"; count: number; over: boolean }
  | {
      kind: "log"; prefix: Expr | null; group: number | null; snaplen: number | null; qthreshold: number | null;
      /** 0 emerg … 7 debug, 8 audit */ level: number | null; flags: number;
    }
  | { kind: "payload"; expr: PayloadExpr; value: Expr }
  | { kind: "exthdr"; expr: ExthdrExpr; value: Expr }
  | { kind: "optstrip"; expr: ExthdrExpr }
  | { kind: "meta"; key: MetaExpr["key"]; value: Expr; /** For dtype of the key. */ expr: MetaExpr }
  | { kind: "ct"; key: CtExpr["key"]; dir: CtExpr["dir"]; value: Expr; expr: CtExpr }
  | { kind: "notrack" }
  | { kind: "reject"; type: "icmp" | "icmpv6" | "icmpx" | "tcp-reset" | null; code: Expr | null; /** As evaluated. */ icmpCode: number; family: "ip" | "ip6" | null; verbose: boolean }
  | {
      kind: "nat"; type: "snat" | "dnat" | "masquerade" | "redirect"; family: "ip" | "ip6" | null; addr: Expr | null; port: Expr | null;
      /** NF_NAT_RANGE_* bits */ flags: number; /** prefix/interval/concat map forms */ typeFlags: { interval?: boolean; prefix?: boolean; concat?: boolean };
    }
  | { kind: "tproxy"; family: "ip" | "ip6" | "inet" | null; addr: Expr | null; port: Expr | null }
  | { kind: "queue"; expr: Expr | null; flags: number }
  | { kind: "synproxy"; mss: number | null; wscale: number | null; flags: number }
  | { kind: "dup"; to: Expr | null; dev: Expr | null }
  | { kind: "fwd"; family: "ip" | "ip6" | null; addr: Expr | null; dev: Expr }
  | { kind: "objref"; type: NftObjType; expr: Expr }
  /** `add|update|delete @set { key stmts }` */
  | { kind: "set"; op: "add" | "update" | "delete"; set: Expr; key: Expr; stmts: Stmt[] }
  /** `add|update @map { key : data }` */
  | { kind: "map"; op: "add" | "update" | "delete"; set: Expr; key: Expr; data: Expr; stmts: Stmt[] }
  /** `meter name { key stmt }` */
  | { kind: "meter"; name: string; size: number | null; key: Expr; stmt: Stmt; set: SetDecl | null }
  | { kind: "flow_offload"; table: string }
  /** `jump { … }` */
  | { kind: "chain"; expr: Expr; chain: ChainDecl }
  | { kind: "xt"; what: "match" | "target"; name: string; rev: number; info: NftCompatInfo; /** Protocol of the rule's `-p`, listings only. */ proto?: number }
);
export type StmtKind = Stmt["kind"];
export type StmtOf<K extends StmtKind> = Extract<Stmt, { kind: K }>;
