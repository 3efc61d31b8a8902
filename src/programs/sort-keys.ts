/** sort(1)'s keys: `-k 2,3.4nr` and the ways to compare them. */
import type { Options } from "./lib/options.ts";

const FLAGS = "bdfgiMhnrV";

interface Place {
  readonly field: number;
  /** Character in the field, from 1; 0 in an end place means the whole field. */
  readonly char: number;
  readonly skipBlanks: boolean;
}

export interface Key {
  readonly from: Place;
  readonly to: Place | undefined;
  readonly flags: ReadonlySet<string>;
  /** This key's own, or global, flags were given. */
  readonly own: boolean;
}

export interface Order {
  byKeys(a: string, b: string): number;
  /** With the last resort: the whole lines. */
  full(a: string, b: string): number;
}

/** The keys of the command line, or sort's words for a bad one. */
export function readKeys(o: Options, quote: (t: string) => string): Key[] | string {
  const global = new Set(o.list.map((x) => x.key).filter((k) => FLAGS.includes(k)));
  const keys: Key[] = [];
  for (const { key, value = "" } of o.list) {
    if (key !== "k") continue;
    const parsed = readKey(value, global, quote);
    if (typeof parsed === "string") return parsed;
    keys.push(parsed);
  }
  return keys.length > 0 ? keys : [{ from: { field: 1, char: 1, skipBlanks: global.has("b") }, to: undefined, flags: global, own: false }];
}

function readKey(text: string, global: ReadonlySet<string>, quote: (t: string) => string): Key | string {
  const [start = "", stop] = text.split(",");
  const a = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)$/.exec(start);
  if (a === null) return `invalid number at field start: invalid count at start of ${quote(start)}`;
  if (Number(a[1]) === 0) return `field number is zero: invalid field specification ${quote(text)}`;
  const b = stop === undefined ? undefined : /^(\d+)(?:\.(\d+))?([a-zA-Z]*)$/.exec(stop);
  if (b === null) return `invalid number after ${quote(",")}: invalid count at start of ${quote(stop ?? "")}`;
  const stray = [...(a[3] ?? "") + (b?.[3] ?? "")].find((c) => !FLAGS.includes(c));
  if (stray !== undefined) return `stray character in field spec: invalid field specification ${quote(text)}`;
  const own = new Set([...(a[3] ?? "") + (b?.[3] ?? "")]);
  const flags = own.size > 0 ? own : global;
  return {
    from: { field: Number(a[1]), char: Number(a[2] ?? 1), skipBlanks: own.size > 0 ? (a[3] ?? "").includes("b") : global.has("b") },
    to: b === undefined ? undefined : { field: Number(b[1]), char: Number(b[2] ?? 0), skipBlanks: own.size > 0 ? (b[3] ?? "").includes("b") : global.has("b") },
    flags, own: own.size > 0,
  };
}

/** Start and end of each field. Without -t a field is its leading blanks and what follows. */
function fieldsOf(line: string, separator: string): (readonly [number, number])[] {
  const fields: (readonly [number, number])[] = [];
  if (separator !== "") {
    let at = 0;
    for (const part of line.split(separator)) {
      fields.push([at, at + part.length]);
      at += part.length + 1;
    }
    return fields;
  }
  for (const m of line.matchAll(/[ \t]*[^ \t]+|[ \t]+$/g)) fields.push([m.index, m.index + m[0].length]);
  return fields;
}

const skipBlanks = (line: string, at: number): number => at + (/^[ \t]*/.exec(line.slice(at))?.[0].length ?? 0);

function extract(line: string, key: Key, separator: string): string {
  const fields = fieldsOf(line, separator);
  const first = fields[key.from.field - 1];
  if (first === undefined) return "";
  const base = key.from.skipBlanks ? skipBlanks(line, first[0]) : first[0];
  const start = Math.min(line.length, base + key.from.char - 1);
  return line.slice(start, Math.max(start, endOf(line, key, fields)));
}

function endOf(line: string, key: Key, fields: readonly (readonly [number, number])[]): number {
  if (key.to === undefined) return line.length;
  const last = fields[key.to.field - 1];
  if (last === undefined) return line.length;
  if (key.to.char === 0) return last[1];
  return (key.to.skipBlanks ? skipBlanks(line, last[0]) : last[0]) + key.to.char;
}

const bytewise = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const UNITS = "KMGTPEZY";

const numeric = (text: string): number => Number(/^[ \t]*(-?\d*\.?\d*)/.exec(text)?.[1] || 0) || 0;

function human(text: string): readonly [number, number] {
  const m = /^[ \t]*(-?)(\d*\.?\d*)([KkMGTPEZY]?)/.exec(text);
  const value = Number(m?.[2] || 0) || 0;
  const sign = m?.[1] === "-" ? -1 : 1;
  return value === 0 ? [0, 0] : [sign * (UNITS.indexOf((m?.[3] ?? "").toUpperCase() || " ") + 1), sign * value];
}

function general(text: string): number {
  const m = /^[ \t]*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i.exec(text);
  return m === null ? -Infinity : Number(m[1]);
}

/** filevercmp: runs of digits compare as numbers. */
function version(a: string, b: string): number {
  const split = (t: string): string[] => t.match(/\d+|\D+/g) ?? [];
  const [x, y] = [split(a), split(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p = "", q = ""] = [x[i], y[i]];
    const both = /^\d/.test(p) && /^\d/.test(q);
    const c = both ? Number(p) - Number(q) : bytewise(p, q);
    if (c !== 0) return c;
  }
  return 0;
}

function compareTexts(a: string, b: string, flags: ReadonlySet<string>): number {
  if (flags.has("n")) return numeric(a) - numeric(b);
  if (flags.has("h")) return human(a)[0] - human(b)[0] || human(a)[1] - human(b)[1];
  if (flags.has("g")) return Math.sign(bytewiseNumber(general(a), general(b)));
  if (flags.has("M")) return MONTHS.indexOf(a.trimStart().slice(0, 3).toUpperCase()) - MONTHS.indexOf(b.trimStart().slice(0, 3).toUpperCase());
  const fold = (t: string): string => {
    const seen = flags.has("d") ? t.replace(/[^0-9A-Za-z \t]/g, "") : flags.has("i") ? t.replace(/[^ -~]/g, "") : t;
    return flags.has("f") ? seen.replace(/[a-z]+/g, (s) => s.toUpperCase()) : seen;
  };
  return flags.has("V") ? version(fold(a), fold(b)) : bytewise(fold(a), fold(b));
}

const bytewiseNumber = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

export function lineOrder(keys: readonly Key[], o: { readonly separator: string; readonly reverse: boolean; readonly stable: boolean }): Order {
  const byKeys = (a: string, b: string): number => {
    for (const key of keys) {
      const c = compareTexts(extract(a, key, o.separator), extract(b, key, o.separator), key.flags);
      if (c !== 0) return key.flags.has("r") ? -c : c;
    }
    return 0;
  };
  const last = (a: string, b: string): number => (o.stable ? 0 : o.reverse ? bytewise(b, a) : bytewise(a, b));
  return { byKeys, full: (a, b) => byKeys(a, b) || last(a, b) };
}
