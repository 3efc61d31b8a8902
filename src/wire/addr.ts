/**
 * Addresses as numbers. An IPv4 address is an unsigned 32-bit integer in host order, a MAC an
 * unsigned 48-bit integer (fits a double exactly). Brands keep the two from being mixed up.
 */
export type Ip4 = number & { readonly __ip4: true };
export type Mac = number & { readonly __mac: true };

export const ip4 = (n: number): Ip4 => (n >>> 0) as Ip4;
export const mac = (n: number): Mac => n as Mac;

export const IP4_ANY = ip4(0);
export const IP4_BROADCAST = ip4(0xffffffff);
export const MAC_ZERO = mac(0);
export const MAC_BROADCAST = mac(0xffffffffffff);

/** Strict dotted quad (inet_pton): four decimal parts, no leading zeros beyond "0". `null` when it is not one. */
export function parseIp4(text: string): Ip4 | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let n = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    n = n * 256 + Number(part);
  }
  return ip4(n);
}

export function formatIp4(a: Ip4): string {
  return `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`;
}

/** Six hex groups of one or two digits split by `:`; `null` when it is not one. */
export function parseMac(text: string): Mac | null {
  const parts = text.split(":");
  if (parts.length !== 6) return null;
  let n = 0;
  for (const part of parts) {
    if (!/^[0-9a-f]{1,2}$/i.test(part)) return null;
    n = n * 256 + parseInt(part, 16);
  }
  return mac(n);
}

export function formatMac(a: Mac): string {
  return a.toString(16).padStart(12, "0").replace(/(..)(?=.)/g, "$1:");
}

/** Group bit of the first octet (IEEE 802): broadcast counts as multicast. */
export const isMulticastMac = (a: Mac): boolean => Math.floor(a / 0x10000000000) % 2 === 1;

/** Netmask of a prefix length 0–32. */
export const maskOf = (prefixLen: number): Ip4 => ip4(prefixLen === 0 ? 0 : 0xffffffff << (32 - prefixLen));

export const inPrefix = (a: Ip4, net: Ip4, prefixLen: number): boolean => ((a ^ net) & maskOf(prefixLen)) === 0;

/** 224.0.0.0/4 (RFC 5771). */
export const isMulticastIp4 = (a: Ip4): boolean => a >>> 28 === 14;
export const isLoopbackIp4 = (a: Ip4): boolean => a >>> 24 === 127;

export function readMac(b: Uint8Array, at: number): Mac {
  return mac(readU16(b, at) * 0x100000000 + readU32(b, at + 2));
}
export function writeMac(b: Uint8Array, at: number, a: Mac): void {
  writeU16(b, at, Math.floor(a / 0x100000000));
  writeU32(b, at + 2, a % 0x100000000);
}

/** Big-endian access by offset: no DataView on the packet path. Reads past the end give 0. */
export const readU16 = (b: Uint8Array, at: number): number => ((b[at]! << 8) | b[at + 1]!) >>> 0;
export const readU32 = (b: Uint8Array, at: number): number =>
  ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
export function writeU16(b: Uint8Array, at: number, v: number): void {
  b[at] = v >>> 8;
  b[at + 1] = v;
}
export function writeU32(b: Uint8Array, at: number, v: number): void {
  b[at] = v >>> 24;
  b[at + 1] = v >>> 16;
  b[at + 2] = v >>> 8;
  b[at + 3] = v;
}
export const readIp4 = (b: Uint8Array, at: number): Ip4 => readU32(b, at) as Ip4;
