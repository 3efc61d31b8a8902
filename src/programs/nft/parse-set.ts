import type { Handle, SetDecl } from "./ast-cmd.ts";
import type { Expr } from "./ast.ts";
import type { NftObjType } from "../../net/uapi/nft-expr.ts";
import type { Datatype } from "./datatype.ts";
import { concatOf } from "./nodes.ts";
import { blockComment, blockOf, type Within } from "./parse-chain.ts";
import { commonLine } from "./parse-define.ts";
import { primaryExpr } from "./parse-expr.ts";
import { separator } from "./parse-rule.ts";
import { setBlockExpr, setOf, timeSpec } from "./parse-set-expr.ts";
import { numberOf, statefulStmt } from "./parse-stateful.ts";
import type { Parser } from "./parser.ts";
import type { Scope } from "./keywords.ts";
import { concatType, typeNamed } from "./types.ts";
import { INVALID } from "./types-base.ts";

/** Sets and maps: `{ type ipv4_addr : verdict; flags interval; elements = { … } }`. */

export const emptySet = (handle: Handle, isMap: boolean, p: Parser): SetDecl => ({
  loc: p.last, handle, comment: null, isMap, anonymous: false, key: null, keyTypeofGiven: false, data: null, dataTypeofGiven: false, objType: null, keyType: null,
  flags: { constant: false, interval: false, timeout: false, eval: false, autoMerge: false, concat: false, object: false, map: isMap },
  timeoutMs: null, gcMs: null, size: null, policy: null, stmts: [], init: null, fieldLens: [], id: 0, automergeLoc: null,
});

export function setBlock(p: Parser, handle: Handle, isMap: boolean, within: Within): SetDecl {
  const set = emptySet(handle, isMap, p);
  blockOf(p, set, within, (q) => setLine(q, set));
  return set;
}

type Line = (p: Parser, set: SetDecl) => void;
/** Lines by their first word. */
const LINES: Readonly<Record<string, Line>> = {
  type: typeLine,
  typeof: typeofLine,
  flags: flagsLine,
  timeout: (p, set) => { set.timeoutMs = timeSpec(p); },
  "gc-interval": (p, set) => { set.gcMs = timeSpec(p); },
  size: (p, set) => { set.size = numberOf(p); },
  policy: policyLine,
};

function setLine(p: Parser, set: SetDecl): void {
  if (p.accept("newline", "semicolon") || commonLine(p)) return;
  if (p.accept("elements")) elements(p, set);
  else if (p.at("auto-merge") && !set.isMap) autoMerge(p, set);
  else setEndedLine(p, set);
}

/** Lines that a separator must end. */
function setEndedLine(p: Parser, set: SetDecl): void {
  const line = LINES[p.kind];
  if (line && !(set.isMap && p.at("gc-interval"))) {
    p.next();
    line(p, set);
  } else if (p.at("comment")) blockComment(p, set);
  else {
    statements(p, set);
    if (!p.at("newline", "semicolon")) p.fail();
  }
  separator(p);
}

function statements(p: Parser, set: SetDecl): void {
  if (!p.at("counter", "limit", "quota", "ct")) p.fail();
  for (let stmt = statefulStmt(p); stmt !== null; stmt = statefulStmt(p)) set.stmts.push(stmt);
}

function elements(p: Parser, set: SetDecl): void {
  p.expect("'='");
  set.init = setBlockExpr(p);
}

function autoMerge(p: Parser, set: SetDecl): void {
  set.automergeLoc = p.next().loc;
  set.flags.autoMerge = true;
}

function flagsLine(p: Parser, set: SetDecl): void {
  do {
    const { kind } = p.expect("constant", "interval", "dynamic", "timeout");
    if (kind === "dynamic") set.flags.eval = true;
    else set.flags[kind === "constant" ? "constant" : kind === "interval" ? "interval" : "timeout"] = true;
  } while (p.accept("comma"));
  if (!p.at("newline", "semicolon")) p.fail("newline", "semicolon", "comma");
}

function policyLine(p: Parser, set: SetDecl): void {
  const { kind } = p.expect("memory", "performance");
  set.policy = kind === "memory" ? "memory" : "performance";
  p.close("policy");
}

const DATA_WORDS: Readonly<Record<string, { readonly type: NftObjType; readonly scope: Scope }>> = {
  counter: { type: "counter", scope: "counter" },
  quota: { type: "quota", scope: "quota" },
  limit: { type: "limit", scope: "limit" },
  secmark: { type: "secmark", scope: "secmark" },
  synproxy: { type: "synproxy", scope: "synproxy" },
};

/** After `type`. */
function typeLine(p: Parser, set: SetDecl): void {
  const key = dataType(p);
  if (set.isMap) {
    if (!p.accept("colon")) p.fail("colon", ".");
    mapData(p, set);
  }
  if (!p.at("newline", "semicolon")) p.fail(...(set.isMap && set.objType !== null ? ["newline", "semicolon"] : ["newline", "semicolon", "."]));
  p.close("type");
  set.key = key;
}

function mapData(p: Parser, set: SetDecl): void {
  const object = DATA_WORDS[p.kind];
  if (object) {
    p.next();
    p.close(object.scope);
    set.objType = object.type;
    set.flags.object = true;
    return;
  }
  const interval = p.accept("interval") !== null;
  set.data = dataType(p);
  if (interval) set.dataInterval = true;
}

const TYPE_WORDS = ["string", "mark", "dscp", "ecn", "classid", "time", "protocol"];

/** `ipv4_addr . inet_service`: an expression that has the type and nothing else. */
function dataType(p: Parser): Expr {
  const start = p.start();
  const types = [atomType(p)];
  while (p.accept(".")) types.push(atomType(p));
  return typed(types.length === 1 ? (types[0] ?? INVALID) : concatType(types), p.from(start));
}

const typed = (dtype: Datatype, loc: SetDecl["loc"]): Expr => ({ ...setOf([], loc), dtype, byteorder: dtype.byteorder, len: dtype.size });

function atomType(p: Parser): Datatype {
  const word = p.accept(...TYPE_WORDS) ?? p.fail();
  const name = word.kind === "string" ? word.text : word.kind;
  return typeNamed(name) ?? (name === INVALID.name ? INVALID : null) ?? p.error(`unknown datatype ${name}`, word.loc);
}

/** After `typeof`. */
function typeofLine(p: Parser, set: SetDecl): void {
  const key = typeofExpr(p);
  if (set.isMap) {
    if (!p.accept("colon")) p.fail("colon", ".");
    typeofData(p, set);
  }
  if (!p.at("newline", "semicolon")) p.fail("newline", "semicolon", ...(set.isMap && set.dataInterval !== true ? [] : ["."]));
  set.key = key;
  set.keyTypeofGiven = true;
}

function typeofData(p: Parser, set: SetDecl): void {
  if (p.accept("interval")) set.dataInterval = true;
  const verdict = p.at("string") && p.peek().text === "verdict";
  set.data = verdict ? dataType(p) : typeofExpr(p, "map data");
  set.dataTypeofGiven = !verdict;
}

function typeofExpr(p: Parser, what: "primary expression" | "map data" = "primary expression"): Expr {
  const start = p.start();
  const exprs = [typeofPrimary(p, what)];
  while (p.accept(".")) exprs.push(typeofPrimary(p, what));
  const [first] = exprs;
  return exprs.length === 1 && first ? first : concatOf(exprs, p.from(start), concatType(exprs.map((e) => e.dtype)));
}

/** Kinds of expressions whose spelling can be kept with a set. */
const SERIALISED = ["payload", "exthdr", "meta", "ct", "rt", "socket", "osf", "fib", "numgen", "hash", "xfrm"];

function typeofPrimary(p: Parser, what: string): Expr {
  const expr = primaryExpr(p);
  return SERIALISED.includes(expr.kind) ? expr : p.error(`${what} type '${expr.kind}' lacks typeof serialization`, expr.loc);
}
