import { formatFloat } from "../lib/float.ts";

/** How tc reads and writes rates, sizes, times, shares and handles (lib/utils_math.c, tc/tc_util.c of iproute2 6.1). Parsers answer null. */

/** strtod: the number at the beginning, and what follows. */
function leadingNumber(text: string): { readonly value: number; readonly rest: string } | null {
  const match = /^[+-]?(0[xX][0-9a-fA-F]+|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)/.exec(text);
  return match === null ? null : { value: Number(match[0].replace(/^\+/, "")), rest: text.slice(match[0].length) };
}

const RATE_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["", 1], ["bit", 1], ["kibit", 1024], ["kbit", 1e3], ["mibit", 1024 ** 2], ["mbit", 1e6], ["gibit", 1024 ** 3], ["gbit", 1e9], ["tibit", 1024 ** 4], ["tbit", 1e12],
  ["bps", 8], ["kibps", 8 * 1024], ["kbps", 8e3], ["mibps", 8 * 1024 ** 2], ["mbps", 8e6], ["gibps", 8 * 1024 ** 3], ["gbps", 8e9], ["tibps", 8 * 1024 ** 4], ["tbps", 8e12],
]);

/** get_rate64: bytes a second; a bare number is bits. */
export function parseRate(text: string): number | null {
  const n = leadingNumber(text);
  const scale = n === null ? undefined : RATE_SUFFIXES.get(n.rest.toLowerCase());
  return n === null || scale === undefined || n.value < 0 ? null : Math.floor((n.value * scale) / 8);
}

const SIZE_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["", 1], ["b", 1], ["k", 1024], ["kb", 1024], ["m", 1024 ** 2], ["mb", 1024 ** 2], ["g", 1024 ** 3], ["gb", 1024 ** 3],
  ["kbit", 128], ["mbit", 1024 * 128], ["gbit", 1024 ** 2 * 128],
]);

/** get_size: bytes (or frames), 32 bits. */
export function parseSize(text: string): number | null {
  const n = leadingNumber(text);
  const scale = n === null ? undefined : SIZE_SUFFIXES.get(n.rest.toLowerCase());
  if (n === null || scale === undefined) return null;
  const size = Math.floor(n.value * scale);
  return size < 0 || size > 0xffffffff ? null : size;
}

/** get_time: whole µs; a bare number is µs. */
export function parseTimeUs(text: string): number | null {
  const n = leadingNumber(text);
  if (n === null) return null;
  const unit = /^(|us|usecs?)$/i.test(n.rest) ? 1 : /^(ms|msecs?)$/i.test(n.rest) ? 1e3 : /^(s|secs?)$/i.test(n.rest) ? 1e6 : null;
  return unit === null ? null : Math.floor(n.value * unit);
}

/** get_percent: in 1/0xffffffff. */
export function parseShare(text: string): number | null {
  const n = leadingNumber(text);
  if (n === null) return text === "%" || text === "" ? 0 : null;
  if (n.value > 100 || n.value < 0 || (n.rest !== "" && n.rest !== "%")) return null;
  return Math.round((n.value / 100) * 0xffffffff);
}

/** The scheduling clock: 15.625 ticks a µs (tc_core_time2tick and back). */
const TICKS_A_US = 15.625;
export const usToTicks = (us: number): number => Math.floor(us * TICKS_A_US);
export const ticksToUs = (ticks: number): number => Math.floor(ticks / TICKS_A_US);

export const general = (n: number, precision: number): string => formatFloat(n, { flags: "", width: 0, precision, letter: "g" });

/** sprint_time. */
export function formatTime(us: number): string {
  if (us >= 1e6) return `${general(us / 1e6, 3)}s`;
  return us >= 1e3 ? `${general(us / 1e3, 3)}ms` : `${Math.floor(us)}us`;
}

/** sprint_size. */
export function formatSize(bytes: number): string {
  const [kilo, mega] = [1024, 1024 * 1024];
  const near = (unit: number, tolerance: number): boolean => bytes >= unit && Math.abs(unit * Math.round(bytes / unit) - bytes) < tolerance;
  if (near(mega, 1024)) return `${general(Math.round(bytes / mega), 6)}Mb`;
  return near(kilo, 16) ? `${general(Math.round(bytes / kilo), 6)}Kb` : `${Math.floor(bytes)}b`;
}

/** print_rate: bytes a second as bits; the unit is the largest that loses little. */
export function formatRate(bytesPerSec: number, iec: boolean): string {
  const kilo = iec ? 1024 : 1000;
  let rate = bytesPerSec * 8;
  let unit = 0;
  for (; unit < 4; unit++) {
    if (rate < kilo || (rate % kilo !== 0 && rate < 1000 * kilo)) break;
    rate = Math.floor(rate / kilo);
  }
  return `${rate}${["", "K", "M", "G", "T"][unit]!}${iec && unit > 0 ? "i" : ""}bit`;
}

/** "1:", "10", "ffff:" → 32 bits with minor 0 (get_qdisc_handle). What follows the colon is not looked at. */
export function parseHandle(text: string): number | null {
  if (text === "none") return 0;
  const match = /^(?:0[xX])?([0-9a-fA-F]+)(?::.*)?$/.exec(text);
  const major = match === null ? 0x10000 : parseInt(match[1]!, 16);
  return major > 0xffff ? null : major * 0x10000;
}

/** "1:2", ":2", "1:", "root", "none" (get_tc_classid). */
export function parseClassid(text: string): number | null {
  if (text === "root") return 0xffffffff;
  if (text === "none") return 0;
  const match = /^(?:0[xX])?([0-9a-fA-F]*)(?:(:)(?:0[xX])?([0-9a-fA-F]*))?$/.exec(text);
  if (match === null || (match[1] === "" && match[2] === undefined)) return null;
  const [major, minor] = [parseInt(match[1] || "0", 16), parseInt(match[3] || "0", 16)];
  if (match[2] === undefined) return major > 0xffffffff ? null : major;
  return major > 0xffff || minor > 0xffff ? null : major * 0x10000 + minor;
}

/** print_tc_classid. */
export function formatClassid(id: number): string {
  if (id === 0xffffffff) return "root";
  if (id === 0) return "none";
  const [major, minor] = [id >>> 16, id & 0xffff];
  return `${major === 0 ? "" : major.toString(16)}:${minor === 0 && major !== 0 ? "" : minor.toString(16)}`;
}
