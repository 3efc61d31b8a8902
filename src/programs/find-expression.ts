import type { Stat } from "../os/sys.ts";
import { globRegex } from "./lib/glob.ts";

/** What `find` asks about one file. */
export interface Found {
  readonly path: string;
  readonly name: string;
  readonly stat: Stat;
  /** Has no content: a file of no bytes, a directory of no names. */
  readonly isEmpty: () => boolean;
  readonly print: (text: string) => void;
}

type Test = (f: Found) => boolean;

export interface Expression {
  readonly test: Test;
  readonly minDepth: number;
  readonly maxDepth: number;
}

const LETTERS: Readonly<Record<string, Stat["kind"]>> = { f: "file", d: "dir", l: "link", c: "char", p: "fifo", s: "socket" };
/** Predicates of GNU find that are not simulated: refused by name. */
const REFUSED = new Set(("-amin -anewer -atime -cmin -cnewer -context -ctime -daystart -delete -depth -exec -execdir -executable -files0-from -fls -follow -fprint -fprint0 -fprintf -fstype -gid -group "
  + "-ignore_readdir_race -ilname -inum -iregex -iwholename -links -lname -ls -mmin -mount -mtime -newer -nogroup -nouser -ok -okdir -perm -printf -prune -quit -readable -regex -regextype -samefile -size "
  + "-uid -used -user -wholename -writable -xdev -xtype -true -false -d -noleaf").split(" "));

/** Recursive descent over find's expression: `,` is refused, -o binds weaker than -a, which may be left out. Wrong ones throw their message. */
class Parser {
  minDepth = 0;
  maxDepth = Infinity;
  acts = false;
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  whole(): Test {
    if (this.#words.length === 0) return () => true;
    if (this.#words[0] === ")") throw new WrongExpression("invalid expression; you have too many ')'");
    const test = this.#or();
    const next = this.#words[this.#at];
    if (next === ")") throw new WrongExpression("invalid expression; you have too many ')'");
    return test;
  }

  #or(): Test {
    let left = this.#and();
    while (["-o", "-or"].includes(this.#words[this.#at] ?? "")) {
      const word = this.#words[this.#at++]!;
      if (this.#at >= this.#words.length) throw new WrongExpression(`expected an expression after '${word}'`);
      const [a, b] = [left, this.#and()];
      left = (f) => a(f) || b(f);
    }
    return left;
  }

  #and(): Test {
    let left = this.#one();
    for (;;) {
      const word = this.#words[this.#at];
      if (word === undefined || word === ")" || word === "-o" || word === "-or") return left;
      if (word === "-a" || word === "-and") this.#at++;
      if (this.#at >= this.#words.length) throw new WrongExpression(`expected an expression after '${word}'`);
      const [a, b] = [left, this.#one()];
      left = (f) => a(f) && b(f);
    }
  }

  #one(): Test {
    const word = this.#words[this.#at++] ?? "";
    if (["-a", "-and", "-o", "-or"].includes(word)) throw new WrongExpression(`invalid expression; you have used a binary operator '${word}' with nothing before it.`);
    if (word === "!" || word === "-not") {
      if (this.#at >= this.#words.length) throw new WrongExpression(`expected an expression after '${word}'`);
      const inner = this.#one();
      return (f) => !inner(f);
    }
    return word === "(" ? this.#group() : this.#predicate(word);
  }

  #group(): Test {
    if (this.#words[this.#at] === ")") throw new WrongExpression("invalid expression; empty parentheses are not allowed.");
    const missing = new WrongExpression("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
    if (this.#at >= this.#words.length) throw missing;
    const inner = this.#or();
    if (this.#words[this.#at++] !== ")") throw missing;
    return inner;
  }

  #predicate(word: string): Test {
    if (REFUSED.has(word)) throw new WrongExpression(`${word}: not simulated here`);
    switch (word) {
      case "-print": return this.#printing("\n");
      case "-print0": return this.#printing("\0");
      case "-empty": return (f) => f.isEmpty();
      case "-name": case "-iname": return this.#matching(word, (f) => f.name);
      case "-path": case "-ipath": return this.#matching(word, (f) => f.path);
      case "-type": return this.#type();
      case "-mindepth": case "-maxdepth": return this.#depth(word);
      default: throw new WrongExpression(word.startsWith("-") ? `unknown predicate \`${word}'` : `paths must precede expression: \`${word}'`);
    }
  }

  #printing(end: string): Test {
    this.acts = true;
    return (f) => {
      f.print(f.path + end);
      return true;
    };
  }

  #matching(word: string, of: (f: Found) => string): Test {
    const pattern = globRegex(this.#argument(word), word.startsWith("-i") ? "i" : "");
    return (f) => pattern.test(of(f));
  }

  #type(): Test {
    const kinds = this.#argument("-type").split(",").map((letter) => {
      const kind = LETTERS[letter];
      if (kind === undefined) throw new WrongExpression(letter === "b" || letter === "D" ? `-type ${letter}: not simulated here` : `Unknown argument to -type: ${letter}`);
      return kind;
    });
    return (f) => kinds.includes(f.stat.kind);
  }

  #depth(word: string): Test {
    const text = this.#argument(word);
    if (!/^\d+$/.test(text)) throw new WrongExpression(`Expected a positive decimal integer argument to ${word}, but got ‘${text}’`);
    if (word === "-mindepth") this.minDepth = Number(text);
    else this.maxDepth = Number(text);
    return () => true;
  }

  #argument(word: string): string {
    const argument = this.#words[this.#at++];
    if (argument === undefined) throw new WrongExpression(`missing argument to \`${word}'`);
    return argument;
  }
}

class WrongExpression extends Error {}

/** The expression of a command line, with -print where nothing else acts; or the message that find gives. */
export function parseExpression(words: readonly string[]): Expression | string {
  const parser = new Parser(words);
  try {
    const asked = parser.whole();
    const test: Test = parser.acts ? asked : (f) => asked(f) && (f.print(`${f.path}\n`), true);
    return { test, minDepth: parser.minDepth, maxDepth: parser.maxDepth };
  } catch (e) {
    if (e instanceof WrongExpression) return e.message;
    throw e;
  }
}
