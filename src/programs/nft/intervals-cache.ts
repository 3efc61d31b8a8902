import type { SetDecl } from "./ast-cmd.ts";
import { bytesMsbFirst, numberFromMsbFirst } from "./bytes.ts";
import { constantOf, ones, type EvalCtx } from "./eval-ctx.ts";
import { findTable } from "./fuzzy.ts";
import type { Piece } from "./intervals-pieces.ts";
import { elemOf, noLoc, rangeOf } from "./nodes.ts";
import { INTEGER } from "./types-base.ts";
import type { NftElem } from "../../net/uapi/nft.ts";

/** Ranges that the kernel holds of a set, out of its starts and ends and back. */

export function existingRanges(ctx: EvalCtx, set: SetDecl): Piece[] {
  const elems = findTable(ctx)?.elems.get(set.handle.set?.name ?? "") ?? [];
  const bounds = elems.filter((e) => e.catchall !== true && e.key !== undefined).map((e) => ({ at: numberFromMsbFirst(e.key ?? new Uint8Array()), end: e.intervalEnd === true }));
  bounds.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : Number(b.end) - Number(a.end)));
  const max = ones(set.key?.len ?? 0);
  return bounds.flatMap((b, i) => (b.end ? [] : [pieceOf(set, b.at, endAfter(bounds, i, max))]));
}

function endAfter(bounds: readonly { readonly at: bigint }[], i: number, max: bigint): bigint {
  const next = bounds[i + 1];
  return next === undefined ? max : next.at - 1n;
}

function pieceOf(set: SetDecl, low: bigint, high: bigint): Piece {
  const bound = (value: bigint): ReturnType<typeof constantOf> => constantOf(noLoc, set.key?.dtype ?? INTEGER, "big", set.key?.len ?? 0, value);
  return { low, high, kernel: true, expr: elemOf(rangeOf(bound(low), bound(high), noLoc), noLoc) };
}

/** Starts and ends of ranges, as a dump would have them. */
export function rangesToElems(set: SetDecl, pieces: readonly Piece[]): NftElem[] {
  const bits = set.key?.len ?? 0;
  const bytes = (value: bigint): Uint8Array => bytesMsbFirst(value, Math.ceil(bits / 8));
  const max = ones(bits);
  return pieces.flatMap((p) => [{ key: bytes(p.low) }, ...(p.high === max ? [] : [{ key: bytes(p.high + 1n), intervalEnd: true }])]);
}
