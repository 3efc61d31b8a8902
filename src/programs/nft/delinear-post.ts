import type { CtExpr, Expr, MapExpr, PayloadExpr, RelationalExpr, SetRefExpr } from "./ast.ts";
import { cloneExpr } from "./clone.ts";
import type { Datatype } from "./datatype.ts";
import type { Stmt } from "./ast-stmt.ts";
import { flagsOf, maskedField, shifted, unmask } from "./delinear-binop.ts";
import { isIcmp, killOptionDep, killPayloadDep, release, storeKeyDep, type Post } from "./delinear-deps.ts";
import { exprStmt } from "./delinear-match.ts";
import { setType } from "./delinear-nodes.ts";
import { completePayload, expandMatch } from "./delinear-payload.ts";
import { isBitmask, TYPE } from "./types-base.ts";
import { concatType } from "./types.ts";
import { relationalUpdate } from "./proto-ctx.ts";
import { IP, IP6 } from "./proto-headers.ts";
import { bytesMsbFirst } from "./bytes.ts";
import { isStringType, lowOf, stringValue } from "./nodes.ts";
import { IFNAME } from "./types-meta.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { INET_SERVICE, IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";

/** Second pass over expressions (expr_postprocess): names, types, fields; answers what replaces the expression. */
export function postExpr(post: Post, e: Expr): Expr {
  switch (e.kind) {
    case "payload":
      completePayload(post, e);
      killPayloadDep(post, e);
      return e;
    case "exthdr":
      killOptionDep(post, e);
      return e;
    case "unary": return postUnary(post, e.arg);
    case "binop": return postBinop(post, e);
    case "value": return postValue(e);
    case "ct": return postCt(post, e);
    case "map": return postMap(post, e);
    case "concat": return postConcat(post, e);
    default: return postChildren(post, e);
  }
}

function postChildren(post: Post, e: Expr): Expr {
  switch (e.kind) {
    case "range": return { ...e, left: postExpr(post, e.left), right: postExpr(post, e.right) };
    case "prefix": return { ...e, expr: postExpr(post, e.expr) };
    case "set_elem": return postElem(post, e);
    case "hash": return e.expr === null ? e : { ...e, expr: postExpr(post, e.expr) };
    case "mapping": return { ...e, left: postExpr(post, e.left), right: postExpr(post, e.right) };
    default: return e;
  }
}

function postElem(post: Post, e: Extract<Expr, { kind: "set_elem" }>): Expr {
  const key = e.key.kind === "binop" ? (maskedField(post, e.key)?.expr ?? postExpr(post, e.key)) : postExpr(post, e.key);
  if (key.kind === "payload") killPayloadDep(post, key);
  return { ...e, key };
}

/** A name that stops before its zero byte matches all that begin so: `eth*`; a star of its own is `\\*` (expr_postprocess_string). */
function postText(v: Extract<Expr, { kind: "value" }>): Expr {
  const bytes = bytesMsbFirst(v.value, Math.ceil(v.len / 8));
  const end = bytes.indexOf(0);
  const text = fromUtf8(end < 0 ? bytes : bytes.subarray(0, end));
  if (end < 0 && text.length < IFNAME.size / 8) return stringValue(`${text}*`, v.loc, v.dtype);
  return text.endsWith("*") ? stringValue(`${text.slice(0, -1)}\\*`, v.loc, v.dtype) : v;
}

const postUnary = (post: Post, arg: Expr): Expr => postExpr(post, arg);

export const postValue = (e: Extract<Expr, { kind: "value" }>): Expr =>
  isStringType(e.dtype) ? postText(e) : e.dtype.basetype?.id === TYPE.bitmask ? flagsOf(e) : e;

function postBinop(post: Post, e: Extract<Expr, { kind: "binop" }>): Expr {
  const field = post.inConcat && e.op === "and" ? maskedField(post, e) : null;
  if (field !== null) return postField(post, field.expr);
  const left = postExpr(post, e.left);
  if (e.op !== "lshift" && e.op !== "rshift") setType(e.right, left.dtype, left.byteorder);
  return { ...e, left, right: postExpr(post, e.right), dtype: left.dtype, byteorder: left.byteorder };
}

function postField(post: Post, e: Expr): Expr {
  if (e.kind === "payload") killPayloadDep(post, e);
  return e;
}

function postMap(post: Post, e: MapExpr): Expr {
  // Of options nft looks through masks in comparisons only.
  const field = e.map.kind === "binop" && e.map.left.kind === "payload" ? maskedField(post, e.map) : null;
  if (field !== null) return { ...e, map: postField(post, field.expr), mappings: shifted(e.mappings, field) };
  if (e.map.kind === "concat" && e.mappings.kind === "set_ref") e.map.dtype = e.mappings.dtype;
  return { ...e, map: postExpr(post, e.map) };
}

function postConcat(post: Post, e: Extract<Expr, { kind: "concat" }>): Expr {
  post.inConcat = true;
  const exprs = e.exprs.map((x) => postExpr(post, x));
  post.inConcat = false;
  return { ...e, exprs, dtype: e.dtype.subtypes !== null ? e.dtype : concatType(exprs.map((x) => x.dtype)) };
}

function postCt(post: Post, e: CtExpr): CtExpr {
  const typed = typeCt(post, e);
  // `ct original ip saddr` says itself which family it is of.
  if (typed.nfproto !== null) release(post, "nh");
  return typed;
}

/** Addresses and ports of a tuple have the type of the packet's headers (ct_expr_update_type). */
function typeCt(post: Post, e: CtExpr): CtExpr {
  const network = post.pctx.protocol.nh.desc;
  if (e.key === "src" || e.key === "dst") {
    if (network === IP) return { ...e, dtype: IPV4_ADDR, byteorder: "big", len: 32, nfproto: "ip" };
    if (network === IP6) return { ...e, dtype: IPV6_ADDR, byteorder: "big", len: 128, nfproto: "ip6" };
  }
  const isPort = e.key === "proto_src" || e.key === "proto_dst";
  return isPort ? { ...e, dtype: INET_SERVICE, byteorder: "big", len: 16 } : e;
}

/** A comparison becomes one statement or several. */
export function postRelational(post: Post, rel: RelationalExpr): void {
  const { left, right } = rel;
  if (left.kind === "payload" && (rel.op === "eq" || rel.op === "neq") && right.kind === "value") return expandMatch(post, rel, left, right);
  const stmt = exprStmt(rel);
  post.out.push(stmt);
  const done = left.kind === "payload" ? payloadOther(post, rel) : otherMatch(post, stmt, rel);
  if (stmt.kind === "expression") stmt.expr = done;
}

/** A field against a set, a range, or by order. */
function payloadOther(post: Post, rel: RelationalExpr): RelationalExpr {
  const left = rel.left;
  if (left.kind !== "payload") return rel;
  completePayload(post, left);
  setType(rel.right, left.dtype, left.byteorder);
  killPayloadDep(post, left);
  learnIcmp(post, rel, left);
  return left.raw && rel.right.kind === "set_ref" ? { ...rel, right: retyped(rel.right, left.dtype) } : rel;
}

/** `icmp type { echo-request, … }`: the first says which fields follow. */
function learnIcmp(post: Post, rel: RelationalExpr, left: PayloadExpr): void {
  if (rel.op !== "eq" || rel.right.kind !== "set_ref" || !isIcmp(left) || left.field?.token !== "type") return;
  const first = rel.right.set.init?.kind === "set" ? lowOf(rel.right.set.init.exprs[0] ?? rel.right) : null;
  if (first !== null) post.pctx.icmpType = Number(first);
}

/** Numbers beside a raw load are hexadecimal, as it is. */
function retyped(ref: SetRefExpr, dtype: Datatype): SetRefExpr {
  if (!ref.set.anonymous || ref.set.init?.kind !== "set") return ref;
  const init = cloneExpr(ref.set.init);
  for (const e of init.exprs) setType(e, dtype, "big");
  return { ...ref, set: { ...ref.set, init } };
}

function otherMatch(post: Post, stmt: Stmt, rel: RelationalExpr): Expr {
  if (rel.left.kind === "concat" && rel.right.kind === "set_ref") rel.left.dtype = rel.right.dtype;
  const turned = rel.left.kind === "unary";
  const masked = rel.left.kind === "binop" && rel.left.left.kind === "payload" && !isBitmask(rel.left.left.dtype);
  const left = masked ? maskLoad(post, rel.left) : postExpr(post, rel.left);
  setType(rel.right, turned ? { ...left.dtype, symbols: null } : left.dtype, turned ? "big" : left.byteorder);
  const done: RelationalExpr = { ...rel, left, right: postExpr(post, rel.right) };
  if (left.kind === "meta" || left.kind === "ct") keyMatch(post, stmt, done);
  return left.kind === "binop" ? unmask(post, stmt, done, left) : done;
}

/** `load & mask` before it is known whose field it is: only the load is named. */
function maskLoad(post: Post, e: Expr): Expr {
  if (e.kind !== "binop" || e.left.kind !== "payload") return postExpr(post, e);
  completePayload(post, e.left);
  killPayloadDep(post, e.left);
  setType(e.right, e.left.dtype, e.left.byteorder);
  return { ...e, right: postExpr(post, e.right), dtype: e.left.dtype, byteorder: e.left.byteorder };
}

function keyMatch(post: Post, stmt: Stmt, rel: RelationalExpr): void {
  if (rel.op !== "eq" || rel.right.kind !== "value") return;
  if (rel.left.kind !== "meta" && rel.left.kind !== "ct") return;
  relationalUpdate(post.pctx, rel);
  storeKeyDep(post, stmt, rel.left, rel.right);
}

/** `cmp gte; cmp lte` over one load were a range; `lt; gt` the opposite (expr_may_merge_range). */
export function mergeRange(post: Post, before: Stmt | null): void {
  const stmt = post.out.at(-1);
  if (before?.kind !== "expression" || stmt?.kind !== "expression" || post.out.at(-2) !== before) return;
  const [a, b] = [before.expr, stmt.expr];
  if (a.kind !== "relational" || b.kind !== "relational" || !sameSelector(a.left, b.left)) return;
  const op = a.op === "gte" && b.op === "lte" ? "eq" : a.op === "lt" && b.op === "gt" ? "neq" : null;
  if (op === null) return;
  const right: Expr = { kind: "range", loc: a.loc, dtype: a.right.dtype, byteorder: a.right.byteorder, len: a.right.len, left: a.right, right: b.right };
  stmt.expr = { ...b, op, right };
  post.out.splice(-2, 1);
}

const sameValue = (a: Expr, b: Expr): boolean => a.kind === "value" && b.kind === "value" && a.value === b.value;

function sameSelector(a: Expr, b: Expr): boolean {
  if (a.kind === "payload" && b.kind === "payload") return a.base === b.base && a.offset === b.offset && a.len === b.len && a.desc === b.desc;
  if (a.kind === "meta" && b.kind === "meta") return a.key === b.key;
  if (a.kind === "ct" && b.kind === "ct") return a.key === b.key && a.dir === b.dir;
  if (a.kind === "exthdr" && b.kind === "exthdr") return a.hdr === b.hdr && a.type === b.type && a.offset === b.offset && a.len === b.len;
  if (a.kind === "rt" && b.kind === "rt") return a.key === b.key;
  if (a.kind === "socket" && b.kind === "socket") return a.key === b.key;
  if (a.kind === "binop" && b.kind === "binop") return a.op === b.op && sameSelector(a.left, b.left) && sameValue(a.right, b.right);
  return a.kind === b.kind && (a.kind === "numgen" || a.kind === "hash" || a.kind === "fib" || a.kind === "xfrm");
}

