/** URL patterns: `{one,two}` and `[1-10:2]`, `[a-z]`, `[001-100]`, nested left to right (tool_urlglob.c). */
type Part =
  | { readonly is: "text"; readonly values: readonly [string] }
  | { readonly is: "set" | "range"; readonly values: readonly string[] };

export interface Glob {
  readonly parts: readonly Part[];
}
export interface GlobError {
  readonly error: string;
  /** Column from 1. */
  readonly at: number;
}

/** One URL of a pattern, with the values that `#1`, `#2` … in a file name stand for. */
export interface GlobMatch {
  readonly url: string;
  readonly values: readonly string[];
}

const MAX_PARTS = 100;

export function parseGlob(text: string): Glob | GlobError {
  const parts: Part[] = [];
  let literal = "";
  const flush = (): void => {
    if (literal !== "") parts.push({ is: "text", values: [literal] });
    literal = "";
  };
  for (let at = 0; at < text.length; ) {
    const skipped = bracketLiteral(text, at);
    const c = text[at] ?? "";
    if (skipped > 0) {
      literal += text.slice(at, at + skipped);
      at += skipped;
    } else if (c === "{" || c === "[") {
      flush();
      const found = c === "{" ? parseSet(text, at + 1) : parseRange(text, at + 1);
      if ("error" in found) return found;
      parts.push(found.part);
      at = found.next;
      if (parts.length >= MAX_PARTS) return { error: "too many globs", at: at + 1 };
    } else if (c === "}" || c === "]") return { error: "unmatched close brace/bracket", at: at + 1 };
    else {
      if (c === "\\" && /[{}[\]]/.test(text[at + 1] ?? "")) at++;
      literal += text[at] ?? "";
      at++;
    }
  }
  flush();
  return { parts };
}

/** Length of `[]` or an IPv6 address in brackets, which are no patterns. */
function bracketLiteral(text: string, at: number): number {
  const found = /^\[(?:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%[^\]]*)?)?\]/.exec(text.slice(at, at + 128));
  return found === null ? 0 : found[0].length;
}

type Parsed = { readonly part: Part; readonly next: number } | GlobError;

function parseSet(text: string, from: number): Parsed {
  const values: string[] = [];
  let value = "";
  for (let at = from; ; at++) {
    const c = text[at];
    if (c === undefined) return { error: "unmatched brace", at: from };
    if (c === "{" || c === "[") return { error: "nested brace", at: at + 1 };
    if (c === "]") return { error: "unexpected close bracket", at: at + 1 };
    if (c === "}" || c === ",") {
      if (c === "}" && values.length === 0 && value === "") return { error: "empty string within braces", at: at + 1 };
      values.push(value);
      value = "";
      if (c === "}") return { part: { is: "set", values }, next: at + 1 };
    } else if (c === "\\" && text[at + 1] !== undefined) value += text[++at] ?? "";
    else value += c;
  }
}

function parseRange(text: string, from: number): Parsed {
  const rest = text.slice(from);
  if (/^[A-Za-z]/.test(rest)) return letterRange(rest, from);
  if (/^\d/.test(rest)) return numberRange(rest, from);
  return { error: "bad range specification", at: from + 1 };
}

function letterRange(rest: string, from: number): Parsed {
  const found = /^([A-Za-z])-(.)(?::(\d+))?\]/.exec(rest);
  const [low, high] = [found?.[1]?.charCodeAt(0) ?? 1, found?.[2]?.charCodeAt(0) ?? 0];
  const step = Number(found?.[3] ?? 1);
  const bad = found === null || step === 0 || (low === high && step !== 1) || (low !== high && (low > high || step > high - low || high - low > 25));
  if (bad) return { error: "bad range", at: from + (found === null && /^.-..?/.test(rest) ? 1 : found === null ? 1 : found[0].length + 1) };
  const values: string[] = [];
  for (let c = low; c <= high; c += step) values.push(String.fromCharCode(c));
  return { part: { is: "range", values }, next: from + found[0].length };
}

function numberRange(rest: string, from: number): Parsed {
  const found = /^(\d+)-[ \t]*(\d+)(?::(\d+))?\]/.exec(rest);
  const [low, high, step] = [Number(found?.[1] ?? 1), Number(found?.[2] ?? 0), Number(found?.[3] ?? 1)];
  const bad = found === null || step === 0 || (low === high && step !== 1) || (low !== high && (low > high || step > high - low));
  if (bad) return { error: "bad range", at: from + 1 + (found === null ? (/^\d+-[ \t]*/.exec(rest)?.[0].length ?? 0) : found[0].length) };
  const width = found[1]!.startsWith("0") ? found[1]!.length : 0;
  const values: string[] = [];
  for (let n = low; n <= high; n += step) values.push(String(n).padStart(width, "0"));
  return { part: { is: "range", values }, next: from + found[0].length };
}

/** Every URL, the rightmost pattern counting fastest. */
export function* globUrls(glob: Glob): Generator<GlobMatch> {
  const counters = glob.parts.map(() => 0);
  for (;;) {
    const chosen = glob.parts.map((part, i) => part.values[counters[i]!] ?? "");
    yield { url: chosen.join(""), values: chosen.filter((_, i) => glob.parts[i]!.is !== "text") };
    let at = glob.parts.length - 1;
    while (at >= 0 && ++counters[at]! >= glob.parts[at]!.values.length) counters[at--] = 0;
    if (at < 0) return;
  }
}

/** `#1` … in an output file's name; numbers without a pattern stay. */
export const globFileName = (name: string, values: readonly string[]): string => name.replace(/#(\d+)/g, (whole, n: string) => values[Number(n) - 1] ?? whole);
