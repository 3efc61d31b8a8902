import { readU16, readU32, writeU16, writeU32 } from "./addr.ts";
import { nameToWire, readName } from "./dns-name.ts";

/** DNS messages (RFC 1035 §4): header, question, and three sections of records. */

export const DNS_PORT = 53;
export const DNS_HLEN = 12;
/** Without EDNS nothing longer goes into a datagram (§4.2.1). */
export const DNS_UDP_BYTES = 512;

/** Bits of the header's second word. */
export const DNS_QR = 0x8000;
export const DNS_AA = 0x0400;
export const DNS_TC = 0x0200;
export const DNS_RD = 0x0100;
export const DNS_RA = 0x0080;
export const DNS_AD = 0x0020;
export const DNS_CD = 0x0010;

export const RCODE_FORMERR = 1;
export const RCODE_SERVFAIL = 2;
export const RCODE_NXDOMAIN = 3;
export const RCODE_NOTIMP = 4;
export const RCODE_REFUSED = 5;

export const TYPE_A = 1;
export const TYPE_NS = 2;
export const TYPE_CNAME = 5;
export const TYPE_SOA = 6;
export const TYPE_PTR = 12;
export const TYPE_MX = 15;
export const TYPE_TXT = 16;
export const TYPE_AAAA = 28;
export const TYPE_SRV = 33;
export const TYPE_OPT = 41;
export const TYPE_ANY = 255;
export const CLASS_IN = 1;
export const CLASS_CH = 3;

export interface DnsQuestion {
  /** Absolute, with its final dot. */
  readonly name: string;
  readonly type: number;
  readonly cls: number;
}

export interface DnsRecord extends DnsQuestion {
  /** Seconds; of an OPT record the extended flags. */
  readonly ttl: number;
  /** Names in it are spelled out: no pointers. */
  readonly data: Uint8Array;
}

export interface DnsMessage {
  readonly id: number;
  /** The header's second word: QR, opcode, AA TC RD RA AD CD, rcode. */
  readonly flags: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

export const opcodeOf = (flags: number): number => (flags >>> 11) & 15;

/** The EDNS record of a message (RFC 6891), which stands in the additional section. */
export const optOf = (m: DnsMessage): DnsRecord | undefined => m.additional.find((r) => r.type === TYPE_OPT);

/** Response code, the upper bits that EDNS adds included. */
export const rcodeOf = (m: DnsMessage): number => (m.flags & 15) | (((optOf(m)?.ttl ?? 0) >>> 24) << 4);

/** Reads a message; null when it is cut off or broken. */
export function decodeDns(b: Uint8Array): DnsMessage | null {
  if (b.length < DNS_HLEN) return null;
  const questions: DnsQuestion[] = [];
  let at = DNS_HLEN;
  for (let n = readU16(b, 4); n > 0; n--) {
    const name = readName(b, at);
    if (name === null || name.end + 4 > b.length) return null;
    questions.push({ name: name.text, type: readU16(b, name.end), cls: readU16(b, name.end + 2) });
    at = name.end + 4;
  }
  const sections: DnsRecord[][] = [[], [], []];
  for (const [i, section] of sections.entries()) {
    for (let n = readU16(b, 6 + 2 * i); n > 0; n--) {
      const got = readRecord(b, at);
      if (got === null) return null;
      section.push(got.record);
      at = got.end;
    }
  }
  const [answers = [], authority = [], additional = []] = sections;
  return { id: readU16(b, 0), flags: readU16(b, 2), questions, answers, authority, additional };
}

function readRecord(b: Uint8Array, at: number): { record: DnsRecord; end: number } | null {
  const name = readName(b, at);
  if (name === null || name.end + 10 > b.length) return null;
  const [type, end] = [readU16(b, name.end), name.end + 10 + readU16(b, name.end + 8)];
  if (end > b.length) return null;
  const data = plainData(b, type, name.end + 10, end);
  return data === null ? null : { record: { name: name.text, type, cls: readU16(b, name.end + 2), ttl: readU32(b, name.end + 4), data }, end };
}

/** Types of RFC 1035 whose data may hold pointers: bytes before the names, and how many names. */
const NAMES_INSIDE: Readonly<Record<number, readonly [before: number, names: number]>> = {
  [TYPE_NS]: [0, 1], [TYPE_CNAME]: [0, 1], [TYPE_PTR]: [0, 1], [TYPE_MX]: [2, 1], [TYPE_SOA]: [0, 2], [TYPE_SRV]: [6, 1], 39: [0, 1],
};

function plainData(b: Uint8Array, type: number, from: number, end: number): Uint8Array | null {
  const [before, names] = NAMES_INSIDE[type] ?? [0, 0];
  if (names === 0) return b.slice(from, end);
  const out = [...b.subarray(from, from + before)];
  let at = from + before;
  for (let i = 0; i < names; i++) {
    const name = readName(b, at);
    const wire = name === null ? "empty label" : nameToWire(name.text);
    if (name === null || typeof wire === "string" || name.end > end) return null;
    out.push(...wire);
    at = name.end;
  }
  return Uint8Array.from([...out, ...b.subarray(at, end)]);
}

/** Writes a message. An owner name that stands whole somewhere before becomes a pointer to it. Null when a name has no wire form. */
export function encodeDns(m: DnsMessage): Uint8Array | null {
  const w = new Writer();
  const sections = [m.answers, m.authority, m.additional];
  for (const word of [m.id, m.flags, m.questions.length, ...sections.map((s) => s.length)]) w.u16(word);
  for (const q of m.questions) {
    if (!w.name(q.name)) return null;
    w.u16(q.type);
    w.u16(q.cls);
  }
  for (const record of sections.flat()) if (!w.record(record)) return null;
  return Uint8Array.from(w.bytes);
}

class Writer {
  readonly bytes: number[] = [];
  readonly #known = new Map<string, number>();

  u16(v: number): void {
    this.bytes.push((v >>> 8) & 255, v & 255);
  }

  name(text: string): boolean {
    const known = this.#known.get(text.toLowerCase());
    if (known !== undefined) this.u16(0xc000 | known);
    if (known !== undefined) return true;
    const wire = nameToWire(text);
    if (typeof wire === "string") return false;
    this.#remember(text, this.bytes.length);
    this.bytes.push(...wire);
    return true;
  }

  #remember(text: string, at: number): void {
    if (text !== "." && at < 0x4000 && !this.#known.has(text.toLowerCase())) this.#known.set(text.toLowerCase(), at);
  }

  record(r: DnsRecord): boolean {
    if (!this.name(r.name)) return false;
    this.u16(r.type);
    this.u16(r.cls);
    const ttl = new Uint8Array(4);
    writeU32(ttl, 0, r.ttl);
    this.bytes.push(...ttl);
    this.u16(r.data.length);
    const [before, names] = NAMES_INSIDE[r.type] ?? [0, 0];
    const inside = names === 0 ? null : readName(r.data, before);
    if (inside !== null) this.#remember(inside.text, this.bytes.length + before);
    this.bytes.push(...r.data);
    return true;
  }
}

/** One option of an OPT record (RFC 6891 §6.1.2). */
export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

export const EDNS_NSID = 3;
export const EDNS_SUBNET = 8;
export const EDNS_COOKIE = 10;
export const EDNS_EDE = 15;
/** The DO bit: DNSSEC records are welcome. */
export const EDNS_DO = 0x8000;

/** OPT pseudo record: class is the size of datagrams taken, ttl holds upper rcode bits, version and flags. */
export function optRecord(udpBytes: number, options: readonly EdnsOption[] = [], flags = 0, version = 0): DnsRecord {
  const parts = options.map(({ code, data }) => {
    const head = new Uint8Array(4);
    writeU16(head, 0, code);
    writeU16(head, 2, data.length);
    return [...head, ...data];
  });
  return { name: ".", type: TYPE_OPT, cls: udpBytes, ttl: ((version << 16) | flags) >>> 0, data: Uint8Array.from(parts.flat()) };
}

export function ednsOptions(opt: DnsRecord): EdnsOption[] {
  const options: EdnsOption[] = [];
  for (let at = 0; at + 4 <= opt.data.length; ) {
    const length = readU16(opt.data, at + 2);
    options.push({ code: readU16(opt.data, at), data: opt.data.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return options;
}
