/**
 * Shell patterns (bash(1), Pattern Matching). A pattern is matched as a set of positions that moves
 * through the text, so that no pattern takes exponential time, and `!(…)` is exact.
 */
export type PatternNode =
  | { readonly is: "char"; readonly ch: string }
  | { readonly is: "any" }
  | { readonly is: "star" }
  | { readonly is: "set"; readonly has: (ch: string) => boolean }
  | { readonly is: "group"; readonly op: "?" | "*" | "+" | "@" | "!"; readonly choices: readonly (readonly PatternNode[])[] };

export interface PatternOptions {
  readonly ignoreCase?: boolean;
  /** shopt extglob; `[[ ]]` always has it. */
  readonly extended: boolean;
}

export class Pattern {
  readonly #nodes: readonly PatternNode[];
  readonly #ignoreCase: boolean;

  constructor(source: string, options: PatternOptions) {
    this.#nodes = compile(options.ignoreCase ? source.toLowerCase() : source, options.extended);
    this.#ignoreCase = options.ignoreCase === true;
  }

  /** Matches the whole text. */
  matches(text: string): boolean {
    return this.ends(text, 0).has(text.length);
  }

  /** All positions at which a match that begins at `from` may end. */
  ends(text: string, from: number): ReadonlySet<number> {
    return run(this.#nodes, this.#ignoreCase ? text.toLowerCase() : text, new Set([from]));
  }

  /** The pattern's text when it has no special character in it. */
  get literal(): string | undefined {
    let text = "";
    for (const node of this.#nodes) {
      if (node.is !== "char") return undefined;
      text += node.ch;
    }
    return this.#ignoreCase ? undefined : text;
  }

  /** Whether the first character is written out as a dot, as hidden files demand. */
  get startsWithDot(): boolean {
    return startsWithDot(this.#nodes);
  }
}

function startsWithDot(nodes: readonly PatternNode[]): boolean {
  const first = nodes[0];
  if (first?.is === "char") return first.ch === ".";
  return first?.is === "group" && first.choices.some((choice) => startsWithDot(choice));
}

type Positions = ReadonlySet<number>;

function run(nodes: readonly PatternNode[], text: string, start: Positions): Positions {
  let now = start;
  for (const node of nodes) {
    if (now.size === 0) return now;
    now = step(node, text, now);
  }
  return now;
}

function step(node: PatternNode, text: string, now: Positions): Positions {
  if (node.is === "star") return range(Math.min(...now), text.length);
  if (node.is === "group") return group(node, text, now);
  const next = new Set<number>();
  for (const at of now) {
    if (at >= text.length) continue;
    if (node.is === "char") {
      if (text.startsWith(node.ch, at)) next.add(at + node.ch.length);
      continue;
    }
    const ch = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (node.is === "any" || node.has(ch)) next.add(at + ch.length);
  }
  return next;
}

function range(from: number, to: number): Set<number> {
  const all = new Set<number>();
  for (let i = from; i <= to; i++) all.add(i);
  return all;
}

function group(node: Extract<PatternNode, { is: "group" }>, text: string, now: Positions): Positions {
  if (node.op === "!") return excluded(node.choices, text, now);
  const once = choose(node.choices, text, now);
  if (node.op === "@") return once;
  if (node.op === "?") return new Set([...now, ...once]);
  const seen = new Set<number>(node.op === "*" ? [...now, ...once] : once);
  for (let fresh: Positions = once; fresh.size > 0;) {
    const more = [...choose(node.choices, text, fresh)].filter((at) => !seen.has(at));
    for (const at of more) seen.add(at);
    fresh = new Set(more);
  }
  return seen;
}

function choose(choices: readonly (readonly PatternNode[])[], text: string, now: Positions): Set<number> {
  const next = new Set<number>();
  for (const choice of choices) for (const at of run(choice, text, now)) next.add(at);
  return next;
}

/** `!(…)`: from each start, every end that no choice reaches. */
function excluded(choices: readonly (readonly PatternNode[])[], text: string, now: Positions): Set<number> {
  const next = new Set<number>();
  for (const from of now) {
    const taken = choose(choices, text, new Set([from]));
    for (let to = from; to <= text.length; to++) if (!taken.has(to)) next.add(to);
  }
  return next;
}

function compile(source: string, extended: boolean): PatternNode[] {
  const nodes: PatternNode[] = [];
  for (let i = 0; i < source.length;) i = compileOne(source, i, extended, nodes);
  return nodes;
}

function compileOne(source: string, at: number, extended: boolean, out: PatternNode[]): number {
  const ch = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const group = extended && "?*+@!".includes(ch) && source[at + 1] === "(" ? closingParen(source, at + 1) : -1;
  if (group > 0) {
    const choices = splitChoices(source.slice(at + 2, group)).map((c) => compile(c, extended));
    out.push({ is: "group", op: ch as "?" | "*" | "+" | "@" | "!", choices });
    return group + 1;
  }
  if (ch === "\\") {
    const next = source.slice(at + 1, at + 2);
    out.push({ is: "char", ch: next === "" ? "\\" : next });
    return at + 2;
  }
  if (ch === "[") {
    const set = bracket(source, at);
    if (set) {
      out.push({ is: "set", has: set.has });
      return set.next;
    }
  }
  if (ch === "*") { if (out.at(-1)?.is !== "star") out.push({ is: "star" }); }
  else out.push(ch === "?" ? { is: "any" } : { is: "char", ch });
  return at + ch.length;
}

/** Index of the `)` for the `(` at `open`; −1 when it is not closed. */
function closingParen(source: string, open: number): number {
  let depth = 0;
  for (let i = open; i < source.length; i++) {
    const ch = source[i];
    if (ch === "\\") i++;
    else if (ch === "[") i = (bracket(source, i)?.next ?? i + 1) - 1;
    else if (ch === "(") depth++;
    else if (ch === ")" && --depth === 0) return i;
  }
  return -1;
}

function splitChoices(body: string): string[] {
  const choices = [""];
  let depth = 0;
  for (let i = 0; i < body.length; i++) {
    const ch = body[i] ?? "";
    const set = ch === "[" ? bracket(body, i) : null;
    if (ch === "|" && depth === 0) { choices.push(""); continue; }
    if (ch === "(") depth++;
    if (ch === ")") depth--;
    const piece = ch === "\\" ? body.slice(i, i + 2) : set ? body.slice(i, set.next) : ch;
    choices[choices.length - 1] += piece;
    i += piece.length - 1;
  }
  return choices;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /\p{L}/u, digit: /[0-9]/, alnum: /[\p{L}0-9]/u, upper: /\p{Lu}/u, lower: /\p{Ll}/u, space: /\s/, blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/, print: /[^\x00-\x1f\x7f]/, graph: /[^\x00-\x20\x7f]/, cntrl: /[\x00-\x1f\x7f]/, xdigit: /[0-9a-fA-F]/, word: /\w/, ascii: /[\x00-\x7f]/,
};

interface Bracket { readonly has: (ch: string) => boolean; readonly next: number }

/** `[…]` at `at`; null when it is not closed. */
export function bracket(source: string, at: number): Bracket | null {
  let i = at + 1;
  const negate = source[i] === "!" || source[i] === "^";
  if (negate) i++;
  const tests: ((ch: string) => boolean)[] = [];
  for (let first = true; ; first = false) {
    if (i >= source.length) return null;
    if (source[i] === "]" && !first) break;
    if (source[i] === "/") return null;
    const item = bracketItem(source, i);
    if (!item) return null;
    tests.push(item.has);
    i = item.next;
  }
  const has = (ch: string): boolean => tests.some((test) => test(ch)) !== negate;
  return { has, next: i + 1 };
}

function bracketItem(source: string, at: number): Bracket | null {
  const named = /^\[([:.=])([^\]]*?)\1\]/.exec(source.slice(at, at + 40));
  if (named?.[1] === ":") {
    const test = CLASSES[named[2] ?? ""];
    return { has: (ch) => test?.test(ch) === true, next: at + named[0].length };
  }
  const low = one(source, at);
  if (source[low.next] !== "-" || source[low.next + 1] === "]" || source[low.next + 1] === undefined) {
    return { has: (ch) => ch === low.ch, next: low.next };
  }
  const high = one(source, low.next + 1);
  const [from, to] = [low.ch.codePointAt(0) ?? 0, high.ch.codePointAt(0) ?? 0];
  return { has: (ch) => { const c = ch.codePointAt(0) ?? 0; return c >= from && c <= to; }, next: high.next };
}

function one(source: string, at: number): { ch: string; next: number } {
  const named = /^\[([.=])([^\]]+)\1\]/.exec(source.slice(at, at + 12));
  if (named) return { ch: named[2] ?? "", next: at + named[0].length };
  const start = source[at] === "\\" && at + 1 < source.length ? at + 1 : at;
  const ch = String.fromCodePoint(source.codePointAt(start) ?? 0);
  return { ch, next: start + ch.length };
}

/** Compiled patterns by their text. */
export class PatternCache {
  readonly #known = new Map<string, Pattern>();

  get(source: string, options: PatternOptions): Pattern {
    const key = `${options.extended ? "x" : ""}${options.ignoreCase ? "i" : ""} ${source}`;
    const known = this.#known.get(key);
    if (known) return known;
    const fresh = new Pattern(source, options);
    if (this.#known.size > 500) this.#known.clear();
    this.#known.set(key, fresh);
    return fresh;
  }
}
