import type { NftExpr, NftFamily, NftReg } from "../../net/uapi/nft.ts";
import type { ConcatExpr, Expr } from "./ast.ts";
import type { ChainDecl, SetDecl } from "./ast-cmd.ts";
import type { Stmt } from "./ast-stmt.ts";
import { cloneExpr } from "./clone.ts";
import { parseAction } from "./delinear-action.ts";
import { parseLoad } from "./delinear-load.ts";
import { parseMatch } from "./delinear-match.ts";
import { parseNatLike } from "./delinear-nat.ts";
import { wordsIn } from "./delinear-nodes.ts";
import { concatOf, noLoc } from "./nodes.ts";

/** What reading a rule back needs to look up in its table. */
export interface ReadBack {
  readonly family: NftFamily;
  /** With its elements, where it is anonymous. */
  set(name: string): SetDecl | null;
  /** A chain that belongs to one rule (`jump { … }`). */
  block(name: string): ChainDecl | null;
}

/** Reading one rule: what the registers hold by now, and the statements so far (netlink_parse_ctx). */
export interface Parse {
  readonly from: ReadBack;
  readonly regs: Map<NftReg, Expr>;
  readonly stmts: Stmt[];
}

/** First pass: instructions to statements over what their registers held (netlink_parse_rule). */
export function parseExprs(exprs: readonly NftExpr[], from: ReadBack): Stmt[] {
  const parse: Parse = { from, regs: new Map(), stmts: [] };
  for (const e of exprs) parseOne(parse, e);
  return parse.stmts;
}

/** One instruction. A load fills its register, a match or an action becomes a statement. */
export function parseOne(parse: Parse, e: NftExpr): void {
  const loaded = parseLoad(parse, e);
  if (loaded !== null) {
    if ("dreg" in e && typeof e.dreg === "number") parse.regs.set(e.dreg, loaded);
    return;
  }
  const stmt = parseMatch(parse, e) ?? parseNatLike(parse, e) ?? parseAction(parse, e);
  if (stmt !== null) parse.stmts.push(stmt);
}

/** A copy of what the register holds; null = nothing was loaded (the rule is not nft's work). */
export function register(parse: Parse, reg: NftReg | undefined): Expr | null {
  const held = reg === undefined ? undefined : parse.regs.get(reg);
  return held === undefined ? null : cloneExpr(held);
}

/** Like {@link register}; registers side by side up to `bits` make a concatenation (netlink_parse_concat_expr). */
export function registers(parse: Parse, reg: NftReg | undefined, bits: number): Expr | null {
  const first = register(parse, reg);
  if (first === null || reg === undefined || first.len === 0 || wordsIn(first.len) * 32 >= bits) return first;
  return concatAt(parse, reg, bits);
}

function concatAt(parse: Parse, start: NftReg, bits: number): ConcatExpr | null {
  const fields: Expr[] = [];
  for (let reg = start, left = bits; left > 0;) {
    const field = register(parse, reg);
    if (field === null) return null;
    fields.push(field);
    const words = Math.max(1, wordsIn(field.len));
    reg += words;
    left -= words * 32;
  }
  return concatOf(fields, noLoc);
}

