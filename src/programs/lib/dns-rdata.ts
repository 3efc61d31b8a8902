/** Record data as BIND writes it (RFC 1035 §5.1, RFC 3597 for what has no form of its own). */
import { readU16, readU32 } from "../../wire/addr.ts";
import { readName } from "../../wire/dns-name.ts";
import type { DnsRecord } from "../../wire/dns.ts";
import { formatIp6 } from "./ip6.ts";

export interface RdataStyle {
  /** Characters of a hex block before a space; 0 = never split. */
  readonly split: number;
  readonly multiline: boolean;
  /** Everything in RFC 3597's generic form. */
  readonly unknown: boolean;
  readonly expandAaaa: boolean;
}
export const PLAIN_RDATA: RdataStyle = { split: 56, multiline: false, unknown: false, expandAaaa: false };

/** Where continuation lines of `+multiline` begin. */
const INDENT = "\n\t\t\t\t";

type Printer = (d: Uint8Array, style: RdataStyle) => string | null;

const name: Printer = (d) => readName(d, 0)?.text ?? null;
const numbersThenName = (words: number): Printer => (d) => {
  const target = readName(d, 2 * words);
  return target === null ? null : [...Array.from({ length: words }, (_, i) => readU16(d, 2 * i)), target.text].join(" ");
};

const PRINTERS: Readonly<Record<number, Printer>> = {
  1: (d) => (d.length === 4 ? [...d].join(".") : null),
  2: name, 3: name, 4: name, 5: name, 7: name, 8: name, 9: name, 12: name, 39: name,
  6: soa,
  13: strings, 16: strings, 99: strings,
  15: numbersThenName(1), 18: numbersThenName(1), 21: numbersThenName(1), 36: numbersThenName(1),
  17: (d) => {
    const mailbox = readName(d, 0);
    const text = mailbox === null ? null : readName(d, mailbox.end);
    return mailbox === null || text === null ? null : `${mailbox.text} ${text.text}`;
  },
  28: (d, style) => (d.length !== 16 ? null : style.expandAaaa ? expanded(d) : formatIp6(d)),
  33: numbersThenName(3),
  35: naptr,
  43: (d, style) => (d.length < 4 ? null : `${readU16(d, 0)} ${d[2]} ${d[3]}${block(d.subarray(4), style)}`),
  44: (d, style) => (d.length < 2 ? null : `${d[0]} ${d[1]}${block(d.subarray(2), style)}`),
  52: (d, style) => (d.length < 3 ? null : `${d[0]} ${d[1]} ${d[2]}${block(d.subarray(3), style)}`),
  257: caa,
};

/** The data of a record as text. */
export function rdataText(record: DnsRecord, style: RdataStyle = PLAIN_RDATA): string {
  return (style.unknown ? null : PRINTERS[record.type]?.(record.data, style)) ?? generic(record.data, style);
}

function generic(d: Uint8Array, style: RdataStyle): string {
  if (d.length === 0) return "\\# 0";
  if (style.multiline && !style.unknown) return `\\# ${d.length} ( ${pieces(hex(d), 44).join(INDENT)} )`;
  return `\\# ${d.length} ${split(hex(d), style)}`;
}

const hex = (d: Uint8Array): string => [...d].map((b) => b.toString(16).padStart(2, "0")).join("").toUpperCase();
const pieces = (text: string, length: number): string[] => text.match(new RegExp(`.{1,${length}}`, "g")) ?? [];
const split = (text: string, style: RdataStyle): string => (style.split === 0 ? text : pieces(text, style.split).join(" "));

/** A hex block at the end of a record: on lines of its own when `+multiline` is asked for. */
const block = (d: Uint8Array, style: RdataStyle): string => (style.multiline ? ` (${INDENT}${pieces(hex(d), 44).join(INDENT)} )` : ` ${split(hex(d), style)}`);

const expanded = (d: Uint8Array): string => pieces(hex(d).toLowerCase(), 4).join(":");

/** A character string in quotes: `"a\"b"`, other bytes as `\255`. */
function quoted(d: Uint8Array): string {
  const text = [...d].map((b) => (b === 0x22 || b === 0x5c ? `\\${String.fromCharCode(b)}` : b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : `\\${String(b).padStart(3, "0")}`));
  return `"${text.join("")}"`;
}

function strings(d: Uint8Array): string | null {
  const parts: string[] = [];
  for (let at = 0; at < d.length; at += 1 + (d[at] ?? 0)) {
    if (at + 1 + (d[at] ?? 0) > d.length) return null;
    parts.push(quoted(d.subarray(at + 1, at + 1 + (d[at] ?? 0))));
  }
  return parts.length === 0 ? null : parts.join(" ");
}

function naptr(d: Uint8Array): string | null {
  const parts: string[] = [];
  let at = 4;
  for (let i = 0; i < 3; i++) {
    const end = at + 1 + (d[at] ?? d.length);
    if (end > d.length) return null;
    parts.push(quoted(d.subarray(at + 1, end)));
    at = end;
  }
  const target = readName(d, at);
  return target === null ? null : `${readU16(d, 0)} ${readU16(d, 2)} ${parts.join(" ")} ${target.text}`;
}

function caa(d: Uint8Array): string | null {
  const end = 2 + (d[1] ?? d.length);
  return end > d.length ? null : `${d[0]} ${String.fromCharCode(...d.subarray(2, end))} ${quoted(d.subarray(end))}`;
}

export interface Soa {
  readonly origin: string;
  readonly mailbox: string;
  /** serial, refresh, retry, expire, minimum. */
  readonly numbers: readonly number[];
}

export function readSoa(d: Uint8Array): Soa | null {
  const origin = readName(d, 0);
  const mailbox = origin === null ? null : readName(d, origin.end);
  if (origin === null || mailbox === null || mailbox.end + 20 > d.length) return null;
  return { origin: origin.text, mailbox: mailbox.text, numbers: [0, 1, 2, 3, 4].map((i) => readU32(d, mailbox.end + 4 * i)) };
}

function soa(d: Uint8Array, style: RdataStyle): string | null {
  const s = readSoa(d);
  if (s === null) return null;
  if (!style.multiline) return [s.origin, s.mailbox, ...s.numbers].join(" ");
  const words = ["serial", "refresh", "retry", "expire", "minimum"];
  const lines = s.numbers.map((n, i) => `${String(n).padEnd(10)} ; ${words[i]}${i === 0 ? "" : ` (${duration(n)})`}`);
  return `${s.origin} ${s.mailbox} (${INDENT}${lines.join(INDENT)}${INDENT})`;
}

const UNITS: readonly (readonly [letter: string, word: string, seconds: number])[] = [["w", "week", 604800], ["d", "day", 86400], ["h", "hour", 3600], ["m", "minute", 60], ["s", "second", 1]];

/** 90061 → "1 day 1 hour 1 minute 1 second". */
export function duration(seconds: number): string {
  return units(seconds).map(([n, [, word]]) => `${n} ${word}${n === 1 ? "" : "s"}`).join(" ") || "0 seconds";
}

/** 90061 → "1d1h1m1s" (`+ttlunits`). */
export const shortDuration = (seconds: number): string => units(seconds).map(([n, [letter]]) => `${n}${letter}`).join("") || "0s";

function units(seconds: number): [number, (typeof UNITS)[number]][] {
  let left = seconds;
  return UNITS.flatMap((unit) => {
    const n = Math.floor(left / unit[2]);
    left -= n * unit[2];
    return n > 0 ? [[n, unit] as [number, (typeof UNITS)[number]]] : [];
  });
}
