import type { Expr } from "./ast.ts";
import type { ChainDecl, SetDecl } from "./ast-cmd.ts";
import type { Loc } from "./loc.ts";
import type { NftExpr, NftReg } from "../../net/uapi/nft-expr.ts";

/** Writing of one rule as VM instructions (netlink_linearize_ctx). */
export interface LinearCtx {
  readonly exprs: NftExpr[];
  /** Of each instruction, the piece of the command it came from: errors of the kernel point there. */
  readonly locs: Loc[];
  /** First free register, as a word; statements hand theirs back when they end. */
  free: number;
  loc: Loc;
  /** A chain in place (`jump { … }`): answers the id under which the batch knows it. */
  block(chain: ChainDecl): number;
  /** Anonymous sets are named by their id in the batch. */
  setId(set: SetDecl): number | undefined;
}

/** Words of one of the four 16-byte registers. */
export const REG_WORDS = 4;
const ALL_WORDS = 16;
/** Register of a verdict. */
export const VERDICT_REG = "verdict" as const;
export type Dreg = NftReg | typeof VERDICT_REG;

/** Whole words that so many bits fill. */
export const wordsOf = (bits: number): number => Math.ceil(bits / 32);

export function emit(ctx: LinearCtx, expr: NftExpr): void {
  ctx.exprs.push(expr);
  ctx.locs.push(ctx.loc);
}

/** One 16-byte register, or as many as a concatenation fills (get_register). */
export function takeReg(ctx: LinearCtx, e: Expr | null = null): NftReg {
  const bits = e !== null && e.kind === "concat" ? e.len : 128;
  const reg = ctx.free;
  ctx.free += Math.max(1, Math.ceil(bits / 128)) * REG_WORDS;
  if (ctx.free > ALL_WORDS) throw new Error("nft: a statement needs more registers than there are");
  return reg;
}

/** Registers taken inside are free again afterwards. */
export function withRegs<T>(ctx: LinearCtx, work: () => T): T {
  const before = ctx.free;
  const result = work();
  ctx.free = before;
  return result;
}
