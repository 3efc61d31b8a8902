import { type Ip4, readU16, writeU16 } from "../../wire/addr.ts";
import { checksum, patchWord, updateChecksum } from "../../wire/checksum.ts";
import { ICMP_CSUM, ICMP_HLEN, ICMP_ID, ICMP_TYPE } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_CSUM, IP_DST, IP_PROTO, IP_SRC, ipHeaderBytes } from "../../wire/ipv4.ts";
import { IPPROTO_UDPLITE, type Tuple, hasPorts, icmpInverse } from "./ct-tuple.ts";
import type { Manip } from "./nat-range.ts";

/*
 * Rewriting headers (nf_nat_proto.c). Checksums are mended for the words that changed, never summed anew: a packet
 * that was damaged before stays damaged (RFC 1624, RFC 3022 §4.2).
 */

const TCP_CSUM = 16;
const UDP_CSUM = 6;
const TCP_HLEN = 20;
const UDP_HLEN = 8;

/** nf_nat_ipv4_manip_pkt: the packet at `ipAt`, valid up to `end`, gets the source or destination of `target`. */
export function manipPacket(b: Uint8Array, ipAt: number, end: number, target: Tuple, manip: Manip): void {
  manipTransport(b, ipAt, end, target, manip);
  const at = ipAt + (manip === "src" ? IP_SRC : IP_DST);
  patchAddress(b, at, manip === "src" ? target.src : target.dst, ipAt + IP_CSUM);
}

/** Both halves of an address, as the checksum sees them. */
function patchAddress(b: Uint8Array, at: number, address: Ip4, checksumAt: number): void {
  patchWord(b, at, address >>> 16, checksumAt);
  patchWord(b, at + 2, address & 0xffff, checksumAt);
}

/** The pseudo header's part of a transport checksum; the address itself is written later. */
function mendPseudo(b: Uint8Array, at: number, address: Ip4, checksumAt: number): void {
  let sum = readU16(b, checksumAt);
  sum = updateChecksum(sum, readU16(b, at), address >>> 16);
  sum = updateChecksum(sum, readU16(b, at + 2), address & 0xffff);
  writeU16(b, checksumAt, sum);
}

function manipTransport(b: Uint8Array, ipAt: number, end: number, target: Tuple, manip: Manip): void {
  const protocol = b[ipAt + IP_PROTO]!;
  const at = ipAt + ipHeaderBytes(b, ipAt);
  if (protocol === IPPROTO_ICMP) return manipIcmp(b, at, end, target);
  if (!hasPorts(protocol) || end - at < UDP_HLEN) return;
  const portAt = at + (manip === "src" ? 0 : 2);
  const port = manip === "src" ? target.sport : target.dport;
  const checksumAt = checksumOf(protocol, b, at, end);
  if (checksumAt === null) return writeU16(b, portAt, port);
  mendPseudo(b, ipAt + (manip === "src" ? IP_SRC : IP_DST), manip === "src" ? target.src : target.dst, checksumAt);
  patchWord(b, portAt, port, checksumAt);
  if (protocol !== IPPROTO_TCP && readU16(b, checksumAt) === 0) writeU16(b, checksumAt, 0xffff);
}

/** Where the checksum stands; null: there is none, or it is cut off (a packet quoted in an ICMP error). */
function checksumOf(protocol: number, b: Uint8Array, at: number, end: number): number | null {
  if (protocol === IPPROTO_TCP) return end - at < TCP_HLEN ? null : at + TCP_CSUM;
  if (protocol !== IPPROTO_UDP && protocol !== IPPROTO_UDPLITE) return null;
  return readU16(b, at + UDP_CSUM) === 0 ? null : at + UDP_CSUM;
}

/** icmp_manip_pkt: questions and answers carry the identifier. */
function manipIcmp(b: Uint8Array, at: number, end: number, target: Tuple): void {
  if (end - at < ICMP_HLEN || icmpInverse(b[at + ICMP_TYPE]!) < 0) return;
  patchWord(b, at + ICMP_ID, target.sport, at + ICMP_CSUM);
}

/** The checksum of an ICMP error whose quoted packet was rewritten. */
export function resumIcmp(b: Uint8Array, at: number, end: number): void {
  writeU16(b, at + ICMP_CSUM, 0);
  writeU16(b, at + ICMP_CSUM, checksum(b, at, end));
}
