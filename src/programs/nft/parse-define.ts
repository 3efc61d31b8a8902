import type { Expr } from "./ast.ts";
import { listOf, valueOf } from "./nodes.ts";
import { identifier } from "./parse-handle.ts";
import { basicRhs, concatRhsFrom, setReference } from "./parse-rhs.ts";
import { separator } from "./parse-rule.ts";
import { setExprFrom, setOf } from "./parse-set-expr.ts";
import type { Parser } from "./parser.ts";
import { HOST_INTEGER } from "./types-base.ts";

/** Lines that may stand in every block: `define`, `redefine`, `undefine`, `include`. */

/** Takes such a line. False = another one is next. */
export function commonLine(p: Parser): boolean {
  if (p.at("include")) include(p);
  else if (p.at("define", "redefine")) define(p);
  else if (p.at("undefine")) undefine(p);
  else return false;
  return true;
}

function include(p: Parser): void {
  const start = p.start();
  p.next();
  const { text } = p.expect("quoted string");
  separator(p);
  const loc = p.from(start);
  const found = p.env.include(text, loc);
  if (typeof found === "string") p.error(found, loc);
  p.include(found, loc);
}

function define(p: Parser): void {
  const again = p.next().kind === "redefine";
  const { name, loc } = identifier(p);
  p.expect("'='");
  const value = initializer(p);
  separator(p);
  if (!again && p.symbols.get(name) !== null) p.error(`redefinition of symbol '${name}'`, loc);
  p.symbols.set(name, value);
}

function undefine(p: Parser): void {
  p.next();
  const { name, loc } = identifier(p);
  separator(p);
  if (!p.symbols.delete(name)) p.error(`undefined symbol '${name}'`, loc);
}

/** What a name may stand for: a value, a list of values, a set, an empty set, a negative number. */
function initializer(p: Parser): Expr {
  if (p.at("'{'")) return setOrEmpty(p);
  if (p.at("@")) return setReference(p);
  return p.at("-") ? negative(p) : valuesOf(p);
}

function valuesOf(p: Parser): Expr {
  const start = p.start();
  const first = basicRhs(p);
  if (!p.at("comma")) return concatRhsFrom(p, first, start);
  const exprs = [first];
  while (p.accept("comma")) exprs.push(basicRhs(p));
  return listOf(exprs, p.from(start));
}

function setOrEmpty(p: Parser): Expr {
  const start = p.start();
  p.next();
  return p.accept("'}'") ? setOf([], p.from(start)) : setExprFrom(p, start);
}

function negative(p: Parser): Expr {
  const start = p.start();
  p.next();
  const { value } = p.expect("number");
  return valueOf(HOST_INTEGER, -value, p.from(start), 32);
}
