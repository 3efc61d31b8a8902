import type { NftElem, NftObjType } from "../../net/uapi/nft.ts";
import type { NftFamily } from "../../net/uapi/nft-expr.ts";
import type { Sys } from "../../os/sys.ts";
import type { ChainDecl, FlowtableDecl, ObjDecl, RuleDecl, SetDecl } from "./ast-cmd.ts";
import type { PrintFlags, TypeEnv } from "./datatype.ts";
import type { Diag } from "./loc.ts";

/*
 * The rooms of `nft`, in the order a command passes them:
 *
 *   nft.ts        options, command line, -f, -i
 *   lexer.ts      words
 *   parse-*.ts    parse(input, env) → { cmds: Cmd[], diags: Diag[] }
 *   cache.ts      loadCache(sys, what) → NftCache
 *   eval-*.ts     evaluateCmd(ctx, cmd) → boolean (diags in ctx)
 *   intervals.ts  merging, overlaps, elements of interval sets
 *   types-*.ts, proto-*.ts, meta/ct/fib tables
 *   linear-*.ts   linearizeCmds(ctx, cmds) → { msgs, places }
 *   batch.ts      run(ctx, cmds) → errors with carets
 *   delinear-*.ts ruleOf(ctx, row) → RuleDecl, setOf(row) → SetDecl
 *   print-*.ts    printing of decls, statements, expressions
 *   json-*.ts     -j
 *   monitor.ts    monitor, monitor trace
 */

/** What one table holds, read from the kernel and read back into the language. */
export interface CachedTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly handle: number;
  readonly dormant: boolean;
  readonly comment: string | null;
  readonly chains: Map<string, ChainDecl>;
  readonly sets: Map<string, SetDecl>;
  /** Elements as the kernel sent them, a set each, where they were asked for. */
  readonly elems: Map<string, readonly NftElem[]>;
  /** Sets that had elements in the kernel when it was read. */
  readonly filled?: ReadonlySet<string>;
  readonly objs: Map<string, ObjDecl>;
  readonly flowtables: Map<string, FlowtableDecl>;
  /** Rules a chain, in order; empty where they were not asked for. */
  readonly rules: Map<string, RuleDecl[]>;
}

/** In the kernel's order. Names of objects are unique by type: keys of `objs` are `type name`. */
export interface NftCache {
  readonly genid: number;
  readonly tables: CachedTable[];
  /** A command of this run puts a rule next to another: rules are then placed here first (NFT_CACHE_UPDATE). */
  readonly places?: boolean;
  table(family: NftFamily, name: string): CachedTable | null;
}

export const objKey = (type: NftObjType, name: string): string => `${type} ${name}`;

/** One run of `nft`. */
export interface NftContext {
  readonly sys: Sys;
  readonly flags: PrintFlags;
  readonly types: TypeEnv;
  readonly diags: Diag[];
  cache: NftCache;
  /** -c */
  readonly check: boolean;
  /** -o */
  readonly optimize: boolean;
  /** --debug=netlink … */
  readonly debug: ReadonlySet<string>;
}
