import { utf8 } from "../../wire/text.ts";
import type { Diag, Input, Loc } from "./loc.ts";

/** What an error about no file at all points to (`-f` of a missing file). */
export const INTERNAL: Input = { name: "internal", text: "", from: null };

/** Where nodes came from that nobody typed (internal_location). */
export const NOWHERE: Input = { name: "internal", text: "", from: null };

/** What an error about something the kernel holds points to. */
export const NETLINK: Input = { name: "netlink", text: "", from: null };

interface Place { readonly line: number; readonly column: number }

/** Line and column, counted from 1, of an offset. Columns are bytes. */
function placeOf(input: Input, offset: number): Place {
  const before = input.text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: utf8(before.slice(lineStart)).length + 1 };
}

const firstColumn = (loc: Loc): number => placeOf(loc.input, loc.start).column;
/** The column of the last character, in whichever line it is. */
const lastColumn = (loc: Loc): number => (loc.end > loc.start ? placeOf(loc.input, loc.end - 1).column : firstColumn(loc));

/** `file:line:first-last` */
function prefixOf(loc: Loc): string {
  if (loc.input === INTERNAL || loc.input === NOWHERE) return "internal:0:0-0";
  return `${loc.input.name ?? "<cmdline>"}:${String(placeOf(loc.input, loc.start).line)}:${String(firstColumn(loc))}-${String(lastColumn(loc))}`;
}

/** The line a place is in; the end of the input shows the line before it. */
function sourceLine(loc: Loc): string {
  const { text } = loc.input;
  const atEnd = loc.start >= text.length && text.endsWith("\n");
  const offset = atEnd ? Math.max(0, text.length - 1) : loc.start;
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end < 0 ? text.length : end);
}

function includedFrom(input: Input): string {
  let out = "";
  for (let at = input.from; at !== null; at = at.input.from) out += `${out === "" ? "In file included from" : "                 from"} ${prefixOf(at)}:\n`;
  return out;
}

/** Carets under the first place, tildes under the others; tabs of the line stay tabs. */
function markers(line: string, at: readonly Loc[]): string {
  const end = Math.max(...at.map(lastColumn));
  const marks: string[] = Array.from({ length: end }, (_, i) => (line[i] === "\t" ? "\t" : " "));
  for (const [index, loc] of [...at.entries()].reverse()) {
    for (let i = firstColumn(loc) - 1; i < lastColumn(loc); i++) marks[i] = index === 0 ? "^" : "~";
  }
  return marks.join("");
}

/** A place and the line it is in: `file:3:5-20: text`. */
export const renderPlace = (loc: Loc): string => `${prefixOf(loc)}: ${sourceLine(loc)}`;

/** An error as nft prints it (erec_print), with its newline. */
export function renderDiag(diag: Diag): string {
  const first = diag.at[0];
  const head = `${diag.level}: ${diag.text}\n`;
  // What netlink itself was unhappy with has no place in the text.
  if (first === undefined) return `netlink: ${head}`;
  if (first.input === NETLINK) return `netlink: ${head}`;
  if (first.input === NOWHERE) return `${prefixOf(first)}: ${head}\n`;
  if (first.input === INTERNAL) return `${prefixOf(first)}: ${head}\n\n`;
  const prefix = first.input.name === null ? "" : `${prefixOf(first)}: `;
  const line = sourceLine(first);
  return `${includedFrom(first.input)}${prefix}${head}${line}\n${markers(line, diag.at.filter((loc) => loc.input === first.input))}\n`;
}
