import { NF_LOG_IPOPT, NF_LOG_MACDECODE, NF_LOG_MASK, NF_LOG_TCPOPT, NF_LOG_TCPSEQ, NF_LOG_UID, NF_NAT_RANGE_NETMAP, NF_NAT_RANGE_PERSISTENT, NF_NAT_RANGE_PROTO_RANDOM, NF_NAT_RANGE_PROTO_RANDOM_FULLY } from "../../net/uapi/nft-expr.ts";
import type { Stmt, StmtOf } from "./ast-stmt.ts";
import { jsonExpr, oneOrMany } from "./json-expr.ts";
import type { Json } from "./json-text.ts";
import { textOf } from "./nodes.ts";
import type { Printing } from "./print-expr.ts";
import { printBytes, unitName } from "./print-keys.ts";
import { printStmt } from "./print-stmt.ts";

/** A statement in the schema of libnftables-json(5) (the `json` operations of nftables' stmt_ops). */
export function jsonStmt(s: Stmt, p: Printing): Json {
  switch (s.kind) {
    case "expression":
    case "verdict": return jsonExpr(s.expr, p);
    case "payload":
    case "exthdr":
    case "meta":
    case "ct": return { mangle: { key: jsonExpr(s.expr, p), value: jsonExpr(s.value, p) } };
    case "optstrip": return { reset: jsonExpr(s.expr, p) };
    case "set": return { set: { op: s.op, elem: jsonExpr(s.key, p), set: jsonExpr(s.set, p), stmt: stmtsOf(s.stmts, p) } };
    case "meter": return { meter: { key: jsonExpr(s.key, p), stmt: jsonStmt(s.stmt, quiet(p)), size: s.size ?? 0, name: s.name } };
    case "xt": return { xt: { type: s.what, name: s.name } };
    // Statements that nft has no JSON for are their text.
    case "map":
    case "chain": return printStmt(s, p);
    default: return jsonAction(s, p);
  }
}

const quiet = (p: Printing): Printing => ({ ...p, flags: { ...p.flags, stateless: true } });
export const stmtsOf = (stmts: readonly Stmt[], p: Printing): Json | undefined => (stmts.length === 0 ? undefined : stmts.map((s) => jsonStmt(s, quiet(p))));

type Action = Exclude<Stmt, { kind: "expression" | "verdict" | "payload" | "exthdr" | "meta" | "ct" | "optstrip" | "set" | "meter" | "xt" | "map" | "chain" }>;

function jsonAction(s: Action, p: Printing): Json {
  switch (s.kind) {
    case "counter": return { counter: p.flags.stateless ? null : { packets: s.packets, bytes: s.bytes } };
    case "last": return { last: p.flags.stateless || s.usedMs === null ? null : { used: s.usedMs } };
    case "limit": return { limit: jsonLimit(s.of, s) };
    case "quota": return { quota: jsonQuota(s, p) };
    case "connlimit": return { "ct count": { val: s.count, inv: s.over ? true : undefined } };
    case "log": return { log: jsonLog(s) };
    case "notrack": return { notrack: null };
    case "reject": return { reject: jsonReject(s, p) };
    case "nat": return { [s.type]: jsonNat(s, p) };
    case "queue": return { queue: s.expr === null ? null : { num: jsonExpr(s.expr, p), flags: flagsOrNone(QUEUE_FLAGS, s.flags) } };
    case "synproxy": return { synproxy: jsonSynproxy(s) };
    default: return jsonRest(s, p);
  }
}

function jsonRest(s: StmtOf<"tproxy"> | StmtOf<"dup"> | StmtOf<"fwd"> | StmtOf<"objref"> | StmtOf<"flow_offload">, p: Printing): Json {
  switch (s.kind) {
    case "tproxy": return { tproxy: { family: s.family ?? undefined, addr: s.addr === null ? undefined : jsonExpr(s.addr, p), port: s.port === null ? undefined : jsonExpr(s.port, p) } };
    case "dup": return { dup: { addr: s.to === null ? undefined : jsonExpr(s.to, p), dev: s.dev === null ? undefined : jsonExpr(s.dev, p) } };
    case "fwd": return { fwd: { dev: jsonExpr(s.dev, p), family: s.family ?? undefined, addr: s.addr === null ? undefined : jsonExpr(s.addr, p) } };
    case "objref": return { [s.type]: jsonExpr(s.expr, p) };
    case "flow_offload": return { flow: { op: "add", flowtable: `@${s.table}` } };
  }
}

interface Limit { readonly rate: number; readonly unitSec: number; readonly burst: number; readonly over: boolean }

/** Shared by the statement and the object. */
export function jsonLimit(of: "packets" | "bytes", l: Limit): { readonly [key: string]: Json | undefined } {
  const [rate, rateUnit] = of === "bytes" ? scaled(l.rate) : [l.rate, undefined];
  const [burst, burstUnit] = of === "bytes" ? scaled(l.burst) : [l.burst, undefined];
  return { rate, burst, per: unitName(l.unitSec), inv: l.over ? true : undefined, rate_unit: rateUnit, burst_unit: burstUnit };
}

function scaled(bytes: number): [number, string] {
  const [value = "0", unit = ""] = printBytes(bytes).split(" ");
  return [Number(value), unit];
}

function jsonQuota(s: StmtOf<"quota">, p: Printing): Json {
  const [val, unit] = scaled(s.bytes);
  const [used, usedUnit] = scaled(s.used);
  const showUsed = s.used !== 0 && !p.flags.stateless;
  return { val, val_unit: unit, inv: s.over ? true : undefined, used: showUsed ? used : undefined, used_unit: showUsed ? usedUnit : undefined };
}

const LOG_LEVELS = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"];
const DEFAULT_LOG_LEVEL = 4;

type Flags = readonly (readonly [bit: number, word: string])[];
const LOG_FLAGS: Flags = [[NF_LOG_TCPSEQ, "tcp sequence"], [NF_LOG_TCPOPT, "tcp options"], [NF_LOG_IPOPT, "ip options"], [NF_LOG_UID, "skuid"], [NF_LOG_MACDECODE, "ether"]];
const QUEUE_FLAGS: Flags = [[1, "bypass"], [2, "fanout"]];
const NAT_FLAGS: Flags = [[NF_NAT_RANGE_PROTO_RANDOM, "random"], [NF_NAT_RANGE_PROTO_RANDOM_FULLY, "fully-random"], [NF_NAT_RANGE_PERSISTENT, "persistent"], [NF_NAT_RANGE_NETMAP, "netmap"]];
const SYNPROXY_FLAGS: Flags = [[8, "timestamp"], [4, "sack-perm"]];
const SYNPROXY_MSS = 1;
const SYNPROXY_WSCALE = 2;

function flagsOrNone(table: Flags, flags: number): Json | undefined {
  const words = table.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
  return words.length === 0 ? undefined : oneOrMany(words);
}

/** Nothing to say is null. */
const orNull = (x: { readonly [key: string]: Json | undefined }): Json => (Object.values(x).some((v) => v !== undefined) ? x : null);

function jsonLog(s: StmtOf<"log">): Json {
  return orNull({
    prefix: s.prefix?.kind === "value" ? textOf(s.prefix) : undefined, group: s.group ?? undefined, snaplen: s.snaplen ?? undefined,
    "queue-threshold": s.qthreshold ?? undefined, level: s.level === null || s.level === DEFAULT_LOG_LEVEL ? undefined : LOG_LEVELS[s.level],
    flags: (s.flags & NF_LOG_MASK) === NF_LOG_MASK ? "all" : flagsOrNone(LOG_FLAGS, s.flags),
  });
}

function jsonReject(s: StmtOf<"reject">, p: Printing): Json {
  if (s.type === "tcp-reset") return { type: "tcp reset" };
  return s.type === null || s.code === null ? null : { type: s.type, expr: jsonExpr(s.code, p) };
}

function jsonNat(s: StmtOf<"nat">, p: Printing): Json {
  const some = s.addr !== null || s.port !== null;
  const forms = [...(s.typeFlags.interval === true ? ["interval"] : []), ...(s.typeFlags.prefix === true ? ["prefix"] : [])];
  return orNull({
    family: some ? (s.family ?? undefined) : undefined, addr: s.addr === null ? undefined : jsonExpr(s.addr, p), port: s.port === null ? undefined : jsonExpr(s.port, p),
    flags: flagsOrNone(NAT_FLAGS, s.flags), type_flags: forms.length === 0 ? undefined : oneOrMany(forms),
  });
}

/** Always a list, even of one. */
function synproxyFlags(flags: number): Json | undefined {
  const words = SYNPROXY_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word);
  return words.length === 0 ? undefined : words;
}

const jsonSynproxy = (s: StmtOf<"synproxy">): Json => orNull({
  mss: (s.flags & SYNPROXY_MSS) !== 0 ? (s.mss ?? 0) : undefined, wscale: (s.flags & SYNPROXY_WSCALE) !== 0 ? (s.wscale ?? 0) : undefined,
  flags: synproxyFlags(s.flags),
});
