import { parseIp4, type Ip4 } from "../../../wire/addr.ts";

/** `10.0.0.0/8` or one address; `low`: bits outside the mask were set. null = neither. */
export function readNetwork(text: string): { readonly addr: Ip4; readonly mask: number; readonly low: boolean } | null {
  const [host = "", bits] = text.split("/", 2);
  const addr = parseIp4(host);
  const length = bits === undefined ? 32 : /^\d+$/.test(bits) ? Number(bits) : -1;
  if (addr === null || length < 0 || length > 32) return null;
  const mask = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  const base = parseIp4(dotted((addr & mask) >>> 0));
  return base === null ? null : { addr: base, mask, low: (addr >>> 0) !== (addr & mask) >>> 0 };
}

export const dotted = (a: number): string => [a >>> 24, (a >>> 16) & 255, (a >>> 8) & 255, a & 255].join(".");
