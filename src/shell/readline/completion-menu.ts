import type { Shell } from "../state.ts";
import { complete } from "./complete.ts";
import { widthOf } from "./screen.ts";

export type TabOutcome =
  | { readonly is: "replace"; readonly from: number; readonly text: string }
  | { readonly is: "list"; readonly text: string }
  | { readonly is: "nothing" };

/** What Tab does: the first press completes as far as it is certain, the second lists. */
export class CompletionMenu {
  readonly #sh: Shell;
  #lastLine: string | undefined;

  constructor(sh: Shell) {
    this.#sh = sh;
  }

  reset(): void {
    this.#lastLine = undefined;
  }

  tab(line: string, cursor: number, list: boolean, cols: number): TabOutcome {
    const again = this.#lastLine === line;
    this.#lastLine = line;
    const found = complete(this.#sh, line, cursor);
    const [first] = found.items;
    if (!first) return { is: "nothing" };
    const typed = line.slice(found.from, cursor);
    const common = found.items.length === 1 ? first.text + first.suffix : commonPrefix(found.items.map((i) => i.text));
    if (!list && common.length > typed.length) {
      this.#lastLine = line.slice(0, found.from) + common + line.slice(cursor);
      if (found.items.length === 1) this.#lastLine = undefined;
      return { is: "replace", from: found.from, text: common };
    }
    if (!again && !list) return common === typed ? { is: "nothing" } : { is: "replace", from: found.from, text: common };
    return { is: "list", text: columns(found.items.map((i) => i.display), cols) };
  }
}

function commonPrefix(texts: readonly string[]): string {
  let prefix = texts[0] ?? "";
  for (const text of texts) while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}

/** Sorted down the columns, as ls and readline do. */
export function columns(names: readonly string[], cols: number): string {
  const width = Math.max(...names.map(widthOf)) + 2;
  const perRow = Math.max(1, Math.floor(cols / width));
  const rows = Math.ceil(names.length / perRow);
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let at = row; at < names.length; at += rows) {
      const name = names[at] ?? "";
      line += at + rows < names.length ? name + " ".repeat(width - widthOf(name)) : name;
    }
    lines.push(line + "\n");
  }
  return lines.join("");
}
