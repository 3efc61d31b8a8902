import type { SetDecl } from "./ast-cmd.ts";
import type { BinopExpr, ConcatExpr, Expr, MapExpr, RelationalExpr, UnaryExpr, ValueExpr } from "./ast.ts";
import type { Byteorder } from "./datatype.ts";
import { baseType, constantOf, exprName, fail, isConstant, isSingleton, ones, OP_SYMBOLS, type EvalCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { HOST_INTEGER, TYPE } from "./types-base.ts";

/** Arithmetic on bits: `&`, `|`, `^`, `<<`, `>>`, folded where both sides are known; byte orders. */

const ORDER_NAMES: Readonly<Record<Byteorder, string>> = { invalid: "invalid", host: "host endian", big: "big endian" };

/** The expression in the byte order asked for: constants take it on, selectors get an instruction (byteorder_conversion). */
export function inByteorder(ctx: EvalCtx, e: Expr, byteorder: Byteorder): Expr | null {
  if (e.kind === "concat") return fieldsInByteorder(ctx, e, byteorder);
  if (e.byteorder === byteorder) return e;
  if (baseType(e.dtype).id !== TYPE.integer) {
    const got = `Byteorder mismatch: expected ${ORDER_NAMES[byteorder]}, ${exprName(e)} got ${ORDER_NAMES[e.byteorder]}`;
    return baseType(e.dtype).id === TYPE.string ? e : fail(ctx, got, e.loc);
  }
  if (isConstant(e) || Math.ceil(e.len / 8) < 2) {
    e.byteorder = byteorder;
    return e;
  }
  return { kind: "unary", loc: e.loc, dtype: e.dtype, byteorder, len: e.len, op: byteorder === "big" ? "hton" : "ntoh", arg: e };
}

function fieldsInByteorder(ctx: EvalCtx, e: ConcatExpr, byteorder: Byteorder): Expr | null {
  const fields = e.exprs.map((field) => (field.byteorder === "host" && baseType(field.dtype).id === TYPE.integer ? inByteorder(ctx, field, byteorder) : field));
  if (fields.includes(null)) return null;
  return { ...e, exprs: fields.filter((field) => field !== null) };
}

/** Ranges of several fields are compared byte by byte: every field most significant byte first. */
export function bigEndianFields(init: Expr): void {
  if (init.kind === "set" || init.kind === "concat") init.exprs.forEach(bigEndianFields);
  else if (init.kind === "mapping") bigEndianFields(init.left);
  else if (init.kind === "set_elem") bigEndianFields(init.key);
  else if (init.kind === "prefix") bigEndianFields(init.expr);
  else if (init.kind === "range") [init.left, init.right].forEach(bigEndianFields);
  else if (init.kind === "value" && baseType(init.dtype).id === TYPE.integer) init.byteorder = "big";
}

export function evaluateUnary(ctx: EvalCtx, e: UnaryExpr): Expr | null {
  const arg = evaluateExpr(ctx, e.arg);
  if (arg === null) return null;
  e.arg = arg;
  e.dtype = arg.dtype;
  e.byteorder = e.op === "hton" ? "big" : "host";
  e.len = arg.len;
  return e;
}

const isShift = (e: BinopExpr): boolean => e.op === "lshift" || e.op === "rshift";

/** Bytes already taken apart (expr_evaluate_bits) need no second look. */
export function evaluateBinop(ctx: EvalCtx, e: BinopExpr): Expr | null {
  const left = evaluateExpr(ctx, e.left);
  if (left === null) return null;
  e.left = left;
  if (isShift(e)) ctx.ectx = { dtype: HOST_INTEGER, byteorder: left.byteorder, len: ctx.ectx.len, maxval: 0n, key: null };
  const right = evaluateExpr(ctx, e.right);
  if (right === null) return null;
  e.right = right;
  return fits(ctx, e, left, right) ? (isShift(e) ? evaluateShift(ctx, e) : evaluateBitwise(e)) : null;
}

function fits(ctx: EvalCtx, e: BinopExpr, left: Expr, right: Expr): boolean {
  const sym = OP_SYMBOLS[e.op] ?? "";
  const base = baseType(left.dtype).id;
  if (base !== TYPE.integer && base !== TYPE.string) return fail(ctx, `Binary operation (${sym}) is undefined for ${left.dtype.desc} types`, left.loc, e.loc) !== null;
  if (isConstant(left) && !isSingleton(left)) return fail(ctx, `Binary operation (${sym}) is undefined for ${exprName(left)} expressions`, left.loc, e.loc) !== null;
  if (!isConstant(right)) return fail(ctx, `Right hand side of binary operation (${sym}) must be constant`, right.loc, e.loc) !== null;
  if (right.kind !== "value") return fail(ctx, `Binary operation (${sym}) is undefined for ${exprName(right)} expressions`, left.loc, e.loc) !== null;
  if (baseType(right.dtype).id !== base) return fail(ctx, `datatype mismatch, expected ${left.dtype.desc}, expression has type ${right.dtype.desc}`, right.loc, left.loc) !== null;
  return true;
}

function evaluateShift(ctx: EvalCtx, e: BinopExpr): Expr | null {
  const by = e.right.kind === "value" ? e.right.value : 0n;
  if (by >= BigInt(e.left.len)) {
    const side = e.op === "lshift" ? "Left" : "Right";
    return fail(ctx, `${side} shift of ${String(by)} bits is undefined for type of ${String(e.left.len)} bits width`, e.right.loc, e.left.loc);
  }
  const left = inByteorder(ctx, e.left, "host");
  const right = inByteorder(ctx, e.right, "host");
  if (left === null || right === null) return null;
  Object.assign(e, { left, right, dtype: left.dtype, byteorder: "host", len: left.len });
  return left.kind === "value" ? folded(e, left) : e;
}

function evaluateBitwise(e: BinopExpr): Expr {
  const { left } = e;
  e.dtype = left.dtype;
  e.byteorder = left.byteorder;
  e.len = left.len;
  return left.kind === "value" ? folded(e, left) : e;
}

/** Both sides are numbers (constant_binop_simplify). */
function folded(e: BinopExpr, left: ValueExpr): Expr {
  const right = e.right.kind === "value" ? e.right.value : 0n;
  return constantOf(e.loc, e.dtype, e.byteorder, e.len, compute(e.op, left.value, right, e.len) & ones(e.len));
}

function compute(op: BinopExpr["op"], a: bigint, b: bigint, len: number): bigint {
  switch (op) {
    case "and": return a & b;
    case "or": return a | b;
    case "xor": return a ^ b;
    case "lshift": return a << b;
    case "rshift": return (a & ones(len)) >> b;
  }
}

/*
 * A shift or xor of the selector with a constant moves to the other side of the comparison, where it can be folded:
 * `ip dscp 5` compares the byte & 0xfc with 5 << 2 (binop_transfer).
 */

type Transfer = "yes" | "no" | "error";

function canTransfer(ctx: EvalCtx, left: BinopExpr, right: Expr): Transfer {
  if (right.kind === "set_elem") return canTransfer(ctx, left, right.key);
  if (right.kind === "mapping") return canTransfer(ctx, left, right.left);
  if (right.kind === "range") {
    const low = canTransfer(ctx, left, right.left);
    return low === "yes" ? canTransfer(ctx, left, right.right) : low;
  }
  if (right.kind !== "value" || left.right.kind !== "value") return "no";
  if (left.op === "xor" || left.op === "rshift") return "yes";
  if (left.op !== "lshift") return "no";
  if (right.value !== 0n && (right.value & ones(Number(left.right.value))) === 0n) return "yes";
  if (right.value === 0n) return "yes";
  fail(ctx, "Comparison is always false", right.loc, left.loc);
  return "error";
}

function transferred(left: BinopExpr, right: Expr): Expr {
  if (right.kind === "set_elem") return Object.assign(right, withLen(right, transferred(left, right.key)));
  if (right.kind === "mapping") return Object.assign(right, { left: transferred(left, right.left) });
  if (right.kind === "range") return Object.assign(right, rangeLen(transferred(left, right.left), transferred(left, right.right)));
  if (right.kind !== "value" || left.right.kind !== "value") return right;
  const by = left.right.value;
  const len = left.op === "rshift" ? right.len + Number(by) : right.len;
  const value = left.op === "rshift" ? right.value << by : left.op === "lshift" ? right.value >> by : right.value ^ by;
  return constantOf(right.loc, right.dtype, left.op === "xor" ? right.byteorder : left.left.byteorder, len, value);
}

const withLen = (elem: Expr, key: Expr): Partial<Expr> => ({ key, len: elem.kind === "set_elem" ? key.len : elem.len }) as Partial<Expr>;
const rangeLen = (left: Expr, right: Expr): { left: Expr; right: Expr; len: number } => ({ left, right, len: left.len });

function transferAll(ctx: EvalCtx, left: BinopExpr, right: Expr): { readonly done: Transfer; readonly right: Expr } {
  if (right.kind === "set_ref") return { done: transferIntoNameless(ctx, left, right.set), right };
  if (right.kind === "set") return { done: transferIntoSet(ctx, left, right), right };
  if (right.kind !== "value" && right.kind !== "range") return { done: "no", right };
  const done = canTransfer(ctx, left, right);
  return { done, right: done === "yes" ? transferred(left, right) : right };
}

/** The keys of a set without a name grow with the values: 0x3f of `ip6 dscp` fills two bytes. */
function transferIntoNameless(ctx: EvalCtx, left: BinopExpr, set: SetDecl): Transfer {
  const done = transferIntoSet(ctx, left, set.anonymous ? set.init : null);
  if (done === "yes" && set.key?.kind === "value") set.key = { ...set.key, len: Math.max(set.key.len, left.left.len) };
  return done;
}

function transferIntoSet(ctx: EvalCtx, left: BinopExpr, set: Expr | null): Transfer {
  if (set === null || set.kind !== "set") return "no";
  for (const elem of set.exprs) {
    const can = canTransfer(ctx, left, elem);
    if (can !== "yes") return can;
  }
  set.exprs = set.exprs.map((elem) => transferred(left, elem));
  return "yes";
}

/** The selector that remains (binop_transfer_handle_lhs). */
function remaining(left: BinopExpr): Expr {
  if (left.op !== "rshift" || left.right.kind !== "value") return Object.assign(left.left, { dtype: left.dtype });
  const mask = ones(left.left.len) & ~ones(Number(left.right.value));
  return { ...left, op: "and", right: { ...left.right, value: mask, len: left.left.len } };
}

/** Both fields of a comparison or a map; false after an error. */
export function transferBinop(ctx: EvalCtx, e: RelationalExpr | MapExpr): boolean {
  const left = e.kind === "map" ? e.map : e.left;
  if (left.kind !== "binop") return true;
  const { done, right } = transferAll(ctx, left, e.kind === "map" ? e.mappings : e.right);
  if (done !== "yes") return done === "no";
  const rest = remaining(left);
  if (e.kind === "map") Object.assign(e, { map: rest, mappings: right });
  else Object.assign(e, { left: rest, right });
  return true;
}
