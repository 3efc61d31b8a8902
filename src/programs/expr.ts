import { compilePosix } from "./lib/posix-regex.ts";
import { plainTool, usageError } from "./lib/tool.ts";

/** What stops an evaluation: words for stderr, status 2. */
class ExprError extends Error {}

const PRECEDENCE: readonly (readonly string[])[] = [["|"], ["&"], ["<", "<=", "=", "==", "!=", ">=", ">"], ["+", "-"], ["*", "/", "%"], [":"]];

class Evaluator {
  #at = 0;
  readonly #words: readonly string[];
  readonly #quote: (t: string) => string;

  constructor(words: readonly string[], quote: (t: string) => string) {
    this.#words = words;
    this.#quote = quote;
  }

  run(): string {
    const value = this.#level(0);
    const rest = this.#words[this.#at];
    if (rest !== undefined) throw new ExprError(`syntax error: unexpected argument ${this.#quote(rest)}`);
    return value;
  }

  #level(level: number): string {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return this.#primary();
    let left = this.#level(level + 1);
    for (;;) {
      const op = this.#words[this.#at];
      if (op === undefined || !operators.includes(op)) return left;
      this.#at++;
      left = this.#apply(op, left, this.#level(level + 1));
    }
  }

  #primary(): string {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new ExprError(`syntax error: missing argument after ${this.#quote(this.#words.at(-1) ?? "")}`);
    if (word === "(") {
      const value = this.#level(0);
      if (this.#words[this.#at++] !== ")") throw new ExprError(`syntax error: expecting ')' after ${this.#quote(this.#words.at(-1) ?? "")}`);
      return value;
    }
    if (word === ")") throw new ExprError("syntax error: unexpected ')'");
    if (word === "+") return this.#words[this.#at++] ?? "";
    if (word === "length") return String(this.#level(PRECEDENCE.length).length);
    if (word === "match") return this.#apply(":", this.#level(PRECEDENCE.length), this.#level(PRECEDENCE.length));
    if (word === "index") return this.#index(this.#level(PRECEDENCE.length), this.#level(PRECEDENCE.length));
    if (word === "substr") return this.#substr(this.#level(PRECEDENCE.length), this.#level(PRECEDENCE.length), this.#level(PRECEDENCE.length));
    return word;
  }

  #index(text: string, chars: string): string {
    return String([...text].findIndex((c) => chars.includes(c)) + 1);
  }

  #substr(text: string, from: string, length: string): string {
    const [start, count] = [Number(from), Number(length)];
    return Number.isInteger(start) && Number.isInteger(count) && start > 0 && count > 0 ? text.slice(start - 1, start - 1 + count) : "";
  }

  #apply(op: string, a: string, b: string): string {
    const no = (t: string): boolean => t === "" || /^-?0+$/.test(t);
    if (op === "|") return !no(a) ? a : no(b) ? "0" : b;
    if (op === "&") return no(a) || no(b) ? "0" : a;
    if (op === ":") return this.#match(a, b);
    if (PRECEDENCE[2]?.includes(op) === true) return compare(op, a, b) ? "1" : "0";
    if (![a, b].every((t) => /^-?\d+$/.test(t))) throw new ExprError("non-integer argument");
    const [x, y] = [BigInt(a), BigInt(b)];
    if ((op === "/" || op === "%") && y === 0n) throw new ExprError("division by zero");
    return String(op === "+" ? x + y : op === "-" ? x - y : op === "*" ? x * y : op === "/" ? x / y : x % y);
  }

  #match(text: string, pattern: string): string {
    const compiled = compilePosix(pattern, false);
    if (compiled.is === "bad") throw new ExprError(compiled.why);
    const m = new RegExp(`^(?:${compiled.source})`).exec(text);
    if (pattern.includes("\\(")) return m?.[1] ?? "";
    return String(m?.[0].length ?? 0);
  }
}

function compare(op: string, a: string, b: string): boolean {
  const both = /^-?\d+$/.test(a) && /^-?\d+$/.test(b);
  const c = both ? (BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0) : a < b ? -1 : a > b ? 1 : 0;
  return { "<": c < 0, "<=": c <= 0, "=": c === 0, "==": c === 0, "!=": c !== 0, ">=": c >= 0, ">": c > 0 }[op] ?? false;
}

/** expr(1): status 0 for a value, 1 for 0 or nothing, 2 for wrong input. */
export const expr = plainTool(function* (io, args) {
  const words = args[0] === "--" ? args.slice(1) : args;
  if (words.length === 0) return yield* usageError(io, "missing operand", 2);
  try {
    const value = new Evaluator(words, io.quote).run();
    yield* io.out.text(`${value}\n`);
    return value === "" || /^-?0+$/.test(value) ? 1 : 0;
  } catch (e) {
    if (!(e instanceof ExprError)) throw e;
    yield* io.complain(e.message);
    return 2;
  }
});
