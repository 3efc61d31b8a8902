import type { Datatype, PrintFlags } from "./datatype.ts";
import { constant, datatype, problem, symbols, TYPE } from "./types-base.ts";

/** Types of time: spans, dates, hours and days. */
const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1]] as const;

/** `1d5h`, `90s`, `10` (seconds) as milliseconds; a text = what is wrong with it (time_parse). */
export function parseTimeMs(text: string): number | string {
  if (!/^(\d+d)?(\d+h)?(\d+m(?!s))?(\d+s)?(\d+ms)?$/.test(text) && !/^\d+$/.test(text)) return "wrong time format";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  let ms = 0;
  for (const [, count = "0", unit = ""] of text.matchAll(/(\d+)(d|h|ms|m|s)/g)) ms += Number(count) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  return ms;
}

/** As listings print a span: `1d5h`, nothing for 0 (time_print). */
export function formatTimeMs(ms: number): string {
  let rest = ms;
  let text = "";
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${name}`;
  }
  return text;
}

export const TIME: Datatype = datatype({
  id: TYPE.time, name: "time", desc: "relative time", size: 32,
  parse(text, loc) {
    const ms = parseTimeMs(text);
    if (typeof ms === "string") return problem(ms);
    return ms > 0xffffffff ? problem("value too large") : constant(TIME, ms, loc);
  },
  print: (v, flags) => (flags.numericTime ? `${v.value / 1000n}s` : formatTimeMs(Number(v.value))),
});

const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468;
};

function civilFromDays(days: number): [year: number, month: number, day: number] {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return [yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - Math.floor((153 * mp + 2) / 5) + 1];
}

const inRange = (n: number, low: number, high: number): boolean => n >= low && n <= high;

/** Seconds since 1970 of "2020-06-06", "… 15:00", "… 15:00:05" of local time; a time that makes no sense counts as midnight. */
function parseDate(text: string, gmtOffsetSec: number): number | null {
  const m = /^(\d{4})-(\d{1,2})-(\d{1,2})/.exec(text);
  if (m === null) return null;
  const [year = 0, month = 0, day = 0] = m.slice(1).map(Number);
  if (!inRange(month, 1, 12) || !inRange(day, 1, 31)) return null;
  return daysFromCivil(year, month, day) * 86_400 + clockOf(text.slice(m[0].length)) - gmtOffsetSec;
}

function clockOf(text: string): number {
  const m = /^\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?/.exec(text);
  const [hour = 0, minute = 0, second = 0] = (m?.slice(1) ?? []).map((n: string | undefined) => Number(n ?? 0));
  return hour <= 23 && minute <= 59 && second <= 61 ? hour * 3600 + minute * 60 + second : 0;
}

const two = (n: number): string => String(n).padStart(2, "0");

export function formatDate(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  const [year, month, day] = civilFromDays(days);
  return `${year}-${two(month)}-${two(day)} ${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
}

const NS = 1_000_000_000n;

export const TIME_DATE: Datatype = datatype({
  id: TYPE.timeDate, name: "time", desc: "Relative time of packet reception", size: 64,
  parse(text, loc, env) {
    const seconds = parseDate(text, env.gmtOffsetSec) ?? (/^\d+$/.test(text) ? BigInt(text) : null);
    return seconds === null ? problem("Cannot parse date") : constant(TIME_DATE, BigInt.asUintN(64, BigInt(seconds) * NS), loc);
  },
  print: (v, _flags, env) => `"${formatDate(Number(v.value / NS) + env.gmtOffsetSec)}"`,
});

const DAY_SEC = 86_400;
/** `%H:%M:%S`, then `%H:%M`: how far each read (strptime). */
const CLOCKS = [/^([01]?\d|2[0-3]):([0-5]?\d):([0-5]?\d|6[01])/, /^([01]?\d|2[0-3]):([0-5]?\d)/];

/** Seconds since local midnight, or what is wrong. */
function parseHour(text: string): number | string {
  let rest: string | null = null;
  for (const clock of CLOCKS) {
    const m = clock.exec(text);
    if (m !== null && m[0].length === text.length) return Number(m[1]) * 3600 + Number(m[2]) * 60 + Number(m[3] ?? 0);
    if (m !== null) rest = text.slice(m[0].length);
  }
  if (rest !== null && rest !== text && text.includes(":")) return `Can't parse trailing input: "${rest}"\n`;
  const ms = parseTimeMs(text);
  return typeof ms === "string" ? ms : -Math.floor(ms / 1000) - 1;
}

const wrap = (seconds: number): number => ((seconds % DAY_SEC) + DAY_SEC) % DAY_SEC;

export const TIME_HOUR: Datatype = datatype({
  id: TYPE.timeHour, name: "hour", desc: "Hour of day of packet reception", size: 32,
  parse(text, loc, env) {
    const parsed = parseHour(text);
    if (typeof parsed === "string") return problem(parsed);
    // A span of seconds counts from midnight UTC, a clock's face is local.
    return constant(TIME_HOUR, parsed < 0 ? -parsed - 1 : wrap(parsed - env.gmtOffsetSec), loc);
  },
  print(v, _flags, env) {
    const local = wrap(Number(v.value) + env.gmtOffsetSec);
    const [h, m, s] = [Math.floor(local / 3600), Math.floor(local / 60) % 60, local % 60];
    return `"${two(h)}:${two(m)}${s === 0 ? "" : `:${two(s)}`}"`;
  },
});

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

export const TIME_DAY: Datatype = datatype({
  id: TYPE.timeDay, name: "day", desc: "Day of week of packet reception", size: 8,
  symbols: symbols("dec", Object.fromEntries(DAYS.map((name, i) => [name, i]))),
  parse(text, loc) {
    const named = DAYS.indexOf(text);
    if (named >= 0) return constant(TIME_DAY, named, loc);
    if (!/^\d+$/.test(text)) return problem(`Could not parse ${TIME_DAY.desc}`);
    return Number(text) > 6 ? problem(`Value ${Number(text)} exceeds valid range 0-6`) : constant(TIME_DAY, Number(text), loc);
  },
  print: (v, flags) => dayName(Number(v.value), flags),
});

const dayName = (day: number, flags: PrintFlags): string => (flags.numericSymbol || DAYS[day] === undefined ? String(day) : `"${DAYS[day]}"`);
