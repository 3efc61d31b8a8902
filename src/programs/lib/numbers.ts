/** Numbers as the GNU tools read them (xstrtol, xnumber). */

const POWERS = "KMGTPEZY";

/** `10`, `2K`, `3MB`, `1b`: a size with the multipliers of `head -c`. Null when it is not one. */
export function parseSize(text: string): number | null {
  const m = /^\+?(\d+)([a-zA-Z]*)$/.exec(text);
  if (m === null) return null;
  const scale = sizeUnit(m[2] ?? "");
  return scale === null ? null : Number(m[1]) * scale;
}

function sizeUnit(unit: string): number | null {
  if (unit === "") return 1;
  if (unit === "b") return 512;
  const at = POWERS.indexOf((unit[0] ?? "").toUpperCase());
  if (at < 0 || (unit[0] === "k" && unit !== "kB" && unit !== "k")) return null;
  if (unit.length === 1 || unit.slice(1) === "iB") return 1024 ** (at + 1);
  return unit.slice(1) === "B" ? 1000 ** (at + 1) : null;
}

/** A plain decimal integer that may have a sign. */
export const parseInteger = (text: string): number | null => (/^[+-]?\d+$/.test(text) ? Number(text) : null);

/** Seconds with an optional `s`, `m`, `h` or `d`, as `sleep` and `timeout` take them; `infinity` too. Null when it is none. */
export function parseDurationSec(text: string): number | null {
  const m = /^((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)([smhd]?)$/i.exec(text);
  if (m === null) return null;
  const value = /^inf/i.test(m[1] ?? "") ? Infinity : Number(m[1]);
  const unit = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 }[m[2] ?? ""];
  return unit === undefined ? null : value * unit;
}

/** `du -h` and `ls -h`: 1023, 1.1K, 12K, rounded up. */
export function humanSize(bytes: number, base = 1024): string {
  let value = bytes;
  let power = -1;
  while (value >= base && power < POWERS.length - 1) {
    value /= base;
    power++;
  }
  if (power < 0) return String(bytes);
  const tenths = Math.ceil(value * 10) / 10;
  if (tenths >= base) return humanSize(Math.ceil(tenths) * base ** (power + 1), base);
  return `${value < 10 && tenths < 10 ? tenths.toFixed(1) : String(Math.ceil(value))}${POWERS[power] ?? ""}`;
}
