import type { Expr, SetElemExpr, SetExpr, ValueExpr } from "./ast.ts";
import type { SetDecl } from "./ast-cmd.ts";
import { constantOf, fail, ones, type EvalCtx } from "./eval-ctx.ts";
import { findTable } from "./fuzzy.ts";
import { existingRanges, rangesToElems } from "./intervals-cache.ts";
import { automerged, overlapOf, removed, type Piece } from "./intervals-pieces.ts";
import { elemOf, highOf, lowOf, mappingOf, noLoc, rangeOf } from "./nodes.ts";
import { elemKeyOf } from "./eval-expr-set.ts";
import type { NftElem } from "../../net/uapi/nft.ts";

/**
 * Interval sets: ranges in order, merged (`auto-merge`, sets without a name) or checked against each other and against
 * what the kernel has; then the elements as the kernel wants them, a start and an end each (nftables' intervals.c).
 */

export const innerElem = (e: Expr): SetElemExpr | null => (e.kind === "mapping" ? innerElem(e.left) : e.kind === "set_elem" ? e : null);

function pieceOf(e: Expr): Piece | null {
  const key = elemKeyOf(e);
  const low = lowOf(key);
  const high = highOf(key);
  return key.kind === "catchall" || low === null || high === null ? null : { low, high, expr: e, kernel: false };
}

const byLow = (a: Piece, b: Piece): number => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0);

/** Checks or merges what a command adds or takes (interval_set_eval). False after an error. */
export function intervalSetEval(ctx: EvalCtx, set: SetDecl, init: SetExpr): boolean {
  const { op } = ctx.cmd;
  if (op === "get" || op === "reset") return true;
  if (op === "delete" || op === "destroy") return set.anonymous || deletePieces(ctx, set, init);
  return set.flags.autoMerge && !set.flags.map ? mergePieces(ctx, set, init) : checkOverlap(ctx, set, init);
}

interface Sorted { readonly pieces: Piece[]; readonly rest: Expr[]; readonly known: readonly Piece[] }

/** The set's own ranges, those of the kernel, and what has no range (`*`). */
function sorted(ctx: EvalCtx, set: SetDecl, init: SetExpr): Sorted {
  const own: Piece[] = [];
  const rest: Expr[] = [];
  for (const e of init.exprs) {
    const piece = pieceOf(e);
    if (piece === null) rest.push(e);
    else own.push(piece);
  }
  const known = set.anonymous ? [] : existingRanges(ctx, set);
  return { pieces: [...known, ...own].sort(byLow), rest, known };
}

function checkOverlap(ctx: EvalCtx, set: SetDecl, init: SetExpr): boolean {
  const { pieces, rest } = sorted(ctx, set, init);
  const clash = overlapOf(pieces);
  if (clash !== null) {
    const [first, second] = clash;
    if (first.kernel) return fail(ctx, "interval overlaps with an existing one", locOf(second)) !== null;
    if (second.kernel) return fail(ctx, "interval overlaps with an existing one", locOf(first)) !== null;
    return fail(ctx, "conflicting intervals specified", locOf(second), locOf(first)) !== null;
  }
  init.exprs = [...pieces.filter((p) => !p.kernel).map((p) => p.expr), ...rest];
  remember(ctx, set, pieces);
  return true;
}

const locOf = (p: Piece): Expr["loc"] => (innerElem(p.expr) ?? p.expr).loc;

function mergePieces(ctx: EvalCtx, set: SetDecl, init: SetExpr): boolean {
  const { pieces, rest } = sorted(ctx, set, init);
  const { kept, purged } = automerged(pieces);
  init.exprs = [...kept.filter((p) => !p.kernel).map((p) => asRange(set, p)), ...rest];
  if (purged.length > 0) init.purge = purged.map((p) => asRange(set, p));
  remember(ctx, set, kept);
  return true;
}

function deletePieces(ctx: EvalCtx, set: SetDecl, init: SetExpr): boolean {
  const { pieces, rest, known } = sorted(ctx, set, init);
  const plan = removed(known, pieces.filter((p) => !p.kernel));
  if ("missing" in plan) return fail(ctx, "element does not exist", locOf(plan.missing)) !== null;
  init.exprs = [...plan.gone.map((p) => asRange(set, p)), ...rest];
  remember(ctx, set, plan.left);
  return true;
}

/** What the set holds after this command, for the next one. */
function remember(ctx: EvalCtx, set: SetDecl, pieces: readonly Piece[]): void {
  const table = set.anonymous ? null : findTable(ctx);
  table?.elems.set(set.handle.set?.name ?? "", rangesToElems(set, pieces) satisfies readonly NftElem[]);
}

/** The piece's element with its (new) bounds. */
function asRange(set: SetDecl, p: Piece): Expr {
  const elem = innerElem(p.expr) ?? elemOf(p.expr, p.expr.loc);
  if (lowOf(elem.key) === p.low && highOf(elem.key) === p.high) return p.expr;
  const bound = (value: bigint): ValueExpr => constantOf(elem.key.loc, set.key?.dtype ?? elem.dtype, elem.key.byteorder, set.key?.len ?? elem.len, value);
  const key = p.low === p.high ? bound(p.low) : rangeOf(bound(p.low), bound(p.high), elem.key.loc);
  return { ...elem, key };
}

/**
 * Elements of an interval set as the kernel takes them: where a range begins, and `intervalEnd` one behind its end;
 * first an end at 0 in a set that was empty. Keys are most significant byte first (set_to_intervals).
 * `add` = false for deletions.
 */
export function setToIntervals(set: SetDecl, init: SetExpr, add: boolean): Expr[] {
  const out: Expr[] = [];
  let end: Expr | null = null;
  for (const e of ordered(init)) {
    const piece = pieceOf(e);
    if (piece === null) {
      out.push(e);
      continue;
    }
    if (out.length === 0 && end === null && needsFirst(set, add) && piece.low !== 0n) out.push(endElem(set, e, 0n, noLoc));
    if (end !== null && !(set.anonymous && lowOf(end) === piece.low)) out.push(end);
    end = piece.high === ones(keyLen(set)) ? null : endElem(set, e, piece.high + 1n, elemKeyOf(e).loc);
    out.push(startElem(set, e, piece));
  }
  if (end !== null) out.push(end);
  return out;
}

/** By where they begin; what has no range last. */
function ordered(init: SetExpr): Expr[] {
  const pieces = init.exprs.map((e) => ({ e, low: elemKeyOf(e).kind === "catchall" ? null : lowOf(e) }));
  const ranges = pieces.filter((p) => p.low !== null).sort((a, b) => ((a.low ?? 0n) < (b.low ?? 0n) ? -1 : (a.low ?? 0n) > (b.low ?? 0n) ? 1 : 0));
  return [...ranges.map((p) => p.e), ...pieces.filter((p) => p.low === null).map((p) => p.e)];
}

const keyLen = (set: SetDecl): number => set.key?.len ?? 0;

/** Only a set that was empty gets the element at 0 (segtree_needs_first_segment). */
const needsFirst = (set: SetDecl, add: boolean): boolean => add && (set.anonymous || set.init !== null);

function keyValue(set: SetDecl, loc: Expr["loc"], value: bigint): ValueExpr {
  return constantOf(loc, set.key?.dtype ?? noType(set), "big", keyLen(set), value);
}
const noType = (set: SetDecl): ValueExpr["dtype"] => {
  if (set.keyType === null) throw new Error("set without a type");
  return set.keyType;
};

function endElem(set: SetDecl, of: Expr, value: bigint, loc: Expr["loc"]): Expr {
  const elem: SetElemExpr = { ...elemOf(keyValue(set, loc, value), loc), intervalEnd: true };
  return of.kind === "mapping" ? mappingOf(elem, of.right, loc) : elem;
}

function startElem(set: SetDecl, e: Expr, piece: Piece): Expr {
  const elem = innerElem(e) ?? elemOf(e, e.loc);
  const open = piece.high === ones(keyLen(set));
  const start: SetElemExpr = { ...elem, key: keyValue(set, elem.key.loc, piece.low), intervalOpen: open };
  return e.kind === "mapping" ? { ...e, left: start } : start;
}

/** Keys of `get element`: a value, or both ends of a range (get_set_intervals). */
export function getSetIntervals(set: SetDecl, init: SetExpr): Expr[] {
  return init.exprs.flatMap((e) => {
    const piece = pieceOf(e);
    if (piece === null) return [e];
    const start = startElem(set, e, piece);
    const single = elemKeyOf(e).kind === "value";
    return single || piece.high === ones(keyLen(set)) ? [start] : [start, endElem(set, e, piece.high + 1n, e.loc)];
  });
}
