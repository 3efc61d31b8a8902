/** One word being built: its text, and the same text as a pattern in which quoted characters are escaped. */
export interface Field {
  text: string;
  pattern: string;
  /** Unquoted glob characters are in it. */
  magic: boolean;
}

/** A pattern character is escaped unless it can never mean anything. */
export const escapePattern = (text: string): string => text.replace(/[^\w\s/\u0080-\uffff]/g, "\\$&");

const GLOB = /[*?[]|[+@!]\(|\\/;

/** Collects the fields that a word expands to (bash(1), Word Splitting). */
export class Fields {
  readonly done: Field[] = [];
  #now: Field = { text: "", pattern: "", magic: false };
  /** The field exists, be it empty. */
  #open = false;
  readonly #ifs: string;
  readonly #splits: boolean;

  get splits(): boolean {
    return this.#splits;
  }

  constructor(ifs: string, splits: boolean) {
    this.#ifs = ifs;
    this.#splits = splits;
  }

  /** Quotes were here: an empty field counts. */
  open(): void {
    this.#open = true;
  }

  /** Quoted text; quotes around nothing are told by {@link open}. */
  quoted(text: string): void {
    this.#now.text += text;
    this.#now.pattern += escapePattern(text);
    this.#open ||= text !== "";
  }

  /** Unquoted text of the program: globs, but is not split. */
  literal(text: string): void {
    if (text === "") return;
    this.#now.text += text;
    this.#now.pattern += text;
    this.#now.magic ||= GLOB.test(text);
    this.#open = true;
  }

  /** The result of an unquoted expansion: split at IFS, and globs. */
  expansion(text: string): void {
    if (!this.#splits || this.#ifs === "") return this.literal(text);
    let from = 0;
    let afterBlank = false;
    for (let i = 0; i < text.length; i++) {
      const ch = text[i] ?? "";
      if (!this.#ifs.includes(ch)) { afterBlank = false; continue; }
      this.literal(text.slice(from, i));
      from = i + 1;
      afterBlank = this.#delimiter(ch, afterBlank);
    }
    this.literal(text.slice(from));
  }

  /** Returns whether a field was just ended by a blank, which may belong to a following delimiter. */
  #delimiter(ch: string, afterBlank: boolean): boolean {
    if (ch === " " || ch === "\t" || ch === "\n") {
      if (!this.#open) return afterBlank;
      this.next();
      return true;
    }
    if (!afterBlank) {
      this.#open = true;
      this.next();
    }
    return false;
  }

  /** Ends the field, if there is one. */
  next(): void {
    if (!this.#open) return;
    this.done.push(this.#now);
    this.#now = { text: "", pattern: "", magic: false };
    this.#open = false;
  }

  finish(): Field[] {
    this.next();
    return this.done;
  }

  /** All of it as one field, where nothing splits. */
  single(): Field {
    return this.#now;
  }
}
