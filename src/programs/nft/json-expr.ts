import type { BinopExpr, ConcatExpr, CtExpr, Expr, ExthdrExpr, FlagcmpExpr, HashExpr, MapExpr, OsfExpr, PayloadExpr, RangeExpr, RelOp, RtExpr, SetElemExpr, VerdictExpr } from "./ast.ts";
import { ctKeyDesc } from "./ct-keys.ts";
import { jsonStmt } from "./json-stmt.ts";
import type { Json } from "./json-text.ts";
import { jsonValue } from "./json-value.ts";
import { metaKeyDesc } from "./meta-keys.ts";
import { textOf } from "./nodes.ts";
import { isNameless, printExpr, type Printing } from "./print-expr.ts";
import { TYPE } from "./types-base.ts";

/** An expression in the schema of libnftables-json(5) (the `json` operations of nftables' expr_ops). */
export function jsonExpr(e: Expr, p: Printing): Json {
  switch (e.kind) {
    case "value": return jsonValue(e, p);
    case "verdict": return jsonVerdict(e);
    case "prefix": return { prefix: { addr: jsonExpr(e.expr, p), len: e.prefixLen } };
    case "range": return jsonRange(e, p);
    case "unary": return jsonExpr(e.arg, p);
    case "binop": return jsonBinop(e, p);
    case "relational": return { match: { op: REL_SIGNS[e.op], left: jsonExpr(e.left, p), right: jsonExpr(e.right, p) } };
    case "flagcmp": return jsonFlagcmp(e, p);
    case "concat": return jsonConcat(e, p);
    case "list": return e.exprs.map((x) => jsonExpr(x, p));
    default: return jsonSetPart(e, p);
  }
}

type Simple = Extract<Expr, { kind: "value" | "verdict" | "prefix" | "range" | "unary" | "binop" | "relational" | "flagcmp" | "concat" | "list" }>;

function jsonSetPart(e: Exclude<Expr, Simple>, p: Printing): Json {
  switch (e.kind) {
    case "set": return { set: e.exprs.map((x) => jsonExpr(x, p)) };
    case "set_elem": return jsonElem(e, p);
    case "set_ref": return e.set.anonymous && e.set.init !== null ? jsonExpr(e.set.init, p) : `@${e.set.handle.set?.name ?? ""}`;
    case "catchall": return "*";
    case "mapping": return [jsonExpr(e.left, p), jsonExpr(e.right, p)];
    case "map": return jsonMap(e, p);
    default: return jsonSelector(e, p);
  }
}

function jsonSelector(e: Exclude<Expr, Simple>, p: Printing): Json {
  switch (e.kind) {
    case "payload": return { payload: jsonPayload(e) };
    case "exthdr": return jsonExthdr(e);
    case "meta": return { meta: { key: metaKeyDesc(e.key)?.token ?? e.key } };
    case "ct": return { ct: jsonCt(e) };
    case "rt": return jsonRt(e);
    case "socket": return { socket: { key: e.key } };
    case "osf": return jsonOsf(e);
    case "fib": return { fib: { result: e.result, flags: e.flags } };
    case "xfrm": return { ipsec: { key: e.key.split(" ").at(-1) ?? e.key, ...(e.key.includes(" ") ? { family: e.key.split(" ")[0] } : {}), dir: e.dir, spnum: e.spnum } };
    case "numgen": return { numgen: { mode: e.type, mod: e.mod, offset: e.offset } };
    case "hash": return jsonHash(e, p);
    default: return printExpr(e, p);
  }
}

const REL_SIGNS: Record<RelOp, string> = { implicit: "in", eq: "==", neq: "!=", lt: "<", lte: "<=", gt: ">", gte: ">=", neg: "!" };
const BIN_SIGNS: Record<BinopExpr["op"], string> = { and: "&", or: "|", xor: "^", lshift: "<<", rshift: ">>" };

/** Protocols, services and owners are numbers there, other names stay. */
function jsonRange(e: RangeExpr, p: Printing): Json {
  const plain: Printing = { ...p, flags: { ...p.flags, service: false, reverseDns: false, guid: false, numericProto: true } };
  return { range: [jsonExpr(e.left, plain), jsonExpr(e.right, plain)] };
}

/** Flags and words: one stands alone, several in a list. */
export const oneOrMany = (words: readonly string[]): Json => (words.length === 1 ? (words[0] ?? null) : words);

const jsonBinop = (e: BinopExpr, p: Printing): Json => ({ [BIN_SIGNS[e.op]]: [jsonExpr(e.left, p), jsonExpr(e.right, p)] });

const jsonFlagcmp = (e: FlagcmpExpr, p: Printing): Json =>
  ({ match: { op: e.op === "neq" ? "!=" : "==", left: { "&": [jsonExpr(e.expr, p), jsonExpr(e.mask, p)] }, right: jsonExpr(e.value, p) } });

const jsonConcat = (e: ConcatExpr, p: Printing): Json => ({ concat: e.exprs.map((x) => jsonExpr(x, p)) });

export function jsonVerdict(e: VerdictExpr): Json {
  if (e.chain === null) return { [e.code]: null };
  return { [e.code]: { target: e.chain.kind === "value" ? textOf(e.chain) : "" } };
}

function jsonElem(e: SetElemExpr, p: Printing): Json {
  const key = jsonExpr(e.key, p);
  const timeout = e.timeoutMs !== null && e.timeoutMs > 0 ? Math.floor(e.timeoutMs / 1000) : undefined;
  const expires = !p.flags.stateless && e.expiresMs !== null && e.expiresMs > 0 ? Math.floor(e.expiresMs / 1000) : undefined;
  if (timeout === undefined && expires === undefined && e.comment === null && e.stmts.length === 0) return key;
  // Of several statements the first is shown.
  const stmts = Object.assign({}, ...e.stmts.slice(0, 1).map((s) => jsonStmt(s, p))) as { readonly [key: string]: Json };
  return { elem: { val: key, timeout, expires, comment: e.comment ?? undefined, ...stmts } };
}

function jsonMap(e: MapExpr, p: Printing): Json {
  const verdict = e.verdict || (e.mappings.kind === "set_ref" && e.mappings.set.data?.dtype.id === TYPE.verdict);
  return { [verdict ? "vmap" : "map"]: { key: jsonExpr(e.map, p), data: jsonExpr(e.mappings, p) } };
}

const jsonPayload = (e: PayloadExpr): Json => (e.desc !== null && e.field !== null && !e.raw
  ? { protocol: e.desc.name, field: e.field.token } : { base: e.base === "inner" ? "ih" : e.base, offset: e.offset, len: e.len });

function jsonExthdr(e: ExthdrExpr): Json {
  const field = e.present ? undefined : (e.field ?? "unknown");
  if (e.hdr === "tcpopt" && isNameless(e)) return { "tcp option": { base: e.type, offset: e.offset, len: e.len } };
  if (e.hdr === "tcpopt") return { "tcp option": { name: e.name, field } };
  if (e.hdr === "ipv4opt") return { "ip option": { name: e.name, field } };
  return e.hdr === "sctp" ? { "sctp chunk": { name: e.name, field } } : { exthdr: { name: e.name, field } };
}

const jsonCt = (e: CtExpr): Json => ({ key: ctKeyDesc(e.key)?.token ?? e.key, dir: e.dir ?? undefined });

const RT: Readonly<Record<string, Json>> = {
  classid: { rt: { key: "classid" } }, nexthop4: { rt: { key: "nexthop", family: "ip" } }, nexthop6: { rt: { key: "nexthop", family: "ip6" } },
  tcpmss: { rt: { key: "mtu" } }, ipsec: { rt: { key: "ipsec" } },
};
const jsonRt = (e: RtExpr): Json => RT[e.key] ?? { rt: { key: e.key } };

const OSF_VERSION = 1;
const jsonOsf = (e: OsfExpr): Json => ({ osf: { key: (e.flags & OSF_VERSION) !== 0 ? "version" : "name", ttl: [undefined, "loose", "skip"][e.ttl] } });

function jsonHash(e: HashExpr, p: Printing): Json {
  const common = { mod: e.mod, seed: e.seed ?? undefined, offset: e.offset === 0 ? undefined : e.offset };
  if (e.type === "sym" || e.expr === null) return { symhash: { mod: e.mod, offset: common.offset } };
  return { jhash: { mod: e.mod, seed: common.seed, offset: common.offset, expr: jsonExpr(e.expr, p) } };
}
