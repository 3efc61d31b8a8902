/** The line being edited: characters, cursor, kill ring, undo. All motions of emacs mode that need nothing else. */
export class LineBuffer {
  chars: string[] = [];
  cursor = 0;
  readonly #ring: string[] = [];
  /** The last command killed too: kills add up. */
  #killing = false;
  #yanked: { from: number; to: number; index: number } | undefined;
  #undo: { chars: string[]; cursor: number }[] = [];

  get text(): string {
    return this.chars.join("");
  }

  set(text: string, cursor?: number): void {
    this.chars = [...text];
    this.cursor = Math.min(cursor ?? this.chars.length, this.chars.length);
  }

  /** Starts a new line: nothing to undo. */
  reset(): void {
    this.set("");
    this.#undo = [];
    this.endRuns();
  }

  /** Any other command than a kill or yank came between. */
  endRuns(): void {
    this.#killing = false;
    this.#yanked = undefined;
  }

  saveForUndo(): void {
    const last = this.#undo.at(-1);
    if (last && last.chars.join("") === this.text) return;
    this.#undo.push({ chars: [...this.chars], cursor: this.cursor });
  }

  undo(): boolean {
    const last = this.#undo.pop();
    if (!last) return false;
    this.chars = last.chars;
    this.cursor = last.cursor;
    return true;
  }

  insert(text: string): void {
    const added = [...text];
    this.chars.splice(this.cursor, 0, ...added);
    this.cursor += added.length;
  }

  move(by: number): void {
    this.cursor = Math.max(0, Math.min(this.chars.length, this.cursor + by));
  }

  remove(from: number, to: number): string {
    const gone = this.chars.splice(from, to - from).join("");
    this.cursor = from;
    return gone;
  }

  /** Replaces a stretch and leaves the cursor after it. */
  replace(from: number, to: number, text: string): void {
    this.remove(from, to);
    this.insert(text);
  }

  kill(from: number, to: number): void {
    const forward = from === this.cursor;
    const gone = this.remove(from, to);
    if (gone === "") return;
    if (this.#killing) {
      const last = this.#ring.pop() ?? "";
      this.#ring.push(forward ? last + gone : gone + last);
    } else this.#ring.push(gone);
    this.#killing = true;
    this.#yanked = undefined;
  }

  yank(): boolean {
    const text = this.#ring.at(-1);
    if (text === undefined) return false;
    const from = this.cursor;
    this.insert(text);
    this.#killing = false;
    this.#yanked = { from, to: this.cursor, index: this.#ring.length - 1 };
    return true;
  }

  /** M-y: the kill before, in place of what was just yanked. */
  yankPop(): boolean {
    const last = this.#yanked;
    if (!last || this.#ring.length === 0) return false;
    const index = (last.index - 1 + this.#ring.length) % this.#ring.length;
    this.replace(last.from, last.to, this.#ring[index] ?? "");
    this.#yanked = { from: last.from, to: this.cursor, index };
    return true;
  }

  wordStart(from = this.cursor): number {
    let at = from;
    while (at > 0 && !isWord(this.chars[at - 1])) at--;
    while (at > 0 && isWord(this.chars[at - 1])) at--;
    return at;
  }

  wordEnd(from = this.cursor): number {
    let at = from;
    while (at < this.chars.length && !isWord(this.chars[at])) at++;
    while (at < this.chars.length && isWord(this.chars[at])) at++;
    return at;
  }

  /** C-w: back to the blank. */
  blankStart(): number {
    let at = this.cursor;
    while (at > 0 && /\s/.test(this.chars[at - 1] ?? "")) at--;
    while (at > 0 && !/\s/.test(this.chars[at - 1] ?? "")) at--;
    return at;
  }

  transposeChars(): boolean {
    if (this.chars.length < 2 || this.cursor === 0) return false;
    const at = this.cursor === this.chars.length ? this.cursor - 1 : this.cursor;
    const [a = "", b = ""] = [this.chars[at - 1], this.chars[at]];
    this.chars.splice(at - 1, 2, b, a);
    this.cursor = at + 1;
    return true;
  }

  transposeWords(): boolean {
    const end = this.wordEnd();
    const second = this.wordStart(end);
    const first = this.wordStart(second);
    const firstEnd = this.wordEnd(first);
    if (first === second || firstEnd > second) return false;
    const [a, between, b] = [this.chars.slice(first, firstEnd), this.chars.slice(firstEnd, second), this.chars.slice(second, end)];
    this.chars.splice(first, end - first, ...b, ...between, ...a);
    this.cursor = end;
    return true;
  }

  /** M-u, M-l, M-c. */
  changeWord(change: (word: string) => string): void {
    const end = this.wordEnd();
    const from = this.cursor;
    this.replace(from, end, change(this.chars.slice(from, end).join("")));
  }
}

const isWord = (ch: string | undefined): boolean => ch !== undefined && /[\p{L}\p{N}]/u.test(ch);
