/** Bob Jenkins' lookup3 as the kernel has it (include/linux/jhash.h), over little-endian words. */

const rol = (n: number, bits: number): number => (n << bits) | (n >>> (32 - bits));

/** JHASH_INITVAL. */
const INITVAL = 0xdeadbeef;

/** jhash of `length` bytes at `from`; unsigned 32 bits. */
export function jhash(bytes: Uint8Array, from: number, length: number, seed: number): number {
  const s = { a: 0, b: 0, c: 0 };
  s.a = s.b = s.c = (INITVAL + length + seed) | 0;
  let at = from;
  let left = length;
  for (; left > 12; left -= 12, at += 12) {
    s.a = (s.a + word(bytes, at, 4)) | 0;
    s.b = (s.b + word(bytes, at + 4, 4)) | 0;
    s.c = (s.c + word(bytes, at + 8, 4)) | 0;
    mix(s);
  }
  if (left === 0) return s.c >>> 0;
  s.a = (s.a + word(bytes, at, left)) | 0;
  s.b = (s.b + word(bytes, at + 4, left - 4)) | 0;
  s.c = (s.c + word(bytes, at + 8, left - 8)) | 0;
  return final(s);
}

interface State {
  a: number;
  b: number;
  c: number;
}

/** Up to four bytes, missing ones zero. */
function word(bytes: Uint8Array, at: number, have: number): number {
  let w = 0;
  for (let i = 0; i < 4 && i < have; i++) w |= bytes[at + i]! << (8 * i);
  return w;
}

/** __jhash_mix. */
function mix(s: State): void {
  let { a, b, c } = s;
  a = (a - c) ^ rol(c, 4); c = (c + b) | 0;
  b = (b - a) ^ rol(a, 6); a = (a + c) | 0;
  c = (c - b) ^ rol(b, 8); b = (b + a) | 0;
  a = (a - c) ^ rol(c, 16); c = (c + b) | 0;
  b = (b - a) ^ rol(a, 19); a = (a + c) | 0;
  c = (c - b) ^ rol(b, 4); b = (b + a) | 0;
  s.a = a;
  s.b = b;
  s.c = c;
}

/** __jhash_final. */
function final(s: State): number {
  let { a, b, c } = s;
  c = ((c ^ b) - rol(b, 14)) | 0;
  a = ((a ^ c) - rol(c, 11)) | 0;
  b = ((b ^ a) - rol(a, 25)) | 0;
  c = ((c ^ b) - rol(b, 16)) | 0;
  a = ((a ^ c) - rol(c, 4)) | 0;
  b = ((b ^ a) - rol(a, 14)) | 0;
  c = ((c ^ b) - rol(b, 24)) | 0;
  return c >>> 0;
}
