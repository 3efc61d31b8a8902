/** Messages as dig and host -v print them. */
import { readU16 } from "../../wire/addr.ts";
import {
  DNS_AA, DNS_AD, DNS_CD, DNS_QR, DNS_RA, DNS_RD, DNS_TC, EDNS_COOKIE, EDNS_DO, EDNS_EDE, EDNS_NSID, EDNS_SUBNET, ednsOptions, opcodeOf, optOf, rcodeOf, TYPE_OPT,
  type DnsMessage, type DnsQuestion, type DnsRecord, type EdnsOption,
} from "../../wire/dns.ts";
import { className, opcodeName, rcodeName, typeName } from "../lib/dns-types.ts";
import { rdataText, shortDuration, type RdataStyle } from "../lib/dns-rdata.ts";
import { formatIp6 } from "../lib/ip6.ts";
import type { Show } from "./lookup.ts";

const styleOf = (show: Show): RdataStyle => ({ split: show.split, multiline: show.multiline, unknown: show.unknown, expandAaaa: show.expandAaaa });

/** The column a tab leads to. */
const TAB = 8;

/** Pads with tabs up to `column`, with at least one blank where the text is there already (indent of masterdump.c). */
function toColumn(text: string, column: number): string {
  const width = widthOf(text);
  return width >= column ? `${text} ` : text + "\t".repeat(Math.ceil((column - width) / TAB));
}

function widthOf(text: string): number {
  let column = 0;
  for (const char of text) column = char === "\t" ? (Math.floor(column / TAB) + 1) * TAB : column + 1;
  return column;
}

/** `web.lab.		0	IN	A	10.0.0.1` */
export function recordLine(record: DnsRecord, show: Show): string {
  const cls = show.unknown ? `CLASS${record.cls}` : className(record.cls);
  const type = show.unknown ? `TYPE${record.type}` : typeName(record.type);
  const ttl = show.ttlUnits ? shortDuration(record.ttl) : String(record.ttl);
  const data = rdataText(record, styleOf(show));
  const at = columnsOf(show);
  let line = record.name;
  if (show.ttl) line = toColumn(line, at.ttl) + ttl;
  if (show.class) line = toColumn(line, at.class) + cls;
  line = toColumn(line, at.type) + type;
  return toColumn(line, at.data) + data;
}

/** Columns of the four fields (dig's master style). */
function columnsOf({ ttl, class: cls, multiline }: Show): { readonly ttl: number; readonly class: number; readonly type: number; readonly data: number } {
  if (multiline || (!ttl && !cls)) return { ttl: 24, class: 24, type: 24, data: 32 };
  return ttl && cls ? { ttl: 24, class: 32, type: 40, data: 48 } : { ttl: 24, class: 24, type: 32, data: 40 };
}

/** The semicolon does not count. */
function questionLine(q: DnsQuestion, show: Show): string {
  const at = columnsOf(show);
  const line = show.class ? toColumn(q.name, at.class) + className(q.cls) : q.name;
  return `;${toColumn(line, at.type)}${typeName(q.type)}`;
}

const FLAGS = [[DNS_QR, "qr"], [DNS_AA, "aa"], [DNS_TC, "tc"], [DNS_RD, "rd"], [DNS_RA, "ra"], [DNS_AD, "ad"], [DNS_CD, "cd"]] as const;

/** The header's two lines, and what is odd about them. */
export function headerText(m: DnsMessage): string {
  const flags = FLAGS.filter(([bit]) => (m.flags & bit) !== 0).map(([, name]) => ` ${name}`).join("");
  const counts = `QUERY: ${m.questions.length}, ANSWER: ${m.answers.length}, AUTHORITY: ${m.authority.length}, ADDITIONAL: ${m.additional.length}`;
  const zero = (m.flags & 0x40) !== 0 ? "; MBZ: 0x4" : "";
  const lame = (m.flags & (DNS_QR | DNS_RD | DNS_RA)) === (DNS_QR | DNS_RD) ? ";; WARNING: recursion requested but not available\n" : "";
  return `;; ->>HEADER<<- opcode: ${opcodeName(opcodeOf(m.flags))}, status: ${rcodeName(rcodeOf(m))}, id: ${m.id}\n;; flags:${flags}${zero}; ${counts}\n${lame}`;
}

/** All sections that are wanted, each with a blank line behind it. */
export function messageText(m: DnsMessage, show: Show): string {
  const parts: string[] = [];
  if (show.comments) parts.push(`${headerText(m)}\n`);
  const opt = optOf(m);
  if (opt !== undefined && show.comments) parts.push(optText(opt));
  if (show.question && m.questions.length > 0) parts.push(section("QUESTION", m.questions.map((q) => questionLine(q, show)), show));
  for (const [name, records, wanted] of [["ANSWER", m.answers, show.answer], ["AUTHORITY", m.authority, show.authority], ["ADDITIONAL", m.additional, show.additional]] as const) {
    const shown = records.filter((r) => r.type !== TYPE_OPT);
    if (wanted && shown.length > 0) parts.push(section(name, shown.map((r) => recordLine(r, show)), show));
  }
  return parts.join("");
}

const section = (name: string, lines: readonly string[], show: Show): string =>
  `${show.comments ? `;; ${name} SECTION:\n` : ""}${lines.map((l) => `${l}\n`).join("")}${show.comments ? "\n" : ""}`;

function optText(opt: DnsRecord): string {
  const flags = opt.ttl & 0xffff;
  const odd = (flags & ~EDNS_DO) !== 0 ? `; MBZ: 0x${(flags & ~EDNS_DO).toString(16).padStart(4, "0")}` : "";
  const lines = ednsOptions(opt).map((o) => `; ${ednsText(o)}\n`);
  return `;; OPT PSEUDOSECTION:\n; EDNS: version: ${(opt.ttl >>> 16) & 255}, flags:${(flags & EDNS_DO) !== 0 ? " do" : ""}${odd}; udp: ${opt.cls}\n${lines.join("")}`;
}

const EDNS_NAMES: Readonly<Record<number, string>> = { 1: "LLQ", 2: "UPDATE-LEASE", 5: "DAU", 6: "DHU", 7: "N3U", 9: "EXPIRE", 11: "TCP-KEEPALIVE", 12: "PAD", 14: "KEY-TAG", 16: "CLIENT-TAG", 17: "SERVER-TAG" };
/** Extended errors of RFC 8914. */
const EDE_NAMES = [
  "Other", "Unsupported DNSKEY Algorithm", "Unsupported DS Digest Type", "Stale Answer", "Forged Answer", "DNSSEC Indeterminate", "DNSSEC Bogus", "Signature Expired",
  "Signature Not Yet Valid", "DNSKEY Missing", "RRSIGs Missing", "No Zone Key Bit Set", "NSEC Missing", "Cached Error", "Not Ready", "Blocked", "Censored", "Filtered",
  "Prohibited", "Stale NXDOMAIN Answer", "Not Authoritative", "Not Supported", "No Reachable Authority", "Network Error", "Invalid Data",
];

function ednsText({ code, data }: EdnsOption): string {
  const hex = [...data].map((b) => b.toString(16).padStart(2, "0"));
  if (code === EDNS_COOKIE) return `COOKIE: ${hex.join("")}${data.length === 8 ? "" : " (good)"}`;
  if (code === EDNS_SUBNET && data.length >= 4) return `CLIENT-SUBNET: ${subnetText(data)}/${data[2]}/${data[3]}`;
  if (code === EDNS_EDE && data.length >= 2) return `EDE: ${readU16(data, 0)}${ednsErrorText(data)}`;
  const label = code === EDNS_NSID ? "NSID" : (EDNS_NAMES[code] ?? `OPT=${code}`);
  const ascii = [...data].map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : ".")).join("");
  return data.length === 0 ? `${label}:` : `${label}: ${hex.join(" ")} ("${ascii}")`;
}

function ednsErrorText(data: Uint8Array): string {
  const name = EDE_NAMES[readU16(data, 0)];
  const extra = String.fromCharCode(...data.subarray(2));
  return `${name === undefined ? "" : ` (${name})`}${extra === "" ? "" : `: (${extra})`}`;
}

function subnetText(data: Uint8Array): string {
  const bytes = new Uint8Array(readU16(data, 0) === 1 ? 4 : 16);
  bytes.set(data.subarray(4, 4 + bytes.length));
  return bytes.length === 4 ? [...bytes].join(".") : formatIp6(bytes);
}
