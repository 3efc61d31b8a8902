/** The little language of tr's sets: ranges, classes, escapes, repeats. */
export type TrSet = { readonly is: "set"; readonly text: string } | { readonly is: "bad"; readonly why: string };

const CLASSES: Readonly<Record<string, (c: number) => boolean>> = {
  alnum: (c) => isDigit(c) || isUpper(c) || isLower(c),
  alpha: (c) => isUpper(c) || isLower(c),
  blank: (c) => c === 9 || c === 32,
  cntrl: (c) => c < 32 || c === 127,
  digit: isDigit,
  graph: (c) => c > 32 && c < 127,
  lower: isLower,
  print: (c) => c >= 32 && c < 127,
  punct: (c) => c > 32 && c < 127 && !isDigit(c) && !isUpper(c) && !isLower(c),
  space: (c) => c === 32 || (c >= 9 && c <= 13),
  upper: isUpper,
  xdigit: (c) => isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
};

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}
function isUpper(c: number): boolean {
  return c >= 65 && c <= 90;
}
function isLower(c: number): boolean {
  return c >= 97 && c <= 122;
}

/** The bytes of a character class such as `digit`; null when there is none of that name. */
export function classBytes(name: string): string | null {
  const test = CLASSES[name];
  if (test === undefined) return null;
  let text = "";
  for (let c = 0; c < 256; c++) if (test(c)) text += String.fromCharCode(c);
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" };

interface Char {
  readonly c: string;
  /** Written with a backslash: never part of a range, class or repeat sign. */
  readonly escaped: boolean;
}

function unescape(text: string): Char[] {
  const chars: Char[] = [];
  for (let i = 0; i < text.length; i++) {
    const octal = text[i] === "\\" ? /^[0-7]{1,3}/.exec(text.slice(i + 1))?.[0] : undefined;
    if (octal !== undefined) {
      chars.push({ c: String.fromCharCode(parseInt(octal, 8) & 255), escaped: true });
      i += octal.length;
    } else if (text[i] === "\\" && i + 1 < text.length) {
      const next = text[++i] ?? "";
      chars.push({ c: ESCAPES[next] ?? next, escaped: true });
    } else chars.push({ c: text[i] ?? "", escaped: false });
  }
  return chars;
}

/** Expands a set. `fillTo`: how long the first set is, for `[x*]` in the second. */
export function expandSet(source: string, quote: (t: string) => string, fillTo = 0): TrSet {
  const chars = unescape(source);
  const plain = (i: number, c: string): boolean => chars[i]?.c === c && !chars[i]!.escaped;
  let text = "";
  let fillAt = -1;
  let fill = "";
  for (let i = 0; i < chars.length; ) {
    const special = plain(i, "[") ? readBracket(chars, i, plain) : undefined;
    if (special?.is === "class") {
      const bytes = classBytes(special.name);
      if (bytes === null) return { is: "bad", why: `invalid character class ${quote(special.name)}` };
      text += bytes;
      i = special.next;
    } else if (special?.is === "repeat") {
      if (special.count === 0) [fillAt, fill] = [text.length, special.c];
      else text += special.c.repeat(special.count);
      i = special.next;
    } else if (plain(i + 1, "-") && i + 2 < chars.length) {
      const [from, to] = [chars[i]?.c ?? "", chars[i + 2]?.c ?? ""];
      if (to < from) return { is: "bad", why: `range-endpoints of '${from}-${to}' are in reverse collating sequence order` };
      for (let c = from.charCodeAt(0); c <= to.charCodeAt(0); c++) text += String.fromCharCode(c);
      i += 3;
    } else text += chars[i++]?.c ?? "";
  }
  if (fillAt >= 0) text = text.slice(0, fillAt) + fill.repeat(Math.max(0, fillTo - text.length)) + text.slice(fillAt);
  return { is: "set", text };
}

type Bracket =
  | { readonly is: "class"; readonly name: string; readonly next: number }
  | { readonly is: "repeat"; readonly c: string; readonly count: number; readonly next: number };

function readBracket(chars: readonly Char[], at: number, plain: (i: number, c: string) => boolean): Bracket | undefined {
  if (plain(at + 1, ":") || plain(at + 1, "=")) {
    const kind = chars[at + 1]?.c ?? "";
    for (let i = at + 2; i + 1 < chars.length; i++) {
      if (!plain(i, kind) || !plain(i + 1, "]")) continue;
      const name = chars.slice(at + 2, i).map((x) => x.c).join("");
      if (kind === ":") return { is: "class", name, next: i + 2 };
      return name.length === 1 ? { is: "repeat", c: name, count: 1, next: i + 2 } : undefined;
    }
    return undefined;
  }
  if (!plain(at + 2, "*")) return undefined;
  let end = at + 3;
  while (end < chars.length && /\d/.test(chars[end]?.c ?? "")) end++;
  if (!plain(end, "]")) return undefined;
  const digits = chars.slice(at + 3, end).map((x) => x.c).join("");
  const count = digits === "" ? 0 : parseInt(digits, digits.startsWith("0") ? 8 : 10);
  return { is: "repeat", c: chars[at + 1]?.c ?? "", count, next: end + 1 };
}
