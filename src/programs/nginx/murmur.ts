/** MurmurHash2 (Austin Appleby, public domain) of a byte string, seed 0: what split_clients divides by. */
export function murmurHash2(text: string): number {
  const m = 0x5bd1e995;
  let h = (0 ^ text.length) >>> 0;
  let at = 0;
  for (; text.length - at >= 4; at += 4) {
    let k = byte(text, at) | (byte(text, at + 1) << 8) | (byte(text, at + 2) << 16) | (byte(text, at + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  for (let left = text.length - at; left > 0; left--) {
    h ^= byte(text, at + left - 1) << (8 * (left - 1));
    if (left === 1) h = Math.imul(h, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return (h ^ (h >>> 15)) >>> 0;
}

const byte = (text: string, at: number): number => text.charCodeAt(at) & 255;
