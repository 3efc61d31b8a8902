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

export type Removal = { readonly missing: Piece } | { /** Ranges of the kernel that go. */ readonly gone: Piece[]; readonly left: Piece[] };

/** Taking `wanted` out of `known`: whole ranges only, also with auto-merge (setelem_delete). */
export function removed(known: readonly Piece[], wanted: readonly Piece[]): Removal {
  const left = [...known];
  const gone: Piece[] = [];
  for (const piece of wanted) {
    const at = left.findIndex((k) => k.low === piece.low && k.high === piece.high);
    if (at < 0) return { missing: piece };
    left.splice(at, 1);
    gone.push(piece);
  }
  return { gone, left };
}
