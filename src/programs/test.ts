import { isErrno } from "../net/uapi/errno.ts";
import type { Program, Stat, Sys } from "../os/sys.ts";
import { openIo, type Io } from "./lib/tool.ts";

type Verdict = boolean | { readonly bad: string };

const FILE_TESTS: Readonly<Record<string, (s: Stat, sys: Sys, path: string) => boolean>> = {
  "-e": () => true, "-f": (s) => s.kind === "file", "-d": (s) => s.kind === "dir", "-c": (s) => s.kind === "char", "-p": (s) => s.kind === "fifo",
  "-S": (s) => s.kind === "socket", "-s": (s) => s.size > 0, "-r": (_, sys, p) => sys.access(p, "read") === undefined,
  "-w": (_, sys, p) => sys.access(p, "write") === undefined, "-x": (_, sys, p) => sys.access(p, "execute") === undefined,
  "-O": (s, sys) => s.uid === sys.uid, "-G": (s) => s.gid === 0, "-b": () => false, "-u": (s) => (s.mode & 0o4000) !== 0, "-g": (s) => (s.mode & 0o2000) !== 0, "-k": (s) => (s.mode & 0o1000) !== 0,
};
const NUMBERS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  "-eq": (a, b) => a === b, "-ne": (a, b) => a !== b, "-lt": (a, b) => a < b, "-le": (a, b) => a <= b, "-gt": (a, b) => a > b, "-ge": (a, b) => a >= b,
};

/** POSIX test by number of arguments, then -a and -o. */
class Test {
  readonly #io: Io;

  constructor(io: Io) {
    this.#io = io;
  }

  run(w: readonly string[]): Verdict {
    if (w.length === 0) return false;
    if (w.length === 1) return w[0] !== "";
    if (w.length === 2) return w[0] === "!" ? w[1] === "" : this.#unary(w[0] ?? "", w[1] ?? "");
    if (w.length === 3 && this.#isBinary(w[1] ?? "")) return this.#binary(w[0] ?? "", w[1] ?? "", w[2] ?? "");
    if (w[0] === "!") return not(this.run(w.slice(1)));
    if (w[0] === "(" && w.at(-1) === ")") return this.run(w.slice(1, -1));
    const or = w.lastIndexOf("-o");
    const at = or > 0 ? or : w.lastIndexOf("-a");
    if (at > 0) return both(this.run(w.slice(0, at)), this.run(w.slice(at + 1)), or > 0);
    return { bad: w.length === 3 ? `${this.#io.quote(w[1] ?? "")}: binary operator expected` : `extra argument ${this.#io.quote(w[3] ?? "")}` };
  }

  #isBinary(op: string): boolean {
    return op in NUMBERS || ["=", "==", "!=", "<", ">", "-nt", "-ot", "-ef"].includes(op);
  }

  #unary(op: string, operand: string): Verdict {
    const { sys } = this.#io;
    if (op === "-n" || op === "-z") return (operand !== "") === (op === "-n");
    if (op === "-t") return sys.isatty(Number(operand));
    if (op === "-h" || op === "-L") {
      const link = sys.lstat(operand);
      return !isErrno(link) && link.kind === "link";
    }
    const check = FILE_TESTS[op];
    const stat = sys.stat(operand);
    return check === undefined ? { bad: `${this.#io.quote(op)}: unary operator expected` } : !isErrno(stat) && check(stat, sys, operand);
  }

  #binary(a: string, op: string, b: string): Verdict {
    const compare = NUMBERS[op];
    if (compare !== undefined) {
      const wrong = [a, b].find((t) => !/^\s*[+-]?\d+\s*$/.test(t));
      return wrong !== undefined ? { bad: `invalid integer ${this.#io.quote(wrong)}` } : compare(BigInt(a.trim().replace("+", "")), BigInt(b.trim().replace("+", "")));
    }
    if (op === "=" || op === "==") return a === b;
    if (op === "!=") return a !== b;
    if (op === "<" || op === ">") return op === "<" ? a < b : a > b;
    const [x, y] = [this.#io.sys.stat(a), this.#io.sys.stat(b)];
    if (op === "-ef") return !isErrno(x) && !isErrno(y) && x.ino === y.ino;
    const [s, t] = [isErrno(x) ? -Infinity : x.mtimeSec, isErrno(y) ? -Infinity : y.mtimeSec];
    return op === "-nt" ? s > t : s < t;
  }
}

const not = (v: Verdict): Verdict => (typeof v === "boolean" ? !v : v);
const both = (a: Verdict, b: Verdict, either: boolean): Verdict =>
  typeof a !== "boolean" ? a : typeof b !== "boolean" ? b : either ? a || b : a && b;

/** test(1) and `[`; the shell has its own. */
const run = (bracket: boolean): Program => function* (sys, argv) {
  const io = openIo(sys, argv);
  const words = argv.slice(1);
  if (bracket && words.pop() !== "]") {
    yield* io.complain(`missing ${io.quote("]")}`);
    return 2;
  }
  const verdict = new Test(io).run(words);
  if (typeof verdict === "boolean") return verdict ? 0 : 1;
  yield* io.complain(verdict.bad);
  return 2;
};

export const test = run(false);
export const bracket = run(true);
