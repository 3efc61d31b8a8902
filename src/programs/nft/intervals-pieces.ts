import type { Expr } from "./ast.ts";

/** A range with what it came from; both bounds inclusive. */
export interface Piece {
  low: bigint;
  high: bigint;
  readonly expr: Expr;
  /** The kernel has it already. */
  readonly kernel: boolean;
}

/** The first two that overlap without being equal; `pieces` in order (setelem_overlap). */
export function overlapOf(pieces: readonly Piece[]): readonly [Piece, Piece] | null {
  let before: Piece | null = null;
  for (const piece of pieces) {
    if (before !== null && !(before.low === piece.low && before.high === piece.high) && before.high >= piece.low) return [before, piece];
    before = piece;
  }
  return null;
}

/** Neighbours and overlaps become one range; what the kernel had of them must go first (setelem_automerge). */
export function automerged(pieces: readonly Piece[]): { readonly kept: Piece[]; readonly purged: Piece[] } {
  const kept: Piece[] = [];
  const purged: Piece[] = [];
  for (const piece of pieces) {
    const before = kept.at(-1);
    if (before === undefined || piece.low > before.high + 1n) kept.push({ ...piece });
    else if (piece.high <= before.high) purged.push(...(piece.kernel ? [piece] : []));
    else extend(before, piece, kept, purged);
  }
  return { kept, purged };
}

function extend(before: Piece, piece: Piece, kept: Piece[], purged: Piece[]): void {
  if (before.kernel && !piece.kernel) {
    purged.push({ ...before });
    kept[kept.length - 1] = { ...piece, low: before.low };
    return;
  }
  if (piece.kernel) purged.push(piece);
  before.high = piece.high;
}

export type Removal =
  | { readonly missing: Piece }
  | { /** Ranges of the kernel that go. */ readonly gone: Piece[]; /** What remains of them, to be added again. */ readonly added: Piece[]; readonly left: Piece[] };

/** Taking `wanted` out of `known`: whole ranges, with `partly` also parts of them (setelem_delete). */
export function removed(known: Piece[], wanted: readonly Piece[], partly: boolean): Removal {
  const left = known;
  const gone: Piece[] = [];
  const added: Piece[] = [];
  for (const piece of wanted) {
    const at = left.findIndex((k) => (partly ? k.low <= piece.low && k.high >= piece.high : k.low === piece.low && k.high === piece.high));
    const whole = left[at];
    if (whole === undefined) return { missing: piece };
    const rest = remainders(whole, piece);
    left.splice(at, 1, ...rest);
    takeAway(whole, piece, rest, gone, added);
  }
  return { gone, added, left };
}

/** A range that this command itself made (kernel = false) was never sent: only its remainders count. */
function takeAway(whole: Piece, piece: Piece, rest: readonly Piece[], gone: Piece[], added: Piece[]): void {
  const own = added.findIndex((a) => a.low === whole.low && a.high === whole.high);
  if (own >= 0) added.splice(own, 1);
  else gone.push(whole.low === piece.low && whole.high === piece.high ? piece : whole);
  added.push(...rest);
}

function remainders(whole: Piece, hole: Piece): Piece[] {
  const below: Piece[] = whole.low < hole.low ? [{ ...whole, high: hole.low - 1n }] : [];
  const above: Piece[] = whole.high > hole.high ? [{ ...whole, low: hole.high + 1n }] : [];
  return [...below, ...above];
}
