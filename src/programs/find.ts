import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Task } from "../os/sys.ts";
import { type Expression, parseExpression } from "./find-expression.ts";
import { plainTool, type Io } from "./lib/tool.ts";

const startsExpression = (word: string): boolean => (word.startsWith("-") && word.length > 1) || word === "(" || word === "!";

/** One walk: a directory before what is in it, names in the directory's own order. */
class Walk {
  status = 0;
  readonly #io: Io;
  readonly #expression: Expression;

  constructor(io: Io, expression: Expression) {
    this.#io = io;
    this.#expression = expression;
  }

  *visit(path: string, name: string, depth: number): Task<void> {
    const { sys, quote, out } = this.#io;
    const stat = sys.lstat(path);
    if (isErrno(stat)) return yield* this.#failed(`${quote(path)}: ${strerror(stat)}`);
    const children = (): readonly string[] => {
      const names = stat.kind === "dir" ? sys.readdir(path) : [];
      return isErrno(names) ? [] : names.filter((n) => n !== "." && n !== "..");
    };
    const isEmpty = (): boolean => (stat.kind === "dir" ? children().length === 0 : stat.kind === "file" && stat.size === 0);
    let text = "";
    if (depth >= this.#expression.minDepth) this.#expression.test({ path, name, stat, isEmpty, print: (t) => (text += t) });
    yield* out.text(text);
    if (stat.kind !== "dir" || depth >= this.#expression.maxDepth) return;
    const readable = sys.readdir(path);
    if (isErrno(readable)) return yield* this.#failed(`${quote(path)}: ${strerror(readable)}`);
    for (const child of children()) yield* this.visit(path.endsWith("/") ? path + child : `${path}/${child}`, child, depth + 1);
  }

  *#failed(text: string): Task<void> {
    this.status = 1;
    yield* this.#io.out.flush();
    yield* this.#io.complain(text);
  }
}

/** find(1) of GNU findutils: names, kinds and depths; never follows links. What acts on files is refused by name. */
export const find = plainTool(function* (io, args) {
  if (args[0] === "--help" || args[0] === "--version" || /^-([HL]|O\d|D)$/.test(args[0] ?? "")) {
    yield* io.complain(`${args[0]}: not simulated here`);
    return 1;
  }
  const words = args[0] === "-P" ? args.slice(1) : args;
  const cut = words.findIndex(startsExpression);
  const starts = cut < 0 ? words : words.slice(0, cut);
  const expression = parseExpression(cut < 0 ? [] : words.slice(cut));
  if (typeof expression === "string") {
    yield* io.complain(expression);
    return 1;
  }
  const walk = new Walk(io, expression);
  for (const start of starts.length === 0 ? ["."] : starts) yield* walk.visit(start, start.replace(/(?<=.)\/+$/, "").split("/").at(-1) || start, 0);
  return walk.status;
});
