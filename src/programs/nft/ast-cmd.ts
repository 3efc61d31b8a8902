import type { NftFlowtableRow, NftObjSpec } from "../../net/uapi/nft.ts";
import type { NftFamily, NftObjType } from "../../net/uapi/nft-expr.ts";
import type { Expr } from "./ast.ts";
import type { Stmt } from "./ast-stmt.ts";
import type { Datatype } from "./datatype.ts";
import type { Loc } from "./loc.ts";

/** A name as typed, with its place for carets. */
export interface Named { readonly name: string; readonly loc: Loc }

/** Which object a command speaks of (struct handle). */
export interface Handle {
  family: NftFamily;
  /** Where the family was written, null = it is the default. */
  familyLoc: Loc | null;
  table: Named | null;
  chain: Named | null;
  set: Named | null;
  obj: Named | null;
  flowtable: Named | null;
  /** `handle 5` */
  handle: { readonly id: number; readonly loc: Loc } | null;
  /** `position 5`: a rule's handle. */
  position: { readonly id: number; readonly loc: Loc } | null;
  /** `index 0`, counted from 0; resolved to a position by the cache. */
  index: { readonly id: number; readonly loc: Loc } | null;
}

export interface TableDecl {
  loc: Loc; handle: Handle; dormant: boolean; owner: boolean; comment: string | null;
  /** Contents of a block, in the order written. */
  chains: ChainDecl[]; sets: SetDecl[]; objs: ObjDecl[]; flowtables: FlowtableDecl[];
}

/** `priority filter + 10`: evaluated to a number by family and hook. Until then `expr` is a number, a name or a variable, and `num` what is added to a name. */
export interface PrioSpec { loc: Loc; expr: Expr; num: number }

export interface ChainDecl {
  loc: Loc; handle: Handle; comment: string | null;
  /** Absent = not a base chain. */
  base: null | {
    type: Named; hook: Named; /** After evaluation. */ hooknum: string | null; priority: PrioSpec; dev: Expr | null; devices: string[];
    policy: Expr | null; policyValue: "accept" | "drop" | null;
  };
  binding: boolean;
  rules: RuleDecl[];
  /** The policy as written, with or without a hook (a base chain that exists gets it). */
  policy?: Expr | null;
  /** `flags offload` */
  offload?: boolean;
}

export interface RuleDecl { loc: Loc; handle: Handle; comment: string | null; stmts: Stmt[]; /** Listing. */ id: number }

export interface SetDecl {
  loc: Loc; handle: Handle; comment: string | null;
  /** "set" or "map"; meters are sets with eval. */
  isMap: boolean;
  anonymous: boolean;
  /** `type` or `typeof` of the key; after evaluation its full type, with `len` bits. */
  key: Expr | null;
  keyTypeofGiven: boolean;
  data: Expr | null;
  dataTypeofGiven: boolean;
  /** `type … : interval ipv4_addr`: data are ranges. */
  dataInterval?: boolean;
  objType: NftObjType | null;
  keyType: Datatype | null;
  flags: { constant: boolean; interval: boolean; timeout: boolean; eval: boolean; autoMerge: boolean; concat: boolean; object: boolean; map: boolean };
  timeoutMs: number | null;
  gcMs: number | null;
  size: number | null;
  policy: "performance" | "memory" | null;
  stmts: Stmt[];
  /** `elements = { … }`: a set expression, or a variable. */
  init: Expr | null;
  /** Bits of each field of a concatenation. */
  fieldLens: readonly number[];
  /** Transaction id of an anonymous set. */
  id: number;
  automergeLoc: Loc | null;
}

export interface ObjDecl { loc: Loc; handle: Handle; comment: string | null; type: NftObjType; spec: NftObjSpec; /** Before evaluation: `policy = { established : 100s }` … */ policyExpr: Expr | null }
export interface FlowtableDecl { loc: Loc; handle: Handle; hook: Named | null; priority: PrioSpec | null; dev: Expr | null; devices: string[]; offload: boolean; counter: boolean; row: NftFlowtableRow | null }

export type CmdOp = "add" | "create" | "insert" | "replace" | "delete" | "destroy" | "get" | "list" | "flush" | "reset" | "rename" | "monitor" | "describe" | "import" | "export";
export type CmdObj =
  | "table" | "tables" | "chain" | "chains" | "rule" | "rules" | "set" | "sets" | "map" | "maps" | "meter" | "meters" | "element" | "ruleset"
  | "counter" | "counters" | "quota" | "quotas" | "limit" | "limits" | "ct helper" | "ct helpers" | "ct timeout" | "ct timeouts" | "ct expectation"
  | "ct expectations" | "secmark" | "secmarks" | "synproxy" | "synproxys" | "flowtable" | "flowtables" | "hooks" | "monitor" | "expr";

/** One command as typed. What it carries depends on `obj`. */
export interface Cmd {
  op: CmdOp;
  obj: CmdObj;
  loc: Loc;
  handle: Handle;
  table: TableDecl | null;
  chain: ChainDecl | null;
  rule: RuleDecl | null;
  set: SetDecl | null;
  /** Elements, `describe`'s expression. */
  expr: Expr | null;
  object: ObjDecl | null;
  flowtable: FlowtableDecl | null;
  /** New name; device of `list hooks`. */
  arg: Named | null;
  /** `monitor new rules`: which events and objects; "trace". */
  monitor: { readonly event: "new" | "destroy" | null; readonly what: string | null; readonly trace: boolean; readonly format: "default" | "json" | "xml" } | null;
}
