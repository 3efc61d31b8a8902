/** Walking up and down the history; lines changed on the way keep their changes until one is accepted. */
export class HistoryWalk {
  readonly #lines: readonly string[];
  readonly #edited = new Map<number, string>();
  #at: number;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#at = lines.length;
  }

  get position(): number {
    return this.#at;
  }

  lineAt(index: number): string {
    return this.#edited.get(index) ?? this.#lines[index] ?? "";
  }

  /** Moves to another line, keeping what the present one was changed to; null at the ends. */
  go(to: number, present: string): string | null {
    if (to < 0 || to > this.#lines.length || to === this.#at) return null;
    if (present !== this.lineAt(this.#at)) this.#edited.set(this.#at, present);
    this.#at = to;
    return this.lineAt(to);
  }

  step(by: number, present: string): string | null {
    return this.go(this.#at + by, present);
  }

  first(present: string): string | null {
    return this.go(0, present);
  }

  last(present: string): string | null {
    return this.go(this.#lines.length, present);
  }

  /** The next older (or newer) line that contains the text, from `from` on. */
  search(text: string, from: number, direction: -1 | 1): number {
    if (direction > 0 && from >= this.#lines.length) return -1;
    for (let i = Math.min(from, this.#lines.length - 1); i >= 0 && i < this.#lines.length; i += direction) if (this.lineAt(i).includes(text)) return i;
    return -1;
  }
}

/** The last word of the n-th newest line (M-.). */
export function lastWord(lines: readonly string[], back: number): string | undefined {
  const line = lines[lines.length - 1 - back];
  return line?.match(/(?:"[^"]*"|'[^']*'|\\.|[^\s"'])+/g)?.at(-1);
}

/** `!!`, `!$`, `!n`, `!-n`, `!text`, `^a^b`: history expansion. Null = no such event; the text unchanged when there is none. */
export function expandHistory(lines: readonly string[], text: string): { readonly text: string; readonly missing?: string } {
  const quick = /^\^([^^]+)\^([^^]*)\^?$/.exec(text);
  if (quick) {
    const last = lines.at(-1) ?? "";
    return last.includes(quick[1] ?? "") ? { text: last.replace(quick[1] ?? "", quick[2] ?? "") } : { text, missing: `:s${text}` };
  }
  let missing: string | undefined;
  const out = text.replace(/'[^']*'|\\.|!(!|\$|\^|\*|-?\d+|\?[^?\s]+\??|[A-Za-z./][^\s;|&"':]*)/g, (all, event: string | undefined, at: number) => {
    if (event === undefined || text[at - 1] === "$" || text[at - 1] === "[") return all;
    const found = lookUp(lines, event);
    if (found === undefined) missing ??= all;
    return found ?? all;
  });
  return missing === undefined ? { text: out } : { text, missing };
}

function lookUp(lines: readonly string[], event: string): string | undefined {
  const words = (line: string | undefined): string[] => line?.split(/\s+/).filter((w) => w !== "") ?? [];
  if (event === "!") return lines.at(-1);
  if (event === "$") return lastWord(lines, 0);
  if (event === "^") return words(lines.at(-1))[1];
  if (event === "*") return words(lines.at(-1)).slice(1).join(" ");
  if (/^-?\d+$/.test(event)) return lines[Number(event) < 0 ? lines.length + Number(event) : Number(event) - 1];
  const contains = event.startsWith("?");
  const wanted = contains ? event.replace(/\?/g, "") : event;
  return [...lines].reverse().find((line) => (contains ? line.includes(wanted) : line.startsWith(wanted)));
}
