import type { Printout } from "./printout.ts";
import { visible } from "./text.ts";

/** The two top bits of a label's first byte (RFC 1035 §4.1.4; 0x40 was RFC 2671's extended label). */
const KIND_MASK = 0xc0;
const [POINTER, EXTENDED, LABEL] = [0xc0, 0x40, 0x00];
/** Longest name shown. */
const MAX_NAME = 255;

/** Where what follows the name at `at` begins; `null` when it was cut off. */
export function skipName(p: Printout, at: number): number | null {
  for (;;) {
    if (!p.has(at, 1)) return null;
    const byte = p.u8(at++);
    if (byte === 0) return at;
    if ((byte & KIND_MASK) === POINTER) return at + 1;
    if ((byte & KIND_MASK) !== LABEL) return null;
    at += byte;
  }
}

/** Shows `count` bytes as far as captured; false when some were not. */
export function printText(p: Printout, at: number, count: number): boolean {
  const shown = Math.min(count, p.left(at));
  for (let i = 0; i < shown; i++) p.put(visible(p.u8(at + i)));
  return shown === count;
}

/** A label's length, or `null` after saying that it is none. */
function labelLength(p: Printout, byte: number): number | null {
  const kind = byte & KIND_MASK;
  if (kind === LABEL || kind === POINTER) return byte;
  p.put(kind === EXTENDED ? `<ELT ${byte & ~KIND_MASK}>` : "<BAD LABEL TYPE>");
  return null;
}

/** Prints the name at `at` of the message at `base`, with a dot behind each label; where what follows begins. */
export function printName(p: Printout, at: number, base: number): number | null {
  if (!p.has(at, 1)) return null;
  let byte = p.u8(at);
  if (labelLength(p, byte) === null) return null;
  if (byte === 0) {
    p.put(".");
    return at + 1;
  }
  // A pointer of which only the first byte was captured leads nowhere.
  if ((byte & KIND_MASK) === POINTER && !p.has(at + 1, 1)) return null;
  let after: number | null = null;
  let limit = at - base;
  let chars = 0;
  let cursor = at + 1;
  while (byte !== 0 && cursor < p.end) {
    if ((byte & KIND_MASK) === POINTER) {
      after ??= cursor + 1;
      const offset = ((byte << 8) | p.u8(cursor)) & 0x3fff;
      // A pointer may only lead backwards, else names could go round in circles.
      if (offset >= limit) {
        p.put("<BAD PTR>");
        return null;
      }
      limit = offset;
      cursor = base + offset;
    } else {
      if (!printText(p, cursor, Math.max(0, Math.min(byte, MAX_NAME - chars)))) return null;
      chars += byte;
      cursor += byte;
      if (chars <= MAX_NAME) p.put(".");
      chars++;
    }
    if (!p.has(cursor, 1)) return null;
    byte = p.u8(cursor++);
    if (labelLength(p, byte) === null) return null;
  }
  if (chars > MAX_NAME) p.put("<DOMAIN NAME TOO LONG>");
  return after ?? cursor + byte;
}
