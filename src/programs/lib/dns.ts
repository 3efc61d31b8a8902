/** The DNS messages that a stub resolver needs (RFC 1035 §4): one question, A answers. */
import { readIp4, readU16, writeU16, type Ip4 } from "../../wire/addr.ts";
import { utf8 } from "../../wire/text.ts";

const HEADER_BYTES = 12;
const RECURSION_DESIRED = 0x0100;
export const TYPE_A = 1;
export const TYPE_AAAA = 28;
const CLASS_IN = 1;

/** A query for one name; null when a label does not fit (63 bytes). */
export function encodeQuery(id: number, name: string, type: number): Uint8Array | null {
  const labels = name.replace(/\.$/, "").split(".").map(utf8);
  if (labels.some((l) => l.length === 0 || l.length > 63)) return null;
  const bytes = new Uint8Array(HEADER_BYTES + labels.reduce((n, l) => n + 1 + l.length, 0) + 5);
  writeU16(bytes, 0, id);
  writeU16(bytes, 2, RECURSION_DESIRED);
  writeU16(bytes, 4, 1);
  let at = HEADER_BYTES;
  for (const label of labels) {
    bytes[at] = label.length;
    bytes.set(label, at + 1);
    at += 1 + label.length;
  }
  writeU16(bytes, at + 1, type);
  writeU16(bytes, at + 3, CLASS_IN);
  return bytes;
}

export interface Answer {
  readonly id: number;
  /** 0 no error, 2 server failure, 3 no such name. */
  readonly code: number;
  readonly addresses: readonly Ip4[];
}

/** Index after a name, which may be a pointer; -1 past the end. */
function skipName(b: Uint8Array, at: number): number {
  for (let i = at; i < b.length; ) {
    const n = b[i] ?? 0;
    if (n === 0) return i + 1;
    if (n >= 0xc0) return i + 2;
    i += 1 + n;
  }
  return -1;
}

/** Reads a response; null when it is cut off or is none. */
export function decodeAnswer(b: Uint8Array): Answer | null {
  if (b.length < HEADER_BYTES || ((b[2] ?? 0) & 0x80) === 0) return null;
  let at = HEADER_BYTES;
  for (let q = readU16(b, 4); q > 0; q--) {
    const end = skipName(b, at);
    if (end < 0) return null;
    at = end + 4;
  }
  const addresses: Ip4[] = [];
  for (let n = readU16(b, 6); n > 0; n--) {
    const end = skipName(b, at);
    if (end < 0 || end + 10 > b.length) return null;
    const length = readU16(b, end + 8);
    if (readU16(b, end) === TYPE_A && length === 4) addresses.push(readIp4(b, end + 10));
    at = end + 10 + length;
  }
  return { id: readU16(b, 0), code: (b[3] ?? 0) & 15, addresses };
}
