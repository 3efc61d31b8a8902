/** A piece of program text with the line numbers `$LINENO` and error messages speak of. */
export class SourceText {
  readonly text: string;
  /** Number of the first line. */
  readonly firstLine: number;
  #starts: number[] | undefined;
  #lastLine = 0;

  constructor(text: string, firstLine = 1) {
    this.text = text;
    this.firstLine = firstLine;
  }

  /** Line of an offset; offsets mostly come in order, so it looks near the last answer first. */
  lineAt(pos: number): number {
    const starts = (this.#starts ??= lineStarts(this.text));
    let line = (starts[this.#lastLine] ?? 0) <= pos ? this.#lastLine : bisect(starts, pos);
    while ((starts[line + 1] ?? Infinity) <= pos) line++;
    this.#lastLine = line;
    return this.firstLine + line;
  }

  /** The text of the line that holds an offset. */
  lineTextAt(pos: number): string {
    const from = this.text.lastIndexOf("\n", pos - 1) + 1;
    const to = this.text.indexOf("\n", pos);
    return this.text.slice(from, to < 0 ? undefined : to);
  }
}

/**
 * Takes out backslash-newline pairs where they cut an operator or `$name` in two, which the parser does not
 * mend itself. Single quotes and comments keep theirs. Texts without such a cut stay as they are.
 */
export function joinLines(text: string): string {
  if (!/[&|;<>${]\\\n/.test(text)) return text;
  let out = "";
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const ch = text[i] ?? "";
    if (ch === "\\" && quote !== "'") {
      if (text[i + 1] !== "\n") out += text.slice(i, i + 2);
      i++;
      continue;
    }
    if (quote === "" && ch === "#" && /(^|[\s;&|(])$/.test(out.slice(-1))) {
      const end = text.indexOf("\n", i);
      out += text.slice(i, end < 0 ? undefined : end);
      i = (end < 0 ? text.length : end) - 1;
      continue;
    }
    if (ch === quote) quote = "";
    else if (quote === "" && (ch === "'" || ch === '"')) quote = ch;
    out += ch;
  }
  return out;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function bisect(starts: readonly number[], pos: number): number {
  let low = 0;
  for (let high = starts.length - 1; low < high;) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= pos) low = middle;
    else high = middle - 1;
  }
  return low;
}
