/** Quoting of values for output: what `declare -p`, `%q`, `${x@Q}`, `set` and `set -x` print. */

const isControl = (text: string): boolean => /[\x00-\x1f\x7f\udc80-\udcff]/.test(text);

const NAMED: Readonly<Record<string, string>> = {
  "\x07": "\\a", "\b": "\\b", "\x1b": "\\E", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", "'": "\\'",
};

/** `$'…'` form (bash's ansic_quote). */
export function ansiQuote(text: string): string {
  let out = "$'";
  for (const ch of text) {
    const unit = ch.charCodeAt(0);
    const raw = unit >= 0xdc80 && unit <= 0xdcff;
    if (NAMED[ch] !== undefined) out += NAMED[ch];
    else if (unit < 0x20 || unit === 0x7f || raw) out += "\\" + (unit & 0xff).toString(8).padStart(3, "0");
    else out += ch;
  }
  return out + "'";
}

/** `'…'`, with `'\''` inside (sh_single_quote). */
export function singleQuote(text: string): string {
  return text === "'" ? "\\'" : "'" + text.replaceAll("'", "'\\''") + "'";
}

/** `"…"` with `$ ` " \` escaped, or `$'…'` for control characters: `declare -p`. */
export function declareQuote(text: string): string {
  if (isControl(text)) return ansiQuote(text);
  return '"' + text.replace(/[$`"\\]/g, "\\$&") + '"';
}

/** `${x@Q}`: single quotes, or `$'…'`. */
export function atQuote(text: string): string {
  return isControl(text) ? ansiQuote(text) : singleQuote(text);
}

/** printf `%q`: backslashes, or `$'…'`. */
export function percentQ(text: string): string {
  if (text === "") return "''";
  if (isControl(text)) return ansiQuote(text);
  return text.replace(/[ \t!"#$&'()*,;<>?[\\\]^`{|}~]/g, (ch, at: number) => backslashed(ch, at, text));
}

function backslashed(ch: string, at: number, text: string): string {
  if (ch === "#" && at > 0) return ch;
  if (ch === "~" && at > 0 && text[at - 1] !== ":" && text[at - 1] !== "=") return ch;
  return "\\" + ch;
}

/** Needs quotes when typed back in: sh_contains_shell_metas(). */
export function hasShellMeta(text: string): boolean {
  return /[ \t\n'"\\|&;()<>!{}*[\]?^$`]|^[#~]|[=:]~/.test(text);
}

/** A word of `set -x` output, or of a variable listed by `set`. */
export function traceQuote(text: string): string {
  if (text === "") return "''";
  if (isControl(text)) return ansiQuote(text);
  return hasShellMeta(text) ? singleQuote(text) : text;
}
