/**
 * Shell text and the bytes behind it. A shell word may hold bytes that are no UTF-8 (`printf '\xff'`);
 * such a byte b ≥ 0x80 lives in a string as the lone surrogate U+DC00+b, which no decoded text contains,
 * and turns back into that byte when written.
 */

const RAW = 0xdc00;
const isRaw = (unit: number): boolean => unit >= RAW + 0x80 && unit <= RAW + 0xff;

/** The string unit that stands for one raw byte (0–255). */
export const rawByte = (byte: number): string => String.fromCharCode(byte < 0x80 ? byte : RAW + byte);

/** Text to bytes: UTF-8, with raw bytes as they are. */
export function encode(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) out[n++] = unit;
    else if (unit < 0x800) { out[n++] = 0xc0 | (unit >> 6); out[n++] = 0x80 | (unit & 63); }
    else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) {
      const cp = text.codePointAt(i) ?? 0xfffd;
      if (cp < 0x10000) n = three(out, n, 0xfffd);
      else {
        out[n++] = 0xf0 | (cp >> 18); out[n++] = 0x80 | ((cp >> 12) & 63);
        out[n++] = 0x80 | ((cp >> 6) & 63); out[n++] = 0x80 | (cp & 63);
        i++;
      }
    } else if (isRaw(unit)) out[n++] = unit - RAW;
    else n = three(out, n, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
  }
  return out.subarray(0, n);
}

function three(out: Uint8Array, n: number, unit: number): number {
  out[n++] = 0xe0 | (unit >> 12);
  out[n++] = 0x80 | ((unit >> 6) & 63);
  out[n++] = 0x80 | (unit & 63);
  return n;
}

/** Bytes to text; a byte that is part of no UTF-8 sequence becomes a raw byte. */
export function decode(bytes: Uint8Array): string {
  const parts: string[] = [];
  let ascii = 0;
  for (let i = 0; i < bytes.length;) {
    if ((bytes[i] ?? 0) < 0x80) { i++; continue; }
    if (i > ascii) parts.push(asciiText(bytes, ascii, i));
    const length = sequenceLength(bytes, i);
    parts.push(length === 0 ? rawByte(bytes[i] ?? 0) : String.fromCodePoint(codePoint(bytes, i, length)));
    i += Math.max(length, 1);
    ascii = i;
  }
  parts.push(asciiText(bytes, ascii, bytes.length));
  return parts.join("");
}

function asciiText(bytes: Uint8Array, from: number, to: number): string {
  const parts: string[] = [];
  for (let i = from; i < to; i += 4096) parts.push(String.fromCharCode(...bytes.subarray(i, Math.min(to, i + 4096))));
  return parts.join("");
}

/** Length of the valid sequence at `at`, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const cp = codePoint(bytes, at, length);
  if (length === 3 && (cp < 0x800 || (cp >= 0xd800 && cp <= 0xdfff))) return 0;
  return length === 4 && (cp < 0x10000 || cp > 0x10ffff) ? 0 : length;
}

function codePoint(bytes: Uint8Array, at: number, length: number): number {
  let cp = (bytes[at] ?? 0) & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) cp = (cp << 6) | ((bytes[at + i] ?? 0) & 63);
  return cp;
}

/** Joins raw bytes that together form UTF-8 into the characters they spell. */
export function joinRaw(text: string): string {
  for (let i = 0; i < text.length; i++) if (isRaw(text.charCodeAt(i))) return decode(encode(text));
  return text;
}

/** Characters of a word: code points, as bash counts them in a UTF-8 locale. */
export function characters(text: string): string[] {
  return [...text];
}
