import type { HistoryWalk } from "./history.ts";
import type { Key } from "./keys.ts";

/** Ctrl-R and Ctrl-S: the history line that contains what was typed so far. */
export class IncrementalSearch {
  readonly original: string;
  readonly originalCursor: number;
  readonly #walk: HistoryWalk;
  #direction: -1 | 1;
  #text = "";
  #index: number;
  #failed = false;
  #line: string;

  constructor(walk: HistoryWalk, line: string, cursor: number, direction: -1 | 1) {
    this.#walk = walk;
    this.original = line;
    this.originalCursor = cursor;
    this.#line = line;
    this.#direction = direction;
    this.#index = walk.position;
  }

  get prompt(): string {
    const way = this.#direction < 0 ? "reverse-i-search" : "i-search";
    return `(${this.#failed ? "failed " : ""}${way})\`${this.#text}': `;
  }

  get line(): string {
    return this.#line;
  }

  get index(): number {
    return this.#index;
  }

  /** The match is under the cursor. */
  get cursor(): number {
    const at = this.#line.indexOf(this.#text);
    return this.#text === "" || at < 0 ? [...this.#line].length : [...this.#line.slice(0, at)].length;
  }

  /** "accept" = the search ends and the key counts; "end" = it ends; "abort" = the old line comes back. */
  press(key: Key): "stay" | "fail" | "accept" | "end" | "abort" {
    if (key.is === "text") return this.#find(this.#text + key.text, this.#index);
    if (key.is === "paste") return this.#find(this.#text + key.text, this.#index);
    switch (key.name) {
      case "C-r": this.#direction = -1; return this.#find(this.#text, this.#index - 1);
      case "C-s": this.#direction = 1; return this.#find(this.#text, this.#index + 1);
      case "Backspace": return this.#find([...this.#text].slice(0, -1).join(""), this.#walk.position);
      case "C-g": return "abort";
      case "M-\x1b": return "end";
      default: return "accept";
    }
  }

  #find(text: string, from: number): "stay" | "fail" {
    this.#text = text;
    if (text === "") return "stay";
    const found = this.#walk.search(text, Math.min(from, this.#walk.position), this.#direction);
    this.#failed = found < 0;
    if (found < 0) return "fail";
    this.#index = found;
    this.#line = this.#walk.lineAt(found);
    return "stay";
  }
}
