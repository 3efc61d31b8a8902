import { formatIp4, readIp4 } from "../../../wire/addr.ts";
import { printName } from "./dns-name.ts";
import { DNSSEC_ALGORITHMS, DS_HASHES, EDNS_OPTIONS, NSEC3_HASHES } from "./dns-tables.ts";
import { formatIp6At } from "./ip6-text.ts";
import type { Printout } from "./printout.ts";
import { tok } from "./text.ts";
import type { Words } from "./text.ts";

const INVALID = " (invalid)";
const [DAU, DHU, N3U, SUBNET, EXPIRE, COOKIE, KEEPALIVE, PADDING, CHAIN, KEY_TAG] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

/** One option of an OPT record (RFC 6891 §6.1.2); where the next begins, `null` when it was cut off. */
export function printEdnsOption(p: Printout, at: number): number | null {
  if (!p.has(at, 2)) return null;
  const code = p.u16(at);
  p.put(tok(EDNS_OPTIONS, code, "Opt%u"));
  if (!p.has(at + 2, 2)) return null;
  const length = p.u16(at + 2);
  const data = at + 4;
  if (!p.has(data, length)) return null;
  if (length > 0) {
    p.put(" ");
    if (code === CHAIN) printName(p, data, data + length);
    else p.put(optionText(p, code, data, length));
  }
  return data + length;
}

function optionText(p: Printout, code: number, at: number, length: number): string {
  const bytes = (words: Words): string => Array.from({ length }, (_, i) => tok(words, p.u8(at + i), "Alg_%u")).join(" ");
  if (code === SUBNET) return subnetText(p, at, length);
  if (code === COOKIE) return length < 8 || (length > 8 && length < 16) || length > 40 ? INVALID : cookieText(p, at, length);
  if (code === KEEPALIVE) return length === 2 ? `${(p.u16(at) / 10).toFixed(1)} sec` : INVALID;
  if (code === EXPIRE) return length === 4 ? `${p.u32(at)} sec` : INVALID;
  if (code === PADDING) return `(${length})`;
  if (code === KEY_TAG) return length % 2 !== 0 ? INVALID : Array.from({ length: length / 2 }, (_, i) => p.u16(at + i * 2)).join(" ");
  if (code === DAU) return bytes(DNSSEC_ALGORITHMS);
  if (code === DHU) return bytes(DS_HASHES);
  if (code === N3U) return bytes(NSEC3_HASHES);
  return p.hexBytes(at, length);
}

/** Client cookie of eight bytes, then the server's (RFC 7873). */
const cookieText = (p: Printout, at: number, length: number): string =>
  p.hexBytes(at, 8) + (length > 8 ? ` ${p.hexBytes(at + 8, length - 8)}` : "");

/** Client subnet (RFC 7871): the address may be cut after its last significant byte. */
function subnetText(p: Printout, at: number, length: number): string {
  if (length < 4) return INVALID;
  const [family, source, scope] = [p.u16(at), p.u8(at + 2), p.u8(at + 3)];
  const bits = family === 1 ? 32 : family === 2 ? 128 : 0;
  const given = length - 4;
  if (bits === 0 || given > bits / 8 || source > bits || scope > bits || Math.floor((source + 7) / 8) !== given) return INVALID;
  const address = new Uint8Array(16);
  address.set(p.bytes.subarray(at + 4, at + 4 + given));
  return `${family === 1 ? formatIp4(readIp4(address, 0)) : formatIp6At(address, 0)}/${source}/${scope}`;
}
