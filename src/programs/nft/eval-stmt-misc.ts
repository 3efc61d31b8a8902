import type { StmtOf } from "./ast-stmt.ts";
import type { Datatype } from "./datatype.ts";
import type { Expr } from "./ast.ts";
import { fail, type EvalCtx } from "./eval-ctx.ts";
import { cloneExpr } from "./clone.ts";
import { evaluateArg } from "./eval-stmt-arg.ts";
import { stringValue, textOf } from "./nodes.ts";
import { HOST_INTEGER } from "./types-base.ts";
import { IFACE_INDEX } from "./types-meta.ts";
import { IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";

/** log, queue, synproxy, dup, fwd. */

const LEVEL_AUDIT = 8;
const LOG_PREFIX_MAX = 128;

export function evaluateLog(ctx: EvalCtx, stmt: StmtOf<"log">): boolean {
  const grouped = stmt.group !== null || stmt.snaplen !== null || stmt.qthreshold !== null;
  if (grouped && stmt.level !== null) return fail(ctx, "level and group are mutually exclusive", stmt.loc) !== null;
  if (grouped && stmt.flags !== 0) return fail(ctx, "flags and group are mutually exclusive", stmt.loc) !== null;
  const more = stmt.prefix !== null || stmt.flags !== 0;
  if (stmt.level === LEVEL_AUDIT && more) return fail(ctx, "log level audit doesn't support any further options", stmt.loc) !== null;
  return stmt.prefix === null || evaluatePrefix(ctx, stmt, stmt.prefix);
}

/** Pieces and definitions become one text. */
function evaluatePrefix(ctx: EvalCtx, stmt: StmtOf<"log">, given: Expr): boolean {
  const text = wordsOf(given);
  if (text === null) return fail(ctx, "not a value expression", given.loc) !== null;
  if (given.kind === "list" && text.length >= LOG_PREFIX_MAX) return fail(ctx, "log prefix is too long", given.loc) !== null;
  stmt.prefix = stringValue(text, given.loc);
  return true;
}

function wordsOf(e: Expr): string | null {
  if (e.kind === "value") return textOf(e);
  if (e.kind === "symbol") return e.name;
  if (e.kind === "variable") return wordsOf(e.value);
  if (e.kind !== "list") return null;
  const words = e.exprs.map(wordsOf);
  return words.includes(null) ? null : words.join("");
}

const QUEUE_FANOUT = 2;

export function evaluateQueue(ctx: EvalCtx, stmt: StmtOf<"queue">): boolean {
  if (stmt.expr === null) return true;
  const expr = evaluateArg(ctx, stmt, HOST_INTEGER, 16, "host", stmt.expr);
  if (expr === null) return false;
  stmt.expr = expr;
  if ((stmt.flags & QUEUE_FANOUT) !== 0 && expr.kind !== "range") return fail(ctx, "fanout requires a range to be specified", expr.loc) !== null;
  return ctx.ectx.maxval <= 65535n || fail(ctx, "queue expression max value exceeds 65535", expr.loc) !== null;
}

const SYNPROXY_OPTIONS = 0x0f;
export const evaluateSynproxy = (ctx: EvalCtx, stmt: StmtOf<"synproxy">): boolean =>
  stmt.flags === 0 || (stmt.flags & SYNPROXY_OPTIONS) !== 0 || fail(ctx, "This flags are not supported for SYNPROXY", stmt.loc) !== null;

type Sender = StmtOf<"dup"> | StmtOf<"fwd">;

function argOf(ctx: EvalCtx, stmt: Sender, dtype: Datatype, e: Expr): Expr | null {
  return evaluateArg(ctx, stmt, dtype, dtype.size, dtype.byteorder, e.kind === "variable" ? cloneExpr(e) : e);
}

export function evaluateDup(ctx: EvalCtx, stmt: StmtOf<"dup">): boolean {
  const { family } = ctx.pctx;
  if (family === "netdev") return dupToDevice(ctx, stmt);
  if (family !== "ip" && family !== "ip6") return fail(ctx, "unsupported family", stmt.loc) !== null;
  if (stmt.to === null) return fail(ctx, "missing destination address", stmt.loc) !== null;
  stmt.to = argOf(ctx, stmt, family === "ip" ? IPV4_ADDR : IPV6_ADDR, stmt.to);
  if (stmt.to === null) return false;
  if (stmt.dev === null) return true;
  stmt.dev = argOf(ctx, stmt, IFACE_INDEX, stmt.dev);
  return stmt.dev !== null;
}

function dupToDevice(ctx: EvalCtx, stmt: StmtOf<"dup">): boolean {
  if (stmt.to === null) return fail(ctx, "missing destination interface", stmt.loc) !== null;
  if (stmt.dev !== null) return fail(ctx, "cannot specify device", stmt.loc) !== null;
  stmt.to = argOf(ctx, stmt, IFACE_INDEX, stmt.to);
  return stmt.to !== null;
}

export function evaluateFwd(ctx: EvalCtx, stmt: StmtOf<"fwd">): boolean {
  if (ctx.pctx.family !== "netdev") return fail(ctx, "unsupported family", stmt.loc) !== null;
  const dev = argOf(ctx, stmt, IFACE_INDEX, stmt.dev);
  if (dev === null) return false;
  stmt.dev = dev;
  if (stmt.addr === null) return true;
  if (stmt.family === null) return fail(ctx, "missing family", stmt.loc) !== null;
  stmt.addr = argOf(ctx, stmt, stmt.family === "ip" ? IPV4_ADDR : IPV6_ADDR, stmt.addr);
  return stmt.addr !== null;
}
