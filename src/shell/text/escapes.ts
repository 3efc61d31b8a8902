import { joinRaw, rawByte } from "./bytes.ts";

/** Which program's backslash sequences: `$'…'`, `echo -e`, printf's format, printf's `%b`. */
export type EscapeStyle = "ansi" | "echo" | "format" | "percent-b";

export interface Decoded {
  readonly text: string;
  /** `\c` was met: nothing after it is printed. */
  readonly stop: boolean;
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07", b: "\b", e: "\x1b", E: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\",
};

/** Decodes backslash sequences as bash's ansicstr() does (lib/sh/strtrans.c). */
export function decodeEscapes(text: string, style: EscapeStyle): Decoded {
  if (!text.includes("\\")) return { text, stop: false };
  let out = "";
  for (let i = 0; i < text.length;) {
    const ch = text[i] ?? "";
    if (ch !== "\\" || i + 1 >= text.length) { out += ch; i++; continue; }
    const one = escapeAt(text, i + 1, style);
    if (one.stop) return { text: joinRaw(out), stop: true };
    out += one.text;
    i = one.next;
  }
  return { text: joinRaw(out), stop: false };
}

interface One { readonly text: string; readonly next: number; readonly stop?: boolean }

/** One sequence; `at` is just after the backslash. Also printf's way through its format. */
export function escapeAt(text: string, at: number, style: EscapeStyle): One {
  const ch = text[at] ?? "";
  const simple = SIMPLE[ch];
  if (simple !== undefined) return { text: simple, next: at + 1 };
  if (ch >= "0" && ch <= "7") return octal(text, at, style);
  if (ch === "x") return hex(text, at, style);
  if (ch === "u" || ch === "U") return unicode(text, at, ch === "u" ? 4 : 8);
  if (ch === "c") return control(text, at, style);
  if (style === "ansi" && (ch === "'" || ch === '"' || ch === "?")) return { text: ch, next: at + 1 };
  if ((style === "format" || style === "percent-b") && (ch === '"' || ch === "'" || ch === "?")) return { text: ch, next: at + 1 };
  return { text: "\\" + ch, next: at + 1 };
}

function octal(text: string, at: number, style: EscapeStyle): One {
  const leadingZero = (style === "echo" || style === "percent-b") && text[at] === "0";
  if (style === "echo" && !leadingZero) return { text: "\\" + (text[at] ?? ""), next: at + 1 };
  const digits = /^[0-7]{1,3}/.exec(text.slice(leadingZero ? at + 1 : at, (leadingZero ? at + 1 : at) + 3))?.[0] ?? "";
  const value = digits === "" ? 0 : parseInt(digits, 8) & 0xff;
  return { text: rawByte(value), next: at + (leadingZero ? 1 : 0) + digits.length };
}

function hex(text: string, at: number, style: EscapeStyle): One {
  const braced = style === "ansi" ? /^x\{([0-9a-fA-F]+)\}?/.exec(text.slice(at)) : null;
  if (braced) return { text: rawByte(parseInt((braced[1] ?? "").slice(-2), 16)), next: at + braced[0].length };
  const digits = /^[0-9a-fA-F]{1,2}/.exec(text.slice(at + 1, at + 3))?.[0] ?? "";
  if (digits === "") return { text: "\\x", next: at + 1 };
  return { text: rawByte(parseInt(digits, 16)), next: at + 1 + digits.length };
}

function unicode(text: string, at: number, most: number): One {
  const digits = new RegExp(`^[0-9a-fA-F]{1,${most}}`).exec(text.slice(at + 1, at + 1 + most))?.[0] ?? "";
  if (digits === "") return { text: "\\" + (text[at] ?? ""), next: at + 1 };
  const cp = parseInt(digits, 16);
  const valid = cp <= 0x10ffff && !(cp >= 0xd800 && cp <= 0xdfff);
  return { text: valid ? String.fromCodePoint(cp) : "\ufffd", next: at + 1 + digits.length };
}

function control(text: string, at: number, style: EscapeStyle): One {
  if (style !== "ansi") return style === "format" ? { text: "\\c", next: at + 1 } : { text: "", next: at + 1, stop: true };
  const ch = text[at + 1];
  if (ch === undefined) return { text: "\\c", next: at + 1 };
  return { text: String.fromCharCode(ch === "?" ? 0x7f : ch.toUpperCase().charCodeAt(0) & 0x1f), next: at + 2 };
}
