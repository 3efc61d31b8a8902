import type { Expr } from "./ast.ts";
import type { Scope } from "./keywords.ts";
import { Lexer, type Token } from "./lexer.ts";
import type { Diag, Input, Loc } from "./loc.ts";
import { symbolOf } from "./nodes.ts";

/** What the parser asks of the world around it. */
export interface ParseEnv {
  /** Files that `include "pattern"` names, in order; or the text of the error. */
  include(pattern: string, from: Loc): readonly Input[] | string;
  /** `-D name=value`. */
  readonly defines: ReadonlyMap<string, string>;
}

/** Thrown to leave a command that went wrong, after its error was noted; never leaves the parser. */
export class Stop {}

/** Definitions (`define name = …`) of a block; they are seen in the blocks inside. */
export class Symbols {
  readonly #values = new Map<string, Expr>();
  readonly outer: Symbols | null;

  constructor(outer: Symbols | null) {
    this.outer = outer;
  }

  get(name: string): Expr | null {
    return this.#values.get(name) ?? this.outer?.get(name) ?? null;
  }

  set(name: string, value: Expr): void {
    this.#values.set(name, value);
  }

  delete(name: string): boolean {
    return this.#values.delete(name);
  }

  names(): readonly string[] {
    return [...this.#values.keys(), ...(this.outer?.names() ?? [])];
  }
}

/** Errors after which nft gives up. */
export const MAX_ERRORS = 10;
const MAX_INCLUDE_DEPTH = 16;
/** Brackets within brackets; nft's parser runs out of stack too, later. */
const MAX_DEPTH = 500;

/** Reads tokens one ahead, notes errors, keeps scopes. The grammar is in the parse-*.ts files. */
export class Parser {
  readonly diags: Diag[] = [];
  readonly env: ParseEnv;
  symbols = new Symbols(null);
  /** Errors that were recovered from. */
  errors = 0;
  /** The last token taken. */
  last: Loc;
  readonly #lexers: Lexer[];
  #ahead: Token | null = null;
  #depth = 0;

  constructor(input: Input, env: ParseEnv) {
    this.env = env;
    this.#lexers = [new Lexer(input)];
    this.last = { input, start: 0, end: 0 };
    for (const [name, value] of env.defines) this.symbols.set(name, symbolOf(value, this.last));
  }

  peek(): Token {
    this.#ahead ??= this.#read();
    return this.#ahead;
  }

  get kind(): string {
    return this.peek().kind;
  }

  #read(): Token {
    for (;;) {
      const token = this.#lexer.next();
      if (token.kind !== "end of file" || this.#lexers.length === 1) return token;
      this.#lexers.pop();
    }
  }

  get #lexer(): Lexer {
    const top = this.#lexers.at(-1);
    if (!top) throw new Error("no input");
    return top;
  }

  next(): Token {
    const token = this.peek();
    this.#ahead = null;
    this.last = token.loc;
    return token;
  }

  at(...kinds: readonly string[]): boolean {
    return kinds.includes(this.kind);
  }

  accept(...kinds: readonly string[]): Token | null {
    return this.at(...kinds) ? this.next() : null;
  }

  /** Takes a token of one of these kinds; else it is the error. */
  expect(...kinds: readonly string[]): Token {
    return this.at(...kinds) ? this.next() : this.fail(...kinds);
  }

  /** Where a construct begins: before the next token. */
  start(): number {
    return this.peek().loc.start;
  }

  /** From `start` to the end of the last token taken. */
  from(start: Loc | number): Loc {
    const { input, end } = this.last;
    const at = typeof start === "number" ? start : start.input === input ? start.start : this.last.start;
    return { input, start: Math.min(at, end), end };
  }

  close(scope: Scope): void {
    this.#lexer.close(scope);
  }

  /** The next token does not fit. The expected ones are named where they are few, as bison does. */
  fail(...expected: readonly string[]): never {
    const named = expected.length > 0 && expected.length <= 4 ? `, expecting ${expected.join(" or ")}` : "";
    this.error(`syntax error, unexpected ${this.kind}${named}`, this.peek().loc);
  }

  /** Notes an error and leaves the command. */
  error(text: string, ...at: readonly Loc[]): never {
    this.diags.push({ level: "Error", text, at });
    throw new Stop();
  }

  /** Runs a nested construct; too deep a nest is an error, not a crash. */
  nested<T>(read: () => T): T {
    if (this.#depth >= MAX_DEPTH) this.error("memory exhausted", this.peek().loc);
    this.#depth++;
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }

  /** Runs a block with definitions of its own. */
  scoped<T>(read: () => T): T {
    const outer = this.symbols;
    this.symbols = new Symbols(outer);
    try {
      return read();
    } finally {
      this.symbols = outer;
    }
  }

  /** Goes on reading in the files, first one first, then here again. */
  include(inputs: readonly Input[], loc: Loc): void {
    for (const input of [...inputs].reverse()) {
      if (this.#lexers.length >= MAX_INCLUDE_DEPTH) this.error("Include nested too deeply, max 16 levels", loc);
      this.#lexers.push(new Lexer(input, this.#lexer));
    }
  }

  /** After an error: on to the next separator. False when the input ended or there were too many errors. */
  recover(): boolean {
    while (!this.at("newline", "semicolon", "end of file")) this.next();
    if (this.at("end of file")) return false;
    this.next();
    this.errors++;
    return this.errors < MAX_ERRORS;
  }
}

/** Thrown when the whole parse is over before its time (YYABORT). */
export class Abort {}

/**
 * Reads the lines of a block (or of the file) until `isEnd`. A line that went wrong is dropped with its error and the
 * next is read.
 */
export function lines(p: Parser, isEnd: (p: Parser) => boolean, line: (p: Parser) => void): void {
  for (;;) {
    try {
      while (!isEnd(p)) line(p);
      return;
    } catch (stop) {
      if (!(stop instanceof Stop)) throw stop;
      if (!p.recover()) throw new Abort();
    }
  }
}
