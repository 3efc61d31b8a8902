import { compilePosix } from "../lib/posix-regex.ts";

/* A sed script as read from the command line: sed(1), POSIX sed with GNU's additions. */

/** `null` = the last regular expression that was used (an empty one, `//`). */
export type Pattern = RegExp | null;

export type Address =
  | { readonly is: "line"; readonly n: number }
  | { readonly is: "last" }
  | { readonly is: "regex"; readonly pattern: Pattern }
  /** first~step */
  | { readonly is: "step"; readonly first: number; readonly step: number }
  /** +N and ~N, second addresses only. */
  | { readonly is: "plus" | "multiple"; readonly n: number };

/** Pieces of a replacement: text, a group, or a change of case from here on. */
export type Piece = string | { readonly group: number } | { readonly letters: "U" | "L" | "u" | "l" | "E" };

export interface Command {
  readonly from: Address | null;
  readonly to: Address | null;
  readonly negated: boolean;
  readonly name: string;
  /** Text of a i c, label of b t T :, file of r w, exit status of q Q, width of l. */
  readonly text: string;
  readonly substitute: Substitute | null;
  readonly translate: ReadonlyMap<string, string> | null;
  /** `{`: index of its `}`; `b t T`: index to go on at, script's end = length. */
  target: number;
}

export interface Substitute {
  readonly pattern: Pattern;
  readonly pieces: readonly Piece[];
  /** Which match is the first to be replaced, and whether those after it are as well. */
  readonly nth: number;
  readonly all: boolean;
  readonly print: boolean;
}

export type Script = { readonly is: "script"; readonly commands: readonly Command[] } | Bad;
interface Bad {
  readonly is: "bad";
  readonly why: string;
  /** Characters read, as sed counts them in its message; `null`: the message names no place. */
  readonly at: number | null;
}

/** Thrown inside the reader only, and caught by {@link parseScript}. `at`: another place than where the reader stands. */
class Wrong extends Error {
  readonly at: number | null | undefined;
  constructor(why: string, at?: number | null) {
    super(why);
    this.at = at;
  }
}

class Reader {
  at = 0;
  readonly commands: Command[] = [];
  readonly #text: string;
  readonly #extended: boolean;

  constructor(text: string, extended: boolean) {
    this.#text = text;
    this.#extended = extended;
  }

  run(): void {
    for (this.#skip(/[\s;]/); this.at < this.#text.length; this.#skip(/[\s;]/)) this.#command();
    this.#link();
  }

  get #c(): string {
    return this.#text[this.at] ?? "";
  }

  #skip(what: RegExp): void {
    while (this.#c !== "" && what.test(this.#c)) this.at++;
  }

  #command(): void {
    if (this.#c === "#") return this.#skip(/[^\n]/);
    const from = this.#address(false);
    this.#skip(/[ \t]/);
    const to = from !== null && this.#c === "," ? this.#second() : null;
    this.#skip(/[ \t]/);
    const negated = this.#c === "!";
    this.#skip(/[!\s]/);
    const name = this.#c;
    this.at++;
    if (name === "") throw new Wrong("missing command");
    if (":}".includes(name) && from !== null) throw new Wrong(name === ":" ? ": doesn't want any addresses" : "} doesn't want any addresses");
    this.commands.push({ from, to, negated, name, target: -1, ...this.#rest(name) });
  }

  #second(): Address {
    this.at++;
    this.#skip(/[ \t]/);
    const to = this.#address(true);
    if (to === null) throw new Wrong("unexpected `,'", this.at + 1);
    return to;
  }

  #address(second: boolean): Address | null {
    const digits = /^\d+/.exec(this.#text.slice(this.at))?.[0];
    if (digits !== undefined) return this.#number(digits);
    const sign = /^([+~])(\d+)/.exec(this.#text.slice(this.at));
    if (second && sign !== null) {
      this.at += sign[0].length;
      return { is: sign[1] === "+" ? "plus" : "multiple", n: Number(sign[2]) };
    }
    if (this.#c === "$") {
      this.at++;
      return { is: "last" };
    }
    if (this.#c !== "/" && this.#c !== "\\") return null;
    if (this.#c === "\\") this.at++;
    const source = this.#delimited(this.#c, "unterminated address regex");
    return { is: "regex", pattern: this.#pattern(source, this.#flags(/[IM]/)) };
  }

  #number(digits: string): Address {
    this.at += digits.length;
    const step = /^~(\d+)/.exec(this.#text.slice(this.at));
    if (step === null) return { is: "line", n: Number(digits) };
    this.at += step[0].length;
    return { is: "step", first: Number(digits), step: Number(step[1]) };
  }

  #flags(which: RegExp): string {
    const from = this.at;
    this.#skip(which);
    return this.#text.slice(from, this.at);
  }

  /** Text up to the next unescaped delimiter; reads both delimiters. A delimiter written with a backslash loses it; brackets hide it. */
  #delimited(delimiter: string, open: string): string {
    let out = "";
    for (this.at++; this.#c !== delimiter; this.at++) {
      if (this.#c === "" || (this.#c === "\n" && open === "unterminated address regex")) throw new Wrong(open);
      if (this.#c !== "\\") out += this.#c;
      else {
        const next = this.#text[this.at + 1] ?? "";
        out += next === delimiter ? delimiter : next === "n" && delimiter !== "n" ? "\\n" : `\\${next}`;
        this.at++;
      }
    }
    this.at++;
    return out;
  }

  #pattern(source: string, flags: string): Pattern {
    if (source === "") return null;
    const compiled = compilePosix(source.replace(/\\([nt])/g, (_, c: string) => (c === "n" ? "\n" : "\t")), this.#extended);
    if (compiled.is === "bad") throw new Wrong(compiled.why);
    return new RegExp(compiled.source, `g${/i/i.test(flags) ? "i" : ""}${/m/i.test(flags) ? "m" : ""}`);
  }

  #rest(name: string): Pick<Command, "text" | "substitute" | "translate"> {
    const none = { text: "", substitute: null, translate: null };
    if (name === "s") return { ...none, substitute: this.#substitute() };
    if (name === "y") return { ...none, translate: this.#translate() };
    if ("aic".includes(name)) return { ...none, text: this.#lines() };
    if (":btTrwRW".includes(name)) return { ...none, text: this.#word(name) };
    if ("qQlL".includes(name)) return this.#ended({ ...none, text: this.#argument() });
    if (!"{}=dDgGhHnNpPxzF".includes(name)) throw new Wrong(name === "e" || name === "v" ? `${name}: not simulated here` : `unknown command: \`${name}'`);
    return name === "{" ? none : this.#ended(none);
  }

  #ended<T>(rest: T): T {
    this.#skip(/[ \t]/);
    if (this.#c !== "" && !"\n;}#".includes(this.#c)) throw new Wrong("extra characters after command");
    return rest;
  }

  #argument(): string {
    this.#skip(/[ \t]/);
    return this.#flags(/\d/);
  }

  /** A label ends at a semicolon or white space, a file's name only at the end of the line. */
  #word(name: string): string {
    this.#skip(/[ \t]/);
    const word = this.#flags("rwRW".includes(name) ? /[^\n]/ : name === ":" ? /[^\s;]/ : /[^\s;}]/);
    if (word === "" && name === ":") throw new Wrong("\":\" lacks a label");
    if (word === "" && "rwRW".includes(name)) throw new Wrong("missing filename in r/R/w/W commands");
    return word;
  }

  /** `a text` and `a\` with the text on the next lines; a backslash before a newline keeps it. */
  #lines(): string {
    this.#skip(/[ \t]/);
    if (this.#c === "\\") {
      this.at++;
      this.#skip(/[ \t]/);
      if (this.#text[this.at] === "\n") this.at++;
    }
    if (this.#c === "") throw new Wrong("expected \\ after `a', `c' or `i'");
    let out = "";
    for (; this.#c !== "" && this.#c !== "\n"; this.at++) {
      if (this.#c === "\\") this.at++;
      out += this.#c;
    }
    return `${out}\n`;
  }

  #substitute(): Substitute {
    const delimiter = this.#c;
    const source = this.#delimited(delimiter, "unterminated `s' command");
    this.at--;
    const replacement = this.#delimited(delimiter, "unterminated `s' command");
    const flags = this.#flags(/[gpiImMew0-9]/);
    if (/[ew]/.test(flags)) throw new Wrong(`s///${/[ew]/.exec(flags)![0]}: not simulated here`);
    const nth = /\d+/.exec(flags)?.[0];
    if (nth !== undefined && Number(nth) === 0) throw new Wrong("number option to `s' command may not be zero");
    if ((flags.match(/g/g) ?? []).length > 1) throw new Wrong("multiple `g' options to `s' command");
    if ((flags.match(/p/g) ?? []).length > 1) throw new Wrong("multiple `p' options to `s' command");
    this.#skip(/[ \t]/);
    if (this.#c !== "" && !"\n;}#".includes(this.#c)) throw new Wrong("unknown option to `s'", this.at + 1);
    const pattern = this.#pattern(source, flags);
    const pieces = piecesOf(replacement);
    const most = Math.max(0, ...pieces.map((p) => (typeof p === "object" && "group" in p ? p.group : 0)));
    if (pattern !== null && most > groupsOf(pattern)) throw new Wrong(`invalid reference \\${most} on \`s' command's RHS`);
    return { pattern, pieces, nth: Number(nth ?? 1), all: flags.includes("g"), print: flags.includes("p") };
  }

  #translate(): ReadonlyMap<string, string> {
    const delimiter = this.#c;
    const plain = (text: string): string[] => [...text.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c === "t" ? "\t" : c))];
    const from = plain(this.#delimited(delimiter, "unterminated `y' command"));
    this.at--;
    const to = plain(this.#delimited(delimiter, "unterminated `y' command"));
    if (from.length !== to.length) throw new Wrong("strings for `y' command are different lengths");
    return new Map(from.map((c, i) => [c, to[i]!]));
  }

  /** Finds where blocks end and labels are. */
  #link(): void {
    const open: Command[] = [];
    const labels = new Map(this.commands.flatMap((c, i) => (c.name === ":" ? [[c.text, i] as const] : [])));
    this.commands.forEach((command, i) => {
      if (command.name === "{") open.push(command);
      if (command.name === "}") {
        const begin = open.pop();
        if (begin === undefined) throw new Wrong("unexpected `}'");
        begin.target = i;
      }
      if (!"btT".includes(command.name)) return;
      const to = command.text === "" ? this.commands.length : labels.get(command.text);
      if (to === undefined) throw new Wrong(`can't find label for jump to \`${command.text}'`, null);
      command.target = to;
    });
    if (open.length > 0) throw new Wrong("unmatched `{'", 0);
  }
}

const groupsOf = (pattern: RegExp): number => (new RegExp(`${pattern.source}|`).exec("")?.length ?? 1) - 1;

function piecesOf(replacement: string): Piece[] {
  const pieces: Piece[] = [];
  for (const [part] of replacement.matchAll(/\\[^]|&|[^\\&]+|\\/g)) {
    const c = part[1] ?? "";
    if (part === "&") pieces.push({ group: 0 });
    else if (part[0] !== "\\") pieces.push(part);
    else if (/\d/.test(c)) pieces.push({ group: Number(c) });
    else if ("ULulE".includes(c) && c !== "") pieces.push({ letters: c as "U" | "L" | "u" | "l" | "E" });
    else pieces.push(c === "n" ? "\n" : c === "t" ? "\t" : c);
  }
  return pieces;
}

/** Reads a script; what is wrong comes in sed's own words with the character it stopped at. */
export function parseScript(text: string, extended: boolean): Script {
  const reader = new Reader(text, extended);
  try {
    reader.run();
  } catch (error) {
    if (error instanceof Wrong) return { is: "bad", why: error.message, at: error.at === undefined ? Math.min(reader.at, text.length) : error.at };
    throw error;
  }
  return { is: "script", commands: reader.commands };
}
