import { fromUtf8, utf8 } from "./text.ts";
import { readU32of, writeU32le } from "./pcap.ts";
import type { CapturedPacket, Decoded } from "./pcap.ts";

/**
 * pcapng (draft-ietf-opsawg-pcapng): section header, interface description, enhanced and simple
 * packet blocks are read and (but for simple ones) written; other blocks are skipped.
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const OPT_COMMENT = 1;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
const NANOSECONDS = 9;
/** libpcap's limit on a block's size. */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

export interface PcapngInterface {
  readonly name: string;
  readonly linkType: number;
  /** 0 = no limit. */
  readonly snapLength: number;
  /** Clock ticks a second of its packets' timestamps. */
  readonly ticksPerSec: number;
  readonly offsetSec: number;
}

/** What has been learnt of the section being read. */
export interface PcapngSection {
  bigEndian: boolean;
  interfaces: PcapngInterface[];
}

const padded = (n: number): number => (n + 3) & ~3;

function block(type: number, body: Uint8Array): Uint8Array {
  const b = new Uint8Array(12 + padded(body.length));
  writeU32le(b, 0, type);
  writeU32le(b, 4, b.length);
  b.set(body, 8);
  writeU32le(b, b.length - 4, b.length);
  return b;
}

function option(code: number, value: Uint8Array): Uint8Array {
  const b = new Uint8Array(4 + padded(value.length));
  b[0] = code;
  b[1] = code >>> 8;
  b[2] = value.length;
  b[3] = value.length >>> 8;
  b.set(value, 4);
  return b;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

const endOfOptions = (): Uint8Array => new Uint8Array(4);

/** Section header block, version 1.0, length unknown. */
export function encodeSectionHeader(): Uint8Array {
  const body = new Uint8Array(16);
  writeU32le(body, 0, BYTE_ORDER_MAGIC);
  body[4] = 1;
  body.fill(0xff, 8);
  return block(SECTION_HEADER, body);
}

/** Interface description block with if_name and nanosecond timestamps. */
export function encodeInterface(i: Pick<PcapngInterface, "name" | "linkType" | "snapLength">): Uint8Array {
  const fixed = new Uint8Array(8);
  fixed[0] = i.linkType;
  fixed[1] = i.linkType >>> 8;
  writeU32le(fixed, 4, i.snapLength);
  const resolution = option(IF_TSRESOL, Uint8Array.of(NANOSECONDS));
  return block(INTERFACE, concat([fixed, option(IF_NAME, utf8(i.name)), resolution, endOfOptions()]));
}

/** Enhanced packet block on interface number `iface` (counted from 0 in the section). */
export function encodeEnhancedPacket(iface: number, p: CapturedPacket): Uint8Array {
  const ticks = BigInt(p.sec) * 1_000_000_000n + BigInt(p.nsec);
  const fixed = new Uint8Array(20);
  writeU32le(fixed, 0, iface);
  writeU32le(fixed, 4, Number(ticks >> 32n));
  writeU32le(fixed, 8, Number(ticks & 0xffffffffn));
  writeU32le(fixed, 12, p.bytes.length);
  writeU32le(fixed, 16, p.wireLength);
  const data = new Uint8Array(padded(p.bytes.length));
  data.set(p.bytes);
  const options = p.comment === undefined ? [] : [option(OPT_COMMENT, utf8(p.comment)), endOfOptions()];
  return block(ENHANCED_PACKET, concat([fixed, data, ...options]));
}

export const isPcapng = (b: Uint8Array): boolean => b.length >= 4 && readU32of(b, 0, true) === SECTION_HEADER;

/** Byte order of a section header block at `at`, `null` when its magic is wrong. */
function sectionOrder(b: Uint8Array, at: number): boolean | null {
  if (readU32of(b, at + 8, false) === BYTE_ORDER_MAGIC) return false;
  return readU32of(b, at + 8, true) === BYTE_ORDER_MAGIC ? true : null;
}

const tooShort = (wanted: number, got: number): Decoded<never> => ({
  is: "short",
  why: `truncated pcapng dump file; tried to read ${wanted} bytes, only got ${got}`,
});

/** Reads the block at `at`; updates `section`. The value is `null` for blocks that carry no packet. */
export function decodeBlock(b: Uint8Array, at: number, section: PcapngSection): Decoded<CapturedPacket | null> {
  const have = b.length - at;
  if (have < 12) return tooShort(have < 8 ? 8 : 4, have < 8 ? have : have - 8);
  const isSection = readU32of(b, at, true) === SECTION_HEADER;
  const order = isSection ? sectionOrder(b, at) : section.bigEndian;
  if (order === null) return { is: "bad", why: "unknown file format" };
  const total = readU32of(b, at + 4, order);
  const minBytes = isSection ? 28 : 12;
  if (total < minBytes || total > MAX_BLOCK_BYTES)
    return { is: "bad", why: `block in pcapng dump file has a length of ${total} ${total < minBytes ? `< ${minBytes}` : `> ${MAX_BLOCK_BYTES}`}` };
  const next = at + padded(total);
  if (have < next - at) return tooShort(next - at - 8, have - 8);
  if (isSection) {
    section.bigEndian = order;
    section.interfaces = [];
    return { is: "ok", value: null, next };
  }
  return decodeBody(b.subarray(at, at + total), section, next);
}

function decodeBody(b: Uint8Array, section: PcapngSection, next: number): Decoded<CapturedPacket | null> {
  const type = readU32of(b, 0, section.bigEndian);
  if (type === INTERFACE) {
    if (b.length < 20) return { is: "bad", why: "block in pcapng dump file is too short for an interface description" };
    section.interfaces.push(decodeInterface(b, section.bigEndian));
    return { is: "ok", value: null, next };
  }
  if (type === ENHANCED_PACKET) return decodeEnhanced(b, section, next);
  if (type === SIMPLE_PACKET) return decodeSimple(b, section, next);
  return { is: "ok", value: null, next };
}

/** Options from offset `at` to the block's trailer, by code (the last of a code wins). */
function decodeOptions(b: Uint8Array, at: number, bigEndian: boolean): ReadonlyMap<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  while (at + 4 <= b.length - 4) {
    const code = readU16of(b, at, bigEndian);
    const length = readU16of(b, at + 2, bigEndian);
    if (code === 0 || at + 4 + length > b.length - 4) break;
    found.set(code, b.subarray(at + 4, at + 4 + length));
    at += 4 + padded(length);
  }
  return found;
}

const readU16of = (b: Uint8Array, at: number, bigEndian: boolean): number =>
  bigEndian ? (b[at]! << 8) | b[at + 1]! : b[at]! | (b[at + 1]! << 8);

function decodeInterface(b: Uint8Array, bigEndian: boolean): PcapngInterface {
  const options = decodeOptions(b, 16, bigEndian);
  const name = options.get(IF_NAME);
  const offset = options.get(IF_TSOFFSET);
  return {
    name: name === undefined ? "" : fromUtf8(name),
    linkType: readU16of(b, 8, bigEndian),
    snapLength: readU32of(b, 12, bigEndian),
    ticksPerSec: ticksPerSec(options.get(IF_TSRESOL)?.[0] ?? 6),
    offsetSec: offset === undefined ? 0 : readU32of(offset, bigEndian ? 4 : 0, bigEndian),
  };
}

/** if_tsresol: a power of ten, or of two when the top bit is set. */
const ticksPerSec = (resolution: number): number =>
  resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;

function decodeEnhanced(b: Uint8Array, section: PcapngSection, next: number): Decoded<CapturedPacket | null> {
  const order = section.bigEndian;
  const iface = section.interfaces[readU32of(b, 8, order)];
  const captured = readU32of(b, 20, order);
  if (b.length < 32 || captured > b.length - 32)
    return { is: "bad", why: `block in pcapng dump file has a captured length of ${captured}, longer than the block` };
  if (iface === undefined)
    return { is: "bad", why: `a packet arrived on interface ${readU32of(b, 8, order)}, but there's no Interface Description Block for that interface` };
  const comment = decodeOptions(b, 28 + padded(captured), order).get(OPT_COMMENT);
  const value: CapturedPacket = {
    ...timeOf(readU32of(b, 12, order), readU32of(b, 16, order), iface),
    wireLength: readU32of(b, 24, order),
    bytes: b.subarray(28, 28 + captured),
    ifName: iface.name,
    ...(comment === undefined ? {} : { comment: fromUtf8(comment) }),
  };
  return { is: "ok", value, next };
}

function timeOf(high: number, low: number, iface: PcapngInterface): { sec: number; nsec: number } {
  const ticks = (BigInt(high) << 32n) | BigInt(low);
  const perSec = BigInt(iface.ticksPerSec);
  const nsec = ((ticks % perSec) * 1_000_000_000n) / perSec;
  return { sec: Number(ticks / perSec) + iface.offsetSec, nsec: Number(nsec) };
}

/** Simple packet blocks have no time and belong to interface 0. */
function decodeSimple(b: Uint8Array, section: PcapngSection, next: number): Decoded<CapturedPacket | null> {
  const iface = section.interfaces[0];
  if (iface === undefined) return { is: "bad", why: "a packet arrived on interface 0, but there's no Interface Description Block for that interface" };
  const wireLength = readU32of(b, 8, section.bigEndian);
  const limit = iface.snapLength === 0 ? wireLength : iface.snapLength;
  const captured = Math.min(wireLength, limit, b.length - 16);
  return { is: "ok", value: { sec: 0, nsec: 0, wireLength, bytes: b.subarray(12, 12 + captured), ifName: iface.name }, next };
}
