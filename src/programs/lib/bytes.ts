/**
 * Byte strings: one character (U+0000–U+00FF) a byte. The text tools work on them, as the real ones do
 * in the C locale: `wc -m` counts bytes, `sort` compares bytes, and nothing is lost on the way through.
 */
import { fromUtf8, utf8 } from "../../wire/text.ts";

const PIECE = 8192;

export function toByteString(bytes: Uint8Array): string {
  if (bytes.length <= PIECE) return String.fromCharCode(...bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}

export function fromByteString(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** An argument as the bytes the program would see in argv. */
export const argBytes = (arg: string): string => toByteString(utf8(arg));
/** A byte string read as UTF-8, for file names and messages. */
export const asText = (bytes: string): string => fromUtf8(fromByteString(bytes));

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
