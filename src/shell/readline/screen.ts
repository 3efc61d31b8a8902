import { charWidth, shownChar } from "./width.ts";

interface Spot { readonly row: number; readonly col: number }

/** What stands on the terminal for the line: it may wrap over several rows. */
export class Screen {
  /** Columns of the window. */
  cols = 80;
  #prompt = "";
  #promptWidth = 0;
  /** Row of the cursor, counted from the prompt's (last) row. */
  #row = 0;

  /** Starts a line: answers what to print first. `prompt` marks invisible text with \x01 … \x02. */
  begin(prompt: string): string {
    const shown = prompt.replace(/[\x01\x02]/g, "");
    const lastLine = prompt.slice(prompt.lastIndexOf("\n") + 1);
    this.#prompt = lastLine.replace(/[\x01\x02]/g, "");
    this.#promptWidth = widthOf(lastLine.replace(/\x01[^\x02]*\x02/g, "").replace(/\x1b\[[0-9;]*[A-Za-z]/g, ""));
    this.#row = Math.floor(this.#promptWidth / this.cols);
    return shown;
  }

  setPrompt(prompt: string): void {
    this.#prompt = prompt;
    this.#promptWidth = widthOf(prompt);
  }

  /** Where the cursor is after these characters. */
  #spotAfter(chars: readonly string[], count: number): Spot {
    let [row, col] = [Math.floor(this.#promptWidth / this.cols), this.#promptWidth % this.cols];
    for (let i = 0; i < count; i++) {
      const ch = chars[i] ?? "";
      if (ch === "\n") { row++; col = 0; continue; }
      const width = charWidth(ch);
      if (col + width > this.cols) { row++; col = 0; }
      col += width;
      if (col === this.cols) { row++; col = 0; }
    }
    return { row, col };
  }

  /** Draws everything again and puts the cursor in its place. */
  redraw(chars: readonly string[], cursor: number): string {
    const end = this.#spotAfter(chars, chars.length);
    const at = this.#spotAfter(chars, cursor);
    const text = chars.map((ch) => (ch === "\n" ? "\n" : shownChar(ch))).join("");
    // At the right margin the terminal waits with the wrap: a blank brings it about.
    const wrap = end.col === 0 && end.row > 0 && chars.at(-1) !== "\n" ? " \r" : "";
    const out = this.#toStart() + this.#prompt + text + wrap + "\x1b[J" + up(end.row - at.row) + "\r" + right(at.col);
    this.#row = at.row;
    return out;
  }

  /** The cheap case: a character typed at the end of the line. */
  append(chars: readonly string[]): string | null {
    const last = chars.at(-1) ?? "";
    const before = this.#spotAfter(chars, chars.length - 1);
    const after = this.#spotAfter(chars, chars.length);
    if (after.row !== before.row || charWidth(last) !== 1) return null;
    return last;
  }

  #toStart(): string {
    return up(this.#row) + "\r";
  }

  /** Below the line, where output goes on. */
  leave(chars: readonly string[]): string {
    const end = this.#spotAfter(chars, chars.length);
    const down = end.row - this.#row;
    this.#row = 0;
    return (down > 0 ? `\x1b[${down}B` : "") + "\n";
  }

  /** The line starts anew below something that was printed. */
  restart(): void {
    this.#row = 0;
  }

  /** C-l. */
  clear(): string {
    this.#row = 0;
    return "\x1b[H\x1b[2J";
  }
}

const up = (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : "");
const right = (cols: number): string => (cols > 0 ? `\x1b[${cols}C` : "");

export function widthOf(text: string): number {
  let width = 0;
  for (const ch of text) width += charWidth(ch);
  return width;
}
