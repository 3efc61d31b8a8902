import { type Mac, writeMac, writeU16 } from "./addr.ts";

/*
 * Ethernet II (IEEE 802.3 clause 3)
 *
 *    0                 6                12        14
 *   +-----------------+-----------------+---------+--------- …
 *   |   destination   |     source      |  type   |  payload
 *   +-----------------+-----------------+---------+--------- …
 */
export const ETH_DST = 0;
export const ETH_SRC = 6;
export const ETH_TYPE = 12;
export const ETH_HLEN = 14;

export const ETH_P_ALL = 0x0003;
export const ETH_P_IP = 0x0800;
export const ETH_P_ARP = 0x0806;
export const ETH_P_8021Q = 0x8100;
export const ETH_P_IPV6 = 0x86dd;

export function writeEthernet(b: Uint8Array, at: number, dst: Mac, src: Mac, type: number): void {
  writeMac(b, at + ETH_DST, dst);
  writeMac(b, at + ETH_SRC, src);
  writeU16(b, at + ETH_TYPE, type);
}
