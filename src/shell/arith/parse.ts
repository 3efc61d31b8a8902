import { type Token, tokenize } from "./lexer.ts";
import type { Expr, Mistake, Variable } from "./tree.ts";

/** Binary operators from loosest to tightest; all left-associative. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"],
];
const ASSIGNMENTS = ["=", "*=", "/=", "%=", "+=", "-=", "<<=", ">>=", "&=", "^=", "|="];
const DEEPEST = 500;

/** Parses an expression after bash's own grammar (expr.c), so that mistakes are found where bash finds them. */
export function parseArithmetic(text: string): Expr | Mistake {
  const tokens = tokenize(text);
  if (!Array.isArray(tokens)) return lexMistake(text, tokens as Mistake);
  const parser = new Parser(tokens as readonly Token[], text);
  try {
    return parser.whole();
  } catch (e) {
    if (typeof e === "object" && e !== null && "message" in e && "token" in e) return e as Mistake;
    throw e;
  }
}

/** An unknown character after a complete operand is an invalid operator; elsewhere an operand is missing. */
function lexMistake(text: string, mistake: Mistake): Mistake {
  if (!mistake.message.startsWith("syntax error") || !/[\w\])"]\s*$/.test(text.slice(0, mistake.token))) return mistake;
  return { message: "syntax error: invalid arithmetic operator", token: mistake.token };
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #at = 0;
  /** Start of the token read last that was not the end: what error messages show. */
  #last = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
    this.#note();
  }

  whole(): Expr {
    if (this.#ended()) return { is: "number", value: 0n };
    const expr = this.#comma();
    if (!this.#ended()) this.#fail("syntax error in expression");
    return expr;
  }

  #ended(): boolean {
    return this.#now.is === "end";
  }

  get #now(): Token {
    return this.#tokens[this.#at] ?? { is: "end", at: this.#text.length };
  }

  #is(...ops: readonly string[]): boolean {
    return this.#now.is === "op" && ops.includes(this.#now.op);
  }

  #next(): void {
    this.#at++;
    this.#note();
  }

  #note(): void {
    if (this.#now.is !== "end") this.#last = this.#now.at;
  }

  #take(): string {
    const op = this.#now.is === "op" ? this.#now.op : "";
    this.#next();
    return op;
  }

  #fail(message: string): never {
    const mistake: Mistake = { message, token: this.#last };
    throw mistake;
  }

  #comma(): Expr {
    if (++this.#depth > DEEPEST) this.#fail("expression recursion level exceeded");
    let left = this.#assignment();
    while (this.#is(",")) {
      this.#next();
      left = { is: "binary", op: ",", left, right: this.#assignment(), rightToken: this.#last };
    }
    this.#depth--;
    return left;
  }

  #assignment(): Expr {
    const target = this.#condition();
    if (!this.#is(...ASSIGNMENTS)) return target;
    if (target.is !== "variable") this.#fail("attempted assignment to non-variable");
    const op = this.#take();
    const valueToken = this.#last;
    return { is: "assign", op, target, value: this.#assignment(), valueToken };
  }

  #condition(): Expr {
    const test = this.#binary(0);
    if (!this.#is("?")) return test;
    this.#next();
    if (this.#ended() || this.#is(":")) this.#fail("expression expected");
    const yes = this.#comma();
    if (!this.#is(":")) this.#fail("`:' expected for conditional expression");
    this.#next();
    if (this.#ended()) this.#fail("expression expected");
    return { is: "choice", test, yes, no: this.#condition() };
  }

  #binary(level: number): Expr {
    const ops = LEVELS[level];
    if (!ops) return this.#power();
    let left = this.#binary(level + 1);
    while (this.#is(...ops)) {
      const op = this.#take();
      const rightToken = this.#last;
      left = { is: "binary", op, left, right: this.#binary(level + 1), rightToken };
    }
    return left;
  }

  #power(): Expr {
    const left = this.#unary();
    if (!this.#is("**")) return left;
    this.#next();
    const rightToken = this.#last;
    return { is: "binary", op: "**", left, right: this.#power(), rightToken };
  }

  #unary(): Expr {
    if (this.#is("++", "--")) return this.#stepBefore();
    if (!this.#is("!", "~", "-", "+")) return this.#primary();
    if (++this.#depth > DEEPEST) this.#fail("expression recursion level exceeded");
    const op = this.#take() as "!" | "~" | "-" | "+";
    const operand = this.#unary();
    this.#depth--;
    return { is: "unary", op, operand };
  }

  /** `++x`; before anything but a name the two signs are signs. */
  #stepBefore(): Expr {
    const op = this.#take();
    if (this.#now.is === "name") {
      const target = this.#variable();
      return { is: "step", by: op === "++" ? 1n : -1n, before: true, target };
    }
    const sign = op === "++" ? "+" : "-";
    return { is: "unary", op: sign, operand: { is: "unary", op: sign, operand: this.#unary() } };
  }

  #variable(): Variable {
    const now = this.#now;
    if (now.is !== "name") this.#fail("identifier expected");
    this.#next();
    return { is: "variable", name: now.name, subscript: now.subscript };
  }

  #primary(): Expr {
    const now = this.#now;
    if (now.is === "number") {
      this.#next();
      return { is: "number", value: now.value };
    }
    if (now.is === "name") return this.#stepAfter(this.#variable());
    if (!this.#is("(")) this.#fail("syntax error: operand expected");
    this.#next();
    const inner = this.#comma();
    if (!this.#is(")")) this.#fail("missing `)'");
    this.#next();
    return inner.is === "variable" ? { is: "unary", op: "+", operand: inner } : inner;
  }

  #stepAfter(target: Variable): Expr {
    if (!this.#is("++", "--")) return target;
    return { is: "step", by: this.#take() === "++" ? 1n : -1n, before: false, target };
  }
}

