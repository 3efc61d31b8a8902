import type { Expr } from "./ast.ts";
import { concatenation, operators, operatorsFrom, parenthesised } from "./parse-ops.ts";
import { keywordValue, primaryRhs, rhsExpr, simpleValue } from "./parse-rhs.ts";
import { selector } from "./parse-select.ts";
import { mapOf, readSetExpr } from "./parse-set-expr.ts";
import type { Parser } from "./parser.ts";

/** Left-hand sides and the values of statements. */

/** A field of a header, a key of meta, a word …: what operators work on. */
export function primaryExpr(p: Parser): Expr {
  if (p.at("'('")) return parenthesised(p, basicExpr);
  if (p.at("exists", "missing")) p.fail();
  return selector(p) ?? simpleValue(p) ?? p.fail();
}

export const basicExpr = (p: Parser): Expr => operators(p, primaryExpr, primaryRhs);
/** The same, its first operand read already. */
export const operatorsAfter = (p: Parser, first: Expr, start: number): Expr => operatorsFrom(p, first, start, primaryRhs);

/** `a . b`; `first` was read already. */
export const concatFrom = (p: Parser, first: Expr, start: number): Expr => concatenation(p, first, start, basicExpr);

export function concatExpr(p: Parser): Expr {
  const start = p.start();
  return concatFrom(p, basicExpr(p), start);
}

/** `expr map { … }` when `map` follows. */
export function mapFrom(p: Parser, expr: Expr, start: number): Expr {
  if (!p.accept("map")) return expr;
  const mappings = rhsExpr(p);
  return mapOf(expr, mappings, false, p.from(start));
}

/** Any left-hand side: fields side by side, a set, a map. */
export function lhsExpr(p: Parser): Expr {
  const start = p.start();
  return p.at("'{'") ? readSetExpr(p) : mapFrom(p, concatExpr(p), start);
}

/** One value of a statement. */
function primaryStmtExpr(p: Parser): Expr {
  if (p.at("'('")) return parenthesised(p, (q) => operators(q, primaryStmtExpr));
  // `ip` may be the header or the word; the token after it tells.
  return selector(p, true) ?? simpleValue(p) ?? keywordValue(p) ?? p.fail();
}

export const basicStmtExpr = (p: Parser): Expr => operators(p, primaryStmtExpr);
export { primaryStmtExpr };
