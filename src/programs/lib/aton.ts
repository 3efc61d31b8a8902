import { ip4, type Ip4 } from "../../wire/addr.ts";

/** inet_aton(3): one to four parts, each decimal, octal (0…) or hexadecimal (0x…); the last fills what is left. Null otherwise. */
export function inetAton(text: string): Ip4 | null {
  const parts = text.split(".");
  if (parts.length > 4) return null;
  let address = 0;
  for (const [i, part] of parts.entries()) {
    const value = partValue(part);
    const last = i === parts.length - 1;
    const room = last ? 256 ** (5 - parts.length) : 256;
    if (value === null || value >= room) return null;
    address += last ? value : value * 256 ** (3 - i);
  }
  return ip4(address);
}

function partValue(part: string): number | null {
  if (/^0[xX][0-9a-fA-F]+$/.test(part)) return parseInt(part.slice(2), 16);
  if (/^0[0-7]*$/.test(part)) return parseInt(part, 8);
  return /^[1-9]\d*$/.test(part) ? Number(part) : null;
}
