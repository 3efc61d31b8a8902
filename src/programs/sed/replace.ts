import type { Piece } from "./script.ts";

/** The replacement with its groups filled in and \U \L \u \l \E obeyed. */
export function expand(pieces: readonly Piece[], found: readonly unknown[]): string {
  let out = "";
  let mode = "";
  let once = "";
  for (const piece of pieces) {
    if (typeof piece === "object" && "letters" in piece) {
      if ("ul".includes(piece.letters)) once = piece.letters;
      else mode = piece.letters === "E" ? "" : piece.letters;
      continue;
    }
    const group = typeof piece === "string" ? piece : found[piece.group];
    let text = typeof group === "string" ? group : "";
    if (mode !== "") text = mode === "U" ? text.toUpperCase() : text.toLowerCase();
    if (once !== "" && text !== "") {
      text = (once === "u" ? text[0]!.toUpperCase() : text[0]!.toLowerCase()) + text.slice(1);
      once = "";
    }
    out += text;
  }
  return out;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v" };

/** `l`: every character visible, long lines folded with a backslash, `$` at the end. */
export function unambiguous(text: string, width: number): string {
  const shown = [...text].map((c) => ESCAPES[c] ?? (c < " " || c > "~" ? `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}` : c));
  let [line, out] = ["", ""];
  for (const c of shown) {
    if (width > 1 && line.length + c.length > width - 1) {
      out += `${line}\\\n`;
      line = "";
    }
    line += c;
  }
  return `${out}${line}$\n`;
}
