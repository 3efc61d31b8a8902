import { Complaint } from "../control.ts";
import type { Shell } from "../state.ts";
import { assign, findVariable, keyFromText, resolveName } from "../vars/assign.ts";
import { elementOf, plainValue } from "../vars/variable.ts";
import { type Expr, isMistake, type Variable } from "./tree.ts";

const wrap = (n: bigint): bigint => BigInt.asIntN(64, n);
const DEEPEST = 200;

/** Evaluates expanded expression text in 64-bit arithmetic. Throws a Complaint in bash's words. `who` prefixes it: "((", "let". */
export function evaluate(sh: Shell, text: string, who = "", depth = 0): bigint {
  if (/^[1-9][0-9]{0,14}$|^0$/.test(text)) return BigInt(text);
  const expr = sh.arith.parsed(text);
  const run = new Evaluation(sh, text, who, depth);
  return isMistake(expr) ? run.fail(expr.message, expr.token) : run.value(expr);
}

class Evaluation {
  readonly #sh: Shell;
  readonly #text: string;
  readonly #who: string;
  readonly #depth: number;

  constructor(sh: Shell, text: string, who: string, depth: number) {
    this.#sh = sh;
    this.#text = text;
    this.#who = who;
    this.#depth = depth;
  }

  fail(message: string, token: number): never {
    const who = this.#who === "" ? "" : `${this.#who}: `;
    throw new Complaint(`${who}${this.#text.trimStart()}: ${message} (error token is "${this.#text.slice(token)}")`);
  }

  value(e: Expr): bigint {
    switch (e.is) {
      case "number": return e.value;
      case "variable": return this.#read(e);
      case "unary": return unary(e.op, this.value(e.operand));
      case "step": return this.#step(e);
      case "choice": return this.value(e.test) !== 0n ? this.value(e.yes) : this.value(e.no);
      case "assign": return this.#assign(e);
      case "binary": return this.#binary(e);
    }
  }

  #binary(e: Extract<Expr, { is: "binary" }>): bigint {
    const left = this.value(e.left);
    if (e.op === "&&") return left !== 0n && this.value(e.right) !== 0n ? 1n : 0n;
    if (e.op === "||") return left !== 0n || this.value(e.right) !== 0n ? 1n : 0n;
    return this.#apply(e.op, left, this.value(e.right), e.rightToken);
  }

  #apply(op: string, left: bigint, right: bigint, token: number): bigint {
    if ((op === "/" || op === "%") && right === 0n) this.fail("division by 0", token);
    if (op === "**") return right < 0n ? this.fail("exponent less than 0", token) : power(left, right);
    return binary(op, left, right);
  }

  #assign(e: Extract<Expr, { is: "assign" }>): bigint {
    const right = this.value(e.value);
    const next = e.op === "=" ? right : this.#apply(e.op.slice(0, -1), this.#read(e.target), right, e.valueToken);
    this.#write(e.target, next);
    return next;
  }

  #step(e: Extract<Expr, { is: "step" }>): bigint {
    const old = this.#read(e.target);
    const next = wrap(old + e.by);
    this.#write(e.target, next);
    return e.before ? next : old;
  }

  #key(e: Variable): string | undefined {
    if (e.subscript === undefined) return undefined;
    const { name } = resolveName(this.#sh, e.name);
    const v = this.#sh.vars.find(name);
    return keyFromText(this.#sh, name, v, v?.kind === "assoc" ? unquoted(e.subscript) : e.subscript);
  }

  #read(e: Variable): bigint {
    const v = findVariable(this.#sh, e.name);
    const key = this.#key(e) ?? this.#referredKey(e.name);
    const text = v === undefined ? undefined : key === undefined ? plainValue(v) : elementOf(v, key);
    if (text === undefined) {
      if (this.#sh.on("nounset")) throw new Complaint(`${e.name}: unbound variable`, "exit", 127);
      return 0n;
    }
    if (this.#depth > DEEPEST) this.fail("expression recursion level exceeded", 0);
    return text.trim() === "" ? 0n : evaluate(this.#sh, text, this.#who, this.#depth + 1);
  }

  #referredKey(name: string): string | undefined {
    const target = resolveName(this.#sh, name);
    return target.subscript === undefined ? undefined : keyFromText(this.#sh, target.name, this.#sh.vars.find(target.name), target.subscript);
  }

  #write(e: Variable, value: bigint): void {
    const key = this.#key(e);
    assign(this.#sh, e.name, String(value), key === undefined ? {} : { key });
  }
}

const unquoted = (text: string): string => text.replace(/^(["'])([\s\S]*)\1$/, "$2");

function unary(op: "!" | "~" | "-" | "+", n: bigint): bigint {
  switch (op) {
    case "!": return n === 0n ? 1n : 0n;
    case "~": return wrap(~n);
    case "-": return wrap(-n);
    case "+": return n;
  }
}

function binary(op: string, a: bigint, b: bigint): bigint {
  switch (op) {
    case "+": return wrap(a + b);
    case "-": return wrap(a - b);
    case "*": return wrap(a * b);
    case "/": return wrap(a / b);
    case "%": return a % b;
    case "<<": return wrap(a << (b & 63n));
    case ">>": return a >> (b & 63n);
    case "&": return a & b;
    case "|": return a | b;
    case "^": return a ^ b;
    case ",": return b;
    default: return compare(op, a, b) ? 1n : 0n;
  }
}

function compare(op: string, a: bigint, b: bigint): boolean {
  switch (op) {
    case "==": return a === b;
    case "!=": return a !== b;
    case "<": return a < b;
    case ">": return a > b;
    case "<=": return a <= b;
    default: return a >= b;
  }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = base;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = wrap(result * factor);
    factor = wrap(factor * factor);
  }
  return result;
}
