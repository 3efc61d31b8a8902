import { type Command, forEachChild, parse, type SyntaxNode } from "unbash";
import type { Shell } from "./state.ts";
import { outline, type Outline } from "./syntax.ts";

/**
 * Aliases are replaced in the text before it runs, unit by unit, because the definition of an alias
 * counts from the next line on (bash(1), ALIASES). Answers the new text, or null when nothing changed.
 */
export function expandAliases(sh: Shell, text: string, plan: Outline, index: number): string | null {
  if (sh.aliases.size === 0 || !(sh.interactive || sh.shopt.has("expand_aliases"))) return null;
  const unit = plan.units[index];
  const from = unit?.from ?? plan.mistake?.pos ?? text.length;
  const head = text.slice(0, startOfUnit(text, from, plan, index));
  const replaced = new Replacement(sh, text.slice(head.length)).run();
  return replaced === null ? null : head + replaced;
}

function startOfUnit(text: string, from: number, plan: Outline, index: number): number {
  const previous = plan.units[index - 1];
  return previous ? Math.min(from, text.indexOf("\n", previous.to) + 1 || from) : 0;
}

/** A stretch of text that came out of aliases: their names are not expanded in it again. */
interface Stretch {
  from: number;
  to: number;
  readonly name: string;
}

const MOST = 500;

class Replacement {
  readonly #sh: Shell;
  #text: string;
  readonly #stretches: Stretch[] = [];
  /** End of the first unit: later lines see later aliases. */
  #changed = false;

  constructor(sh: Shell, text: string) {
    this.#sh = sh;
    this.#text = text;
  }

  run(): string | null {
    for (let round = 0; round < MOST; round++) {
      const word = this.#nextAlias();
      if (!word) break;
      this.#replace(word);
    }
    return this.#changed ? this.#text : null;
  }

  #nextAlias(): { pos: number; end: number; name: string; value: string } | null {
    const script = parse(this.#text);
    const plan = outline(this.#text, script);
    const limit = plan.units[0] && plan.units.length > 1 ? plan.units[0].to : this.#lineEnd(script.commands[0]?.end ?? 0);
    const words = commandWords(script).filter((w) => w.pos <= limit).sort((a, b) => a.pos - b.pos);
    for (const w of words) {
      const value = this.#sh.aliases.get(w.text);
      if (value !== undefined && !this.#inside(w)) return { pos: w.pos, end: w.end, name: w.text, value };
    }
    return null;
  }

  #lineEnd(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 ? this.#text.length : end;
  }

  #inside(word: { pos: number; text: string }): boolean {
    return this.#stretches.some((s) => s.name === word.text && word.pos >= s.from && word.pos < s.to);
  }

  #replace(word: { pos: number; end: number; name: string; value: string }): void {
    const grow = word.value.length - (word.end - word.pos);
    for (const s of this.#stretches) {
      if (s.from > word.pos) s.from += grow;
      if (s.to > word.pos) s.to += grow;
    }
    this.#text = this.#text.slice(0, word.pos) + word.value + this.#text.slice(word.end);
    const end = word.pos + word.value.length;
    this.#stretches.push({ from: word.pos, to: end, name: word.name });
    this.#changed = true;
    if (/[ \t]$/.test(word.value)) this.#replaceFollowing(end);
  }

  /** A value that ends in a blank makes the next word a candidate too. */
  #replaceFollowing(at: number): void {
    const m = /^(?:[ \t]|\\\n)*([^\s|&;()<>"'$`\\]+)/.exec(this.#text.slice(at));
    const name = m?.[1] ?? "";
    const value = this.#sh.aliases.get(name);
    if (!m || value === undefined) return;
    const pos = at + m[0].length - name.length;
    if (!this.#inside({ pos, text: name })) this.#replace({ pos, end: pos + name.length, name, value });
  }
}

/** First words of commands, where they are plain text. */
function commandWords(root: SyntaxNode): { pos: number; end: number; text: string }[] {
  const words: { pos: number; end: number; text: string }[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type === "Command") collect(node, words);
    if (node.type === "Word" || node.type === "Assignment") return;
    forEachChild(node, visit);
  };
  visit(root);
  return words;
}

function collect(command: Command, words: { pos: number; end: number; text: string }[]): void {
  const name = command.name;
  if (name && !name.parts && !name.text.includes("\\")) words.push(name);
}
