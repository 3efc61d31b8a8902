import { readU16, readU32 } from "../../../wire/addr.ts";

/** One's complement sum of 16-bit words (RFC 1071), folded; 0 over data that includes a right checksum. */
export function internetSum(bytes: Uint8Array, at: number, length: number, seed = 0): number {
  let sum = seed;
  for (let i = 0; i + 1 < length; i += 2) sum += readU16(bytes, at + i);
  if (length % 2 === 1) sum += (bytes[at + length - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** What the checksum field should hold, given what it holds and the sum over everything (RFC 1624). */
export function shouldBe(field: number, sum: number): number {
  let should = field + sum;
  while (should > 0xffff) should = (should & 0xffff) + (should >>> 16);
  return should;
}

/** The sum of a transport segment with its IPv4 or IPv6 pseudo-header; `ip` is where the IP header is. */
export function transportSum(bytes: Uint8Array, ip: number, at: number, length: number, protocol: number): number {
  let seed = length + protocol;
  if ((bytes[ip] ?? 0) >> 4 === 6) {
    const destination = finalDestination6(bytes, ip);
    for (let i = 0; i < 16; i += 2) seed += readU16(bytes, ip + 8 + i) + readU16(bytes, destination + i);
  } else {
    const destination = finalDestination(bytes, ip);
    seed += readU16(bytes, ip + 12) + readU16(bytes, ip + 14) + (destination >>> 16) + (destination & 0xffff);
  }
  return internetSum(bytes, at, length, seed);
}

/** With source routing the checksum counts the last hop of the route (RFC 791 §3.1). */
function finalDestination(bytes: Uint8Array, ip: number): number {
  const end = ip + ((bytes[ip] ?? 0) & 15) * 4;
  for (let at = ip + 20; at < end; ) {
    const type = bytes[at] ?? 0;
    if (type === 0) break;
    const length = type === 1 ? 1 : (bytes[at + 1] ?? 0);
    if (length < 1 || (type !== 1 && length < 2) || at + length > end) break;
    if ((type === 137 || type === 131) && length >= 7) return readU32(bytes, at + length - 4);
    at += length;
  }
  return readU32(bytes, ip + 16);
}

/** Where the address stands that the packet ends at: with a routing header not the one in the IPv6 header (RFC 8200 §8.1). */
function finalDestination6(bytes: Uint8Array, ip: number): number {
  let next = bytes[ip + 6] ?? 59;
  for (let at = ip + 40; at + 8 <= bytes.length; ) {
    const length = bytes[at + 1] ?? 0;
    const type = bytes[at + 2] ?? 0;
    if (next === 43) {
      const last = type === 4 ? at + 8 : at + 8 + (length / 2 - 1) * 16;
      const fits = length % 2 === 0 && length > 0 && last + 16 <= bytes.length;
      return fits && (type === 0 || type === 2 || type === 4) ? last : ip + 24;
    }
    if (next !== 0 && next !== 60 && next !== 44) break;
    at += next === 44 ? 8 : (length + 1) * 8;
    next = bytes[next === 44 ? at - 8 : at - (length + 1) * 8] ?? 59;
  }
  return ip + 24;
}
