import { readU32 } from "./addr.ts";

/** LINKTYPE_* values as they stand in capture files (tcpdump.org/linktypes.html). */
export const LINKTYPE_NULL = 0;
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_RAW = 101;
export const LINKTYPE_LINUX_SLL = 113;
export const LINKTYPE_IPV4 = 228;
export const LINKTYPE_IPV6 = 229;
export const LINKTYPE_LINUX_SLL2 = 276;

/** One packet of a capture. `bytes` is what was kept of `wireLength` bytes; the time counts from 1970. */
export interface CapturedPacket {
  readonly sec: number;
  readonly nsec: number;
  readonly wireLength: number;
  readonly bytes: Uint8Array;
  /** pcapng only: opt_comment. */
  readonly comment?: string;
  /** pcapng only: if_name of the interface block the packet belongs to. */
  readonly ifName?: string;
}

export interface PcapHeader {
  readonly linkType: number;
  /** Largest number of bytes kept of a packet. */
  readonly snapLength: number;
  /** Timestamps count nanoseconds (magic a1b23c4d) instead of microseconds. */
  readonly nanos: boolean;
  readonly bigEndian: boolean;
}

export const PCAP_HEADER_BYTES = 24;
export const PCAP_RECORD_BYTES = 16;
const MAGIC_MICROS = 0xa1b2c3d4;
const MAGIC_NANOS = 0xa1b23c4d;

/** What decoding one record or block gave: a packet, the wish for more bytes, or libpcap's words for what is wrong. */
export type Decoded<T> =
  | { readonly is: "ok"; readonly value: T; readonly next: number }
  | { readonly is: "short"; readonly why: string }
  | { readonly is: "bad"; readonly why: string };

/** Little-endian 32-bit read; past the end counts as 0. */
export const readU32le = (b: Uint8Array, at: number): number =>
  (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;

export const readU32of = (b: Uint8Array, at: number, bigEndian: boolean): number =>
  bigEndian ? readU32(b, at) : readU32le(b, at);

export function writeU32le(b: Uint8Array, at: number, v: number): void {
  b[at] = v;
  b[at + 1] = v >>> 8;
  b[at + 2] = v >>> 16;
  b[at + 3] = v >>> 24;
}

/** The file header, savefile format 2.4 (pcap-savefile(5)), little-endian as on the machines simulated here. */
export function encodePcapHeader(h: Pick<PcapHeader, "linkType" | "snapLength" | "nanos">): Uint8Array {
  const b = new Uint8Array(PCAP_HEADER_BYTES);
  writeU32le(b, 0, h.nanos ? MAGIC_NANOS : MAGIC_MICROS);
  b[4] = 2;
  b[6] = 4;
  writeU32le(b, 16, h.snapLength);
  writeU32le(b, 20, h.linkType);
  return b;
}

/** Record header and bytes of one packet. */
export function encodePcapRecord(p: CapturedPacket, nanos: boolean): Uint8Array {
  const b = new Uint8Array(PCAP_RECORD_BYTES + p.bytes.length);
  writeU32le(b, 0, p.sec);
  writeU32le(b, 4, nanos ? p.nsec : Math.floor(p.nsec / 1000));
  writeU32le(b, 8, p.bytes.length);
  writeU32le(b, 12, p.wireLength);
  b.set(p.bytes, PCAP_RECORD_BYTES);
  return b;
}

/** Byte order and precision told by the magic number; `null` when it is no pcap file. */
export function pcapMagic(b: Uint8Array): Pick<PcapHeader, "nanos" | "bigEndian"> | null {
  for (const bigEndian of [false, true]) {
    const magic = readU32of(b, 0, bigEndian);
    if (magic === MAGIC_MICROS || magic === MAGIC_NANOS) return { nanos: magic === MAGIC_NANOS, bigEndian };
  }
  return null;
}

/** Reads the 24-byte header at the start of `b`; `null` when it is no pcap header (or not all there). */
export function decodePcapHeader(b: Uint8Array): PcapHeader | null {
  if (b.length < PCAP_HEADER_BYTES) return null;
  const magic = pcapMagic(b);
  if (magic === null) return null;
  const snap = readU32of(b, 16, magic.bigEndian);
  return {
    ...magic,
    snapLength: snap === 0 || snap > 0x7fffffff ? 0x7fffffff : snap,
    linkType: readU32of(b, 20, magic.bigEndian) & 0xffff,
  };
}

/** Reads the record at `at`. The words of failures are libpcap's. */
export function decodePcapRecord(b: Uint8Array, at: number, h: PcapHeader): Decoded<CapturedPacket> {
  const have = b.length - at;
  if (have < PCAP_RECORD_BYTES)
    return { is: "short", why: `truncated dump file; tried to read 16 header bytes, only got ${have}` };
  const captured = readU32of(b, at + 8, h.bigEndian);
  if (captured > Math.max(h.snapLength, 262144))
    return { is: "bad", why: `invalid packet capture length ${captured}, bigger than snaplen of ${h.snapLength}` };
  const got = have - PCAP_RECORD_BYTES;
  if (got < captured)
    return { is: "short", why: `truncated dump file; tried to read ${captured} captured bytes, only got ${got}` };
  const start = at + PCAP_RECORD_BYTES;
  const fraction = readU32of(b, at + 4, h.bigEndian);
  return {
    is: "ok",
    next: start + captured,
    value: {
      sec: readU32of(b, at, h.bigEndian),
      nsec: h.nanos ? fraction : fraction * 1000,
      wireLength: readU32of(b, at + 12, h.bigEndian),
      // What goes beyond the file's own snapshot length is not shown to anyone.
      bytes: b.subarray(start, start + Math.min(captured, h.snapLength)),
    },
  };
}
