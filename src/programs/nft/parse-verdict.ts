import type { Expr, VerdictExpr } from "./ast.ts";
import { symbolOf, verdictOf } from "./nodes.ts";
import { variable } from "./parse-rhs.ts";
import type { Parser } from "./parser.ts";
import { VERDICT } from "./types-base.ts";

/** `accept`, `drop`, `jump chain` …; null = none is next. */
export function readVerdict(p: Parser): VerdictExpr | null {
  const start = p.start();
  const word = p.accept("accept", "drop", "continue", "return");
  if (word) return verdictOf(word.kind as VerdictExpr["code"], null, VERDICT, word.loc);
  const jump = p.accept("jump", "goto");
  if (!jump) return null;
  return jumpTo(p, jump.kind as "jump" | "goto", start);
}

/** The rest of `jump chain`. */
export function jumpTo(p: Parser, code: "jump" | "goto", start: number): VerdictExpr {
  const chain = chainExpr(p);
  return verdictOf(code, chain, VERDICT, p.from(start));
}

function chainExpr(p: Parser): Expr {
  if (p.at("'$'")) return variable(p);
  if (!p.at("string")) p.fail("string", "'$'");
  const { text, loc } = p.next();
  return symbolOf(text, loc);
}
