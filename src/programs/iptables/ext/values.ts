import { formatIp4, ip4, parseIp4 } from "../../../wire/addr.ts";
import { type Bad, type Names, type OptCall, type PrintAt, bad } from "./extension.ts";

/** Values that several extensions take, with the words of libxtables for wrong ones. */

export type Range = readonly [min: number, max: number];

/** strtoul(3) with base 0: decimal, 0x…, 0…; null when it is no number or out of range. */
export function strtoui(text: string, min = 0, max = 0xffffffff): number | null {
  if (!/^\s*\+?(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) return null;
  const t = text.trim().replace("+", "");
  if (/^0[0-7]*[89]/.test(t)) return null;
  const n = /^0[xX]/.test(t) ? Number(t) : /^0\d/.test(t) ? Number.parseInt(t, 8) : Number(t);
  return n >= min && n <= max ? n : null;
}

/** The number at the start, and what follows it (strtoul's end pointer). */
export function leadingNumber(text: string, min: number, max: number): { readonly n: number; readonly rest: string } | null {
  const m = /^(0[xX][0-9a-fA-F]+|\d+)/.exec(text);
  const n = m === null ? null : strtoui(m[1] ?? "", min, max);
  return n === null || m === null ? null : { n, rest: text.slice(m[0].length) };
}

/** A number option (XTTYPE_UINT8 … UINT32). */
export function parseUint(ext: string, call: Pick<OptCall, "arg" | "option">, min: number, max: number): number | Bad {
  return strtoui(call.arg, min, max) ?? bad(`${ext}: bad value for option "--${call.option}", or out of range (${min}-${max}).\n`);
}

/** `value[/mask]` (XTTYPE_MARKMASK32); the mask is all ones by default. */
export function parseMarkMask(ext: string, call: Pick<OptCall, "arg" | "option">): Range | Bad {
  const [value = "", mask] = splitOnce(call.arg, "/");
  const v = strtoui(value);
  const m = mask === undefined ? 0xffffffff : strtoui(mask);
  return v === null || m === null ? bad(`${ext}: bad integer value for option "--${call.option}", or out of range.\n`) : [v, m];
}

export function splitOnce(text: string, at: string): readonly [string, string?] {
  const i = text.indexOf(at);
  return i < 0 ? [text] : [text.slice(0, i), text.slice(i + at.length)];
}

/** `a[:b]` of numbers (XTTYPE_UINT16RC …): missing ends are 0 and the largest; one number is both. */
export function parseUintRange(ext: string, call: Pick<OptCall, "arg" | "option">, max: number): Range | Bad {
  const parts = call.arg.split(":");
  if (parts.length > 2) return bad(`${ext}: Too many components for option "--${call.option}" (max: 2)\n`);
  const values: number[] = [];
  let rest = call.arg;
  for (const [i, part] of parts.entries()) {
    const n = part === "" ? (i === 1 ? max : 0) : leadingNumber(part, 0, max);
    if (n === null) return bad(`${ext}: bad value for option "--${call.option}" near "${rest}", or out of range (0-${max}).\n`);
    if (typeof n === "object" && n.rest !== "") return bad(`${ext}: Argument to "--${call.option}" has unexpected characters near "${rest.slice(part.length - n.rest.length)}".\n`);
    values.push(typeof n === "number" ? n : n.n);
    rest = rest.slice(part.length + 1);
  }
  return [values[0] ?? 0, values[1] ?? values[0] ?? 0];
}

/** A port by number or name (xtables_parse_port). */
export function parsePort(names: Names, text: string, protocol: string | null): number | Bad {
  return strtoui(text, 0, 65535) ?? names.servicePort(text, protocol) ?? bad(`invalid port/service \`${text}' specified`);
}

/** `port[:port]` in the new style (XTTYPE_PORTRC). */
export function parsePortRange(ext: string, call: Pick<OptCall, "arg" | "option" | "names">): Range | Bad {
  const parts = call.arg.split(":");
  if (parts.length > 2) return bad(`${ext}: Too many components for option "--${call.option}" (max: 2)\n`);
  const ports: number[] = [];
  for (const [i, part] of parts.entries()) {
    const port = part === "" ? (i === 0 ? 0 : 65535) : resolvePort(call.names, part);
    if (port === undefined) return bad(`Port "${part}" does not resolve to anything.\n`);
    ports.push(port);
  }
  return [ports[0] ?? 0, ports[1] ?? ports[0] ?? 0];
}

/** getaddrinfo(3) takes a number of any size; 16 bits of it remain. */
const resolvePort = (names: Names, text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) % 65536 : names.servicePort(text, null));

export function servicePort(at: PrintAt, port: number, protocol: string): string {
  return (at.numeric ? undefined : at.names.service(port, protocol)) ?? String(port);
}

export const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
export const dotted = (n: number): string => formatIp4(ip4(n));

/** inet_pton(3). */
export const parseDotted = (text: string): number | null => (/^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? parseIp4(text) : null);

/** Ones at the front of a mask; null when it has holes. */
export function prefixLength(mask: number): number | null {
  for (let bits = 0; bits <= 32; bits++) if ((bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0) === mask >>> 0) return bits;
  return null;
}

/** A mask with holes counts as 32 ones (XTTYPE_HOSTMASK). */
export const wholePrefix = (mask: number | null): number | null => (mask === null || prefixLength(mask) !== null ? mask : 0xffffffff);

/** xtables_save_string(): quoted unless it is one plain word. */
export function saveString(text: string): string {
  return /^[\w-]+$/.test(text) ? ` ${text}` : ` "${text.replace(/["\\']/g, "\\$&")}"`;
}
