import { readU16 } from "./addr.ts";

/** One's-complement sum of 16-bit words (RFC 1071), not yet folded or inverted; an odd last byte counts as high byte. */
export function sum16(b: Uint8Array, from: number, to: number, start = 0): number {
  let sum = start;
  let at = from;
  for (; at + 7 < to; at += 8) {
    sum += ((b[at]! << 8) | b[at + 1]!) + ((b[at + 2]! << 8) | b[at + 3]!) + ((b[at + 4]! << 8) | b[at + 5]!) + ((b[at + 6]! << 8) | b[at + 7]!);
  }
  for (; at + 1 < to; at += 2) sum += (b[at]! << 8) | b[at + 1]!;
  if (at < to) sum += b[at]! << 8;
  return sum;
}

/** Folds the carries and inverts: the value that goes into a header. */
export function fold16(sum: number): number {
  let s = sum;
  while (s > 0xffff) s = (s & 0xffff) + Math.floor(s / 0x10000);
  return ~s & 0xffff;
}

/** Internet checksum of a range; 0 when the range already contains a right checksum. */
export const checksum = (b: Uint8Array, from: number, to: number, start = 0): number => fold16(sum16(b, from, to, start));

/** Start value for UDP and TCP: the IPv4 pseudo header (RFC 793 §3.1), addresses taken from the header at `ipAt`. */
export function pseudoSum(b: Uint8Array, ipAt: number, protocol: number, length: number): number {
  return sum16(b, ipAt + 12, ipAt + 20) + protocol + length;
}

/** Checksum after one 16-bit word changed, without reading the rest (RFC 1624 eq. 3). */
export function updateChecksum(old: number, oldWord: number, newWord: number): number {
  return fold16((~old & 0xffff) + (~oldWord & 0xffff) + newWord);
}

/** Replaces the 16-bit word at `wordAt` and repairs the checksum at `checksumAt`. */
export function patchWord(b: Uint8Array, wordAt: number, value: number, checksumAt: number): void {
  const fixed = updateChecksum(readU16(b, checksumAt), readU16(b, wordAt), value);
  b[wordAt] = value >>> 8;
  b[wordAt + 1] = value;
  b[checksumAt] = fixed >>> 8;
  b[checksumAt + 1] = fixed;
}
