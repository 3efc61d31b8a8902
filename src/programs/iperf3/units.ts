/** Numbers with K, M, G, T behind them, read and written as iperf3's units.c does. */

function withSuffix(text: string, kilo: number): number | null {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(.?)/.exec(text);
  if (match === null) return null;
  const power = "kmgt".indexOf((match[2] ?? "").toLowerCase());
  return Number(match[1]) * (match[2] === "" || power < 0 ? 1 : kilo ** (power + 1));
}

/** unit_atoi: sizes, K = 1024. What is no number is 0. */
export const parseSize = (text: string): number => Math.floor(withSuffix(text, 1024) ?? 0);
/** unit_atof_rate: rates, K = 1000. */
export const parseRate = (text: string): number => Math.floor(withSuffix(text, 1000) ?? 0);
/** atoi. */
export const parseInteger = (text: string): number => parseInt(text, 10) || 0;
/** atof. */
export const parseDecimal = (text: string): number => withSuffix(text.replace(/[a-z].*$/i, ""), 1) ?? 0;

const BYTES = ["Byte", "KByte", "MByte", "GByte", "TByte"];
const BITS = ["bit", "Kbit", "Mbit", "Gbit", "Tbit"];

/** unit_snprintf: four digits' room and a unit. A capital format means bytes, a small one bits; "a" finds the unit. */
export function formatUnit(bytes: number, format: string): string {
  const inBytes = format === format.toUpperCase();
  const kilo = inBytes ? 1024 : 1000;
  let value = inBytes ? bytes : bytes * 8;
  const fixed = "bkmgt".indexOf(format.toLowerCase());
  let unit = Math.max(0, fixed);
  if (fixed < 0) for (let rest = value; rest >= kilo && unit < 4; rest /= kilo) unit++;
  value /= kilo ** unit;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits).padStart(4)} ${(inBytes ? BYTES : BITS)[unit]!}`;
}
