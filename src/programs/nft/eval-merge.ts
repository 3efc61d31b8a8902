import type { PayloadExpr, RelationalExpr, ValueExpr } from "./ast.ts";
import type { RuleDecl } from "./ast-cmd.ts";
import type { Stmt } from "./ast-stmt.ts";
import { constantOf } from "./eval-ctx.ts";
import { namesProtocol } from "./proto-ctx.ts";
import { rawPayloadOf } from "./nodes-keys.ts";
import type { NftFamily } from "../../net/uapi/nft-expr.ts";

/*
 * What nft leaves out of a rule once it is whole: comparisons of neighbouring fields become one load and one compare
 * (payload_try_merge), and `meta protocol ip` in an ip table says nothing.
 */

interface Match { readonly stmt: Stmt; readonly rel: RelationalExpr; readonly left: PayloadExpr; readonly right: ValueExpr }

function matchOf(stmt: Stmt): Match | null {
  if (stmt.kind !== "expression" || stmt.expr.kind !== "relational") return null;
  const { left, right, op } = stmt.expr;
  if (left.kind !== "payload" || right.kind !== "value") return null;
  return op === "eq" || op === "implicit" || op === "neq" ? { stmt, rel: stmt.expr, left, right } : null;
}

export function mergePayloads(rule: RuleDecl): void {
  let run: Match[] = [];
  for (const stmt of [...rule.stmts]) {
    const match = matchOf(stmt);
    if (match !== null) run.push(match);
    // As in nft, a lonely match before another kind of statement stays a candidate for those after it.
    else if (stmt.kind !== "expression" && run.length > 1) {
      mergeRun(rule, run);
      run = [];
    }
  }
  if (run.length > 1) mergeRun(rule, run);
}

function mergeRun(rule: RuleDecl, run: readonly Match[]): void {
  const sorted = [...run].sort((a, b) => a.left.offset - b.left.offset);
  let last = sorted[0];
  for (const match of sorted.slice(1)) {
    if (last === undefined || !mergeable(last, match)) {
      last = match;
      continue;
    }
    const both = joined(last, match);
    rule.stmts.splice(rule.stmts.indexOf(both.stmt === match.stmt ? last.stmt : match.stmt), 1);
    last = both;
  }
}

const isNegated = (m: Match): boolean => m.rel.op === "neq";
/** Loads of one word or less are fast in the kernel, except from the link header; two of them are not made one slow one. */
const isFast = (e: PayloadExpr): boolean => e.base !== "ll" && (e.len === 8 || e.len === 16 || e.len === 32);
const MAX_BITS = 128;

function mergeable(a: Match, b: Match): boolean {
  const [x, y] = [a.left, b.left];
  if (x.base !== y.base || x.offset + x.len !== y.offset || isNegated(a) !== isNegated(b)) return false;
  if (x.offset % 8 !== 0 || x.len % 8 !== 0 || y.len % 8 !== 0) return false;
  const total = x.len + y.len;
  return total <= MAX_BITS && (total <= 32 || !(isFast(x) && isFast(y)));
}

function joined(a: Match, b: Match): Match {
  const len = a.left.len + b.left.len;
  const left = rawPayloadOf(a.left.loc, a.left.base, a.left.offset, len);
  const right = constantOf(a.right.loc, left.dtype, "big", len, (a.right.value << BigInt(b.left.len)) | b.right.value);
  // A comparison that names the next header stays where it is, for what comes after it.
  const kept = namesProtocol(b.left) ? b : a;
  kept.rel.left = left;
  kept.rel.right = right;
  return { stmt: kept.stmt, rel: kept.rel, left, right };
}

const OWN_PROTOCOL: Partial<Record<NftFamily, bigint>> = { ip: 0x0800n, ip6: 0x86ddn };

/** Is it `meta protocol` of the table's own family? */
function saysOwn(stmt: Stmt, own: bigint): boolean {
  if (stmt.kind !== "expression" || stmt.expr.kind !== "relational") return false;
  const { left, right, op } = stmt.expr;
  if (left.kind !== "meta" || left.key !== "protocol" || (op !== "eq" && op !== "implicit")) return false;
  if (right.kind === "value") return right.value === own;
  const init = right.kind === "set_ref" && right.set.anonymous ? right.set.init : null;
  const only = init?.kind === "set" && init.exprs.length === 1 ? init.exprs[0] : undefined;
  return only?.kind === "set_elem" && only.key.kind === "value" && only.key.value === own;
}

/** Does it look into the headers above? */
function needsNetwork(stmt: Stmt): boolean {
  if (stmt.kind !== "expression" || stmt.expr.kind !== "relational") return false;
  let { left } = stmt.expr;
  while (left.kind === "binop" || left.kind === "unary") left = left.kind === "binop" ? left.left : left.arg;
  return (left.kind === "payload" && left.base !== "ll") || (left.kind === "meta" && left.key === "l4proto");
}

export function dropOwnProtocol(rule: RuleDecl, family: NftFamily): void {
  const own = OWN_PROTOCOL[family];
  if (own === undefined) return;
  rule.stmts = rule.stmts.filter((stmt, i) => !(saysOwn(stmt, own) && rule.stmts.slice(i + 1).some(needsNetwork)));
}
