import { readU16, readU32 } from "../../../wire/addr.ts";

/** IPv6 address at `at` as inet_ntop(3) writes it (RFC 5952 with the BSD rule for embedded IPv4). */
export function formatIp6At(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => readU16(bytes, at + 2 * i));
  const [start, length] = longestZeroRun(groups);
  if (start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff)))
    return `${length === 6 ? "::" : "::ffff:"}${quad(readU32(bytes, at + 12))}`;
  if (length < 2) return groups.map((g) => g.toString(16)).join(":");
  const part = (from: number, to: number): string => groups.slice(from, to).map((g) => g.toString(16)).join(":");
  return `${part(0, start)}::${part(start + length, 8)}`;
}

const quad = (n: number): string => `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

/** The first longest run of zero groups. */
function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [-1, 0];
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > best[1]) best = [i, n];
    i += Math.max(0, n - 1);
  }
  return best;
}
