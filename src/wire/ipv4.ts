import { type Ip4, readIp4, readU16, writeU16, writeU32 } from "./addr.ts";
import { checksum, updateChecksum } from "./checksum.ts";

/*
 * IPv4 header (RFC 791 §3.1)
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------+-------+---------------+-------------------------------+
 *   |version|  IHL  |      TOS      |          total length         |
 *   +-------+-------+---------------+-----+-------------------------+
 *   |        identification         |flags|     fragment offset     |
 *   +---------------+---------------+-----+-------------------------+
 *   |      TTL      |   protocol    |        header checksum        |
 *   +---------------+---------------+-------------------------------+
 *   |                        source address                         |
 *   |                      destination address                      |
 *   +---------------------------------------------------------------+
 */
export const IP_TOS = 1;
export const IP_LEN = 2;
export const IP_ID = 4;
export const IP_FRAG = 6;
export const IP_TTL = 8;
export const IP_PROTO = 9;
export const IP_CSUM = 10;
export const IP_SRC = 12;
export const IP_DST = 16;
export const IP_HLEN = 20;

export const IP_DF = 0x4000;
export const IP_MF = 0x2000;
export const IP_OFFSET_MASK = 0x1fff;

export const IPPROTO_ICMP = 1;
export const IPPROTO_IGMP = 2;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_RAW = 255;

export const ipHeaderBytes = (b: Uint8Array, at: number): number => (b[at]! & 15) * 4;
export const ipTotalBytes = (b: Uint8Array, at: number): number => readU16(b, at + IP_LEN);
export const ipSrc = (b: Uint8Array, at: number): Ip4 => readIp4(b, at + IP_SRC);
export const ipDst = (b: Uint8Array, at: number): Ip4 => readIp4(b, at + IP_DST);
export const ipIsFragment = (b: Uint8Array, at: number): boolean => (readU16(b, at + IP_FRAG) & (IP_MF | IP_OFFSET_MASK)) !== 0;

/** A header to be written; lengths in bytes, `frag` = flags and offset word. */
export interface Ipv4Fields {
  readonly tos: number;
  readonly totalBytes: number;
  readonly id: number;
  readonly frag: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly src: Ip4;
  readonly dst: Ip4;
  /** Option bytes, a multiple of four; most headers have none. */
  readonly options?: Uint8Array;
}

/** Writes the header with its checksum; returns its length in bytes. */
export function writeIpv4(b: Uint8Array, at: number, f: Ipv4Fields): number {
  const optionBytes = f.options === undefined ? 0 : f.options.length;
  const headerBytes = IP_HLEN + optionBytes;
  b[at] = 0x40 | (headerBytes >> 2);
  b[at + IP_TOS] = f.tos;
  writeU16(b, at + IP_LEN, f.totalBytes);
  writeU16(b, at + IP_ID, f.id);
  writeU16(b, at + IP_FRAG, f.frag);
  b[at + IP_TTL] = f.ttl;
  b[at + IP_PROTO] = f.protocol;
  writeU32(b, at + IP_SRC, f.src);
  writeU32(b, at + IP_DST, f.dst);
  if (f.options !== undefined) b.set(f.options, at + IP_HLEN);
  setIpChecksum(b, at);
  return headerBytes;
}

/** Recomputes the header checksum from scratch (ip_send_check). */
export function setIpChecksum(b: Uint8Array, at: number): void {
  b[at + IP_CSUM] = 0;
  b[at + IP_CSUM + 1] = 0;
  writeU16(b, at + IP_CSUM, checksum(b, at, at + ipHeaderBytes(b, at)));
}

/** Lowers the TTL by one and repairs the checksum without summing again (RFC 1624; kernel ip_decrease_ttl). */
export function decTtl(b: Uint8Array, at: number): void {
  const word = readU16(b, at + IP_TTL);
  writeU16(b, at + IP_CSUM, updateChecksum(readU16(b, at + IP_CSUM), word, word - 0x100));
  b[at + IP_TTL] = (word >> 8) - 1;
}
