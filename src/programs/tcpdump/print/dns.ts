import { skipName } from "./dns-name.ts";
import { printQuestion, printRecord } from "./dns-record.ts";
import type { DnsMessage } from "./dns-record.ts";
import { DNS_OPERATIONS, DNS_RESPONSES } from "./dns-tables.ts";
import type { Printout } from "./printout.ts";
import { hex } from "./text.ts";

const HEADER_BYTES = 12;
const OPT = 41;
const INVERSE_QUERY = 1;
/** Bits that a query should not have set. */
const ODD_QUERY_BITS = 0x6cf;
const FLAG = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, recursionWanted: 0x0100, recursion: 0x0080, authentic: 0x20, noCheck: 0x10 };

interface Counts {
  readonly questions: number;
  readonly answers: number;
  readonly authorities: number;
  readonly additional: number;
}

/** DNS (RFC 1035) and its multicast sibling; over TCP a length goes first (§4.2.2). */
export function printDns(p: Printout, at: number, length: number, how: { readonly overTcp: boolean; readonly multicast: boolean }): void {
  p.protocol = "domain";
  if (how.overTcp) {
    if (length < 2) p.put(` [DNS over TCP: length ${length} < 2]`);
    else if (p.u16(at) !== length - 2) p.put(` [prefix length(${p.u16(at)}) != length(${length - 2})]`);
    if (length < 2 || p.u16(at) !== length - 2) return p.invalid();
    at += 2;
    length -= 2;
    p.put(" ");
  }
  if (length < HEADER_BYTES) {
    p.put(`domain [length ${length} < ${HEADER_BYTES}]`);
    return p.invalid();
  }
  if (!p.has(at, HEADER_BYTES)) return p.truncated();
  const counts = { questions: p.u16(at + 4), answers: p.u16(at + 6), authorities: p.u16(at + 8), additional: p.u16(at + 10) };
  const message = { base: at, multicast: how.multicast };
  const response = (p.u16(at + 2) & FLAG.response) !== 0;
  const whole = response ? printResponse(p, message, counts) : printQuery(p, message, counts);
  if (whole) p.put(` (${length})`);
  else p.truncated();
}

const operation = (flags: number): string => DNS_OPERATIONS[(flags >> 11) & 15] ?? "";

function printResponse(p: Printout, m: DnsMessage, c: Counts): boolean {
  const flags = p.u16(m.base + 2);
  const code = extendedCode(p, m.base + HEADER_BYTES, flags & 15, c);
  p.put(`${p.u16(m.base)}${operation(flags)}${DNS_RESPONSES[code] ?? ` Resp${code}`}`);
  p.put(`${flags & FLAG.authoritative ? "*" : ""}${flags & FLAG.recursion ? "" : "-"}${flags & FLAG.truncated ? "|" : ""}${flags & FLAG.authentic ? "$" : ""}`);
  if (c.questions !== 1) p.put(` [${c.questions}q]`);
  let at: number | null = m.base + HEADER_BYTES;
  for (let i = 0; i < c.questions; i++) {
    if (i > 0) p.put(",");
    at = nextQuestion(p, at, m);
    if (at === null) return false;
  }
  p.put(` ${c.answers}/${c.authorities}/${c.additional}`);
  at = c.answers > 0 ? printSection(p, at, c.answers, "", m, true) : at;
  if (at === null) return false;
  return p.opts.verbose < 2 || printRest(p, at, m, c);
}

/** The question is shown again with -vv. */
function nextQuestion(p: Printout, at: number, m: DnsMessage): number | null {
  if (p.opts.verbose > 1) {
    p.put(" q:");
    return printQuestion(p, at, m);
  }
  const after = skipName(p, at);
  return after === null ? null : after + 4;
}

function printRest(p: Printout, at: number, m: DnsMessage, c: Counts): boolean {
  const additional = printSection(p, at, c.authorities, " ns:", m);
  return additional !== null && printSection(p, additional, c.additional, " ar:", m) !== null;
}

/** `count` records, comma separated; `null` when not all were there. The first answer is tried even past the end. */
function printSection(p: Printout, at: number, count: number, label: string, m: DnsMessage, tryFirst = false): number | null {
  for (let i = 0; i < count; i++) {
    if (at >= p.end && !(tryFirst && i === 0)) return null;
    p.put(i > 0 ? "," : label);
    const next = printRecord(p, at, m);
    if (next === null) return null;
    at = next;
  }
  return at;
}

function printQuery(p: Printout, m: DnsMessage, c: Counts): boolean {
  const flags = p.u16(m.base + 2);
  p.put(`${p.u16(m.base)}${operation(flags)}${flags & FLAG.recursionWanted ? "+" : ""}${flags & FLAG.noCheck ? "%" : ""}`);
  if (flags & ODD_QUERY_BITS) p.put(` [b2&3=0x${hex(flags)}]`);
  p.put(oddCounts(flags, c));
  let at: number | null = m.base + HEADER_BYTES;
  for (let i = 0; i < c.questions; i++) {
    if (i > 0 && at >= p.end) return false;
    at = printQuestion(p, at, m);
    if (at === null) return false;
  }
  if (p.opts.verbose < 2) return true;
  at = c.answers > 0 ? printSection(p, at, c.answers, "", m, true) : at;
  return at !== null && printRest(p, at, m, c);
}

/** Sections that a plain query does not have. */
function oddCounts(flags: number, c: Counts): string {
  const inverse = ((flags >> 11) & 15) === INVERSE_QUERY;
  const questions = c.questions !== (inverse ? 0 : 1) ? ` [${c.questions}q]` : "";
  const answers = c.answers !== (inverse ? 1 : 0) ? ` [${c.answers}a]` : "";
  const rest = `${c.authorities ? ` [${c.authorities}n]` : ""}${c.additional ? ` [${c.additional}au]` : ""}`;
  return (inverse ? questions + answers : answers + questions) + rest;
}

/** The upper bits of the response code live in the OPT record's time to live (RFC 6891 §6.1.3). */
function extendedCode(p: Printout, start: number, code: number, c: Counts): number {
  let at: number | null = start;
  for (let i = 0; i < c.questions; i++) {
    at = skipName(p, at);
    if (at === null) return code;
    at += 4;
    if (at >= p.end) return code;
  }
  const before = c.answers + c.authorities;
  for (let i = 0; i < before + c.additional; i++) {
    at = skipName(p, at);
    if (at === null || !p.has(at, 10)) return i >= before && at !== null && p.has(at, 5) && p.u16(at) === OPT ? code | (p.u8(at + 4) << 4) : code;
    if (i >= before && p.u16(at) === OPT) return code | (p.u8(at + 4) << 4);
    at += 10 + p.u16(at + 8);
    if (at >= p.end) return code;
  }
  return code;
}
