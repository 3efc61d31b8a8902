/** Keys of set elements, as values that a Map can find and `<` orders as memcmp does. */
export type SortKey = number | string;

/** Longest key that is kept as a number: exact, and quicker than a string. */
const NUMBER_BYTES = 6;

/** The key of `len` bytes at `at`. Keys of one set compare with each other only. */
export function keyAt(bytes: Uint8Array, at: number, len: number): SortKey {
  if (len > NUMBER_BYTES) return String.fromCharCode(...bytes.subarray(at, at + len));
  let key = 0;
  for (let i = 0; i < len; i++) key = key * 256 + bytes[at + i]!;
  return key;
}

/** Index of the first element of a sorted list that is not below `key`. */
export function lowerBound<T>(sorted: readonly T[], key: SortKey, keyOf: (item: T) => SortKey): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (keyOf(sorted[mid]!) < key) low = mid + 1;
    else high = mid;
  }
  return low;
}
