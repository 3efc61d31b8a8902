/** IPv6 addresses as 128-bit numbers and text (RFC 4291 §2.2, printing as inet_ntop does). */

const groupOf = (text: string): bigint | null => (/^[0-9a-f]{1,4}$/i.test(text) ? BigInt(`0x${text}`) : null);

function quadOf(text: string): bigint[] | null {
  const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (m === null) return null;
  const [a = 0, b = 0, c = 0, d = 0] = m.slice(1).map(Number);
  return Math.max(a, b, c, d) > 255 ? null : [BigInt(a * 256 + b), BigInt(c * 256 + d)];
}

/** Groups of "a:b:1.2.3.4"; null = malformed. */
function groupsOf(text: string): bigint[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const out: bigint[] = [];
  for (const [i, part] of parts.entries()) {
    const quad = i === parts.length - 1 && part.includes(".") ? quadOf(part) : null;
    const group = quad === null ? groupOf(part) : null;
    if (quad === null && group === null) return null;
    out.push(...(quad ?? [group ?? 0n]));
  }
  return out;
}

export function parseIp6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = groupsOf(halves[0] ?? "");
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? "") : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return all.reduce((sum, group) => (sum << 16n) | group, 0n);
}

/** The longest run of two or more zero groups, the first of equals. */
function longestZeroRun(groups: readonly number[]): { at: number; count: number } {
  let best = { at: -1, count: 1 };
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > best.count) best = { at: i, count: n };
    if (n > 0) i += n - 1;
  }
  return best;
}

const hex = (groups: readonly number[]): string => groups.map((g) => g.toString(16)).join(":");

function quadText(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

export function formatIp6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn));
  const run = longestZeroRun(groups);
  const [high = 0, low = 0] = groups.slice(6);
  if (run.at === 0 && run.count === 6) return `::${quadText(high, low)}`;
  if (run.at === 0 && run.count === 5 && groups[5] === 0xffff) return `::ffff:${quadText(high, low)}`;
  if (run.at < 0) return hex(groups);
  return `${hex(groups.slice(0, run.at))}::${hex(groups.slice(run.at + run.count))}`;
}
