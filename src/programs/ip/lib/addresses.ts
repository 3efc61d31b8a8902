import { IP4_ANY, type Ip4, formatIp4, ip4 } from "../../../wire/addr.ts";

/** Addresses and prefixes as iproute2 reads and writes them (get_addr_1, get_prefix_1). */

export interface Prefix {
  readonly addr: Ip4;
  readonly len: number;
  /** No "/len" was written. */
  readonly plain: boolean;
  /** The words default, any, all. */
  readonly word: boolean;
}

const looksLikeIpv6 = (text: string): boolean => text.includes(":") && /^[0-9a-f:.]+$/i.test(text);

/** Up to four decimal parts; missing ones are zero ("10.1" = 10.1.0.0). `null` when it is none. */
function parseDotted(text: string): Ip4 | null {
  if (!/^\d{1,3}(\.\d{1,3}){0,3}$/.test(text)) return null;
  const parts = text.split(".").map(Number);
  if (parts.some((p) => p > 255)) return null;
  return ip4([0, 1, 2, 3].reduce((n, i) => n * 256 + (parts[i] ?? 0), 0));
}

export function parseAddr(text: string): Ip4 | "inet6" | null {
  if (text === "default" || text === "all" || text === "any") return IP4_ANY;
  return looksLikeIpv6(text) ? "inet6" : parseDotted(text);
}

/** `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.1.2.3`, `default`. */
export function parsePrefix(text: string): Prefix | "inet6" | null {
  if (text === "default" || text === "any" || text === "all") return { addr: IP4_ANY, len: 0, plain: true, word: true };
  const slash = text.indexOf("/");
  const addr = parseAddr(slash < 0 ? text : text.slice(0, slash));
  if (addr === null || addr === "inet6") return addr;
  if (slash < 0) return { addr, len: 32, plain: true, word: false };
  const len = parseLength(text.slice(slash + 1));
  return len === null ? null : { addr, len, plain: false, word: false };
}

/** A number 0–32 or a contiguous netmask. */
function parseLength(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text) <= 32 ? Number(text) : null;
  const mask = text.includes(".") ? parseDotted(text) : null;
  if (mask === null) return null;
  const len = mask === 0 ? 0 : 32 - Math.log2(~mask + 1 >>> 0 || 1);
  return Number.isInteger(len) ? len : null;
}

/** 10.0.0.0/8, an address alone when the length is 32. */
export const formatPrefix = (addr: Ip4, len: number): string => (len === 32 ? formatIp4(addr) : `${formatIp4(addr)}/${len}`);
