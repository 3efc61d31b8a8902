import type { ChainDecl, Handle, RuleDecl } from "./ast-cmd.ts";
import type { Stmt } from "./ast-stmt.ts";
import { symbolOf } from "./nodes.ts";
import { commentSpec } from "./parse-set-expr.ts";
import { NO_HANDLE } from "./parse-handle.ts";
import { readStmt, startsStmt } from "./parse-stmt.ts";
import type { Parser } from "./parser.ts";

/** A rule: statements, then perhaps a comment. At least one statement. */
export function readRule(p: Parser, handle: Handle): RuleDecl {
  const start = p.start();
  const stmts: Stmt[] = [];
  if (!startsStmt(p.kind)) p.fail();
  while (startsStmt(p.kind)) stmts.push(readStmt(p));
  const loc = p.from(start);
  const comment = p.at("comment") ? commentSpec(p).text : null;
  return { loc, handle, comment, stmts, id: 0 };
}

/** `jump { … }`: a chain without a name; `jump` was taken. */
export function subchain(p: Parser, start: number, code: "jump" | "goto"): Stmt {
  return p.nested(() => {
    p.expect("'{'");
    const chain: ChainDecl = { loc: p.last, handle: { ...NO_HANDLE }, comment: null, base: null, binding: true, rules: [] };
    p.scoped(() => {
      while (!p.at("'}'")) subchainLine(p, chain);
    });
    p.next();
    const loc = p.from(start);
    chain.loc = loc;
    return { loc, kind: "chain", expr: symbolOf(code, loc), chain };
  });
}

/** Errors within leave the whole command: nothing is recovered here. */
function subchainLine(p: Parser, chain: ChainDecl): void {
  if (p.accept("newline", "semicolon")) return;
  chain.rules.push(readRule(p, { ...NO_HANDLE }));
  separator(p);
}

/** End of a line within braces. */
export function separator(p: Parser): void {
  if (!p.accept("newline", "semicolon")) p.fail("newline", "semicolon");
}
