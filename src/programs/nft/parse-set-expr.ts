import type { CatchallExpr, Expr, MapExpr, SetElemExpr, SetExpr } from "./ast.ts";
import type { Stmt } from "./ast-stmt.ts";
import type { Loc } from "./loc.ts";
import { elemOf, mappingOf } from "./nodes.ts";
import { connlimitTail, elemCounter, limitTail } from "./parse-stateful.ts";
import { concatRhs, readString, setRefExpr, startsRhs, variable } from "./parse-rhs.ts";
import { readVerdict } from "./parse-verdict.ts";
import type { Parser } from "./parser.ts";
import { INVALID } from "./types-base.ts";
import { parseTimeMs } from "./types-time.ts";

/** Sets written out: `{ 1, 2-3, 4 : drop, 5 timeout 1m comment "x" }`. */

export const DUPLICATE = "You can only specify this once. This statement is duplicated.";
/** Bytes of a comment, with its closing zero (NFTNL_UDATA_COMMENT_MAXLEN). */
const COMMENT_MAX = 128;

export const setOf = (exprs: Expr[], loc: Loc): SetExpr => ({
  kind: "set", loc, dtype: INVALID, byteorder: "invalid", len: 0, exprs, interval: false, map: false, object: false, concat: false, eval: false, auto: false,
});

/** `5m30s` in ms. */
export function timeSpec(p: Parser): number {
  const { text, loc } = p.expect("string");
  const ms = parseTimeMs(text);
  return typeof ms === "number" ? ms : p.error(ms, loc);
}

/** `comment "text"` */
export function commentSpec(p: Parser): { readonly text: string; readonly loc: Loc } {
  const start = p.start();
  p.expect("comment");
  const { text, loc } = readString(p);
  if (text.length > COMMENT_MAX) p.error(`comment too long, ${String(COMMENT_MAX)} characters maximum allowed`, loc);
  return { text, loc: p.from(start) };
}

/** `{ … }` or `$name` */
export const setBlockExpr = (p: Parser): Expr => (p.at("'$'") ? variable(p) : p.at("'{'") ? readSetExpr(p) : p.fail("'{'", "'$'"));

export function readSetExpr(p: Parser): SetExpr {
  const start = p.start();
  p.expect("'{'");
  return setExprFrom(p, start);
}

/** The rest of a set, its brace taken. */
export function setExprFrom(p: Parser, start: number): SetExpr {
  return p.nested(() => {
    const exprs = members(p, member, startsMember);
    p.expect("'}'");
    return setOf(exprs, p.from(start));
  });
}

/** What stands between the braces: at least one member, commas, newlines where they please, a comma too many. */
function members(p: Parser, read: (p: Parser) => Expr, starts: (p: Parser) => boolean): Expr[] {
  const exprs = [readMember(p, read)];
  while (p.accept("comma")) {
    p.accept("newline");
    if (starts(p)) exprs.push(readMember(p, read));
  }
  if (!p.at("'}'")) p.fail("comma", "'}'");
  return exprs;
}

/** What a key begins with; a set may hold sets, a verdict map none. */
const startsElem = (p: Parser): boolean => p.at("*") || startsRhs(p);
const startsMember = (p: Parser): boolean => p.at("'{'") || startsElem(p);

function readMember(p: Parser, read: (p: Parser) => Expr): Expr {
  p.accept("newline");
  const expr = read(p);
  p.accept("newline");
  return expr;
}

function member(p: Parser): Expr {
  if (p.at("'{'")) return readSetExpr(p);
  const start = p.start();
  const elem = setElem(p);
  // Errors about a mapping point at its key and what belongs to the key.
  const loc = p.from(start);
  if (!p.accept("colon")) return elem;
  return mappingOf(elem, mapData(p), loc);
}

/** Data of an element: a verdict or a value. */
const mapData = (p: Parser): Expr => readVerdict(p) ?? concatRhs(p);

const catchall = (loc: Loc): CatchallExpr => ({ kind: "catchall", loc, dtype: INVALID, byteorder: "invalid", len: 0 });

/** A key with what belongs to it: statements, timeout, comment. */
export function setElem(p: Parser): SetElemExpr {
  const star = p.accept("*");
  const elem = elemOf(star ? catchall(star.loc) : concatRhs(p));
  for (let stmt = elemStmt(p); stmt !== null; stmt = elemStmt(p)) elem.stmts.push(stmt);
  elemOptions(p, elem);
  return elem;
}

/** `timeout 1m expires 30s comment "x"`, in any order. */
export function elemOptions(p: Parser, elem: SetElemExpr): void {
  for (;;) {
    if (p.accept("timeout")) elem.timeoutMs = timeSpec(p);
    else if (p.accept("expires")) elem.expiresMs = timeSpec(p);
    else if (p.at("comment")) elemComment(p, elem);
    else return;
  }
}

function elemComment(p: Parser, elem: SetElemExpr): void {
  const { text, loc } = commentSpec(p);
  if (elem.comment !== null) p.error(DUPLICATE, loc);
  elem.comment = text;
}

/** `counter`, `limit rate …`, `ct count …` of an element. */
function elemStmt(p: Parser): Stmt | null {
  const start = p.start();
  if (p.accept("counter")) return elemCounter(p, start);
  if (p.accept("limit")) return limitTail(p, start, false);
  return p.accept("ct") ? connlimitTail(p, start) : null;
}

/** `{ key : verdict, … }` of vmap. */
export function verdictMapExpr(p: Parser): Expr {
  if (!p.at("'{'")) return p.at("@", "'$'") ? setRefExpr(p) : p.fail("@", "'{'", "'$'");
  return p.nested(() => {
    const start = p.start();
    p.next();
    const exprs = members(p, verdictMember, startsElem);
    p.expect("'}'");
    return setOf(exprs, p.from(start));
  });
}

function verdictMember(p: Parser): Expr {
  const elem = setElem(p);
  p.expect("colon");
  const verdict = readVerdict(p) ?? p.fail();
  return mappingOf(elem, verdict, elem.loc);
}

export const mapOf = (map: Expr, mappings: Expr, verdict: boolean, loc: Loc): MapExpr =>
  ({ kind: "map", loc, dtype: INVALID, byteorder: "invalid", len: 0, map, mappings, verdict });
