import type { ChainDecl, Handle, PrioSpec } from "./ast-cmd.ts";
import type { Expr } from "./ast.ts";
import { listOf, symbolOf, valueOf } from "./nodes.ts";
import { commonLine } from "./parse-define.ts";
import { NO_HANDLE } from "./parse-handle.ts";
import { STRINGS, variable } from "./parse-rhs.ts";
import { readRule, separator } from "./parse-rule.ts";
import { commentSpec, DUPLICATE, setOf } from "./parse-set-expr.ts";
import { lines, type Parser } from "./parser.ts";
import { HOST_INTEGER } from "./types-base.ts";

/** Chains: `{ type filter hook input priority 0; policy drop; rules }`. */

export const emptyChain = (handle: Handle, p: Parser): ChainDecl => ({ loc: p.last, handle, comment: null, base: null, binding: false, rules: [] });

/** Where a block stands: a command's is over with its brace, one in a table needs a separator behind it. */
export type Within = "command" | "table";

/** The block of a chain with its braces. Its place is that of its contents, from the brace on. */
export function chainBlock(p: Parser, handle: Handle, within: Within): ChainDecl {
  const chain = emptyChain(handle, p);
  blockOf(p, chain, within, (q) => chainLine(q, chain));
  return chain;
}

/** `{ lines }` with definitions of their own; `decl.loc` becomes the place from the brace to the last line. */
export function blockOf(p: Parser, decl: { loc: ChainDecl["loc"] }, within: Within, line: (p: Parser) => void): void {
  p.nested(() => {
    const start = p.start();
    p.expect("'{'");
    p.scoped(() => { lines(p, (q) => closed(q, decl, within, start), line); });
  });
}

/** Takes the closing brace. What is wrong behind it puts the parser back into the block. */
function closed(p: Parser, decl: { loc: ChainDecl["loc"] }, within: Within, start: number): boolean {
  if (!p.at("'}'")) return false;
  decl.loc = p.from(start);
  p.next();
  if (within === "table" && !p.at("newline", "semicolon")) p.fail("newline", "semicolon");
  return true;
}

function chainLine(p: Parser, chain: ChainDecl): void {
  if (p.accept("newline", "semicolon") || commonLine(p)) return;
  if (p.accept("type")) hookSpec(p, chain);
  else if (p.at("policy")) policySpec(p, chain);
  else if (p.accept("flags")) flags(p, chain);
  else if (p.at("comment")) blockComment(p, chain);
  else chain.rules.push(readRule(p, { ...NO_HANDLE }));
  separator(p);
}

/** The comment of a block; one only. */
export function blockComment(p: Parser, decl: { comment: string | null }): void {
  const { text, loc } = commentSpec(p);
  if (decl.comment !== null) p.error(DUPLICATE, loc);
  decl.comment = text;
}

const TYPES = ["filter", "nat", "route"];
const HOOKS = ["ingress", "egress", "prerouting", "input", "forward", "postrouting", "output"];

/** After `type`. */
function hookSpec(p: Parser, chain: ChainDecl): void {
  p.close("type");
  const type = p.expect("string");
  p.expect("hook");
  const hook = p.expect("string");
  const dev = devSpec(p);
  const priority = prioSpec(p);
  if (!TYPES.includes(type.text)) p.error("unknown chain type", type.loc);
  if (!HOOKS.includes(hook.text)) p.error("unknown chain hook", hook.loc);
  const named = (token: typeof type): { name: string; loc: ChainDecl["loc"] } => ({ name: token.text, loc: token.loc });
  chain.base = {
    type: named(type), hook: named(hook), hooknum: null, priority, dev, devices: [], policy: chain.base?.policy ?? chain.policy ?? null, policyValue: null,
  };
}

function devSpec(p: Parser): Expr | null {
  if (p.accept("device")) {
    if (p.at("'$'")) return variable(p);
    if (!p.at(...STRINGS)) p.fail(...STRINGS, "'$'");
    const { text, loc } = p.next();
    return listOf([symbolOf(text, loc)], loc);
  }
  if (!p.accept("devices")) return null;
  p.expect("'='");
  return deviceList(p);
}

/** `{ eth0, "eth1" }` or `$devices` */
export function deviceList(p: Parser): Expr {
  if (p.at("'$'")) return variable(p);
  const start = p.start();
  if (!p.accept("'{'")) p.fail("'{'", "'$'");
  const exprs = [deviceName(p)];
  while (p.accept("comma")) {
    p.accept("newline");
    if (p.at("string", "quoted string", "'$'")) exprs.push(deviceName(p));
  }
  if (!p.accept("'}'")) p.fail("comma", "'}'");
  return setOf(exprs, p.from(start));
}

function deviceName(p: Parser): Expr {
  p.accept("newline");
  if (p.at("'$'")) return variable(p);
  if (!p.at("string", "quoted string")) p.fail("string", "quoted string", "'$'");
  const { text, loc } = p.next();
  p.accept("newline");
  return symbolOf(text, loc);
}

/** `priority filter + 10`. A name's addend is in `num` until evaluation. */
export function prioSpec(p: Parser): PrioSpec {
  const start = p.start();
  p.expect("priority");
  if (p.at("'$'")) {
    const expr = variable(p);
    return { loc: p.from(start), expr, num: 0 };
  }
  const word = p.accept("string", "out", "number", "-") ?? p.fail();
  if (word.kind === "number") return plainPriority(word.value, p, start);
  if (word.kind === "-") return plainPriority(-p.expect("number").value, p, start);
  const sign = p.accept("+", "-");
  const addend = sign ? Number(p.expect("number").value) : 0;
  return { loc: p.from(start), expr: symbolOf(word.text, p.from(start)), num: sign?.kind === "-" ? -addend : addend };
}

function plainPriority(value: bigint, p: Parser, start: number): PrioSpec {
  const loc = p.from(start);
  return { loc, expr: valueOf(HOST_INTEGER, value, loc, 32), num: Number(value) };
}

function policySpec(p: Parser, chain: ChainDecl): void {
  const start = p.start();
  p.next();
  const word = policyExpr(p);
  // The kernel's objection is to all of `policy drop`.
  const policy = { ...word, loc: p.from(start) };
  p.close("policy");
  if (chain.policy) p.error("you cannot set chain policy twice", p.from(start));
  chain.policy = policy;
  if (chain.base) chain.base.policy = policy;
}

function policyExpr(p: Parser): Expr {
  if (p.at("'$'")) return variable(p);
  const word = p.accept("accept", "drop") ?? p.fail("accept", "drop", "'$'");
  return symbolOf(word.kind, word.loc);
}

function flags(p: Parser, chain: ChainDecl): void {
  p.expect("offload");
  chain.offload = true;
}
