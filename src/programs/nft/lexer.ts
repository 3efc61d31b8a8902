import { keywordOf, OPENS, type Scope } from "./keywords.ts";
import type { Input, Loc } from "./loc.ts";

/**
 * Words, numbers, addresses and signs of an input, as nft's scanner cuts them: the longest match wins, and which words
 * are keywords depends on the scope that the words before opened.
 */

/** What a token is, by the name that error messages give it: "string", "number", "newline", a keyword, a sign. */
export interface Token {
  readonly kind: string;
  /** The word; of quoted strings what stands between the quotes, of `[::1]` the address. */
  readonly text: string;
  /** Numbers. */
  readonly value: bigint;
  readonly loc: Loc;
}

const HEX4 = /^[0-9a-fA-F]{1,4}$/;
const IP4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const MAC = /[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}/y;
const IP4_AT = /\d{1,3}(?:\.\d{1,3}){3}/y;
const IP6_RUN = /[0-9a-fA-F:.]{2,46}/y;
const TIME = /(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?/y;
const NUMBER = /0[xX][0-9a-fA-F]+|\d+/y;
const CLASSID = /[0-9a-fA-F]{1,4}:[0-9a-fA-F]{1,4}(?=[ \t\n:\-},])/y;
const WORD = /[a-zA-Z_.][a-zA-Z0-9/\-_.]*/y;
const STARRED = /(?:[a-zA-Z_.][a-zA-Z0-9/\-_.]*)?(?:\\?\*)/y;
const STARRED_INSIDE = /[a-zA-Z_.][a-zA-Z0-9/\-_.]*\\\*[a-zA-Z_.][a-zA-Z0-9/\-_.]*/y;
const QUOTED = /"[^"]*"/y;
const VLAN_TYPE = /8021(?:q|ad)/y;
const BLANK = /(?:[ \t]+|#[^\n]*(?=\n)|\\\n)+/y;
const SIGNS2: ReadonlySet<string> = new Set(["==", "!=", "<=", ">=", "<<", ">>"]);
const SIGNS: ReadonlyMap<string, string> = new Map([
  [":", "colon"], [";", "semicolon"], [",", "comma"], [".", "."], ["<", "<"], [">", ">"], ["&", "&"], ["^", "^"], ["!", "!"], ["/", "/"], ["*", "*"],
  ["-", "-"], ["@", "@"], ["+", "+"], ["=", "'='"], ["{", "'{'"], ["}", "'}'"], ["(", "'('"], [")", "')'"], ["|", "'|'"], ["$", "'$'"],
  ["[", "'['"], ["]", "']'"], ["\n", "newline"],
]);

const matchAt = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
};

/** Groups between colons, or null where they are none. */
const groups = (text: string): number | null => {
  if (text === "") return 0;
  const parts = text.split(":");
  return parts.every((part) => HEX4.test(part)) ? parts.length : null;
};

const isIp6 = (text: string): boolean => {
  const at = text.indexOf("::");
  if (at < 0) return groups(text) === 8;
  const before = groups(text.slice(0, at));
  const rest = text.slice(at + 2);
  if (at === 0 && IP4.test(rest.replace(/^[fF]{4}:/, ""))) return true;
  const after = groups(rest);
  return before !== null && after !== null && before + after <= 7;
};

const ip6At = (text: string, at: number): string => {
  const run = matchAt(IP6_RUN, text, at);
  if (!run.includes(":")) return "";
  for (let len = run.length; len >= 2; len--) if (isIp6(run.slice(0, len))) return run.slice(0, len);
  return "";
};

/** A number as strtoull reads it: decimal, 0x hexadecimal, leading 0 octal; null when it does not fit 64 bits. */
const numberOf = (text: string): bigint | null => {
  if (/^0\d+$/.test(text)) return /^[0-7]+$/.test(text) ? fits(BigInt(`0o${text.replace(/^0+(?=\d)/, "")}`)) : null;
  return fits(BigInt(text));
};
const fits = (value: bigint): bigint | null => (value < 1n << 64n ? value : null);

interface Cut { readonly kind: string; readonly text: string; readonly length: number; readonly value?: bigint }

export class Lexer {
  readonly input: Input;
  #pos = 0;
  /** The scopes that are open, innermost last; shared with the files included. */
  readonly #scopes: { readonly open: Scope[]; readonly active: Map<Scope, number>; late: number };

  /** Included files go on in the scopes of the file that includes them. */
  constructor(input: Input, outer?: Lexer) {
    this.input = input;
    this.#scopes = outer ? outer.#scopes : { open: [], active: new Map(), late: 0 };
  }

  /** The next token; at the end, "end of file" for ever. */
  next(): Token {
    const { text } = this.input;
    this.#pos += matchAt(BLANK, text, this.#pos).length;
    const start = this.#pos;
    if (start >= text.length) return { kind: "end of file", text: "", value: 0n, loc: { input: this.input, start, end: start + 1 } };
    const cut = this.#cut(text, start);
    this.#pos = start + cut.length;
    const scope = OPENS.get(cut.kind);
    if (scope !== undefined) this.#open(scope);
    return { kind: cut.kind, text: cut.text, value: cut.value ?? 0n, loc: { input: this.input, start, end: this.#pos } };
  }

  #open(scope: Scope): void {
    this.#scopes.open.push(scope);
    this.#count(scope, 1);
  }

  #count(scope: Scope, by: number): void {
    const { active } = this.#scopes;
    active.set(scope, (active.get(scope) ?? 0) + by);
  }

  /**
   * The parser is done with a construct: its words are names again. Where a word read ahead opened another scope, that
   * one must be closed first, and then both are; scopes that are still in use stay open.
   */
  close(scope: Scope): void {
    const { open, active } = this.#scopes;
    this.#count(scope, -1);
    if (open.at(-1) !== scope) {
      this.#scopes.late++;
      return;
    }
    open.pop();
    for (let top = open.at(-1); this.#scopes.late > 0 && top !== undefined && (active.get(top) ?? 0) <= 0; top = open.at(-1)) {
      open.pop();
      this.#scopes.late--;
    }
  }

  #cut(text: string, at: number): Cut {
    const code = text.charCodeAt(at);
    if (isWordChar(code)) return this.#word(text, at);
    const two = text.slice(at, at + 2);
    if (SIGNS2.has(two)) return { kind: two, text: two, length: 2 };
    if (two[0] === '"') return quoted(text, at);
    if (two[0] === "[") return bracketed(text, at);
    if (two[0] === ":" || two[0] === "\\") return this.#word(text, at);
    return sign(two[0] ?? "");
  }

  /** Everything that starts with a letter, a digit, `_`, `.`, `:` or `\`. */
  #word(text: string, at: number): Cut {
    const cuts: Cut[] = [address(text, at), plain(matchAt(VLAN_TYPE, text, at)), plain(matchAt(TIME, text, at)), number(text, at), classid(text, at)];
    const word = matchAt(WORD, text, at);
    const starred = matchAt(STARRED_INSIDE, text, at) || matchAt(STARRED, text, at);
    if (starred !== "" && starred !== "*") cuts.push({ kind: "string with a trailing asterisk", text: starred, length: starred.length });
    if (word !== "") cuts.push(this.#plainWord(word));
    const best = cuts.reduce((a, b) => (b.length > a.length ? b : a));
    // The character after a class id counts when lengths are compared.
    const id = classid(text, at);
    if (id.length > 0 && id.length + 1 > best.length) return id;
    return best.length > 0 ? best : sign(text[at] ?? "");
  }

  #plainWord(word: string): Cut {
    if (word === ".") return { kind: ".", text: word, length: 1 };
    return { kind: keywordOf(word, this.#scopes.open.at(-1) ?? null) ?? "string", text: word, length: word.length };
  }
}

const isWordChar = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f || code === 0x2e;

const plain = (text: string): Cut => ({ kind: "string", text, length: text.length });

const address = (text: string, at: number): Cut => {
  const found = [matchAt(MAC, text, at), matchAt(IP4_AT, text, at), ip6At(text, at)];
  return plain(found.reduce((a, b) => (b.length > a.length ? b : a)));
};

const classid = (text: string, at: number): Cut => plain(matchAt(CLASSID, text, at));

const number = (text: string, at: number): Cut => {
  const digits = matchAt(NUMBER, text, at);
  if (digits === "") return plain("");
  const value = numberOf(digits);
  return value === null ? plain(digits) : { kind: "number", text: digits, length: digits.length, value };
};

const quoted = (text: string, at: number): Cut => {
  const whole = matchAt(QUOTED, text, at);
  return whole === "" ? sign('"') : { kind: "quoted string", text: whole.slice(1, -1), length: whole.length };
};

const bracketed = (text: string, at: number): Cut => {
  const inside = ip6At(text, at + 1);
  return inside !== "" && text[at + 1 + inside.length] === "]" ? { kind: "string", text: inside, length: inside.length + 2 } : sign("[");
};

const sign = (char: string): Cut => ({ kind: SIGNS.get(char) ?? "junk", text: char, length: 1 });
