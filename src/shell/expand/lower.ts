import {
  type ArrayValue, type HereDoc, type ParameterOperation, type ParsedScript, parse, type Word, type WordPart,
} from "unbash";
import { decodeEscapes } from "../text/escapes.ts";

/**
 * A word, lowered from the parser's tree to what expansion works on: text that is quoted or not, and
 * expansions. Quotes are gone; braces, globs and extended globs are plain unquoted text again, because
 * bash finds them by looking at the text.
 */
export type Piece =
  | { readonly is: "text"; readonly text: string; readonly quoted: boolean }
  | { readonly is: "param"; readonly param: Param; readonly quoted: boolean }
  | { readonly is: "command"; readonly script: ParsedScript; readonly text: string; readonly quoted: boolean }
  | { readonly is: "arith"; readonly text: string; readonly quoted: boolean }
  | { readonly is: "process"; readonly direction: "<" | ">"; readonly script: ParsedScript }
  | { readonly is: "dquote"; readonly pieces: readonly Piece[] };

export interface Param {
  readonly name: string;
  readonly prefix: "!" | "#" | undefined;
  readonly index: Word | undefined;
  readonly op: ParameterOperation | undefined;
  /** As written, for messages. */
  readonly text: string;
}

/** Where a word stands: it decides what quotes and backslashes mean. "operand" = inside `"${x:-…}"`. */
export type Context = "word" | "dquote" | "operand" | "heredoc";

/** Lowers words, remembering the answer for each node of the tree. */
export class Lowering {
  #words = new WeakMap<object, Map<Context, readonly Piece[]>>();
  #texts = new Map<string, readonly Piece[]>();

  word(word: Word, context: Context = "word"): readonly Piece[] {
    return this.#remember(word, context, () => (word.parts ? lowerParts(word.parts, context) : lowerText(word.text, context)));
  }

  heredoc(doc: HereDoc): readonly Piece[] {
    return this.#remember(doc, "heredoc", () => lowerHeredoc(doc));
  }

  /** Text in which `$`, backticks and backslashes work as in a here-document: arithmetic, prompts. */
  text(text: string): readonly Piece[] {
    const known = this.#texts.get(text);
    if (known) return known;
    const fresh = /[$`\\]/.test(text) ? lowerLikeHeredoc(text) : [{ is: "text" as const, text, quoted: true }];
    if (this.#texts.size > 500) this.#texts.clear();
    this.#texts.set(text, fresh);
    return fresh;
  }

  #remember(node: object, context: Context, make: () => readonly Piece[]): readonly Piece[] {
    let known = this.#words.get(node);
    if (!known) this.#words.set(node, (known = new Map()));
    let pieces = known.get(context);
    if (!pieces) known.set(context, (pieces = make()));
    return pieces;
  }
}

function lowerHeredoc(doc: HereDoc): readonly Piece[] {
  if (doc.delimiter?.quoted) return [{ is: "text", text: stripTabs(doc, doc.body.text), quoted: true }];
  const parts = doc.operator === "<<-" ? undefined : doc.body.parts;
  return parts ? lowerParts(parts, "heredoc") : lowerLikeHeredoc(stripTabs(doc, doc.body.text));
}

const stripTabs = (doc: HereDoc, text: string): string => (doc.operator === "<<-" ? text.replace(/^\t+/gm, "") : text);

function lowerLikeHeredoc(text: string): readonly Piece[] {
  let mark = "_EOT_";
  while (text.includes(mark)) mark += "_";
  const command = parse(`:<<${mark}\n${text}\n${mark}\n`).commands[0]?.command;
  const doc = command?.type === "Command" ? command.redirects[0] : undefined;
  if (doc?.type !== "HereDoc") return [{ is: "text", text, quoted: true }];
  const pieces = doc.body.parts ? lowerParts(doc.body.parts, "heredoc") : lowerText(doc.body.text, "heredoc");
  return withoutLastNewline(pieces);
}

function withoutLastNewline(pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.at(-1);
  if (last?.is !== "text" || !last.text.endsWith("\n")) return pieces;
  return [...pieces.slice(0, -1), { ...last, text: last.text.slice(0, -1) }];
}

export function lowerParts(parts: readonly WordPart[], context: Context): Piece[] {
  const pieces: Piece[] = [];
  for (const part of parts) lowerPart(part, context, pieces);
  return pieces;
}

function lowerPart(part: WordPart, context: Context, out: Piece[]): void {
  const quoted = context !== "word";
  switch (part.type) {
    case "Literal": out.push(...lowerText(part.text, context)); return;
    case "SingleQuoted": out.push({ is: "text", text: part.value, quoted: true }); return;
    case "AnsiCQuoted": out.push({ is: "text", text: ansi(part.text), quoted: true }); return;
    case "DoubleQuoted": case "LocaleString":
      out.push({ is: "dquote", pieces: lowerParts(part.parts, "dquote") }); return;
    case "SimpleExpansion": out.push(simple(part.text, quoted)); return;
    case "ParameterExpansion":
      out.push({ is: "param", quoted, param: { name: part.parameter, prefix: part.prefix, index: part.index, op: part.operation, text: part.text } });
      return;
    case "CommandExpansion":
      if (part.script) out.push({ is: "command", script: part.script, text: part.text, quoted });
      return;
    case "ArithmeticExpansion": out.push({ is: "arith", text: inner(part.text), quoted }); return;
    case "ProcessSubstitution":
      if (part.script) out.push({ is: "process", direction: part.operator, script: part.script });
      return;
    case "Glob": case "ExtendedGlob": case "BraceExpansion": lowerPattern(part, context, out); return;
  }
}

function simple(text: string, quoted: boolean): Piece {
  const name = text.slice(1);
  return { is: "param", quoted, param: { name, prefix: undefined, index: undefined, op: undefined, text } };
}

function lowerPattern(part: Extract<WordPart, { type: "Glob" | "ExtendedGlob" | "BraceExpansion" }>, context: Context, out: Piece[]): void {
  if (context !== "word" || !part.parts) {
    out.push(...lowerText(part.text, context));
    return;
  }
  const open = part.type === "ExtendedGlob" ? 2 : 1;
  out.push({ is: "text", text: part.text.slice(0, open), quoted: false });
  out.push(...lowerParts(part.parts, context));
  out.push({ is: "text", text: part.text.slice(-1), quoted: false });
}

const inner = (text: string): string => (text.startsWith("$((") ? text.slice(3, -2) : text.slice(2, -1));

function ansi(text: string): string {
  const body = decodeEscapes(text.slice(2, -1), "ansi").text;
  const nul = body.indexOf("\0");
  return nul < 0 ? body : body.slice(0, nul);
}

/** Characters a backslash quotes inside double quotes and here-documents. */
const ESCAPABLE: Readonly<Record<Context, string>> = { word: "", dquote: '$`"\\', operand: '$`"\\}', heredoc: "$`\\" };

/** Source text without expansions: resolves backslashes. */
function lowerText(text: string, context: Context): Piece[] {
  if (!text.includes("\\")) return [{ is: "text", text, quoted: context !== "word" }];
  return context === "word" ? lowerWordText(text) : [{ is: "text", text: unescape(text, ESCAPABLE[context]), quoted: true }];
}

function unescape(text: string, escapable: string): string {
  return text.replace(/\\([\s\S])/g, (both, ch: string) => (ch === "\n" ? "" : escapable.includes(ch) ? ch : both));
}

function lowerWordText(text: string): Piece[] {
  const pieces: Piece[] = [];
  let plain = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "\\" || i + 1 >= text.length) { plain += text[i] ?? ""; continue; }
    const ch = text[++i] ?? "";
    if (ch === "\n") continue;
    if (plain !== "") pieces.push({ is: "text", text: plain, quoted: false });
    plain = "";
    pieces.push({ is: "text", text: ch, quoted: true });
  }
  if (plain !== "" || pieces.length === 0) pieces.push({ is: "text", text: plain, quoted: false });
  return pieces;
}

/** One element of `a=(…)`: `[key]=value`, `[key]+=value` or a plain word. */
export interface ArrayElement {
  readonly key: readonly Piece[] | undefined;
  readonly append: boolean;
  readonly value: readonly Piece[];
  /** The element as a plain word. */
  readonly whole: readonly Piece[];
}

export function lowerArray(array: ArrayValue, lowering: Lowering): ArrayElement[] {
  return array.elements.map((word) => splitElement(lowering.word(word)));
}

/** Finds an unquoted `[…]=` at the start of an element. */
function splitElement(pieces: readonly Piece[]): ArrayElement {
  const plain: ArrayElement = { key: undefined, append: false, value: pieces, whole: pieces };
  const first = pieces[0];
  if (first?.is !== "text" || first.quoted || !first.text.startsWith("[")) return plain;
  let depth = 0;
  for (let p = 0; p < pieces.length; p++) {
    const piece = pieces[p];
    if (piece?.is !== "text" || piece.quoted) continue;
    for (let i = 0; i < piece.text.length; i++) {
      if (piece.text[i] === "[") depth++;
      else if (piece.text[i] === "]" && --depth === 0) return keyed(pieces, p, i) ?? plain;
    }
  }
  return plain;
}

function keyed(pieces: readonly Piece[], p: number, at: number): ArrayElement | null {
  const rest = textFrom(pieces, p, at + 1);
  const head = rest[0];
  const m = head?.is === "text" && !head.quoted ? /^(\+?)=/.exec(head.text) : null;
  if (!m || head?.is !== "text") return null;
  const tail = head.text.slice(m[0].length);
  const value: Piece[] = [...(tail === "" ? [] : [{ ...head, text: tail }]), ...rest.slice(1)];
  return { key: textBetween(pieces, p, at), append: m[1] === "+", value, whole: pieces };
}

/** Pieces from character `at` of piece `p` on. */
function textFrom(pieces: readonly Piece[], p: number, at: number): Piece[] {
  const piece = pieces[p];
  const rest = piece?.is === "text" ? piece.text.slice(at) : "";
  const joined: Piece[] = [...pieces.slice(p + 1)];
  const next = joined[0];
  // The parser may cut `]` and `=…` apart; put them together again.
  if (rest === "") return joined;
  if (next?.is === "text" && !next.quoted) return [{ is: "text", text: rest + next.text, quoted: false }, ...joined.slice(1)];
  return [{ is: "text", text: rest, quoted: false }, ...joined];
}

/** What stands between the leading `[` and the `]` at character `at` of piece `p`. */
function textBetween(pieces: readonly Piece[], p: number, at: number): Piece[] {
  return pieces.slice(0, p + 1).map((piece, i): Piece => {
    if (piece.is !== "text") return piece;
    return { ...piece, text: piece.text.slice(i === 0 ? 1 : 0, i === p ? at : undefined) };
  });
}
