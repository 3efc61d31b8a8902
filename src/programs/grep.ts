import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Program, Task } from "../os/sys.ts";
import { argBytes } from "./lib/bytes.ts";
import { Input, readAll } from "./lib/input.ts";
import type { Options, Spec } from "./lib/options.ts";
import { closeInput, openInput, tool, type Io } from "./lib/tool.ts";
import { GrepPrinter, readLook, type GrepLook } from "./grep-print.ts";
import { buildMatcher, type Matcher } from "./grep-match.ts";
import { walkFiles } from "./grep-walk.ts";

const SPEC: Spec = {
  takes: "E,extended-regexp F,fixed-strings G,basic-regexp e,regexp= f,file= i,ignore-case y no-ignore-case w,word-regexp x,line-regexp z,null-data "
    + "s,no-messages v,invert-match m,max-count= b,byte-offset n,line-number line-buffered H,with-filename h,no-filename label= o,only-matching "
    + "q,quiet,silent a,text I r,recursive R,dereference-recursive include= exclude= exclude-dir= L,files-without-match l,files-with-matches "
    + "c,count T,initial-tab Z,null B,before-context= A,after-context= C,context= color,colour=? 0 1 2 3 4 5 6 7 8 9",
  refuses: "P,perl-regexp binary-files= d,directories= D,devices= exclude-from= group-separator= no-group-separator U,binary",
  usage: "[OPTION]... PATTERNS [FILE]...",
  badStatus: 2,
  hint: (name) => `Usage: ${name} [OPTION]... PATTERNS [FILE]...\nTry '${name} --help' for more information.\n`,
};

/** The patterns and what operands are left for files; null when there is no pattern. */
function* readPatterns(io: Io, o: Options): Task<{ readonly patterns: string[]; readonly paths: readonly string[] } | string> {
  const patterns: string[] = [];
  for (const { key, value = "" } of o.list) {
    if (key === "e") patterns.push(...argBytes(value).split("\n"));
    if (key !== "f") continue;
    const fd = openInput(io.sys, value);
    const text = isErrno(fd) ? { failed: fd } : yield* readAll(io.sys, fd);
    if (typeof text !== "string") return `${io.name}: ${value}: ${strerror(text.failed)}\n`;
    if (text !== "") patterns.push(...text.replace(/\n$/, "").split("\n"));
  }
  if (o.has("e", "f")) return { patterns, paths: o.operands };
  const [first, ...rest] = o.operands;
  if (first === undefined) return SPEC.hint?.(io.name) ?? "";
  return { patterns: argBytes(first).split("\n"), paths: rest };
}

/** One file through the matcher. True when a line was selected. */
function* searchInput(io: Io, input: Input, path: string, look: GrepLook, matcher: Matcher): Task<boolean> {
  const printer = new GrepPrinter(io, look, path, matcher);
  for (let number = 1, offset = 0; ; number++) {
    const line = printer.done ? null : yield* input.line();
    if (line === null) break;
    const hit = matcher.test(line.text) !== look.invert;
    yield* printer.line(line.text, number, offset, hit);
    offset += line.text.length + 1;
  }
  yield* printer.end();
  return printer.selected > 0;
}

class Search {
  found = false;
  /** -L: some file had no selected line. */
  anyWithout = false;
  failed = false;
  readonly #io: Io;
  readonly #look: GrepLook;
  readonly #matcher: Matcher;

  constructor(io: Io, look: GrepLook, matcher: Matcher) {
    this.#io = io;
    this.#look = look;
    this.#matcher = matcher;
  }

  *file(path: string): Task<void> {
    const fd = openInput(this.#io.sys, path);
    if (isErrno(fd)) return yield* this.#fail(path, strerror(fd));
    const input = new Input(this.#io.sys, fd, this.#look.end);
    if (yield* searchInput(this.#io, input, path, this.#look, this.#matcher)) this.found = true;
    else this.anyWithout = true;
    if (fd !== 0) closeInput(this.#io.sys, fd);
    if (input.error !== undefined) yield* this.#fail(path, strerror(input.error));
  }

  *#fail(path: string, why: string): Task<void> {
    this.failed = true;
    if (!this.#look.noMessages) yield* this.#io.complain(`${path}: ${why}`);
  }
}

/** A count such as `-m 3`; the error text otherwise. */
function wrongNumber(io: Io, o: Options): string | undefined {
  const max = o.value("m");
  if (max !== undefined && !/^-?\d+$/.test(max)) return "invalid max count";
  const context = ["A", "B", "C"].map((k) => o.value(k)).find((v) => v !== undefined && !/^\d+$/.test(v));
  return context === undefined ? undefined : `${context}: invalid context length argument`;
}

const run = (mode: "G" | "E" | "F"): Program => tool(SPEC, function* (io, o) {
  const wrong = wrongNumber(io, o);
  if (wrong !== undefined) {
    yield* io.complain(wrong);
    return 2;
  }
  const given = yield* readPatterns(io, o);
  if (typeof given === "string") {
    yield* io.err(given);
    return 2;
  }
  const matcher = buildMatcher(given.patterns, { mode: (o.last("G", "E", "F") ?? mode) as "G" | "E" | "F", ignoreCase: o.last("i", "y", "no-ignore-case") !== undefined && o.last("i", "y", "no-ignore-case") !== "no-ignore-case", words: o.has("w"), lines: o.has("x") });
  if (typeof matcher === "string") {
    yield* io.complain(matcher);
    return 2;
  }
  const recursive = o.has("r", "R");
  const paths = given.paths.length > 0 ? given.paths : [recursive ? "." : "-"];
  const look = readLook(io, o, recursive || paths.length > 1);
  const search = new Search(io, look, matcher);
  for (const path of paths) {
    const files = recursive ? walkFiles(io.sys, path, o, given.paths.length === 0) : [path];
    for (const file of files) {
      yield* search.file(file);
      if (search.found && look.quiet) return 0;
    }
  }
  if (search.failed) return 2;
  return (look.list === "without" ? search.anyWithout : search.found) ? 0 : 1;
});

/** grep(1). */
export const grep: Program = (sys, argv) => run("G")(sys, argv);
/** `egrep` and `fgrep` warn that they are obsolescent, then do as grep -E and -F. */
const obsolescent = (mode: "E" | "F"): Program => function* (sys, argv) {
  yield* sys.write(2, `${argv[0] ?? ""}: warning: ${argv[0] ?? ""} is obsolescent; using grep -${mode}\n`);
  return yield* run(mode)(sys, ["grep", ...argv.slice(1)]);
};
export const egrep = obsolescent("E");
export const fgrep = obsolescent("F");
