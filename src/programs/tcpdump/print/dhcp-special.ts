import { AGENT_SUBOPTIONS, CLIENT_HARDWARE, NETBIOS_NODES, OVERLOADS } from "./dhcp-tables.ts";
import { printText } from "./dns-name.ts";
import { printUnknown } from "./hex.ts";
import type { Printout } from "./printout.ts";
import { hex, tok } from "./text.ts";
import type { Words } from "./text.ts";

/** Prints an option's data; the bytes it left over, `null` when text was cut off. */
type SpecialOption = (p: Printout, at: number, length: number) => number | null;

const tooShort = (p: Printout, least: number): 0 => {
  p.put(`[ERROR: length < ${least} bytes]`);
  return 0;
};

function quoted(p: Printout, at: number, length: number): boolean {
  p.put('"');
  const whole = printText(p, at, length);
  p.put('"');
  return whole;
}

const oneOf = (words: Words): SpecialOption => (p, at, length) => {
  if (length < 1) return tooShort(p, 1);
  p.put(tok(words, p.u8(at), "#%u"));
  return length - 1;
};

/** Client FQDN (RFC 4702). */
const clientName: SpecialOption = (p, at, length) => {
  if (length < 3) return tooShort(p, 3);
  const flags = p.u8(at);
  if (flags & 0xf0) p.put(`[ERROR: MBZ nibble 0x${hex(flags >> 4)} != 0] `);
  if (flags & 0x0f) p.put(`[${["S", "O", "E", "N"].filter((_, i) => flags & (1 << i)).join("")}] `);
  if (p.u8(at + 1) || p.u8(at + 2)) p.put(`${p.u8(at + 1)}/${p.u8(at + 2)} `);
  return quoted(p, at + 3, length - 3) ? 0 : null;
};

/** Client identifier (RFC 2132 §9.14): text, or a hardware type and address. */
const clientId: SpecialOption = (p, at, length) => {
  if (length < 1) return tooShort(p, 1);
  const type = p.u8(at);
  if (type === 0) return quoted(p, at + 1, length - 1) ? 0 : null;
  p.put(`${tok(CLIENT_HARDWARE, type, "hardware-type %u,")} ${p.hexBytes(at + 1, length - 1, ":")}`);
  return 0;
};

/** Relay agent information (RFC 3046). */
const agentInformation: SpecialOption = (p, at, length) => {
  while (length >= 2) {
    const [code, size] = [p.u8(at), p.u8(at + 1)];
    at += 2;
    length -= 2;
    p.put(`\n\t      ${tok(AGENT_SUBOPTIONS, code, "Unknown")} SubOption ${code}, length ${size}: `);
    if (size > length) {
      p.put("length goes past end of option");
      return 0;
    }
    if (AGENT_SUBOPTIONS[code] === undefined) printUnknown(p, at, "\n\t\t", size);
    else if (!printText(p, at, size)) return null;
    at += size;
    length -= size;
  }
  return length;
};

/** Classless static routes (RFC 3442): prefix length, as many octets as it needs, gateway. */
const classlessRoutes: SpecialOption = (p, at, length) => {
  if (length < 5) return tooShort(p, 5);
  for (let first = true; length > 0; first = false) {
    const width = p.u8(at);
    const octets = Math.floor((width + 7) / 8);
    if (!first) p.put(",");
    if (width > 32) p.put(`[ERROR: Mask width (${width}) > 32]`);
    else if (length - 1 < octets + 4) p.put(`[ERROR: Remaining length (${length - 1}) < ${octets + 4} bytes]`);
    if (width > 32 || length - 1 < octets + 4) return 0;
    const quad = [0, 1, 2, 3].map((i) => (i < octets ? p.u8(at + 1 + i) : 0)).join(".");
    p.put(`(${width === 0 ? "default" : `${quad}/${width}`}:${p.ip4(at + 1 + octets)})`);
    at += 5 + octets;
    length -= 5 + octets;
  }
  return 0;
};

/** User classes (RFC 3004). */
const userClasses: SpecialOption = (p, at, length) => {
  if (length < 2) return tooShort(p, 2);
  for (let n = 1; length > 0; n++) {
    const size = p.u8(at);
    p.put(`\n\t      instance#${n}: `);
    if (size === 0) p.put("[ERROR: suboption length must be non-zero]");
    else if (length - 1 < size) p.put("[ERROR: invalid option]");
    if (size === 0 || length - 1 < size) return 0;
    if (!quoted(p, at + 1, size)) return null;
    p.put(`, length ${size}`);
    at += 1 + size;
    length -= 1 + size;
  }
  return 0;
};

/** Options whose data is no plain list. */
export const SPECIAL_OPTIONS: ReadonlyMap<number, SpecialOption> = new Map([
  [46, oneOf(NETBIOS_NODES)], [52, oneOf(OVERLOADS)], [81, clientName], [61, clientId], [82, agentInformation],
  [121, classlessRoutes], [249, classlessRoutes], [77, userClasses],
]);
