/**
 * UTF-8 in and out. The core compiles without DOM or Node types, so it brings its own codec.
 * Malformed input decodes to U+FFFD, one per bad byte, so that text from frames is always text.
 */

/** Encodes a string as UTF-8 (lone surrogates become U+FFFD). */
export function utf8(text: string): Uint8Array {
  if (isAscii(text)) return asciiBytes(text);
  const out: number[] = [];
  for (const ch of text) pushCodePoint(out, ch.codePointAt(0) ?? 0xfffd);
  return Uint8Array.from(out);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function asciiBytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

function pushCodePoint(out: number[], raw: number): void {
  const cp = raw >= 0xd800 && raw <= 0xdfff ? 0xfffd : raw;
  if (cp < 0x80) out.push(cp);
  else if (cp < 0x800) out.push(0xc0 | (cp >> 6), 0x80 | (cp & 63));
  else if (cp < 0x10000) out.push(0xe0 | (cp >> 12), 0x80 | ((cp >> 6) & 63), 0x80 | (cp & 63));
  else out.push(0xf0 | (cp >> 18), 0x80 | ((cp >> 12) & 63), 0x80 | ((cp >> 6) & 63), 0x80 | (cp & 63));
}

/** Decodes UTF-8 bytes; each byte that is not part of a valid sequence becomes U+FFFD. */
export function fromUtf8(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [cp, len] = codePointAt(bytes, at);
    parts.push(String.fromCodePoint(cp));
    at += len;
  }
  return parts.join("");
}

function codePointAt(bytes: Uint8Array, at: number): [codePoint: number, length: number] {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return [lead, 1];
  const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (length === 0 || lead >= 0xf5 || at + length > bytes.length) return [0xfffd, 1];
  let cp = lead & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const b = bytes[at + i] ?? 0;
    if ((b & 0xc0) !== 0x80) return [0xfffd, 1];
    cp = (cp << 6) | (b & 63);
  }
  return isOverlong(cp, length) ? [0xfffd, 1] : [cp, length];
}

function isOverlong(cp: number, length: number): boolean {
  if (length === 3) return cp < 0x800 || (cp >= 0xd800 && cp <= 0xdfff);
  return length === 4 && (cp < 0x10000 || cp > 0x10ffff);
}
