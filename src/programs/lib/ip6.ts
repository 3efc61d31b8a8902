import { readU16 } from "../../wire/addr.ts";

/** IPv6 addresses as text, for what only carries them: AAAA records, ip6.arpa names. */

/** inet_pton(3): sixteen bytes; null when it is no address. */
export function parseIp6(text: string): Uint8Array | null {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(":") || text.includes(":::")) return null;
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = [groupsOf(halves[0] ?? ""), groupsOf(halves[1] ?? "")];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: halves.length === 1 ? 0 : missing }, () => 0), ...tail];
  return Uint8Array.from(groups.flatMap((g) => [g >>> 8, g & 255]));
}

function groupsOf(half: string): number[] | null {
  if (half === "") return [];
  const parts = half.split(":");
  const quad = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(parts.at(-1) ?? "")?.slice(1).map(Number);
  const hex = quad === undefined ? parts : parts.slice(0, -1);
  if (hex.some((p) => !/^[0-9a-fA-F]{1,4}$/.test(p)) || quad?.some((n) => n > 255) === true) return null;
  const [a = 0, b = 0, c = 0, d = 0] = quad ?? [];
  return [...hex.map((p) => parseInt(p, 16)), ...(quad === undefined ? [] : [(a << 8) | b, (c << 8) | d])];
}

/** inet_ntop(3): RFC 5952, and IPv4 in the last two groups where the rest is zero. */
export function formatIp6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => readU16(bytes, 2 * i));
  const [start, length] = longestZeroRun(groups);
  if (start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff))) return `${length === 6 ? "::" : "::ffff:"}${[...bytes.subarray(12, 16)].join(".")}`;
  if (length < 2) return groups.map((g) => g.toString(16)).join(":");
  const part = (from: number, to: number): string => groups.slice(from, to).map((g) => g.toString(16)).join(":");
  return `${part(0, start)}::${part(start + length, 8)}`;
}

function longestZeroRun(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [-1, 0];
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (groups[i + n] === 0) n++;
    if (n > best[1]) best = [i, n];
    i += Math.max(0, n - 1);
  }
  return best;
}
