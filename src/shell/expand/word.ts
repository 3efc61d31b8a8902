import type { Word } from "unbash";
import type { Task } from "../../os/sys.ts";
import { evaluate } from "../arith/evaluate.ts";
import { Complaint } from "../control.ts";
import type { Shell } from "../state.ts";
import { IDENTIFIER } from "../vars/assign.ts";
import { expandBraces } from "./brace.ts";
import { commandSubstitution, processSubstitution } from "./command-sub.ts";
import { type Field, Fields } from "./fields.ts";
import { expandPath } from "./glob.ts";
import type { Context, Piece } from "./lower.ts";
import { emitParam } from "./param.ts";
import { expandTildes } from "./tilde.ts";

/** IFS; unset means blank, tab, newline. */
export const ifsOf = (sh: Shell): string => sh.get("IFS") ?? " \t\n";

/** Words of a command: brace, tilde, parameter, command and arithmetic expansion, splitting, globbing. */
export function* expandWords(sh: Shell, words: readonly Word[]): Task<string[]> {
  const out: string[] = [];
  for (const word of words) yield* expandInto(sh, word, out);
  return out;
}

/** Expands one word into `out`. */
export function* expandInto(sh: Shell, word: Word, out: string[]): Task<void> {
  yield* expandPieces(sh, sh.lowering.word(word), out);
}

/** The same for pieces that are lowered already (array elements). */
export function* expandPieces(sh: Shell, pieces: readonly Piece[], out: string[]): Task<void> {
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only?.is === "text" && (only.quoted || !/[*?[~{\\+@!]/.test(only.text))) {
    out.push(only.text);
    return;
  }
  for (const alternative of sh.on("braceexpand") ? expandBraces(pieces) : [pieces]) {
    const fields = new Fields(ifsOf(sh), true);
    yield* emit(sh, tildes(sh, alternative), fields);
    for (const field of fields.finish()) out.push(...paths(sh, field));
  }
}

/** Words that look like assignments (`a=~`) get tilde expansion after the `=` as well. */
function tildes(sh: Shell, pieces: readonly Piece[]): readonly Piece[] {
  const first = pieces[0];
  if (first?.is !== "text" || first.quoted || !first.text.includes("~")) return expandTildes(sh, pieces, "word");
  const eq = first.text.indexOf("=");
  if (eq <= 0 || !IDENTIFIER.test(first.text.slice(0, eq)) || sh.on("posix")) return expandTildes(sh, pieces, "word");
  const value: Piece[] = [{ ...first, text: first.text.slice(eq + 1) }, ...pieces.slice(1)];
  return [{ ...first, text: first.text.slice(0, eq + 1) }, ...expandTildes(sh, value, "assignment")];
}

function paths(sh: Shell, field: Field): readonly string[] {
  if (!field.magic || sh.on("noglob")) return [field.text];
  const found = expandPath(sh, field.pattern);
  if (found === "literal") return [field.text];
  if (found.length > 0) return found;
  if (sh.shopt.has("failglob")) throw new Complaint(`no match: ${field.text}`);
  return sh.shopt.has("nullglob") ? [] : [field.text];
}

/** One string: assignments, here-strings, `case`, `[[ ]]`. Neither split nor globbed. */
export function* expandString(sh: Shell, word: Word, context: Context = "word"): Task<string> {
  return (yield* piecesToField(sh, wordPieces(sh, word, context))).text;
}

/** A pattern: quoted characters are escaped. */
export function* expandPattern(sh: Shell, word: Word): Task<string> {
  return (yield* piecesToField(sh, wordPieces(sh, word, "word"))).pattern;
}

const wordPieces = (sh: Shell, word: Word, context: Context): readonly Piece[] => {
  const pieces = sh.lowering.word(word, context);
  return context === "word" ? expandTildes(sh, pieces, "word") : pieces;
};

/** The value side of an assignment: tildes also after colons. */
export function* expandAssigned(sh: Shell, pieces: readonly Piece[]): Task<string> {
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only?.is === "text" && (only.quoted || !only.text.includes("~"))) return only.text;
  return (yield* piecesToField(sh, expandTildes(sh, pieces, "assignment"))).text;
}

/** Text that works like a here-document: arithmetic, prompts, subscripts. */
export function* expandText(sh: Shell, text: string): Task<string> {
  if (!/[$`\\]/.test(text)) return text;
  return (yield* piecesToField(sh, sh.lowering.text(text))).text;
}

export function* piecesToField(sh: Shell, pieces: readonly Piece[]): Task<Field> {
  const fields = new Fields(ifsOf(sh), false);
  yield* emit(sh, pieces, fields);
  return fields.single();
}

/** Expands an arithmetic expression's text and evaluates it. */
export function* arithmetic(sh: Shell, text: string, who = ""): Task<bigint> {
  return evaluate(sh, yield* expandText(sh, text), who);
}

/**
 * Emits pieces into fields. `operand` = inside `${x:-…}`, whose plain text is split like an expansion.
 * Answers whether an empty `"$@"` was among them.
 */
export function* emit(sh: Shell, pieces: readonly Piece[], fields: Fields, operand = false): Task<boolean> {
  let emptyList = false;
  for (const piece of pieces) if (yield* emitOne(sh, piece, fields, operand)) emptyList = true;
  return emptyList;
}

function* emitOne(sh: Shell, piece: Piece, fields: Fields, operand: boolean): Task<boolean> {
  switch (piece.is) {
    case "text": emitText(piece, fields, operand); return false;
    case "param": return yield* emitParam(sh, piece.param, piece.quoted, fields);
    case "dquote": yield* emitQuoted(sh, piece.pieces, fields); return false;
    case "command": result(fields, yield* commandSubstitution(sh, piece.script, piece.text), piece.quoted); return false;
    case "arith": result(fields, String(yield* arithmetic(sh, piece.text)), piece.quoted); return false;
    case "process": fields.literal(yield* processSubstitution(sh, piece.direction, piece.script)); return false;
  }
}

function emitText(piece: Extract<Piece, { is: "text" }>, fields: Fields, operand: boolean): void {
  if (piece.quoted) {
    fields.quoted(piece.text);
    fields.open();
  } else if (operand) fields.expansion(piece.text);
  else fields.literal(piece.text);
}

function result(fields: Fields, text: string, quoted: boolean): void {
  if (quoted) fields.quoted(text);
  else fields.expansion(text);
}

/** `"…"`: an empty field counts, unless it holds an empty `$@`. */
function* emitQuoted(sh: Shell, pieces: readonly Piece[], fields: Fields): Task<void> {
  let emptyList = false;
  for (const piece of pieces) {
    if (piece.is === "text") fields.quoted(piece.text);
    else if (yield* emitOne(sh, piece, fields, false)) emptyList = true;
  }
  if (!emptyList) fields.open();
}
