/** What the configuration's reader found: a simple directive, the head of a block, a block's end, the end of the text, or why not. */
export type ConfToken =
  | { readonly is: "directive" | "block"; readonly words: readonly string[] }
  | { readonly is: "block-end" | "end" }
  | { readonly is: "bad"; readonly text: string };

const SPACES = " \t\r\n";
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', "'": "'", "\\": "\\", t: "\t", r: "\r", n: "\n" };

/**
 * The words of nginx.conf (ngx_conf_read_token): quotes with either mark, backslashes, comments, and `${`
 * that does not open a block. `line` is where the reading stands, which is what messages name.
 */
export class ConfLexer {
  line = 1;
  readonly #text: string;
  readonly #fromFile: boolean;
  #at = 0;
  #words: string[] = [];

  /** `fromFile` false: the text of `-g`. */
  constructor(text: string, fromFile: boolean) {
    this.#text = text;
    this.#fromFile = fromFile;
  }

  next(): ConfToken {
    this.#words = [];
    for (;;) {
      this.#skipBlanks();
      const c = this.#text[this.#at];
      if (c === undefined) return this.#words.length > 0 ? this.#cutShort() : { is: "end" };
      if (c === ";" || c === "{") return this.#endOfWords(c);
      if (c === "}") return this.#closing();
      const ended = c === '"' || c === "'" ? this.#quoted(c) : this.#bare();
      if (ended !== undefined) return ended;
    }
  }

  #skipBlanks(): void {
    let comment = false;
    for (let c = this.#text[this.#at]; c !== undefined; c = this.#text[++this.#at]) {
      if (c === "\n") {
        this.line++;
        comment = false;
      } else if (c === "#") comment = true;
      else if (!comment && !SPACES.includes(c)) return;
    }
  }

  #endOfWords(c: string): ConfToken {
    this.#at++;
    if (this.#words.length === 0) return bad(`unexpected "${c}"`);
    return { is: c === ";" ? "directive" : "block", words: this.#words };
  }

  #closing(): ConfToken {
    this.#at++;
    return this.#words.length > 0 ? bad('unexpected "}"') : { is: "block-end" };
  }

  #cutShort(): ConfToken {
    return bad(this.#fromFile ? 'unexpected end of file, expecting ";" or "}"' : 'unexpected end of parameter, expecting ";"');
  }

  /** A word in quotes; what follows must be a blank, `;`, `{` or `)`. */
  #quoted(mark: string): ConfToken | undefined {
    const start = ++this.#at;
    for (;; this.#at++) {
      const c = this.#text[this.#at];
      if (c === undefined) return this.#cutShort();
      if (c === "\n") this.line++;
      if (c === "\\") this.#skipEscaped();
      else if (c === mark) break;
    }
    this.#words.push(unescape(this.#text.slice(start, this.#at++)));
    return this.#afterQuote();
  }

  #afterQuote(): ConfToken | undefined {
    const c = this.#text[this.#at];
    if (c === undefined || SPACES.includes(c)) return undefined;
    if (c === ";" || c === "{") return this.#endOfWords(c);
    // The bracket that closes an `if` is a word of its own.
    if (c === ")") return undefined;
    this.#at++;
    return bad(`unexpected "${c}"`);
  }

  #skipEscaped(): void {
    if (this.#text[++this.#at] === "\n") this.line++;
  }

  #bare(): ConfToken | undefined {
    const start = this.#at;
    let afterDollar = false;
    for (;; this.#at++) {
      const c = this.#text[this.#at];
      if (c === undefined) return this.#cutShort();
      if (c === "{" && afterDollar) continue;
      afterDollar = c === "$";
      if (c === "\\") this.#skipEscaped();
      else if (SPACES.includes(c) || c === ";" || c === "{") break;
    }
    this.#words.push(unescape(this.#text.slice(start, this.#at)));
    return undefined;
  }
}

const bad = (text: string): ConfToken => ({ is: "bad", text });

const unescape = (word: string): string => word.replace(/\\(["'\\trn])/g, (_, c: string) => ESCAPES[c] ?? c);
