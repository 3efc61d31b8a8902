/**
 * Domain names (RFC 1035 §3.1): labels on the wire, and their text (§5.1). Text is always absolute and
 * ends with a dot; bytes that would be misread are escaped, `\.` or `\007`.
 */

export const MAX_LABEL_BYTES = 63;
export const MAX_NAME_BYTES = 255;

export type NameError = "empty label" | "label too long" | "ran out of space" | "bad escape";

/** Wire form of a name written as text, root label included. A missing final dot is added. */
export function nameToWire(text: string): Uint8Array | NameError {
  if (text === "." || text === "") return Uint8Array.of(0);
  const out: number[] = [];
  let label: number[] = [];
  for (let i = 0; i <= text.length; i++) {
    if (i === text.length || text[i] === ".") {
      if (label.length === 0) return i === text.length && i > 0 ? finished(out) : "empty label";
      if (label.length > MAX_LABEL_BYTES) return "label too long";
      out.push(label.length, ...label);
      label = [];
      continue;
    }
    const [byte, used] = byteAt(text, i);
    if (byte < 0) return "bad escape";
    label.push(byte);
    i += used - 1;
  }
  return finished(out);
}

function finished(labels: number[]): Uint8Array | NameError {
  labels.push(0);
  return labels.length > MAX_NAME_BYTES ? "ran out of space" : Uint8Array.from(labels);
}

/** A byte of a name's text and how many characters stand for it; -1 = a broken escape. */
function byteAt(text: string, i: number): [byte: number, used: number] {
  if (text[i] !== "\\") return [text.charCodeAt(i) & 255, 1];
  const digits = /^\d{3}/.exec(text.slice(i + 1, i + 4));
  if (digits !== null) return Number(digits[0]) > 255 ? [-1, 0] : [Number(digits[0]), 4];
  return i + 1 < text.length ? [text.charCodeAt(i + 1) & 255, 2] : [-1, 0];
}

/** A name at `at`, pointers followed (§4.1.4), and where what comes after it begins. Null when it is broken. */
export function readName(b: Uint8Array, at: number): { readonly text: string; readonly end: number } | null {
  let text = "";
  let end = -1;
  for (let i = at, jumps = 0; ; ) {
    const n = b[i];
    if (n === undefined || text.length > 1024) return null;
    if (n === 0) return { text: text === "" ? "." : text, end: end < 0 ? i + 1 : end };
    if (n >= 0xc0) {
      const low = b[i + 1];
      if (low === undefined || ++jumps > 64) return null;
      if (end < 0) end = i + 2;
      i = ((n & 0x3f) << 8) | low;
      continue;
    }
    if (n > MAX_LABEL_BYTES || i + 1 + n > b.length) return null;
    text += `${labelText(b.subarray(i + 1, i + 1 + n))}.`;
    i += 1 + n;
  }
}

function labelText(label: Uint8Array): string {
  let text = "";
  for (const byte of label) {
    const char = String.fromCharCode(byte);
    if ('"().;\\@$'.includes(char)) text += `\\${char}`;
    else text += byte > 0x20 && byte < 0x7f ? char : `\\${String(byte).padStart(3, "0")}`;
  }
  return text;
}

/** Names are compared without regard to case. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Is `name` the domain or something below it? Both absolute. */
export const isWithin = (name: string, domain: string): boolean =>
  domain === "." || sameName(name, domain) || name.toLowerCase().endsWith(`.${domain.toLowerCase()}`);

/** 10.0.0.1 → 1.0.0.10.in-addr.arpa. */
export const reverseName = (dottedQuad: string): string => `${dottedQuad.split(".").reverse().join(".")}.in-addr.arpa.`;
