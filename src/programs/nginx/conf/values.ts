/** Numbers with units, as nginx.conf writes them (ngx_parse.c). All answer null for what is not one. */

/** `8k`, `1m`, `512` in bytes. */
export function parseSize(text: string): number | null {
  const m = /^(\d+)([kKmM]?)$/.exec(text);
  if (m === null) return null;
  const unit = { "": 1, k: 1024, m: 1_048_576 }[(m[2] ?? "").toLowerCase()] ?? 1;
  return Number(m[1]) * unit;
}

/** As sizes, and gigabytes too. */
export function parseOffset(text: string): number | null {
  const m = /^(\d+)[gG]$/.exec(text);
  return m === null ? parseSize(text) : Number(m[1]) * 1_073_741_824;
}

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["y", 31_536_000_000], ["M", 2_592_000_000], ["w", 604_800_000], ["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1],
];

/** `1h 30m`, `500ms`, `60` (seconds) in milliseconds; units in falling order. */
export function parseMsec(text: string): number | null {
  let total = 0;
  let step = 0;
  let rest = text;
  while (rest !== "") {
    const m = /^(\d+)(ms|[yMwdhms]?)\s*/.exec(rest);
    if (m === null) return null;
    const unit = m[2] === "" ? "s" : m[2] ?? "s";
    const at = UNITS.findIndex(([name]) => name === unit);
    if (at < step || (m[2] === "" && m[0].length < rest.length)) return null;
    step = at + 1;
    total += Number(m[1]) * (UNITS[at]?.[1] ?? 1);
    rest = rest.slice(m[0].length);
  }
  return text === "" ? null : total;
}

/** As {@link parseMsec}, in seconds; `ms` is not allowed. */
export function parseSec(text: string): number | null {
  if (text.includes("ms")) return null;
  const ms = parseMsec(text);
  return ms === null ? null : Math.floor(ms / 1000);
}

export const parseNumber = (text: string): number | null => (/^\d+$/.test(text) ? Number(text) : null);

/** `2r/s` in requests a second, times 1000 (limit_req counts in thousandths). */
export const isName = (text: string): boolean => /^[a-zA-Z0-9_]+$/.test(text);
