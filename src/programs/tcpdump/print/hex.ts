import { Truncated } from "./printout.ts";
import type { Printout } from "./printout.ts";
import { hex } from "./text.ts";

const BYTES_A_LINE = 16;
const HEX_COLUMN = 40;

const isGraphic = (byte: number): boolean => byte > 0x20 && byte < 0x7f;

/** Two bytes a group: " 4500 0054 …". */
function hexPairs(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += (i % 2 === 0 ? " " : "") + hex(bytes[i] ?? 0, 2);
  return text;
}

const picture = (bytes: Uint8Array): string =>
  [...bytes].map((b) => (isGraphic(b) ? String.fromCharCode(b) : ".")).join("");

/** -x: offset and hex, each line begun with `indent`. Ends the dissection if `length` is more than was captured. */
export function printHex(p: Printout, indent: string, at: number, length: number): void {
  dump(p, at, length, (offset, line) => `${indent}0x${hex(offset, 4)}: ${hexPairs(line)}`);
}

/** -X: the same with the printable characters at the right. */
export function printHexAscii(p: Printout, indent: string, at: number, length: number): void {
  dump(p, at, length, (offset, line) => `${indent}0x${hex(offset, 4)}: ${hexPairs(line).padEnd(HEX_COLUMN)}  ${picture(line)}`);
}

function dump(p: Printout, at: number, length: number, line: (offset: number, bytes: Uint8Array) => string): void {
  const shown = Math.min(length, p.left(at));
  for (let i = 0; i < shown; i += BYTES_A_LINE)
    p.put(line(i, p.bytes.subarray(at + i, at + Math.min(i + BYTES_A_LINE, shown))));
  if (shown < length) throw new Truncated();
}

/** What a dissector does with bytes it has no words for. */
export function printRaw(p: Printout, at: number, length: number): void {
  printHexAscii(p, "\n\t", at, length);
}

/** The payload of a frame whose protocol is not dissected, unless the bytes are shown or not wanted anyway. */
export function printUnknownPayload(p: Printout, at: number, length: number): void {
  if (!p.suppressRaw) printRaw(p, at, length);
}

/** Bytes of an option that has no words of its own: hex of what was captured. */
export function printUnknown(p: Printout, at: number, indent: string, length: number): void {
  printHex(p, indent, at, Math.min(length, p.left(at)));
}

/** -A: text with line ends as they are; a carriage return before a line feed is dropped. */
export function printAscii(p: Printout, at: number, length: number): void {
  p.put("\n");
  const end = at + Math.min(length, p.left(at));
  for (let i = at; i < end; i++) {
    const byte = p.bytes[i] ?? 0;
    if (byte === 0x0d) {
      if (end - i > 2 && p.bytes[i + 1] !== 0x0a) p.put(".");
    } else p.put(isGraphic(byte) || byte === 0x20 || byte === 0x09 || byte === 0x0a ? String.fromCharCode(byte) : ".");
  }
}
