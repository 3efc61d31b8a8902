import { readU16, writeU16 } from "./addr.ts";
import { fold16, pseudoSum, sum16 } from "./checksum.ts";
import { IPPROTO_UDP } from "./ipv4.ts";

/*
 * UDP (RFC 768): source port, destination port, length (header included), checksum (0 = none).
 */
export const UDP_SRC = 0;
export const UDP_DST = 2;
export const UDP_LEN = 4;
export const UDP_CSUM = 6;
export const UDP_HLEN = 8;

/** Writes header and checksum over the payload that already stands behind it; the IPv4 addresses come from the header at `ipAt`. */
export function writeUdp(b: Uint8Array, at: number, ipAt: number, srcPort: number, dstPort: number, length: number): void {
  writeU16(b, at + UDP_SRC, srcPort);
  writeU16(b, at + UDP_DST, dstPort);
  writeU16(b, at + UDP_LEN, length);
  setUdpChecksum(b, at, ipAt);
}

/** RFC 768: a sum that comes out as zero is sent as all ones. */
export function setUdpChecksum(b: Uint8Array, at: number, ipAt: number): void {
  const length = readU16(b, at + UDP_LEN);
  writeU16(b, at + UDP_CSUM, 0);
  const sum = fold16(sum16(b, at, at + length, pseudoSum(b, ipAt, IPPROTO_UDP, length)));
  writeU16(b, at + UDP_CSUM, sum === 0 ? 0xffff : sum);
}

/** True when the checksum is right or absent. */
export function udpChecksumOk(b: Uint8Array, at: number, ipAt: number): boolean {
  const length = readU16(b, at + UDP_LEN);
  if (readU16(b, at + UDP_CSUM) === 0) return true;
  return fold16(sum16(b, at, at + length, pseudoSum(b, ipAt, IPPROTO_UDP, length))) === 0;
}
