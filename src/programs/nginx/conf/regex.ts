/** Patterns of locations, server names and rewrites: PCRE's language as far as the host's regular expressions have it. */

export interface Pattern {
  readonly source: string;
  readonly regex: RegExp;
  /** Named captures become variables. */
  readonly names: readonly string[];
  readonly groups: number;
}

export type PatternResult =
  | { readonly is: "pattern"; readonly pattern: Pattern }
  /** PCRE2's words, and where in the pattern. */
  | { readonly is: "bad"; readonly why: string; readonly at: number }
  | { readonly is: "unsupported"; readonly what: string };

/** Constructs of PCRE that have no equal here. */
const UNSUPPORTED = /\(\?>|\(\?R|\(\?\d|\(\?&|\(\*|[*+?}]\+|\\[QEGKXRpP]|\(\?\||\(\?\(/;

export function compilePattern(source: string, caseless: boolean): PatternResult {
  const odd = UNSUPPORTED.exec(source.replace(/\\\\/g, "__"));
  if (odd !== null) return { is: "unsupported", what: odd[0] };
  const found = /^\(\?([imsx]+)\)/.exec(source);
  if (found?.[1]?.includes("x") === true) return { is: "unsupported", what: found[0] };
  const flags = `${caseless || found?.[1]?.includes("i") === true ? "i" : ""}${found?.[1]?.includes("m") === true ? "m" : ""}${found?.[1]?.includes("s") === true ? "s" : ""}`;
  const body = source.slice(found?.[0].length ?? 0);
  const mistake = mistakeIn(source);
  if (mistake !== null) return mistake;
  return build(source, translate(body), flags);
}

function build(source: string, body: string, flags: string): PatternResult {
  try {
    const regex = new RegExp(body, flags);
    const groups = (new RegExp(`${body}|`).exec("")?.length ?? 1) - 1;
    const names = [...body.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map((m) => m[1] ?? "");
    return { is: "pattern", pattern: { source, regex, names, groups } };
  } catch {
    return { is: "unsupported", what: source };
  }
}

/** PCRE's spellings in the host's: named groups, anchors, `$` before a last newline, classes by name. */
function translate(body: string): string {
  let out = "";
  let inClass = false;
  for (let i = 0; i < body.length; i++) {
    const c = body[i] ?? "";
    if (c === "\\") {
      out += escapeOf(body[++i] ?? "");
      continue;
    }
    if (inClass && c === "[" && body[i + 1] === ":") {
      const end = body.indexOf(":]", i);
      out += CLASSES[body.slice(i + 2, end)] ?? "";
      i = end + 1;
    } else if (inClass) {
      inClass = c !== "]";
      out += c === "[" ? "\\[" : c;
    } else if (c === "[") {
      inClass = true;
      const start = /^\[\^?\]?/.exec(body.slice(i))?.[0] ?? "[";
      out += start.replace("]", "\\]");
      i += start.length - 1;
    } else if (c === "(" && body.startsWith("(?P<", i)) {
      out += "(?<";
      i += 3;
    } else out += c === "{" && !/^\{\d+(,\d*)?\}/.test(body.slice(i)) ? "\\{" : c;
  }
  return out;
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z", alpha: "A-Za-z", blank: " \\t", digit: "0-9", lower: "a-z", upper: "A-Z", space: "\\s", xdigit: "0-9A-Fa-f", word: "\\w",
  punct: "!-\\/:-@\\[-`{-~", graph: "\\x21-\\x7e", print: "\\x20-\\x7e", cntrl: "\\x00-\\x1f\\x7f",
};

const escapeOf = (c: string): string => ({ A: "^", z: "$", Z: "$", h: "[ \\t]", a: "\\x07", e: "\\x1b" })[c] ?? `\\${c}`;

/** The mistakes that are made: brackets that do not close, and repeats of nothing. Offsets as PCRE2 counts them. */
function mistakeIn(p: string): PatternResult | null {
  let depth = 0;
  let repeatable = false;
  for (let i = 0; i < p.length; i++) {
    const c = p[i] ?? "";
    if (c === "\\") {
      if (i + 1 === p.length) return { is: "bad", why: "\\ at end of pattern", at: p.length };
      i++;
    } else if (c === "[") {
      const end = classEnd(p, i);
      if (end < 0) return { is: "bad", why: "missing terminating ] for character class", at: p.length };
      i = end;
    } else if ("*+?".includes(c) && !repeatable) return { is: "bad", why: "quantifier does not follow a repeatable item", at: i };
    if (c === "(") {
      depth++;
      if (p[i + 1] === "?") i++;
    } else if (c === ")" && --depth < 0) return { is: "bad", why: "unmatched closing parenthesis", at: i };
    repeatable = !"(|".includes(c) && !(c === "^" && i === 0);
  }
  return depth > 0 ? { is: "bad", why: "missing closing parenthesis", at: p.length } : null;
}

function classEnd(p: string, start: number): number {
  for (let i = start + 1 + (p[start + 1] === "^" ? 1 : 0), first = i; i < p.length; i++) {
    if (p[i] === "\\") i++;
    else if (p.startsWith("[:", i) && p.indexOf(":]", i) > 0) i = p.indexOf(":]", i) + 1;
    else if (p[i] === "]" && i > first) return i;
  }
  return -1;
}
