import { formatIp4, readIp4 } from "../../../wire/addr.ts";
import { printEdnsOption } from "./dns-edns.ts";
import { printName, printText, skipName } from "./dns-name.ts";
import { DNS_CLASSES, DNS_TYPES } from "./dns-tables.ts";
import { formatIp6At } from "./ip6-text.ts";
import type { Printout } from "./printout.ts";
import { relativeTime, tok } from "./text.ts";

/** A message being printed: names point into it from its start. */
export interface DnsMessage {
  readonly base: number;
  readonly multicast: boolean;
}

const CLASS_IN = 1;
/** Multicast DNS keeps a flag in the class's top bit (RFC 6762 §5.4, §10.2). */
const TOP_BIT = 0x8000;
const OPT = 41;
const DNSSEC_OK = 0x8000;

/** A question: type, class unless IN, name. Where the next begins, `null` when cut off. */
export function printQuestion(p: Printout, at: number, m: DnsMessage): number | null {
  const fixed = skipName(p, at);
  if (fixed === null || !p.has(fixed, 4)) return null;
  const raw = p.u16(fixed + 2);
  const cls = m.multicast ? raw & ~TOP_BIT : raw;
  p.put(` ${tok(DNS_TYPES, p.u16(fixed), "Type%u")}${cls === CLASS_IN ? "" : ` ${tok(DNS_CLASSES, cls, "(Class %u)")}`}`);
  if (m.multicast) p.put(raw & TOP_BIT ? " (QU)" : " (QM)");
  p.put("? ");
  const after = printName(p, at, m.base);
  return after === null ? null : after + 4;
}

/** A resource record: its name only with -v. Where the next begins, `null` when cut off. */
export function printRecord(p: Printout, at: number, m: DnsMessage): number | null {
  const verbose = p.opts.verbose > 0;
  if (verbose) p.put(" ");
  const fixed = verbose ? printName(p, at, m.base) : skipName(p, at);
  if (fixed === null && verbose) return null;
  if (fixed === null || !p.has(fixed, 10)) return p.end;
  const [type, raw] = [p.u16(fixed), p.u16(fixed + 2)];
  const cls = m.multicast ? raw & ~TOP_BIT : raw;
  if (cls !== CLASS_IN && type !== OPT) p.put(` ${tok(DNS_CLASSES, cls, "(Class %u)")}`);
  if (m.multicast && raw & TOP_BIT) p.put(" (Cache flush)");
  if (type !== OPT && p.opts.verbose > 2) p.put(` [${relativeTime(p.u32(fixed + 4))}]`);
  p.put(` ${tok(DNS_TYPES, type, "Type%u")}`);
  const data = fixed + 10;
  const end = data + p.u16(fixed + 8);
  if (end > p.end) return null;
  const whole = type === OPT ? printOpt(p, data, end, cls, p.u16(fixed + 6)) : (DATA.get(type)?.(p, data, end, m) ?? true);
  return whole ? end : null;
}

/** Prints a record's data; false when it was cut off. */
type DataPrinter = (p: Printout, at: number, end: number, m: DnsMessage) => boolean;

const nameOnly: DataPrinter = (p, at, _end, m) => {
  p.put(" ");
  return printName(p, at, m.base) !== null;
};

const address4: DataPrinter = (p, at) => {
  if (!p.has(at, 4)) return false;
  p.put(` ${formatIp4(readIp4(p.bytes, at))}`);
  return true;
};

const address6: DataPrinter = (p, at) => {
  if (!p.has(at, 16)) return false;
  p.put(` ${formatIp6At(p.bytes, at)}`);
  return true;
};

const authority: DataPrinter = (p, at, _end, m) => {
  if (p.opts.verbose === 0) return true;
  p.put(" ");
  const mailbox = printName(p, at, m.base);
  if (mailbox === null) return false;
  p.put(" ");
  const numbers = printName(p, mailbox, m.base);
  if (numbers === null || !p.has(numbers, 20)) return false;
  for (let i = 0; i < 5; i++) p.put(` ${p.u32(numbers + i * 4)}`);
  return true;
};

const mail: DataPrinter = (p, at, _end, m) => {
  p.put(" ");
  if (!p.has(at, 2) || printName(p, at + 2, m.base) === null) return false;
  p.put(` ${p.u16(at)}`);
  return true;
};

const texts: DataPrinter = (p, at, end) => {
  while (at < end) {
    p.put(' "');
    if (!p.has(at, 1)) return false;
    const length = p.u8(at);
    if (!printText(p, at + 1, length)) return false;
    p.put('"');
    at += 1 + length;
  }
  return true;
};

const service: DataPrinter = (p, at, _end, m) => {
  p.put(" ");
  if (!p.has(at, 6) || printName(p, at + 6, m.base) === null) return false;
  p.put(`:${p.u16(at + 4)} ${p.u16(at)} ${p.u16(at + 2)}`);
  return true;
};

const uri: DataPrinter = (p, at, end) => {
  p.put(` ${p.u16(at)} ${p.u16(at + 2)} `);
  return printText(p, at + 4, end - at - 4);
};

/** Transaction signature (RFC 8945 §4.2): its times and the signature itself are left out. */
const signature: DataPrinter = (p, at, _end, m) => {
  if (p.opts.verbose === 0) return true;
  p.put(" ");
  const algorithm = printName(p, at, m.base);
  if (algorithm === null) return false;
  let cursor = algorithm + 6;
  for (const label of ["fudge", "maclen", "origid", "error", "otherlen"]) {
    if (!p.has(cursor, 2)) return false;
    const value = p.u16(cursor);
    p.put(` ${label}=${value}`);
    cursor += 2 + (label === "maclen" ? value : 0);
  }
  return true;
};

const DATA: ReadonlyMap<number, DataPrinter> = new Map([
  [1, address4], [2, nameOnly], [5, nameOnly], [12, nameOnly], [39, nameOnly], [6, authority], [15, mail], [16, texts],
  [33, service], [28, address6], [256, uri], [104, (p, at, end) => printText(p, at, end - at)], [250, signature],
]);

/** OPT puts the sender's buffer size in the class and flags in the time to live (RFC 6891 §6.1.2). */
function printOpt(p: Printout, at: number, end: number, size: number, flags: number): boolean {
  p.put(` UDPsize=${size}${flags & DNSSEC_OK ? " DO" : ""}`);
  if (at >= end) return true;
  p.put(" [");
  for (let cursor: number | null = at; cursor < end; ) {
    cursor = printEdnsOption(p, cursor);
    if (cursor === null) return false;
    if (cursor < end) p.put(",");
  }
  p.put("]");
  return true;
}
