import { readU32, writeU32 } from "./addr.ts";

/*
 * VXLAN (RFC 7348 §5): flags (I bit = VNI is valid), 24 reserved bits, VNI, 8 reserved bits.
 *
 *   +--------+------------------------+
 *   | flags  |       reserved         |
 *   |   VNI (24 bits)        |reserved|
 *   +--------+------------------------+
 */
export const VXLAN_FLAGS = 0;
export const VXLAN_VNI = 4;
export const VXLAN_HLEN = 8;
export const VXLAN_HF_VNI = 0x08000000;

/** Outer IPv4 20 + UDP 8 + VXLAN 8 + inner Ethernet 14: what the tunnel adds to an inner IP packet. */
export const VXLAN_HEADROOM = 50;

export function writeVxlan(b: Uint8Array, at: number, vni: number): void {
  writeU32(b, at + VXLAN_FLAGS, VXLAN_HF_VNI);
  writeU32(b, at + VXLAN_VNI, vni << 8);
}

/** The VNI, or `null` when the I bit is off or a reserved bit is set (kernel vxlan_rcv). */
export function parseVxlan(b: Uint8Array, at: number, end: number): number | null {
  if (end - at < VXLAN_HLEN || readU32(b, at) !== VXLAN_HF_VNI || (b[at + 7] ?? 1) !== 0) return null;
  return readU32(b, at + VXLAN_VNI) >>> 8;
}
