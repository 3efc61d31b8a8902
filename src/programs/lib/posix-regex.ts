/** POSIX basic and extended regular expressions with GNU's additions, turned into the language's own. */
export type Compiled = { readonly is: "regex"; readonly source: string } | { readonly is: "bad"; readonly why: string };

const bad = (why: string): Compiled => ({ is: "bad", why });

const CLASS: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z", alpha: "A-Za-z", blank: " \\t", cntrl: "\\x00-\\x1f\\x7f", digit: "0-9", graph: "\\x21-\\x7e", lower: "a-z",
  print: "\\x20-\\x7e", punct: "!-\\/:-@\\[-`{-~", space: " \\t\\n\\r\\f\\v", upper: "A-Z", xdigit: "0-9A-Fa-f",
};

/** What a backslash and a letter mean in GNU's regex. */
const GNU: Readonly<Record<string, string>> = {
  w: "[0-9A-Za-z_]", W: "[^0-9A-Za-z_]", s: "[ \\t\\n\\r\\f\\v]", S: "[^ \\t\\n\\r\\f\\v]", b: "\\b", B: "\\B",
  "<": "\\b(?=\\w)", ">": "\\b(?<=\\w)", "`": "^", "'": "$",
};

const literal = (c: string): string => c.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** Reads a pattern left to right. `extended`: ( ) { } + ? | are special without a backslash. */
class Translator {
  #at = 0;
  #out = "";
  #depth = 0;
  #groups = 0;
  /** Nothing before that a `*` could repeat. */
  #atStart = true;
  readonly #text: string;
  readonly #extended: boolean;

  constructor(text: string, extended: boolean) {
    this.#text = text;
    this.#extended = extended;
  }

  run(): Compiled {
    while (this.#at < this.#text.length) {
      const why = this.#step();
      if (why !== undefined) return bad(why);
    }
    return this.#depth > 0 ? bad("Unmatched ( or \\(") : { is: "regex", source: this.#out };
  }

  #step(): string | undefined {
    const c = this.#text[this.#at++] ?? "";
    if (c === "\\") return this.#escape();
    if (c === "[") return this.#bracket();
    if (c === ".") return this.#atom("[^]");
    if (c === "^") return this.#caret();
    if (c === "$") return this.#dollar();
    if (c === "*") return this.#repeat("*");
    if (this.#extended && "+?".includes(c)) return this.#repeat(c);
    if (this.#extended && "(){|".includes(c)) return this.#operator(c);
    return this.#atom(literal(c));
  }

  #atom(source: string): undefined {
    this.#out += source;
    this.#atStart = false;
  }

  #escape(): string | undefined {
    const c = this.#text[this.#at++];
    if (c === undefined) return "Trailing backslash";
    if (!this.#extended && "(){|".includes(c)) return this.#operator(c);
    if (!this.#extended && "+?".includes(c)) return this.#repeat(c);
    if (/[1-9]/.test(c)) return Number(c) > this.#groups ? "Invalid back reference" : this.#atom(`\\${c}(?:)`);
    return this.#atom(GNU[c] ?? literal(c));
  }

  #operator(c: string): string | undefined {
    if (c === "(") {
      this.#out += "(";
      this.#depth++;
      this.#groups++;
      this.#atStart = true;
    } else if (c === "|") {
      this.#out += "|";
      this.#atStart = true;
    } else if (c === ")") {
      if (this.#depth-- === 0) return "Unmatched ) or \\)";
      this.#atom(")");
    } else return this.#interval(c);
    return undefined;
  }

  #interval(c: string): string | undefined {
    if (c === "}") return void this.#atom("\\}");
    const close = this.#extended ? "}" : "\\}";
    const end = this.#text.indexOf(close, this.#at);
    const m = end < 0 ? null : /^(\d*)(,?)(\d*)$/.exec(this.#text.slice(this.#at, end));
    if (this.#extended && (m === null || this.#atStart)) return void this.#atom("\\{");
    if (end < 0) return "Unmatched \\{";
    if (m === null || (m[1] === "" && m[2] === "")) return "Invalid content of \\{\\}";
    if (m[3] !== "" && Number(m[3]) < Number(m[1])) return "Invalid content of \\{\\}";
    if (Number(m[1]) > 32767 || Number(m[3]) > 32767) return "Regular expression too big";
    this.#at = end + close.length;
    return this.#repeat(`{${m[1] === "" ? "0" : (m[1] ?? "")}${m[2] ?? ""}${m[3] ?? ""}}`);
  }

  /** `*` with nothing to repeat is itself in basic patterns, and nothing in extended ones; `a**` is `a*`. */
  #repeat(sign: string): undefined {
    if (this.#atStart) {
      if (!this.#extended) this.#atom(literal(sign));
      return undefined;
    }
    this.#out = /(?:^|[^\\])(?:\\\\)*[*+?}]$/.test(this.#out) && !/\\[*+?}]$/.test(this.#out) ? `${this.#wrapLast()}${sign}` : this.#out + sign;
    return undefined;
  }

  /** Puts `(?:…)` around the last repeated atom, so that it can be repeated once more. */
  #wrapLast(): string {
    const m = /((?:\[(?:\\.|[^\]\\])*\]|\\.|[^\\])(?:[*+?]|\{[\d,]*\}))$/.exec(this.#out);
    return m === null ? this.#out : `${this.#out.slice(0, m.index)}(?:${m[0]})`;
  }

  #caret(): undefined {
    if (this.#extended || this.#atStart) this.#out += "^";
    else this.#atom("\\^");
  }

  #dollar(): undefined {
    const rest = this.#text.slice(this.#at);
    if (this.#extended || rest === "" || /^\\[)|]/.test(rest)) this.#out += "$";
    else this.#atom("\\$");
  }

  #bracket(): string | undefined {
    let out = "[";
    if (this.#text[this.#at] === "^") {
      out += "^";
      this.#at++;
    }
    const first = this.#at;
    for (;;) {
      const c = this.#text[this.#at];
      if (c === undefined) return "Unmatched [, [^, [:, [., or [=";
      if (c === "]" && this.#at > first) break;
      const named = c === "[" ? /^\[([:.=])(.*?)\1\]/s.exec(this.#text.slice(this.#at)) : null;
      if (named !== null) {
        const set = named[1] === ":" ? CLASS[named[2] ?? ""] : literal(named[2] ?? "");
        if (set === undefined) return "Invalid character class name";
        out += set;
        this.#at += named[0].length;
        continue;
      }
      const range = this.#text[this.#at + 1] === "-" && this.#text[this.#at + 2] !== "]" && this.#text[this.#at + 2] !== undefined;
      if (range) {
        const to = this.#text[this.#at + 2] ?? "";
        if (to < c) return "Invalid range end";
        out += `${literal(c)}-${literal(to)}`;
        this.#at += 3;
      } else {
        out += literal(c);
        this.#at++;
      }
    }
    this.#at++;
    return this.#atom(`${out}]`);
  }
}

export const compilePosix = (pattern: string, extended: boolean): Compiled => new Translator(pattern, extended).run();

/** A fixed string as a pattern that matches only itself. */
export const fixedPattern = (text: string): string => literal(text);
