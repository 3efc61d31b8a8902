import type { Expr, PrefixExpr, RelOp, SymbolExpr } from "./ast.ts";
import type { Scope } from "./keywords.ts";
import type { Loc } from "./loc.ts";
import { listOf, rangeOf, symbolOf, valueOf } from "./nodes.ts";
import { concatenation, OPERATORS, operators, operatorsFrom, parenthesised } from "./parse-ops.ts";
import { identifier } from "./parse-handle.ts";
import { readSetExpr } from "./parse-set-expr.ts";
import type { Parser } from "./parser.ts";
import { similar } from "./similar.ts";
import { INVALID } from "./types-base.ts";
import { BOOLEAN } from "./types-meta.ts";

/** Right-hand sides: values, ranges, prefixes, lists, sets. */

/** Tokens that are strings: a word, a quoted text, a word with `*`. */
export const STRINGS: readonly string[] = ["string", "quoted string", "string with a trailing asterisk"];

/** A string of any spelling. */
export function readString(p: Parser): { readonly text: string; readonly loc: Loc } {
  if (!p.at(...STRINGS)) p.fail(...STRINGS);
  return p.next();
}

/** `$name`: what it was defined as. */
export function variable(p: Parser): Expr {
  const start = p.start();
  p.expect("'$'");
  const { name, loc } = identifier(p);
  const value = p.symbols.get(name);
  if (value !== null) return { kind: "variable", loc: p.from(start), dtype: value.dtype, byteorder: value.byteorder, len: value.len, name, value };
  const guess = similar(name, p.symbols.names());
  return p.error(guess === null ? `unknown identifier '${name}'` : `unknown identifier '${name}'; did you mean identifier ‘${guess}’?`, loc);
}

/** `@name` */
export function setReference(p: Parser): SymbolExpr {
  const start = p.start();
  p.expect("@");
  const { name } = identifier(p);
  p.close("at");
  return symbolOf(name, p.from(start), "set");
}

/** `@name` or `$name` */
export const setRefExpr = (p: Parser): Expr => (p.at("'$'") ? variable(p) : p.at("@") ? setReference(p) : p.fail("@", "'$'"));

/** Keywords that are also names of values: protocols, states. With the scope they open. */
const KEYWORD_VALUES: ReadonlyMap<string, Scope | null> = new Map<string, Scope | null>([
  ["ether", "eth"], ["ip", "ip"], ["ip6", "ip6"], ["vlan", "vlan"], ["arp", "arp"], ["dnat", "nat"], ["snat", "nat"], ["ecn", null], ["reset", "reset"],
  ["original", null], ["reply", null], ["label", null],
]);
const PROTOCOL_VALUES: ReadonlyMap<string, Scope | null> = new Map<string, Scope | null>([
  ["tcp", "tcp"], ["udp", "udp"], ["udplite", "udplite"], ["esp", "esp"], ["ah", "ah"], ["icmp", "icmp"], ["igmp", "igmp"], ["icmpv6", "icmp"],
  ["comp", "comp"], ["dccp", "dccp"], ["sctp", "sctp"], ["redirect", "nat"],
]);

function wordValue(p: Parser, table: ReadonlyMap<string, Scope | null>): Expr | null {
  const scope = table.get(p.kind);
  if (scope === undefined) return null;
  const { kind, loc } = p.next();
  if (scope !== null) p.close(scope);
  return symbolOf(kind, loc);
}

export const keywordValue = (p: Parser): Expr | null => wordValue(p, KEYWORD_VALUES);

/** A word, number, `$name`, `exists`; null = none of them is next. */
export function simpleValue(p: Parser): Expr | null {
  if (p.at("'$'")) return variable(p);
  if (p.at(...STRINGS)) {
    const { text, loc } = p.next();
    return symbolOf(text, loc);
  }
  if (p.at("number")) {
    const { value, loc } = p.next();
    return symbolOf(value.toString(), loc);
  }
  return booleanValue(p);
}

function booleanValue(p: Parser): Expr | null {
  const word = p.accept("exists", "missing");
  return word ? valueOf(BOOLEAN, word.kind === "exists" ? 1 : 0, word.loc, 8) : null;
}

/** Can a value begin here? */
export const startsRhs = (p: Parser): boolean =>
  p.at(...STRINGS, "number", "'$'", "'('", "exists", "missing") || KEYWORD_VALUES.has(p.kind) || PROTOCOL_VALUES.has(p.kind);

/** One value of a right-hand side. */
export function primaryRhs(p: Parser): Expr {
  if (p.at("'('")) return parenthesised(p, basicRhs);
  return simpleValue(p) ?? keywordValue(p) ?? wordValue(p, PROTOCOL_VALUES) ?? p.fail();
}

export const basicRhs = (p: Parser): Expr => operators(p, primaryRhs);

const prefixOf = (expr: Expr, prefixLen: number, loc: Loc): PrefixExpr => ({ kind: "prefix", loc, dtype: INVALID, byteorder: "invalid", len: 0, expr, prefixLen });

/** A value, `a-b` or `a/24`. */
export function multitonRhs(p: Parser): Expr {
  const start = p.start();
  return multitonFrom(p, basicRhs(p), start);
}

function multitonFrom(p: Parser, left: Expr, start: number): Expr {
  if (p.accept("-")) {
    const right = basicRhs(p);
    return rangeOf(left, right, p.from(start));
  }
  if (!p.accept("/")) return left;
  const { value } = p.expect("number");
  return prefixOf(left, Number(value), p.from(start));
}

/** `a . b . c`, each a value, range or prefix. */
export function concatRhs(p: Parser): Expr {
  const start = p.start();
  return concatFrom(p, multitonRhs(p), start);
}

const concatFrom = (p: Parser, first: Expr, start: number): Expr => concatenation(p, first, start, multitonRhs);

/** A right-hand side whose first value was read. */
export const concatRhsFrom = (p: Parser, first: Expr, start: number): Expr => concatFrom(p, multitonFrom(p, first, start), start);

/** `a, b, c` of values, when a comma follows the first. */
function listFrom(p: Parser, first: Expr, start: number): Expr {
  if (!p.at("comma")) return first;
  const exprs = [first];
  while (p.accept("comma")) exprs.push(basicRhs(p));
  return listOf(exprs, p.from(start));
}

const REL_OPS: Readonly<Record<string, RelOp>> = { "==": "eq", "!=": "neq", "<": "lt", ">": "gt", "<=": "lte", ">=": "gte", "!": "neg" };

/** `left == right`, `left right`, `left syn / syn,ack`: the rest of a match after `left`. */
export function relational(p: Parser, left: Expr, start: number): Expr {
  const written = REL_OPS[p.kind];
  if (written !== undefined) p.next();
  const op = written ?? "implicit";
  const base = { dtype: INVALID, byteorder: "invalid", len: 0 } as const;
  const right = matchValue(p);
  if (right.mask === null) return { ...base, kind: "relational", loc: p.from(start), op, left, right: right.value };
  return { ...base, kind: "flagcmp", loc: p.from(start), op: op === "implicit" ? "eq" : op, expr: left, mask: right.mask, value: right.value };
}

function matchValue(p: Parser): { readonly value: Expr; readonly mask: Expr | null } {
  if (p.at("'{'")) return { value: readSetExpr(p), mask: null };
  if (p.at("@")) return { value: setReference(p), mask: null };
  const start = p.start();
  const first = basicRhs(p);
  const listed = listFrom(p, first, start);
  if (p.at("/")) return slash(p, listed, start);
  return { value: listed === first ? concatFrom(p, multitonFrom(p, first, start), start) : listed, mask: null };
}

/** `10.0.0.0/8`, or flags and the mask they are compared under. */
function slash(p: Parser, value: Expr, start: number): { readonly value: Expr; readonly mask: Expr | null } {
  p.next();
  const maskStart = p.start();
  const number = value.kind === "list" ? null : p.accept("number");
  if (number && !p.at("comma", ...OPERATORS)) {
    const prefix = prefixOf(value, Number(number.value), p.from(start));
    return { value: concatFrom(p, prefix, start), mask: null };
  }
  const first = number ? operatorsFrom(p, symbolOf(number.value.toString(), number.loc), maskStart, primaryRhs) : basicRhs(p);
  // nft 1.0.6 wants several flags in a mask.
  if (!p.at("comma")) p.fail("comma");
  return { value, mask: listFrom(p, first, maskStart) };
}

/** Right side of `map`, or of a match: a set, `@name`, or values. */
export const rhsExpr = (p: Parser): Expr => (p.at("'{'") ? readSetExpr(p) : p.at("@") ? setReference(p) : concatRhs(p));
