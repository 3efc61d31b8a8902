import { NF_LOG_IPOPT, NF_LOG_MACDECODE, NF_LOG_MASK, NF_LOG_TCPOPT, NF_LOG_TCPSEQ, NF_LOG_UID } from "../../net/uapi/nft-expr.ts";
import type { Expr } from "./ast.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { textOf } from "./nodes.ts";
import { printExpr, printTime, type Printing } from "./print-expr.ts";
import { printBytes, printRate } from "./print-keys.ts";
import { printDup, printFwd, printNat, printReject, printTproxy } from "./print-nat.ts";
import { printXt } from "./print-xt.ts";

/** A statement as nft lists it (the `print` operations of nftables' stmt_ops). */
export function printStmt(s: Stmt, p: Printing): string {
  switch (s.kind) {
    case "expression":
    case "verdict": return printExpr(s.expr, p);
    case "payload":
    case "exthdr":
    case "meta":
    case "ct": return `${printExpr(s.expr, p)} set ${printExpr(s.value, p)}`;
    case "optstrip": return `reset ${printExpr(s.expr, p)}`;
    case "chain": return printChainStmt(s, p);
    case "set":
    case "map":
    case "meter": return printSetStmt(s, p);
    case "xt": return printXt(s);
    default: return printAction(s, p);
  }
}

type Action = Exclude<Stmt, { kind: "expression" | "verdict" | "payload" | "exthdr" | "meta" | "ct" | "optstrip" | "chain" | "set" | "map" | "meter" | "xt" }>;

function printAction(s: Action, p: Printing): string {
  switch (s.kind) {
    case "counter": return p.flags.stateless ? "counter" : `counter packets ${s.packets} bytes ${s.bytes}`;
    case "last": return p.flags.stateless ? "last" : `last used ${s.usedMs === null ? "never" : printTime(s.usedMs, p.flags)}`;
    case "limit": return `limit ${printRate(s.of, s)}`;
    case "quota": return `quota ${printQuota(s, p)}`;
    case "connlimit": return `ct count ${s.over ? "over " : ""}${s.count}`;
    case "log": return printLog(s);
    case "notrack": return "notrack";
    case "reject": return printReject(s, p);
    case "nat": return printNat(s, p);
    case "tproxy": return printTproxy(s, p);
    case "queue": return printQueue(s, p);
    case "synproxy": return printSynproxy(s);
    case "dup": return printDup(s, p);
    case "fwd": return printFwd(s, p);
    case "objref": return printObjref(s, p);
    case "flow_offload": return `flow add @${s.table}`;
  }
}

/** `over 10 mbytes used 5 bytes`, shared by the statement and the object. */
export function printQuota(q: { readonly bytes: number; readonly used: number; readonly over: boolean }, p: Printing): string {
  const used = p.flags.stateless || q.used === 0 ? "" : ` used ${printBytes(q.used)}`;
  return `${q.over ? "over " : ""}${printBytes(q.bytes)}${used}`;
}

const LOG_LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"];
const DEFAULT_LOG_LEVEL = 4;

function printLog(s: StmtOf<"log">): string {
  let text = "log";
  if (s.prefix !== null) text += ` prefix "${s.prefix.kind === "value" ? textOf(s.prefix) : ""}"`;
  if (s.group !== null) text += ` group ${s.group}`;
  if (s.snaplen !== null) text += ` snaplen ${s.snaplen}`;
  if (s.qthreshold !== null) text += ` queue-threshold ${s.qthreshold}`;
  if (s.level !== null && s.level !== DEFAULT_LOG_LEVEL) text += ` level ${LOG_LEVELS[s.level] ?? "unknown"}`;
  return text + printLogFlags(s.flags);
}

function printLogFlags(flags: number): string {
  if ((flags & NF_LOG_MASK) === NF_LOG_MASK) return " flags all";
  const tcp = [...((flags & NF_LOG_TCPSEQ) !== 0 ? ["sequence"] : []), ...((flags & NF_LOG_TCPOPT) !== 0 ? ["options"] : [])];
  let text = tcp.length > 0 ? ` flags tcp ${tcp.join(",")}` : "";
  if ((flags & NF_LOG_IPOPT) !== 0) text += " flags ip options";
  if ((flags & NF_LOG_UID) !== 0) text += " flags skuid";
  return (flags & NF_LOG_MACDECODE) !== 0 ? `${text} flags ether` : text;
}

const QUEUE_BYPASS = 1;
const QUEUE_FANOUT = 2;

function printQueue(s: StmtOf<"queue">, p: Printing): string {
  const flags = [...((s.flags & QUEUE_BYPASS) !== 0 ? ["bypass"] : []), ...((s.flags & QUEUE_FANOUT) !== 0 ? ["fanout"] : [])];
  const to = s.expr === null ? "" : ` to ${printExpr(s.expr, p)}`;
  return `queue${flags.length > 0 ? ` flags ${flags.join(",")}` : ""}${to}`;
}

const SYNPROXY = { mss: 1, wscale: 2, sackPerm: 4, timestamp: 8 } as const;

function printSynproxy(s: StmtOf<"synproxy">): string {
  let text = "synproxy";
  if ((s.flags & (SYNPROXY.mss | SYNPROXY.wscale)) !== 0) text += ` mss ${s.mss ?? 0} wscale ${s.wscale ?? 0}`;
  return text + synproxyOptions(s.flags);
}

/** ` timestamp sack-perm`, shared by the statement and the object. */
export const synproxyOptions = (flags: number): string =>
  `${(flags & SYNPROXY.timestamp) !== 0 ? " timestamp" : ""}${(flags & SYNPROXY.sackPerm) !== 0 ? " sack-perm" : ""}`;

const OBJREF_WORDS: Readonly<Record<string, string>> = {
  "ct helper": "ct helper set", "ct timeout": "ct timeout set", "ct expectation": "ct expectation set", secmark: "meta secmark set",
};

const printObjref = (s: StmtOf<"objref">, p: Printing): string => `${OBJREF_WORDS[s.type] ?? `${s.type} name`} ${printExpr(s.expr, p)}`;

/** Rules of `jump { … }`, one tab deeper than the rule they stand in. */
function printChainStmt(s: StmtOf<"chain">, p: Printing): string {
  const lines = s.chain.rules.map((rule) => `\t\t\t${rule.stmts.map((x) => printStmt(x, p)).join(" ")}${rule.comment === null ? "" : ` comment "${rule.comment}"`}\n`);
  const verb = s.expr.kind === "verdict" ? s.expr.code : "jump";
  return `${verb} {\n${lines.join("")}\t\t}`;
}

/** Statements of elements show no state. */
const quiet = (p: Printing): Printing => ({ ...p, flags: { ...p.flags, stateless: true } });

function printSetStmt(s: StmtOf<"set"> | StmtOf<"map"> | StmtOf<"meter">, p: Printing): string {
  const stmts = (list: readonly Stmt[]): string => list.map((x) => ` ${printStmt(x, quiet(p))}`).join("");
  if (s.kind === "meter") return `meter ${s.name} size ${s.size ?? 0} { ${printExpr(s.key, p)}${stmts([s.stmt])} }`;
  const data: Expr | null = s.kind === "map" ? s.data : null;
  return `${s.op} ${printExpr(s.set, p)} { ${printExpr(s.key, p)}${stmts(s.stmts)}${data === null ? "" : ` : ${printExpr(data, p)}`} }`;
}
