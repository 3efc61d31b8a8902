import type { Expr } from "./ast.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { NF_LOG_IPOPT, NF_LOG_MACDECODE, NF_LOG_MASK, NF_LOG_TCPOPT, NF_LOG_TCPSEQ, NF_LOG_UID } from "../../net/uapi/nft-expr.ts";
import { listOf, stringValue, symbolOf } from "./nodes.ts";
import { readString } from "./parse-rhs.ts";
import { numberOf } from "./parse-stateful.ts";
import type { Parser } from "./parser.ts";
import type { Loc } from "./loc.ts";

/** `log`, `reject`, `synproxy`. */

const LEVELS: readonly string[] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"];

/** After `log`. */
export function logStmt(p: Parser, start: number): Stmt {
  const stmt: StmtOf<"log"> = { loc: p.from(start), kind: "log", prefix: null, group: null, snaplen: null, qthreshold: null, level: null, flags: 0 };
  while (logArg(p, stmt)) stmt.loc = p.from(start);
  p.close("log");
  return stmt;
}

function logArg(p: Parser, stmt: StmtOf<"log">): boolean {
  if (p.accept("prefix")) stmt.prefix = prefix(p);
  else if (p.accept("group")) stmt.group = numberOf(p);
  else if (p.accept("snaplen")) stmt.snaplen = numberOf(p);
  else if (p.accept("queue-threshold")) stmt.qthreshold = numberOf(p);
  else if (p.accept("level")) stmt.level = level(p);
  else if (p.accept("flags")) stmt.flags |= flags(p);
  else return false;
  return true;
}

function level(p: Parser): number {
  const { text, loc } = readString(p);
  const found = LEVELS.indexOf(text);
  return found >= 0 ? found : p.error("invalid log level", loc);
}

/** A prefix may have `$name` within: pieces then. */
function prefix(p: Parser): Expr {
  const { text, loc } = readString(p);
  if (!text.includes("$")) return stringValue(text, loc);
  const pieces = text.split(/(\$[a-zA-Z_][a-zA-Z0-9/\-_.]*)/).filter((piece) => piece !== "");
  return listOf(pieces.map((piece) => (/^\$./.test(piece) ? prefixVariable(p, piece.slice(1), loc) : stringValue(piece, loc))), loc);
}

function prefixVariable(p: Parser, name: string, loc: Loc): Expr {
  const value = p.symbols.get(name) ?? p.error(`unknown identifier '${name}'`, loc);
  return { kind: "variable", loc, dtype: value.dtype, byteorder: value.byteorder, len: value.len, name, value };
}

function flags(p: Parser): number {
  const word = p.accept("tcp", "ip", "skuid", "ether", "all") ?? p.fail();
  if (word.kind === "skuid") return NF_LOG_UID;
  if (word.kind === "all") return NF_LOG_MASK;
  if (word.kind === "tcp") return tcpFlags(p);
  if (word.kind === "ip") p.expect("options");
  p.close(word.kind === "ip" ? "ip" : "eth");
  return word.kind === "ip" ? NF_LOG_IPOPT : NF_LOG_MACDECODE;
}

function tcpFlags(p: Parser): number {
  let bits = 0;
  do bits |= p.expect("seq", "options").kind === "seq" ? NF_LOG_TCPSEQ : NF_LOG_TCPOPT;
  while (p.accept("comma"));
  p.close("tcp");
  return bits;
}

/** After `reject`. */
export function rejectStmt(p: Parser, start: number): Stmt {
  const stmt: StmtOf<"reject"> = { loc: p.from(start), kind: "reject", type: null, code: null, icmpCode: -1, family: null, verbose: false };
  if (p.accept("with")) {
    rejectWith(p, stmt);
    stmt.loc = p.from(start);
  }
  p.close("reject");
  return stmt;
}

function rejectWith(p: Parser, stmt: StmtOf<"reject">): void {
  const { kind } = p.expect("icmp", "icmpv6", "tcp", "icmpx");
  if (kind === "tcp") {
    p.close("tcp");
    p.expect("reset");
    p.close("reset");
    stmt.type = "tcp-reset";
    return;
  }
  stmt.type = kind === "icmp" ? "icmp" : kind === "icmpv6" ? "icmpv6" : "icmpx";
  stmt.family = kind === "icmp" ? "ip" : kind === "icmpv6" ? "ip6" : null;
  const typed = p.accept("type") !== null;
  stmt.code = rejectCode(p, typed);
  if (!typed) return;
  // Without the word `type` nft leaves the words of icmp known for the rest of its input.
  p.close("type");
  if (kind !== "icmpx") p.close("icmp");
}

function rejectCode(p: Parser, typed: boolean): Expr {
  const word = p.accept("number", "string") ?? (typed ? p.fail("number", "string") : p.fail("number", "string", "type"));
  return symbolOf(word.kind === "number" ? word.value.toString() : word.text, word.loc);
}

/** Which options a synproxy offers (NF_SYNPROXY_OPT_*). */
export const SYNPROXY = { mss: 0x01, wscale: 0x02, sackPerm: 0x04, timestamp: 0x08 } as const;
/** What a synproxy without arguments says (NF_SYNPROXY_OPT_ECN is never set). */
export function synproxyArg(p: Parser, into: { mss: number | null; wscale: number | null; flags: number }): boolean {
  const word = p.accept("mss", "wscale", "timestamp", "sack-permitted");
  if (!word) return false;
  if (word.kind === "mss") [into.mss, into.flags] = [numberOf(p), into.flags | SYNPROXY.mss];
  else if (word.kind === "wscale") [into.wscale, into.flags] = [numberOf(p), into.flags | SYNPROXY.wscale];
  else into.flags |= word.kind === "timestamp" ? SYNPROXY.timestamp : SYNPROXY.sackPerm;
  return true;
}
