import type { Expr } from "./ast.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import {
  NF_NAT_RANGE_PERSISTENT, NF_NAT_RANGE_PROTO_RANDOM, NF_NAT_RANGE_PROTO_RANDOM_FULLY,
} from "../../net/uapi/nft-expr.ts";
import { rangeOf, symbolOf } from "./nodes.ts";
import { concatExpr } from "./parse-expr.ts";
import { rhsExpr, variable } from "./parse-rhs.ts";
import { selector } from "./parse-select.ts";
import { mapOf } from "./parse-set-expr.ts";
import { stmtExpr } from "./parse-stmt-expr.ts";
import type { Parser } from "./parser.ts";

/** Statements that change where a packet goes: nat, tproxy, queue, dup, fwd. */

type Nat = StmtOf<"nat">;
const NAT_FLAGS: Readonly<Record<string, number>> = {
  random: NF_NAT_RANGE_PROTO_RANDOM, "fully-random": NF_NAT_RANGE_PROTO_RANDOM_FULLY, persistent: NF_NAT_RANGE_PERSISTENT,
};
const FLAG_WORDS = ["random", "fully-random", "persistent"];

/** After `snat`, `dnat`, `masquerade` or `redirect`. */
export function natStmt(p: Parser, start: number, type: Nat["type"]): Stmt {
  const stmt: Nat = { loc: p.from(start), kind: "nat", type, family: null, addr: null, port: null, flags: 0, typeFlags: {} };
  if (type === "masquerade") masqueradeArgs(p, stmt);
  else if (type === "redirect") redirectArgs(p, stmt);
  else natArgs(p, stmt);
  stmt.loc = p.from(start);
  p.close("nat");
  return stmt;
}

function flags(p: Parser): number {
  let bits = 0;
  do bits |= NAT_FLAGS[(p.accept(...FLAG_WORDS) ?? p.fail("random", "fully-random", "persistent")).kind] ?? 0;
  while (p.accept("comma"));
  return bits;
}

const optionalFlags = (p: Parser): number => (p.at(...FLAG_WORDS) ? flags(p) : 0);

function masqueradeArgs(p: Parser, stmt: Nat): void {
  if (p.at(...FLAG_WORDS)) {
    stmt.flags = flags(p);
    return;
  }
  if (!p.accept("to")) return;
  p.expect("colon");
  stmt.port = stmtExpr(p);
  stmt.flags = optionalFlags(p);
}

function redirectArgs(p: Parser, stmt: Nat): void {
  if (p.at(...FLAG_WORDS)) {
    stmt.flags = flags(p);
    return;
  }
  if (!p.accept("to")) return;
  p.accept("colon");
  stmt.port = stmtExpr(p);
  stmt.flags = optionalFlags(p);
}

/** Words after a family that are not yet the address. */
const AFTER_FAMILY = ["to", "addr", "prefix", "interval"];

function natArgs(p: Parser, stmt: Nat): void {
  const family = leadingFamily(p);
  if (family !== null && typeof family === "object") stmt.addr = family;
  else {
    stmt.family = family;
    natTarget(p, stmt);
  }
  if (stmt.addr !== null && stmt.port === null && p.accept("colon")) stmt.port = stmtExpr(p);
  while (p.at(...FLAG_WORDS)) stmt.flags |= flags(p);
}

/** `ip` before `to` is the family; before anything else it begins the address. */
function leadingFamily(p: Parser): "ip" | "ip6" | Expr | null {
  if (!p.at("ip", "ip6")) return null;
  const address = stmtExpr(p);
  if (address.kind !== "symbol" || !p.at(...AFTER_FAMILY)) return address;
  return address.name === "ip6" ? "ip6" : "ip";
}

function natTarget(p: Parser, stmt: Nat): void {
  if (stmt.family !== null && p.accept("addr")) {
    p.expect(".");
    p.expect("port");
    stmt.typeFlags.concat = true;
    p.expect("to");
  } else if (p.accept("interval")) {
    stmt.typeFlags.interval = true;
    p.expect("to");
  } else if (p.accept("prefix")) {
    stmt.typeFlags.prefix = true;
    p.expect("to");
  } else if (!p.accept("to")) {
    if (stmt.family !== null) p.fail("to");
  }
  if (p.accept("colon")) stmt.port = stmtExpr(p);
  else stmt.addr = stmtExpr(p);
}

/** `ip` or `ip6`, or null. */
function keyFamily(p: Parser): "ip" | "ip6" | null {
  const word = p.accept("ip", "ip6");
  if (!word) return null;
  const family = word.kind === "ip" ? "ip" : "ip6";
  p.close(family);
  return family;
}

/** After `tproxy`. */
export function tproxyStmt(p: Parser, start: number): Stmt {
  const family = p.at("to") ? null : (keyFamily(p) ?? p.fail("to", "ip", "ip6"));
  p.expect("to");
  const addr = p.at("colon") ? null : stmtExpr(p);
  const port = p.accept("colon") ? stmtExpr(p) : null;
  p.close("tproxy");
  return { loc: p.from(start), kind: "tproxy", family, addr, port };
}

/** After `dup`. */
export function dupStmt(p: Parser, start: number): Stmt {
  p.expect("to");
  const to = stmtExpr(p);
  const dev = p.accept("device") ? stmtExpr(p) : null;
  p.close("dup");
  return { loc: p.from(start), kind: "dup", to, dev };
}

/** After `fwd`. */
export function fwdStmt(p: Parser, start: number): Stmt {
  const family = p.at("to") ? null : (keyFamily(p) ?? p.fail("to", "ip", "ip6"));
  p.expect("to");
  const first = stmtExpr(p);
  if (family === null) {
    p.close("fwd");
    return { loc: p.from(start), kind: "fwd", family, addr: null, dev: first };
  }
  p.expect("device");
  const dev = stmtExpr(p);
  p.close("fwd");
  return { loc: p.from(start), kind: "fwd", family, addr: first, dev };
}

const QUEUE_FLAGS: Readonly<Record<string, number>> = { bypass: 1, fanout: 2 };

/** After `queue`. */
export function queueStmt(p: Parser, start: number): Stmt {
  const stmt: StmtOf<"queue"> = { loc: p.from(start), kind: "queue", expr: null, flags: 0 };
  if (p.accept("to")) stmt.expr = queueTarget(p);
  else if (p.accept("flags")) flaggedQueue(p, stmt);
  else return oldQueue(p, stmt, start);
  stmt.loc = p.from(start);
  p.close("queue");
  return stmt;
}

/** `queue num 1 bypass`: only the word itself is the statement's place. */
function oldQueue(p: Parser, stmt: StmtOf<"queue">, start: number): Stmt {
  stmt.loc = p.from(start);
  while (oldQueueArg(p, stmt)) continue;
  p.close("queue");
  return stmt;
}

function flaggedQueue(p: Parser, stmt: StmtOf<"queue">): void {
  stmt.flags = queueFlags(p);
  if (p.accept("to")) stmt.expr = queueTarget(p);
  else if (p.accept("num")) stmt.expr = queueNumbers(p);
  else p.fail("comma", "to", "num");
}

function oldQueueArg(p: Parser, stmt: StmtOf<"queue">): boolean {
  const start = p.start();
  if (p.accept("num")) {
    stmt.expr = queueNumbers(p);
    stmt.expr.loc = p.from(start);
  } else if (p.at("bypass", "fanout")) stmt.flags |= queueFlags(p);
  else return false;
  return true;
}

function queueFlags(p: Parser): number {
  let bits = 0;
  do bits |= QUEUE_FLAGS[p.expect("bypass", "fanout").kind] ?? 0;
  while (p.accept("comma"));
  return bits;
}

function queueNumber(p: Parser): Expr {
  if (p.at("'$'")) return variable(p);
  const { value, loc } = p.expect("number", "'$'");
  return symbolOf(value.toString(), loc);
}

function queueNumbers(p: Parser): Expr {
  const start = p.start();
  const first = queueNumber(p);
  if (!p.accept("-")) return first;
  const last = queueNumber(p);
  return rangeOf(first, last, p.from(start));
}

function queueTarget(p: Parser): Expr {
  if (p.at("number", "'$'")) return queueNumbers(p);
  const start = p.start();
  const expr = p.at("numgen", "jhash", "symhash") ? (selector(p) ?? p.fail()) : concatExpr(p);
  if (p.accept("map")) return mapOf(expr, rhsExpr(p), false, p.from(start));
  return expr.kind === "numgen" || expr.kind === "hash" ? expr : p.fail(".", "map");
}
