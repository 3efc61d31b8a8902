import { type Ip4, type Mac, readIp4, readMac, readU16, writeMac, writeU16, writeU32 } from "./addr.ts";

/*
 * ARP for IPv4 over Ethernet (RFC 826): 28 bytes
 *
 *   0      2      4  5  6     8            14       18           24
 *   +------+------+--+--+-----+------------+--------+------------+--------+
 *   | htype| ptype|hl|pl| op  | sender MAC | sender | target MAC | target |
 *   +------+------+--+--+-----+------------+--------+------------+--------+
 */
export const ARP_HTYPE = 0;
export const ARP_PTYPE = 2;
export const ARP_HLEN = 4;
export const ARP_PLEN = 5;
export const ARP_OP = 6;
export const ARP_SHA = 8;
export const ARP_SPA = 14;
export const ARP_THA = 18;
export const ARP_TPA = 24;
export const ARP_BYTES = 28;

export const ARPOP_REQUEST = 1;
export const ARPOP_REPLY = 2;

export interface Arp {
  readonly op: number;
  readonly senderMac: Mac;
  readonly sender: Ip4;
  readonly targetMac: Mac;
  readonly target: Ip4;
}

/** `null` unless it is Ethernet/IPv4 ARP of full length. */
export function parseArp(b: Uint8Array, at: number, end: number): Arp | null {
  if (end - at < ARP_BYTES) return null;
  if (readU16(b, at + ARP_HTYPE) !== 1 || readU16(b, at + ARP_PTYPE) !== 0x0800) return null;
  if (b[at + ARP_HLEN] !== 6 || b[at + ARP_PLEN] !== 4) return null;
  return {
    op: readU16(b, at + ARP_OP),
    senderMac: readMac(b, at + ARP_SHA),
    sender: readIp4(b, at + ARP_SPA),
    targetMac: readMac(b, at + ARP_THA),
    target: readIp4(b, at + ARP_TPA),
  };
}

export function writeArp(b: Uint8Array, at: number, arp: Arp): void {
  writeU16(b, at + ARP_HTYPE, 1);
  writeU16(b, at + ARP_PTYPE, 0x0800);
  b[at + ARP_HLEN] = 6;
  b[at + ARP_PLEN] = 4;
  writeU16(b, at + ARP_OP, arp.op);
  writeMac(b, at + ARP_SHA, arp.senderMac);
  writeU32(b, at + ARP_SPA, arp.sender);
  writeMac(b, at + ARP_THA, arp.targetMac);
  writeU32(b, at + ARP_TPA, arp.target);
}
