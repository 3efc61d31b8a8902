import type { Pattern } from "./pattern.ts";

/** `${x#p} ${x##p} ${x%p} ${x%%p}`: removes the shortest or longest match at an end. */
export function removeMatch(text: string, pattern: Pattern, operator: "#" | "##" | "%" | "%%"): string {
  if (operator === "#" || operator === "##") {
    const ends = pattern.ends(text, 0);
    if (ends.size === 0) return text;
    return text.slice(operator === "#" ? Math.min(...ends) : Math.max(...ends));
  }
  const starts = operator === "%" ? downward(text.length) : upward(text.length);
  for (const from of starts) if (pattern.ends(text, from).has(text.length)) return text.slice(0, from);
  return text;
}

function* downward(from: number): Generator<number, void, void> {
  for (let i = from; i >= 0; i--) yield i;
}

function* upward(to: number): Generator<number, void, void> {
  for (let i = 0; i <= to; i++) yield i;
}

export interface Replacement {
  readonly plain: string;
  /** With `&` standing for the match, quoted characters escaped; undefined when there is none. */
  readonly withMatch: string | undefined;
}

/** `${x/p/r}` (first), `//` (all), `/#` (at the start), `/%` (at the end); always the longest match. */
export function replaceMatch(text: string, pattern: Pattern, operator: "/" | "//" | "/#" | "/%", by: Replacement): string {
  if (operator === "/%") {
    for (const from of upward(text.length)) {
      if (pattern.ends(text, from).has(text.length)) return text.slice(0, from) + filled(by, text.slice(from));
    }
    return text;
  }
  let out = "";
  for (let at = 0; at <= text.length;) {
    const end = longest(pattern, text, at);
    if (end > at || (end === at && (text === "" || operator === "/#"))) {
      out += filled(by, text.slice(at, end));
      if (operator !== "//" || end === at) return out + text.slice(end);
      at = end;
    } else {
      if (operator === "/#") return text;
      out += text[at] ?? "";
      at++;
    }
  }
  return out;
}

function longest(pattern: Pattern, text: string, at: number): number {
  let best = -1;
  for (const end of pattern.ends(text, at)) if (end > best) best = end;
  return best;
}

function filled(by: Replacement, match: string): string {
  if (by.withMatch === undefined) return by.plain;
  return by.withMatch.replace(/\\([\s\S])|&/g, (_all, escaped?: string) => escaped ?? match);
}

/** `${x^p} ${x^^p} ${x,p} ${x,,p}`. */
export function changeCase(text: string, operator: "^" | "^^" | "," | ",,", pattern: Pattern | undefined): string {
  const change = (ch: string): string => {
    if (pattern && !pattern.matches(ch)) return ch;
    const changed = operator.startsWith("^") ? ch.toUpperCase() : ch.toLowerCase();
    return [...changed].length === 1 ? changed : ch;
  };
  const chars = [...text];
  return chars.map((ch, i) => (i === 0 || operator.length === 2 ? change(ch) : ch)).join("");
}
