import type { Sys, Task } from "../../os/sys.ts";
import { parseDevice, parseHost, parseMark, type Cond } from "./hostcond.ts";
import type { Query } from "./query.ts";
import { SS_USAGE } from "./usage.ts";

/** The filter language of ss(8) as a tree. Operators bind from left to right, `and` no closer than `or`. */
export type Filter =
  | { readonly is: "and" | "or"; readonly a: Filter; readonly b: Filter }
  | { readonly is: "not"; readonly a: Filter }
  | { readonly is: "src" | "dst"; readonly cond: Cond }
  | { readonly is: "port"; readonly side: "src" | "dst"; readonly op: "ge" | "le"; readonly port: number }
  | { readonly is: "dev"; readonly ifindex: number }
  | { readonly is: "mark"; readonly mark: number; readonly mask: number }
  | { readonly is: "autobound" };

export interface FilterError {
  readonly error: string;
  readonly status: number;
}
export const isFilterError = (f: Filter | FilterError | null): f is FilterError => f !== null && "error" in f;

const OPERATORS: Readonly<Record<string, string>> = {
  "!": "!", not: "!", "&": "&", "&&": "&", and: "&", "|": "|", "||": "|", or: "|", "(": "(", ")": ")", dst: "dst", src: "src", dport: "dport", sport: "sport",
  dev: "dev", fwmark: "fwmark", cgroup: "cgroup", ">=": ">=", ge: ">=", geq: ">=", "<=": "<=", le: "<=", leq: "<=", "!=": "!=", ne: "!=", neq: "!=", "=": "=", "==": "=",
  eq: "=", ">": ">", gt: ">", "<": "<", lt: "<", autobound: "autobound",
};

const SYNTAX: FilterError = { error: `ss: bison bellows (while parsing filter): "syntax error!" Sorry.\n${SS_USAGE}`, status: 255 };

/** Parses the words of a filter; null = no filter. */
export function* parseFilter(sys: Sys, query: Query, words: readonly string[]): Task<Filter | FilterError | null> {
  const tokens = words.flatMap((w) => w.split(/[ \t]+/)).filter((w) => w !== "").map((w) => w.replace(/\\(.)/g, "$1"));
  if (tokens.length === 0) return null;
  const parser = new Parser(sys, query, tokens);
  const all = yield* parser.list();
  return isFilterError(all) || parser.atEnd ? all : SYNTAX;
}

class Parser {
  readonly #sys: Sys;
  readonly #query: Query;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(sys: Sys, query: Query, tokens: readonly string[]) {
    this.#sys = sys;
    this.#query = query;
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The next token's meaning; "value" for what is no operator. */
  #peek(): string | undefined {
    const token = this.#tokens[this.#at];
    return token === undefined ? undefined : (OPERATORS[token] ?? "value");
  }

  *list(): Task<Filter | FilterError> {
    let a = yield* this.#one();
    while (!isFilterError(a) && !this.atEnd && this.#peek() !== ")") {
      const operator = this.#peek();
      if (operator === "&" || operator === "|") this.#at++;
      const b = yield* this.#one();
      if (isFilterError(b)) return b;
      a = { is: operator === "|" ? "or" : "and", a, b };
    }
    return a;
  }

  *#one(): Task<Filter | FilterError> {
    const what = this.#peek();
    this.#at++;
    if (what === "!") {
      const a = yield* this.#one();
      return isFilterError(a) ? a : { is: "not", a };
    }
    if (what === "(") return yield* this.#group();
    if (what === "autobound") return { is: "autobound" };
    if (what === "src" || what === "dst" || what === "sport" || what === "dport") return yield* this.#address(what);
    if (what === "dev" || what === "fwmark") return this.#deviceOrMark(what);
    if (what === "cgroup") return { error: "ss: cgroup: not simulated here\n", status: 255 };
    if (what !== "value") return SYNTAX;
    // The tool reads a stray word as an address before its grammar refuses it.
    const cond = yield* parseHost(this.#sys, this.#query, this.#tokens[this.#at - 1] ?? "", false);
    return "error" in cond ? cond : SYNTAX;
  }

  *#group(): Task<Filter | FilterError> {
    const inner = yield* this.list();
    if (isFilterError(inner)) return inner;
    return this.#peek() === ")" && this.#at++ >= 0 ? inner : SYNTAX;
  }

  /** The comparison before a value, "=" when there is none; null where the grammar has no such. */
  #comparison(allowed: readonly string[]): string | null {
    const next = this.#peek();
    if (next === undefined || next === "value") return "=";
    this.#at++;
    return allowed.includes(next) ? next : null;
  }

  *#address(what: "src" | "dst" | "sport" | "dport"): Task<Filter | FilterError> {
    const isPort = what === "sport" || what === "dport";
    const side = what === "src" || what === "sport" ? "src" : "dst";
    const comparison = this.#comparison(isPort ? ["=", "!=", "<", ">", "<=", ">="] : ["="]);
    if (comparison === null || this.#peek() !== "value") return SYNTAX;
    const cond = yield* parseHost(this.#sys, this.#query, this.#tokens[this.#at++] ?? "", isPort);
    if ("error" in cond) return cond;
    const port = "port" in cond ? (cond.port ?? -1) : -1;
    if (comparison === "=") return { is: side, cond };
    if (comparison === "!=") return { is: "not", a: { is: side, cond } };
    const bound: Filter = { is: "port", side, op: comparison === ">=" || comparison === "<" ? "ge" : "le", port };
    return comparison.length === 2 ? bound : { is: "not", a: bound };
  }

  #deviceOrMark(what: "dev" | "fwmark"): Filter | FilterError {
    const comparison = this.#comparison(["=", "!="]);
    if (comparison === null || this.#peek() !== "value") return SYNTAX;
    const word = this.#tokens[this.#at++] ?? "";
    const read = what === "dev" ? parseDevice(this.#sys, word) : parseMark(word);
    if ("error" in read) return read;
    const cond: Filter = "ifindex" in read ? { is: "dev", ifindex: read.ifindex } : { is: "mark", ...read };
    return comparison === "=" ? cond : { is: "not", a: cond };
  }
}
