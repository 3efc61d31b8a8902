import type { Mistake } from "./tree.ts";

export type Token =
  | { readonly is: "end"; readonly at: number }
  | { readonly is: "number"; readonly value: bigint; readonly at: number }
  | { readonly is: "name"; readonly name: string; readonly subscript: string | undefined; readonly at: number }
  | { readonly is: "op"; readonly op: string; readonly at: number };

const OPERATORS = [
  "<<=", ">>=", "**", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "*=", "/=", "%=", "+=", "-=", "&=", "^=", "|=",
  "+", "-", "*", "/", "%", "<", ">", "=", "!", "~", "&", "^", "|", "?", ":", ",", "(", ")",
];

/** Cuts an expression into tokens. Double quotes that survived expansion are dropped, as bash does. */
export function tokenize(text: string): readonly Token[] | Mistake {
  const tokens: Token[] = [];
  for (let at = 0; ;) {
    while (/[\s"]/.test(text[at] ?? "x")) at++;
    if (at >= text.length) return [...tokens, { is: "end", at }];
    const one = tokenAt(text, at, tokens.at(-1));
    if ("message" in one) return one;
    tokens.push(one.token);
    at = one.next;
  }
}

interface Read { readonly token: Token; readonly next: number }

function tokenAt(text: string, at: number, before: Token | undefined): Read | Mistake {
  const rest = text.slice(at, at + 80);
  const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text.slice(at))?.[0];
  if (name !== undefined) return nameAt(text, at, name);
  if (/^[0-9]/.test(rest)) return numberAt(text, at);
  const op = OPERATORS.find((o) => rest.startsWith(o));
  if (op === undefined) return { message: "syntax error: operand expected", token: at };
  // `5--3` is 5 - -3: only names can be stepped.
  const one = (op === "++" || op === "--") && (before?.is === "number" || (before?.is === "op" && before.op === ")")) ? op.slice(1) : op;
  return { token: { is: "op", op: one, at }, next: at + one.length };
}

function nameAt(text: string, at: number, name: string): Read | Mistake {
  const open = at + name.length;
  if (text[open] !== "[") return { token: { is: "name", name, subscript: undefined, at }, next: open };
  const close = matchingBracket(text, open);
  if (close < 0) return { message: "bad array subscript", token: at };
  return { token: { is: "name", name, subscript: text.slice(open + 1, close), at }, next: close + 1 };
}

/** Index of the `]` that closes the `[` at `open`, or −1. */
export function matchingBracket(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "[") depth++;
    else if (text[i] === "]" && --depth === 0) return i;
  }
  return -1;
}

function numberAt(text: string, at: number): Read | Mistake {
  const word = /^[0-9a-zA-Z_#@]+/.exec(text.slice(at))?.[0] ?? "";
  const value = parseNumber(word);
  if (typeof value === "string") return { message: value, token: at };
  return { token: { is: "number", value, at }, next: at + word.length };
}

/** A constant: decimal, 0octal, 0xhex or base#digits; or bash's complaint. */
export function parseNumber(word: string): bigint | string {
  const hash = word.indexOf("#");
  if (hash >= 0) {
    const base = parseNumber(word.slice(0, hash));
    if (typeof base === "string" || base < 2n || base > 64n) return "invalid arithmetic base";
    if (hash === word.length - 1) return "invalid integer constant";
    return digits(word.slice(hash + 1), Number(base));
  }
  if (/^0[xX]/.test(word)) return digits(word.slice(2), 16);
  return word.length > 1 && word.startsWith("0") ? digits(word.slice(1), 8) : digits(word, 10);
}

function digits(text: string, base: number): bigint | string {
  let value = 0n;
  for (const ch of text) {
    const digit = digitValue(ch, base);
    if (digit < 0 || digit >= base) return "value too great for base";
    value = value * BigInt(base) + BigInt(digit);
  }
  return BigInt.asIntN(64, value);
}

function digitValue(ch: string, base: number): number {
  const code = ch.charCodeAt(0);
  if (ch >= "0" && ch <= "9") return code - 48;
  if (ch >= "a" && ch <= "z") return code - 87;
  if (ch >= "A" && ch <= "Z") return base <= 36 ? code - 55 : code - 29;
  return ch === "@" ? 62 : ch === "_" ? 63 : -1;
}
