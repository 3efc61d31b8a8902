import type { Expr, PrefixExpr } from "./ast.ts";
import { listOf, rangeOf } from "./nodes.ts";
import { basicStmtExpr, primaryStmtExpr } from "./parse-expr.ts";
import { concatenation } from "./parse-ops.ts";
import { keywordValue, setRefExpr, STRINGS, variable } from "./parse-rhs.ts";
import { mapOf, readSetExpr } from "./parse-set-expr.ts";
import type { Parser } from "./parser.ts";
import { symbolOf } from "./nodes.ts";
import { INVALID } from "./types-base.ts";

/** The value that a statement writes or uses: `dnat to VALUE`, `meta mark set VALUE`. */
export function stmtExpr(p: Parser): Expr {
  const start = p.start();
  const first = basicStmtExpr(p);
  if (p.at("-")) return range(p, first, start);
  if (p.at("/")) return prefix(p, first, start);
  if (p.at("comma") && (first.kind === "symbol" || first.kind === "variable") && !isNumber(first)) return list(p, first, start);
  return map(p, concat(p, first, start), start);
}

/** `1, 2` is no list: only names are listed. */
const isNumber = (expr: Expr): boolean => expr.kind === "symbol" && /^\d+$/.test(expr.name) && /^\d/.test(expr.loc.input.text.charAt(expr.loc.start));

function range(p: Parser, left: Expr, start: number): Expr {
  p.next();
  const right = basicStmtExpr(p);
  return rangeOf(left, right, p.from(start));
}

function prefix(p: Parser, expr: Expr, start: number): PrefixExpr {
  p.next();
  const prefixLen = Number(p.expect("number").value);
  return { kind: "prefix", loc: p.from(start), dtype: INVALID, byteorder: "invalid", len: 0, expr, prefixLen };
}

function list(p: Parser, first: Expr, start: number): Expr {
  const exprs = [first];
  while (p.accept("comma")) exprs.push(listMember(p));
  return listOf(exprs, p.from(start));
}

function listMember(p: Parser): Expr {
  if (p.at("'$'")) return variable(p);
  if (!p.at(...STRINGS)) return keywordValue(p) ?? p.fail();
  const { text, loc } = p.next();
  return symbolOf(text, loc);
}

const concat = (p: Parser, first: Expr, start: number): Expr => concatenation(p, first, start, primaryStmtExpr);

function map(p: Parser, expr: Expr, start: number): Expr {
  if (!p.accept("map")) return expr;
  const mappings = p.at("'{'") ? readSetExpr(p) : p.at("@", "'$'") ? setRefExpr(p) : p.fail("@", "'{'", "'$'");
  return mapOf(expr, mappings, false, p.from(start));
}
