import type { Task } from "../../os/sys.ts";
import { Complaint } from "../control.ts";
import type { Shell } from "../state.ts";
import { BINARY, compareNumbers, compareStringsOrFiles, testInteger, UNARY, unaryTest } from "./test-ops.ts";

/** `test` and `[`: the number of arguments decides how they are read (POSIX), as in bash's test.c. */
export function* test(sh: Shell, args: readonly string[], name: string): Task<number> {
  let words = args;
  if (name === "[") {
    if (args.at(-1) !== "]") throw new Complaint("[: missing `]'", "fail", 2);
    words = args.slice(0, -1);
  }
  const parser = new TestArguments(sh, words, name);
  return parser.whole() ? 0 : 1;
}

class TestArguments {
  readonly #sh: Shell;
  readonly #words: readonly string[];
  readonly #name: string;
  #at = 0;

  constructor(sh: Shell, words: readonly string[], name: string) {
    this.#sh = sh;
    this.#words = words;
    this.#name = name;
  }

  whole(): boolean {
    const n = this.#words.length;
    if (n === 0) return false;
    if (n <= 4) return this.#few(0, n);
    return this.#expression();
  }

  #word(i: number): string {
    return this.#words[i] ?? "";
  }

  #fail(message: string): never {
    throw new Complaint(`${this.#name}: ${message}`, "fail", 2);
  }

  /** Up to four arguments have fixed meanings. */
  #few(from: number, n: number): boolean {
    const [a, b, c] = [this.#word(from), this.#word(from + 1), this.#word(from + 2)];
    if (n === 1) return a !== "";
    if (n === 2) {
      if (a === "!") return b === "";
      if (UNARY.has(a)) return unaryTest(this.#sh, a, b);
      this.#fail(`${a}: unary operator expected`);
    }
    if (n === 3) {
      if (BINARY.has(b)) return this.#compare(a, b, c);
      if (b === "-a") return a !== "" && c !== "";
      if (b === "-o") return a !== "" || c !== "";
      if (a === "!") return !this.#few(from + 1, 2);
      if (a === "(" && c === ")") return b !== "";
      this.#fail(`${b}: binary operator expected`);
    }
    if (a === "!") return !this.#few(from + 1, 3);
    if (a === "(" && this.#word(from + 3) === ")") return this.#few(from + 1, 2);
    return this.#expression();
  }

  #compare(a: string, operator: string, b: string): boolean {
    if (!/^-(eq|ne|lt|le|gt|ge)$/.test(operator)) return compareStringsOrFiles(this.#sh, operator, a, b);
    return compareNumbers(operator, testInteger(this.#name, a), testInteger(this.#name, b));
  }

  #expression(): boolean {
    const value = this.#or();
    if (this.#at < this.#words.length) this.#fail("too many arguments");
    return value;
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#word(this.#at) === "-o" && this.#at < this.#words.length) {
      this.#at++;
      const right = this.#and();
      value ||= right;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#term();
    while (this.#word(this.#at) === "-a" && this.#at < this.#words.length) {
      this.#at++;
      const right = this.#term();
      value &&= right;
    }
    return value;
  }

  #term(): boolean {
    if (this.#at >= this.#words.length) this.#fail("argument expected");
    const word = this.#word(this.#at);
    if (word === "!") {
      this.#at++;
      return !this.#term();
    }
    if (word === "(") return this.#group();
    if (BINARY.has(this.#word(this.#at + 1)) && this.#at + 2 < this.#words.length) {
      this.#at += 3;
      return this.#compare(word, this.#word(this.#at - 2), this.#word(this.#at - 1));
    }
    if (UNARY.has(word) && this.#at + 1 < this.#words.length) {
      this.#at += 2;
      return unaryTest(this.#sh, word, this.#word(this.#at - 1));
    }
    this.#at++;
    return word !== "";
  }

  #group(): boolean {
    this.#at++;
    const value = this.#or();
    if (this.#word(this.#at) !== ")") this.#fail("`)' expected");
    this.#at++;
    return value;
  }
}
