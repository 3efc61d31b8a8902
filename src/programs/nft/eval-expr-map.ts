import type { Expr, MapExpr, SetExpr, SetRefExpr, VerdictExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { cloneExpr } from "./clone.ts";
import { constantOf, expectNothing, fail, isConstant, sameType, setRefOf, type EvalCtx, type ExprCtx } from "./eval-ctx.ts";
import { evaluateExpr } from "./eval-expr.ts";
import { bigEndianFields, inByteorder, transferBinop } from "./eval-expr-binop.ts";
import { intervalSetEval } from "./intervals.ts";
import { evaluateSetDecl } from "./eval-set.ts";
import type { NftObjType } from "../../net/uapi/nft-expr.ts";
import { noLoc } from "./nodes.ts";
import { STRING, TYPE } from "./types-base.ts";

/** `selector map { … }`, and the sets without a name that rules declare. */

const flagsOf = (init: SetExpr): SetDecl["flags"] => ({
  constant: true, interval: init.interval, timeout: false, eval: init.eval, autoMerge: init.interval, concat: init.concat, object: init.object, map: init.map,
});

/** A set for one rule: `__set%d`, `__map%d` or a meter's name (implicit_set_declaration). */
export function declareImplicitSet(ctx: EvalCtx, name: string, key: Expr, data: Expr | null, init: SetExpr, objType: NftObjType | null = null): SetRefExpr | null {
  const { handle } = ctx.rule ?? ctx.cmd;
  const set: SetDecl = {
    loc: init.loc, comment: null, isMap: init.map, anonymous: true, key, keyTypeofGiven: false, data, dataTypeofGiven: false, objType, keyType: key.dtype,
    handle: { ...handle, family: ctx.family, table: handle.table ?? ctx.cmd.handle.table, chain: null, set: { name, loc: init.loc }, obj: null, flowtable: null, handle: null, position: null, index: null },
    flags: flagsOf(init), timeoutMs: null, gcMs: null, size: null, policy: null, stmts: [], init, fieldLens: [], id: 0, automergeLoc: null,
  };
  return evaluateSetDecl(ctx, set) ? setRefOf(set, init.loc) : null;
}

/** `ct original saddr` without ip or ip6 cannot be looked up: true after that error. */
export function ctAddress(ctx: EvalCtx, e: Expr): boolean {
  const bare = (x: Expr): boolean => x.kind === "ct" && (x.key === "src" || x.key === "dst");
  const found = bare(e) ? e : e.kind === "concat" ? e.exprs.find(bare) : undefined;
  return found !== undefined && fail(ctx, "specify either ip or ip6 for address matching", found.loc) === null;
}

function evaluateMapKey(ctx: EvalCtx, e: MapExpr): Expr | null {
  if (ctAddress(ctx, e.map)) return null;
  expectNothing(ctx);
  const key = evaluateExpr(ctx, e.map);
  if (key === null) return null;
  return isConstant(key) ? fail(ctx, "Map expression can not be constant", key.loc) : key;
}

/** The key of a set that a selector looks up: its fields, or its type alone. */
function keyOf(ctx: EvalCtx, selector: Expr): Expr {
  if (ctx.ectx.key?.kind === "concat") return ctx.ectx.key;
  const { dtype, byteorder, len } = ctx.ectx;
  return selector.kind === "binop" && dtype === null ? selector : constantOf(selector.loc, dtype ?? selector.dtype, byteorder, len, 0);
}

function dataOf(outer: ExprCtx): Expr {
  const dtype = outer.dtype ?? STRING;
  const verdict: VerdictExpr = { kind: "verdict", loc: noLoc, dtype, byteorder: "host", len: 0, code: "continue", chain: null, chainId: null, block: null };
  return dtype.id === TYPE.verdict ? verdict : constantOf(noLoc, dtype, outer.byteorder, outer.len, 0);
}

export function evaluateMap(ctx: EvalCtx, e: MapExpr): Expr | null {
  const outer = ctx.ectx;
  const key = evaluateMapKey(ctx, e);
  if (key === null) return null;
  e.map = key;
  if (e.mappings.kind === "variable") e.mappings = resolveVariable(e.mappings);
  if (e.mappings.kind === "set" && !declareMap(ctx, e, e.mappings, outer)) return null;
  return finishMap(ctx, e, (set) => set.flags.map);
}

/** What a definition stands for; each rule gets its own copy. */
export function resolveVariable(e: Expr): Expr {
  let at = e;
  while (at.kind === "variable") at = at.value;
  return cloneExpr(at);
}

function declareMap(ctx: EvalCtx, e: MapExpr, mappings: SetExpr, outer: ExprCtx): boolean {
  mappings.map = true;
  const ref = declareImplicitSet(ctx, "__map%d", keyOf(ctx, e.map), dataOf(outer), mappings);
  return ref !== null && fillMap(ctx, e, ref, mappings);
}

/** Reads the elements now that key and data have types. */
function fillMap(ctx: EvalCtx, e: MapExpr, ref: SetRefExpr, mappings: SetExpr): boolean {
  const { set } = ref;
  const before = ctx.set;
  ctx.set = set;
  const init = evaluateExpr(ctx, mappings);
  const ok = init?.kind === "set" && takeInit(ctx, set, init);
  ctx.set = before;
  e.mappings = ref;
  return ok && transferBinop(ctx, e);
}

function takeInit(ctx: EvalCtx, set: SetDecl, init: SetExpr): boolean {
  set.init = init;
  set.flags.interval ||= init.interval;
  set.flags.concat ||= init.interval && set.key?.kind === "concat";
  if (set.flags.concat) bigEndianFields(init);
  return !init.interval || set.flags.concat || intervalSetEval(ctx, set, init);
}

/** Bits of the fields of a concatenation; none for a single key. */
export const fieldLensOf = (key: Expr): readonly number[] =>
  key.kind === "concat" ? key.exprs.map((f) => f.len) : (key.dtype.subtypes ?? []).map((d) => d.size);

function finishMap(ctx: EvalCtx, e: MapExpr, isMap: (set: SetDecl) => boolean, notMap = "Expression is not a map"): Expr | null {
  const ref = e.mappings.kind === "set_ref" ? e.mappings : evaluateExpr(ctx, e.mappings);
  if (ref === null) return null;
  e.mappings = ref;
  if (ref.kind !== "set_ref" || !isMap(ref.set)) return fail(ctx, notMap, ref.loc);
  const key = ref.set.key;
  if (key !== null && !sameType(e.map.dtype, key.dtype)) {
    return fail(ctx, `datatype mismatch, map expects ${key.dtype.desc}, mapping expression has type ${e.map.dtype.desc}`, ref.loc, e.map.loc);
  }
  e.dtype = ref.set.data?.dtype ?? e.dtype;
  e.byteorder = ref.set.data?.byteorder ?? e.byteorder;
  e.len = ref.set.data?.len ?? 0;
  return ref.set.flags.interval ? bigEndianKey(ctx, e) : e;
}

/** Intervals are looked up most significant byte first. */
function bigEndianKey(ctx: EvalCtx, e: MapExpr): Expr | null {
  const map = inByteorder(ctx, e.map, "big");
  if (map === null) return null;
  e.map = map;
  return e;
}

/** `counter name tcp dport map { 22 : "ssh" }` (stmt_evaluate_objref_map). */
export function evaluateObjMap(ctx: EvalCtx, e: MapExpr, objType: NftObjType): Expr | null {
  const key = evaluateMapKey(ctx, e);
  if (key === null) return null;
  e.map = key;
  if (e.mappings.kind === "variable") e.mappings = resolveVariable(e.mappings);
  if (e.mappings.kind === "set") {
    const mappings = e.mappings;
    mappings.object = true;
    const ref = declareImplicitSet(ctx, "__objmap%d", keyOf(ctx, key), null, mappings, objType);
    if (ref === null || !fillMap(ctx, e, ref, mappings)) return null;
  }
  return finishMap(ctx, e, (set) => set.flags.object, "Expression is not a map with objects");
}
