import { type Ip4, ip4, readU16 } from "../../wire/addr.ts";
import { ICMP_CODE, ICMP_ECHO, ICMP_ECHOREPLY, ICMP_HLEN, ICMP_ID, ICMP_TIMESTAMP, ICMP_TIMESTAMPREPLY, ICMP_TYPE } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_FRAG, IP_HLEN, IP_OFFSET_MASK, IP_PROTO, ipDst, ipHeaderBytes, ipSrc } from "../../wire/ipv4.ts";
import type { CtTuple } from "../uapi/conntrack.ts";

export const IPPROTO_DCCP = 33;
export const IPPROTO_GRE = 47;
export const IPPROTO_SCTP = 132;
export const IPPROTO_UDPLITE = 136;

/**
 * struct nf_conntrack_tuple: one direction of a flow. `sport` is the source port or the ICMP identifier,
 * `dport` the destination port or ICMP type and code (type × 256 + code); protocols without ports have 0 and 0.
 */
export interface Tuple {
  src: Ip4;
  dst: Ip4;
  protocol: number;
  sport: number;
  dport: number;
}

export const newTuple = (): Tuple => ({ src: ip4(0), dst: ip4(0), protocol: 0, sport: 0, dport: 0 });
export const copyTuple = (t: Tuple): Tuple => ({ src: t.src, dst: t.dst, protocol: t.protocol, sport: t.sport, dport: t.dport });

export const sameTuple = (a: Tuple, b: Tuple): boolean =>
  a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport && a.protocol === b.protocol;

/** Protocols whose first four bytes are ports (nf_ct_get_tuple_ports). */
export const hasPorts = (protocol: number): boolean =>
  protocol === IPPROTO_TCP || protocol === IPPROTO_UDP || protocol === IPPROTO_UDPLITE || protocol === IPPROTO_SCTP || protocol === IPPROTO_DCCP;

/** The answer's ICMP type; 0-based table invmap of nf_conntrack_proto_icmp.c. -1 = a type that has no answer. */
export function icmpInverse(type: number): number {
  if (type === ICMP_ECHO) return ICMP_ECHOREPLY;
  if (type === ICMP_ECHOREPLY) return ICMP_ECHO;
  if (type === ICMP_TIMESTAMP) return ICMP_TIMESTAMPREPLY;
  if (type === ICMP_TIMESTAMPREPLY) return ICMP_TIMESTAMP;
  if (type === 15 || type === 17) return type + 1;
  if (type === 16 || type === 18) return type - 1;
  return -1;
}

/**
 * nf_ct_get_tuple: fills `into` from the packet whose IPv4 header is at `netAt` of `buf`, valid up to `end`.
 * False: not whole, or a later fragment, or an ICMP message that begins nothing.
 */
export function tupleOfPacket(into: Tuple, buf: Uint8Array, netAt: number, end: number): boolean {
  if (end - netAt < IP_HLEN || (readU16(buf, netAt + IP_FRAG) & IP_OFFSET_MASK) !== 0) return false;
  into.src = ipSrc(buf, netAt);
  into.dst = ipDst(buf, netAt);
  into.protocol = buf[netAt + IP_PROTO]!;
  into.sport = 0;
  into.dport = 0;
  const at = netAt + ipHeaderBytes(buf, netAt);
  if (into.protocol === IPPROTO_ICMP) return icmpTuple(into, buf, at, end);
  if (!hasPorts(into.protocol)) return true;
  if (end - at < 4) return false;
  into.sport = readU16(buf, at);
  into.dport = readU16(buf, at + 2);
  return true;
}

function icmpTuple(into: Tuple, buf: Uint8Array, at: number, end: number): boolean {
  if (end - at < ICMP_HLEN) return false;
  into.sport = readU16(buf, at + ICMP_ID);
  into.dport = (buf[at + ICMP_TYPE]! << 8) | buf[at + ICMP_CODE]!;
  return true;
}

/** nf_ct_invert_tuple: the tuple of the answer; false when nothing answers (ICMP errors, redirects). */
export function invertTuple(into: Tuple, from: Tuple): boolean {
  into.src = from.dst;
  into.dst = from.src;
  into.protocol = from.protocol;
  if (from.protocol !== IPPROTO_ICMP) {
    into.sport = from.dport;
    into.dport = from.sport;
    return true;
  }
  const type = icmpInverse(from.dport >> 8);
  if (type < 0) return false;
  into.sport = from.sport;
  into.dport = (type << 8) | (from.dport & 0xff);
  return true;
}

/** hash_conntrack: spreads tuples over 32 bits; the table compares the rest. */
export function hashTuple(t: Tuple, zone: number): number {
  let h = Math.imul(t.src ^ Math.imul(zone, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul((h ^ (h >>> 15)) ^ t.dst, 0xc2b2ae35);
  h = Math.imul((h ^ (h >>> 13)) ^ ((t.sport << 16) | t.dport), 0x27d4eb2f);
  h ^= t.protocol;
  return (h ^ (h >>> 16)) | 0;
}

/** As ctnetlink writes it. */
export function tupleRow(t: Tuple): CtTuple {
  const { src, dst, protocol } = t;
  if (protocol === IPPROTO_ICMP) return { src, dst, protocol, icmpId: t.sport, icmpType: t.dport >> 8, icmpCode: t.dport & 0xff };
  return hasPorts(protocol) ? { src, dst, protocol, sport: t.sport, dport: t.dport } : { src, dst, protocol };
}

/** As ctnetlink reads it. */
export function tupleOfRow(row: CtTuple): Tuple {
  const { src, dst, protocol } = row;
  if (protocol === IPPROTO_ICMP) return { src, dst, protocol, sport: row.icmpId ?? 0, dport: ((row.icmpType ?? 0) << 8) | (row.icmpCode ?? 0) };
  return { src, dst, protocol, sport: row.sport ?? 0, dport: row.dport ?? 0 };
}
