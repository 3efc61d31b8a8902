import type { Piece } from "./lower.ts";

/**
 * Brace expansion (bash(1)) on lowered pieces: a word becomes several. Every unquoted character is looked
 * at as an item of its own; quoted text and expansions are opaque items.
 */
type Item = Piece | string;

export function expandBraces(pieces: readonly Piece[]): (readonly Piece[])[] {
  if (!pieces.some((p) => p.is === "text" && !p.quoted && p.text.includes("{"))) return [pieces];
  const items = pieces.flatMap((p): Item[] => (p.is === "text" && !p.quoted ? [...p.text] : [p]));
  return expand(items).map(joined);
}

/** `$x{a,b}` became `$xa`, `$xb`: what follows a plain `$name` may belong to the name. */
function longerName(pieces: Piece[], ch: string): boolean {
  const last = pieces.at(-1);
  if (last?.is !== "param" || !/^\$[A-Za-z_]\w*$/.test(last.param.text) || !/\w/.test(ch)) return false;
  const name = last.param.name + ch;
  pieces[pieces.length - 1] = { ...last, param: { ...last.param, name, text: "$" + name } };
  return true;
}

function joined(items: readonly Item[]): Piece[] {
  const pieces: Piece[] = [];
  let plain = "";
  for (const item of items) {
    if (typeof item === "string") {
      if (plain !== "" || !longerName(pieces, item)) plain += item;
      continue;
    }
    if (plain !== "") pieces.push({ is: "text", text: plain, quoted: false });
    plain = "";
    pieces.push(item);
  }
  if (plain !== "" || pieces.length === 0) pieces.push({ is: "text", text: plain, quoted: false });
  return pieces;
}

function expand(items: readonly Item[]): Item[][] {
  for (let open = items.indexOf("{"); open >= 0; open = items.indexOf("{", open + 1)) {
    const close = closing(items, open);
    if (close < 0) continue;
    const choices = choicesOf(items.slice(open + 1, close));
    if (!choices) continue;
    const before = items.slice(0, open);
    const after = expand(items.slice(close + 1));
    return choices.flatMap((choice) => after.map((rest) => [...before, ...choice, ...rest]));
  }
  return [[...items]];
}

function closing(items: readonly Item[], open: number): number {
  let depth = 0;
  for (let i = open; i < items.length; i++) {
    if (items[i] === "{") depth++;
    else if (items[i] === "}" && --depth === 0) return i;
  }
  return -1;
}

function choicesOf(body: readonly Item[]): Item[][] | null {
  const parts: Item[][] = [[]];
  let depth = 0;
  for (const item of body) {
    if (item === "{") depth++;
    if (item === "}") depth--;
    if (item === "," && depth === 0) parts.push([]);
    else parts.at(-1)?.push(item);
  }
  if (parts.length > 1) return parts.flatMap(expand);
  const text = body.every((i) => typeof i === "string") ? body.join("") : undefined;
  const sequence = text === undefined ? null : sequenceOf(text);
  if (sequence) return sequence.map((s) => [...s].map((ch): Item => (ch === "\\" ? { is: "text", text: ch, quoted: true } : ch)));
  // Not a brace expansion itself, but something inside may be one.
  const inside = expand(body);
  return inside.length > 1 ? inside.map((i) => ["{", ...i, "}"]) : null;
}

const MOST = 100_000;

/** `1..5`, `a..e..2`, `01..10`. */
function sequenceOf(text: string): string[] | null {
  const m = /^(-?\+?\d+|[A-Za-z])\.\.(-?\+?\d+|[A-Za-z])(?:\.\.([-+]?\d+))?$/.exec(text);
  if (!m) return null;
  const [, from = "", to = "", by = "1"] = m;
  const letters = /^[A-Za-z]$/.test(from);
  if (letters !== /^[A-Za-z]$/.test(to)) return null;
  const [a, b] = letters ? [from.charCodeAt(0), to.charCodeAt(0)] : [Number(from), Number(to)];
  const step = (Math.abs(Number(by)) || 1) * (a <= b ? 1 : -1);
  const count = Math.floor((b - a) / step) + 1;
  if (count > MOST || !Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return null;
  const width = letters ? 0 : paddedWidth(from, to);
  return Array.from({ length: count }, (_, i) => (letters ? String.fromCharCode(a + i * step) : padded(a + i * step, width)));
}

function paddedWidth(from: string, to: string): number {
  return /^[-+]?0\d/.test(from) || /^[-+]?0\d/.test(to) ? Math.max(from.length, to.length) : 0;
}

function padded(n: number, width: number): string {
  return n < 0 ? "-" + String(-n).padStart(width - 1, "0") : String(n).padStart(width, "0");
}
