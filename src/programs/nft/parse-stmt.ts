import type { Expr } from "./ast.ts";
import type { Stmt } from "./ast-stmt.ts";
import { elemOf } from "./nodes.ts";
import { basicExpr, concatExpr, concatFrom, mapFrom, operatorsAfter } from "./parse-expr.ts";
import { tcpOptionType } from "./parse-headers.ts";
import { logStmt, rejectStmt, synproxyArg } from "./parse-log.ts";
import { dupStmt, fwdStmt, natStmt, queueStmt, tproxyStmt } from "./parse-nat.ts";
import { identifier } from "./parse-handle.ts";
import { relational, readString, setRefExpr } from "./parse-rhs.ts";
import { ctAfter, metaAfter } from "./parse-select.ts";
import { subchain } from "./parse-rule.ts";
import { elemOptions, mapOf, readSetExpr, verdictMapExpr } from "./parse-set-expr.ts";
import { connlimit, counterStmt, limitTail, numberOf, quotaStmt, statefulStmt } from "./parse-stateful.ts";
import { stmtExpr } from "./parse-stmt-expr.ts";
import { jumpTo, readVerdict } from "./parse-verdict.ts";
import type { Parser } from "./parser.ts";
import { exthdrOf, rawOptionOf } from "./nodes-keys.ts";

/** One statement of a rule. */

type Read = (p: Parser, start: number) => Stmt;

/** Statements that one keyword tells. */
const BY_WORD: Readonly<Record<string, Read>> = {
  counter: counterStmt,
  limit: (p, start) => limitTail(p, start, true),
  quota: quotaStmt,
  log: logStmt,
  reject: rejectStmt,
  snat: (p, start) => natStmt(p, start, "snat"),
  dnat: (p, start) => natStmt(p, start, "dnat"),
  masquerade: (p, start) => natStmt(p, start, "masquerade"),
  redirect: (p, start) => natStmt(p, start, "redirect"),
  tproxy: tproxyStmt,
  dup: dupStmt,
  fwd: fwdStmt,
  queue: queueStmt,
  notrack: (p, start) => ({ loc: p.from(start), kind: "notrack" }),
  synproxy: synproxyStmt,
  add: (p, start) => setUpdate(p, start, "add"),
  update: (p, start) => setUpdate(p, start, "update"),
  delete: (p, start) => setUpdate(p, start, "delete"),
  set: oldSetUpdate,
  meter: meterStmt,
  flow: flowStmt,
  reset: optionStrip,
  xt: xtStmt,
};

/** Tokens that begin a match: selectors, words, values. */
const EXPRESSION_STARTS: ReadonlySet<string> = new Set([
  "string", "quoted string", "string with a trailing asterisk", "number", "'('", "'{'", "'$'", "@", "ether", "vlan", "arp", "ip", "icmp", "igmp", "ip6",
  "icmpv6", "ah", "esp", "comp", "udp", "udplite", "tcp", "dccp", "sctp", "th", "hbh", "rt", "rt0", "rt2", "srh", "frag", "dst", "mh", "exthdr", "meta",
  "mark", "iif", "iifname", "iiftype", "oif", "oifname", "oiftype", "skuid", "skgid", "nftrace", "rtclassid", "ibriport", "obriport", "ibrname", "obrname",
  "pkttype", "cpu", "iifgroup", "oifgroup", "cgroup", "time", "day", "hour", "ct", "socket", "fib", "osf", "numgen", "jhash", "symhash", "ipsec",
]);
const VERDICTS: ReadonlySet<string> = new Set(["accept", "drop", "continue", "return", "jump", "goto"]);

export const startsStmt = (kind: string): boolean => kind in BY_WORD || EXPRESSION_STARTS.has(kind) || VERDICTS.has(kind);

export function readStmt(p: Parser): Stmt {
  const start = p.start();
  const { kind } = p.peek();
  const read = BY_WORD[kind];
  if (read) {
    p.next();
    return read(p, start);
  }
  if (VERDICTS.has(kind)) return verdictStmt(p, start);
  if (kind === "ct") return ctStmt(p, start);
  if (kind !== "meta") return matchStmt(p, start);
  p.next();
  return matchFrom(p, operatorsAfter(p, metaAfter(p, start, "statement"), start), start);
}

function verdictStmt(p: Parser, start: number): Stmt {
  const jump = p.accept("jump", "goto");
  const expr = jump ? null : (readVerdict(p) ?? p.fail());
  if (expr) return { loc: p.from(start), kind: "verdict", expr };
  const code = jump?.kind === "goto" ? "goto" : "jump";
  if (!p.at("string", "'$'")) return subchain(p, start, code);
  const target = jumpTo(p, code, start);
  return { loc: target.loc, kind: "verdict", expr: target };
}

/** A match, a verdict map, or a write: which one the token after the left side tells. */
const matchStmt = (p: Parser, start: number): Stmt => matchFrom(p, p.at("'{'") ? readSetExpr(p) : basicExpr(p), start);

function matchFrom(p: Parser, first: Expr, start: number): Stmt {
  if (p.at("set")) return writeStmt(p, first, start);
  const left = first.kind === "set" ? first : concatFrom(p, first, start);
  if (left.kind !== "set" && p.accept("vmap")) {
    const mappings = verdictMapExpr(p);
    const loc = p.from(start);
    return { loc, kind: "verdict", expr: mapOf(left, mappings, true, loc) };
  }
  const expr = relational(p, left.kind === "set" ? left : mapFrom(p, left, start), start);
  return { loc: expr.loc, kind: "expression", expr };
}

/** `FIELD set VALUE` */
function writeStmt(p: Parser, target: Expr, start: number): Stmt {
  if (target.kind !== "payload" && target.kind !== "exthdr" && target.kind !== "meta" && target.kind !== "ct") return p.fail();
  // The grammar knows no way to write these.
  if (target.kind === "exthdr" && target.hdr === "ipv6") return p.fail();
  p.next();
  const value = stmtExpr(p);
  const loc = p.from(start);
  switch (target.kind) {
    case "payload": return { loc, kind: "payload", expr: target, value };
    case "exthdr": return { loc, kind: "exthdr", expr: target, value };
    case "meta": return target.key === "secmark" ? { loc, kind: "objref", type: "secmark", expr: value } : { loc, kind: "meta", key: target.key, value, expr: target };
    case "ct": return target.key === "helper" ? { loc, kind: "objref", type: "ct helper", expr: value } : { loc, kind: "ct", key: target.key, dir: target.dir, value, expr: target };
  }
}

/** `ct count`, `ct timeout set`, `ct expectation set`; other keys are matched or written. */
function ctStmt(p: Parser, start: number): Stmt {
  p.next();
  if (p.accept("count")) return connlimit(p, start);
  const object = p.accept("timeout", "expectation");
  if (!object) return matchFrom(p, operatorsAfter(p, ctAfter(p, start, "statement"), start), start);
  p.expect("set");
  const expr = stmtExpr(p);
  p.close("ct");
  return { loc: p.from(start), kind: "objref", type: object.kind === "timeout" ? "ct timeout" : "ct expectation", expr };
}

function synproxyStmt(p: Parser, start: number): Stmt {
  if (p.accept("name")) {
    const expr = stmtExpr(p);
    p.close("synproxy");
    return { loc: p.from(start), kind: "objref", type: "synproxy", expr };
  }
  const args: { mss: number | null; wscale: number | null; flags: number } = { mss: null, wscale: null, flags: 0 };
  while (synproxyArg(p, args)) continue;
  p.close("synproxy");
  return { loc: p.from(start), kind: "synproxy", ...args };
}

/** A key of a set update, with `timeout 5s comment "x"`. */
function updateKey(p: Parser): Expr {
  const elem = elemOf(concatExpr(p));
  elemOptions(p, elem);
  return elem;
}

/** `add @set { key … : data }` after the word. */
function setUpdate(p: Parser, start: number, op: "add" | "update" | "delete"): Stmt {
  const set = setRefExpr(p);
  p.expect("'{'");
  const key = updateKey(p);
  const stmts: Stmt[] = [];
  for (let stmt = statefulStmt(p); stmt !== null; stmt = statefulStmt(p)) stmts.push(stmt);
  const data = p.accept("colon") ? updateKey(p) : null;
  if (data) p.expect("'}'");
  else if (!p.accept("'}'")) p.fail();
  const loc = p.from(start);
  return data ? { loc, kind: "map", op, set, key, data, stmts } : { loc, kind: "set", op, set, key, stmts };
}

/** `set add key @set`, the older spelling. */
function oldSetUpdate(p: Parser, start: number): Stmt {
  const { kind } = p.expect("add", "update", "delete");
  const key = updateKey(p);
  const set = setRefExpr(p);
  return { loc: p.from(start), kind: "set", op: kind === "add" ? "add" : kind === "update" ? "update" : "delete", set, key, stmts: [] };
}

/** After `meter`. */
function meterStmt(p: Parser, start: number): Stmt {
  const { name } = identifier(p);
  const size = p.accept("size") ? numberOf(p) : null;
  if (!p.at("'{'")) p.fail(...(size === null ? ["size", "'{'"] : ["'{'"]));
  return meterBody(p, start, name, size);
}

function meterBody(p: Parser, start: number, name: string, size: number | null): Stmt {
  p.expect("'{'");
  const key = updateKey(p);
  const stmt = readStmt(p);
  p.expect("'}'");
  return { loc: p.from(start), kind: "meter", name, size, key, stmt, set: null };
}

/** `flow add @f`, `flow offload @f`, and the older `flow table m { … }` of meters. */
function flowStmt(p: Parser, start: number): Stmt {
  if (p.accept("add", "offload")) {
    p.expect("@");
    const { text } = readString(p);
    p.close("at");
    return { loc: p.from(start), kind: "flow_offload", table: text };
  }
  let name = "";
  do {
    p.expect("table");
    name = identifier(p).name;
  } while (p.at("table"));
  if (!p.at("'{'")) p.fail("table", "'{'");
  return meterBody(p, start, name, null);
}

/** `reset tcp option mss` */
function optionStrip(p: Parser, start: number): Stmt {
  p.expect("tcp");
  p.expect("option");
  const { name, number } = tcpOptionType(p);
  const loc = p.from(start);
  p.close("tcp");
  p.close("reset");
  return { loc, kind: "optstrip", expr: exthdrOf(loc, "tcpopt", name, null) ?? rawOptionOf(loc, number, 0, 8) };
}

function xtStmt(p: Parser, start: number): Stmt {
  p.expect("string");
  p.expect("string");
  return p.error("unsupported xtables compat expression, use iptables-nft with this ruleset", p.from(start));
}
