import type { Expr, ExthdrExpr, FibExpr, HashExpr, MapExpr, NumgenExpr, PayloadExpr, SetElemExpr, SetExpr, SetRefExpr, VerdictExpr, XfrmExpr } from "./ast.ts";
import type { PrintFlags, TypeEnv } from "./datatype.ts";
import { textOf } from "./nodes.ts";
import { printCt, printMeta, printRt } from "./print-keys.ts";
import { printBinop, printFlagcmp, printRelational } from "./print-relational.ts";
import { setDelimiter } from "./print-delim.ts";
import { printStmt } from "./print-stmt.ts";
import { formatTimeMs } from "./types-time.ts";
import { printValue, TYPE } from "./types-base.ts";

/** What printing an expression needs besides the expression. */
export interface Printing {
  readonly flags: PrintFlags;
  readonly env: TypeEnv;
}

/** An expression as nft lists it (the `print` operations of nftables' expr_ops). */
export function printExpr(e: Expr, p: Printing): string {
  switch (e.kind) {
    case "value": return e.dtype.id === TYPE.invalid ? `0x${e.value.toString(16)} [invalid type]` : printValue(e, p.flags, p.env);
    case "symbol": return e.symtype === "set" ? `@${e.name}` : e.name;
    case "variable": return `$${e.name}`;
    case "verdict": return printVerdict(e, p);
    case "prefix": return `${printExpr(e.expr, p)}/${e.prefixLen}`;
    case "range": return printRange(e.left, e.right, p);
    case "unary": return printExpr(e.arg, p);
    case "binop": return printBinop(e, p);
    case "relational": return printRelational(e, p);
    case "flagcmp": return printFlagcmp(e, p);
    case "concat": return e.exprs.map((x) => printExpr(x, p)).join(" . ");
    case "list": return e.exprs.map((x) => printExpr(x, p)).join(",");
    case "set": return printSet(e, p);
    case "set_elem": return printElem(e, p);
    case "set_ref": return printSetRef(e, p);
    case "catchall": return "*";
    case "mapping": return `${printExpr(e.left, p)} : ${printExpr(e.right, p)}`;
    case "map": return printMap(e, p);
    default: return printSelector(e, p);
  }
}

type Selector = Extract<Expr, { kind: "payload" | "exthdr" | "meta" | "ct" | "rt" | "socket" | "osf" | "fib" | "xfrm" | "numgen" | "hash" | "tunnel" }>;

/** What reads something of the packet or its surroundings. */
function printSelector(e: Selector, p: Printing): string {
  switch (e.kind) {
    case "payload": return printPayload(e);
    case "exthdr": return printExthdr(e);
    case "meta": return printMeta(e.key);
    case "ct": return printCt(e.key, e.dir, e.nfproto);
    case "rt": return printRt(e.key);
    case "socket": return e.key === "cgroupv2" ? `socket cgroupv2 level ${e.level ?? 0}` : `socket ${e.key}`;
    case "osf": return `osf ${["", "ttl loose ", "ttl skip "][e.ttl] ?? ""}${(e.flags & OSF_VERSION) !== 0 ? "version" : "name"}`;
    case "fib": return printFib(e);
    case "xfrm": return printXfrm(e);
    case "numgen": return printNumgen(e);
    case "hash": return printHash(e, p);
    case "tunnel": return `tunnel ${e.key}`;
  }
}

const OSF_VERSION = 1;

function printVerdict(e: VerdictExpr, p: Printing): string {
  if (e.chain === null) return e.code;
  return `${e.code} ${e.chain.kind === "value" ? textOf(e.chain) : printExpr(e.chain, p)}`;
}

/** Bounds are numbers, never names (range_expr_print). */
function printRange(left: Expr, right: Expr, p: Printing): string {
  const plain = numerically(p);
  return `${printExpr(left, plain)}-${printExpr(right, plain)}`;
}

/** The same with numbers instead of all names. */
export const numerically = (p: Printing): Printing =>
  ({ ...p, flags: { ...p.flags, service: false, reverseDns: false, guid: false, numericProto: true, numericPrio: true, numericSymbol: true, numericTime: true } });

const isAnonymous = (e: SetExpr): boolean => e.auto;

/** `{ a, b }`; elements of named sets break into lines as wide as their type asks. */
function printSet(e: SetExpr, p: Printing): string {
  let text = "{ ";
  let column = 0;
  e.exprs.forEach((x, i) => {
    text += printExpr(x, p);
    column++;
    if (i === e.exprs.length - 1) return;
    const delim = isAnonymous(e) ? { text: ", ", column } : setDelimiter(e.dtype, column);
    text += delim.text;
    column = delim.column;
  });
  return `${text} }`;
}

function printElem(e: SetElemExpr, p: Printing): string {
  let text = printExpr(e.key, p);
  for (const stmt of e.stmts) text += ` ${printStmt(stmt, p)}`;
  if (e.timeoutMs !== null && e.timeoutMs > 0) text += ` timeout ${printTime(e.timeoutMs, p.flags)}`;
  if (!p.flags.stateless && e.expiresMs !== null && e.expiresMs > 0) text += ` expires ${printTime(e.expiresMs, p.flags)}`;
  return e.comment === null ? text : `${text} comment "${e.comment}"`;
}

/** A span of time; whole seconds with -T (time_print). */
export const printTime = (ms: number, flags: PrintFlags): string => (flags.numericTime ? `${Math.floor(ms / 1000)}s` : formatTimeMs(ms));

function printSetRef(e: SetRefExpr, p: Printing): string {
  if (!e.set.anonymous) return `@${e.set.handle.set?.name ?? ""}`;
  return e.set.init === null ? "{ }" : printExpr(e.set.init, p);
}

const mapsToVerdict = (e: MapExpr): boolean =>
  e.verdict || (e.mappings.kind === "set_ref" && e.mappings.set.data?.dtype.id === TYPE.verdict);

const printMap = (e: MapExpr, p: Printing): string => `${printExpr(e.map, p)} ${mapsToVerdict(e) ? "vmap" : "map"} ${printExpr(e.mappings, p)}`;

const BASE_TOKENS = { ll: "ll", nh: "nh", th: "th", inner: "ih" } as const;

const printPayload = (e: PayloadExpr): string =>
  e.desc !== null && e.field !== null && !e.raw ? `${e.desc.name} ${e.field.token}` : `@${BASE_TOKENS[e.base]},${e.offset},${e.len}`;

function printExthdr(e: ExthdrExpr): string {
  const field = e.present ? "" : ` ${e.field ?? "unknown"}`;
  if (e.hdr === "tcpopt") return isNameless(e) ? printRawTcpOption(e) : `tcp option ${e.name}${field}`;
  if (e.hdr === "ipv4opt") return `ip option ${e.name}${field}`;
  if (e.hdr === "sctp") return `sctp chunk ${e.name}${field}`;
  return e.present ? `exthdr ${e.name}` : `${e.name}${field}`;
}

/** An option that is told by its number alone. */
export const isNameless = (e: ExthdrExpr): boolean => e.raw && (e.name === "" || e.name === String(e.type));

/** An option that nft has no name for: its number, and where to look. */
const printRawTcpOption = (e: ExthdrExpr): string => (e.present ? `tcp option ${e.type}` : `tcp option @${e.type},${e.offset},${e.len}`);

const printFib = (e: FibExpr): string => `fib ${e.flags.join(" . ")} ${e.result}`;
const printXfrm = (e: XfrmExpr): string => `ipsec ${e.dir} ${e.spnum === 0 ? "" : `spnum ${e.spnum} `}${e.key}`;
const printNumgen = (e: NumgenExpr): string => `numgen ${e.type} mod ${e.mod}${e.offset === 0 ? "" : ` offset ${e.offset}`}`;

function printHash(e: HashExpr, p: Printing): string {
  const offset = e.offset === 0 ? "" : ` offset ${e.offset}`;
  if (e.type === "sym" || e.expr === null) return `symhash mod ${e.mod}${offset}`;
  const seed = e.seed === null ? "" : ` seed 0x${e.seed.toString(16)}`;
  return `jhash ${printExpr(e.expr, p)} mod ${e.mod}${seed}${offset}`;
}

