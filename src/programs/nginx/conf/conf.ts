import { isErrno, strerror, errnoNumber } from "../../../net/uapi/errno.ts";
import type { Sys, Task } from "../../../os/sys.ts";
import { globRegex } from "../../lib/glob.ts";
import { toByteString, asText } from "../../lib/bytes.ts";
import type { ConfError, Directive, Place, SetResult } from "./directive.ts";
import { ConfLexer, type ConfToken } from "./lexer.ts";
import type { HttpConf, Level, LocConf, MainConf, OpenLog, SrvConf, Upstream } from "./model.ts";
import { compilePattern, type Pattern } from "./regex.ts";
import { compileScript, type Script } from "./script.ts";

/** Lines of blocks such as `map { … }` and `types { … }`, which are no directives. */
export type LineHandler = (cf: Conf, words: readonly string[]) => SetResult;

/** Where the reader stands: the innermost http, server, location and upstream. */
export interface Scope {
  readonly place: Place;
  readonly http?: HttpConf;
  readonly srv?: SrvConf;
  readonly loc?: LocConf;
  readonly upstream?: Upstream;
  readonly lines?: LineHandler;
}

export interface ConfOptions {
  readonly sys: Sys;
  readonly directives: ReadonlyMap<string, readonly Directive[]>;
  /** Names that nginx knows and nobody built here. */
  readonly refused: ReadonlySet<string>;
  readonly prefix: string;
  readonly confFile: string;
  /** A message that stops nothing. */
  readonly log: (level: Level, text: string) => void;
}

/** Reads a configuration (ngx_conf_file.c). Everything that is read lands in `main`. */
export class Conf {
  readonly sys: Sys;
  readonly options: ConfOptions;
  readonly main: MainConf;
  scope: Scope = { place: "main" };
  /** Files in the order they were read, for `-T`. */
  readonly dump: { readonly name: string; readonly text: string }[] = [];
  #file: string | undefined;
  #lexer: ConfLexer | undefined;

  constructor(options: ConfOptions, main: MainConf) {
    this.sys = options.sys;
    this.options = options;
    this.main = main;
  }

  /** " in FILE:LINE", as messages end. */
  get place(): string {
    return this.#file === undefined ? " in command line" : ` in ${this.#file}:${this.#lexer?.line ?? 0}`;
  }

  /** FILE:LINE of what is read now. */
  get at(): string {
    return `${this.#file ?? "command line"}:${this.#lexer?.line ?? 0}`;
  }

  emerg(text: string): ConfError {
    return { emerg: `${text}${this.place}` };
  }

  notHere(words: readonly string[]): ConfError {
    return this.emerg(`"${words.join(" ")}": not simulated here`);
  }

  warn(text: string): void {
    this.options.log("warn", `${text}${this.place}`);
  }

  /** Directives of `-g`. */
  *readParam(text: string): Task<ConfError | undefined> {
    this.#lexer = new ConfLexer(text, false);
    return yield* this.#directives("param");
  }

  *readFile(name: string): Task<ConfError | undefined> {
    const bytes = this.sys.readFile(asText(name));
    if (isErrno(bytes)) {
      const text = `open() "${name}" failed (${errnoNumber(bytes)}: ${strerror(bytes)})`;
      return this.#lexer === undefined || this.#file === undefined ? { emerg: text } : this.emerg(text);
    }
    const [file, lexer] = [this.#file, this.#lexer];
    const text = toByteString(bytes);
    if (!this.dump.some((d) => d.name === name)) this.dump.push({ name, text });
    this.#file = name;
    this.#lexer = new ConfLexer(text, true);
    const error = yield* this.#directives("file");
    this.#file = file;
    this.#lexer = lexer;
    return error;
  }

  /** The block that follows, in another scope. */
  *readBlock(scope: Scope): Task<ConfError | undefined> {
    const before = this.scope;
    this.scope = scope;
    const error = yield* this.#directives("block");
    this.scope = before;
    return error;
  }

  *#directives(kind: "file" | "block" | "param"): Task<ConfError | undefined> {
    for (;;) {
      const token: ConfToken = this.#lexer?.next() ?? { is: "end" };
      if (token.is === "bad") return this.emerg(token.text);
      if (token.is === "block-end") return kind === "block" ? undefined : this.emerg('unexpected "}"');
      if (token.is === "end") return kind === "block" ? this.emerg('unexpected end of file, expecting "}"') : undefined;
      const opensBlock = token.is === "block";
      if (opensBlock && kind === "param") return this.emerg("block directives are not supported in -g option");
      const error = "words" in token ? yield* this.#one(token.words, opensBlock) : undefined;
      if (error !== undefined) return error;
    }
  }

  *#one(words: readonly string[], opensBlock: boolean): Task<ConfError | undefined> {
    const { lines } = this.scope;
    if (lines !== undefined && words[0] !== "include") {
      if (opensBlock) return this.emerg('unexpected "{"');
      const answer = lines(this, words);
      return typeof answer === "string" ? this.emerg(answer) : answer;
    }
    const found = this.#lookup(words, opensBlock);
    if (!("set" in found)) return found;
    const started = found.set(this, words);
    const answer = typeof started === "object" && "next" in started ? yield* started : started;
    return typeof answer === "string" ? this.emerg(`"${words[0]}" directive ${answer}`) : answer;
  }

  #lookup(words: readonly string[], opensBlock: boolean): Directive | ConfError {
    const name = words[0] ?? "";
    if (this.options.refused.has(name)) return this.notHere(words);
    const all = this.options.directives.get(name);
    if (all === undefined) return this.emerg(`unknown directive "${name}"`);
    const found = all.find((d) => d.places.includes(this.scope.place));
    if (found === undefined) return this.emerg(`"${name}" directive is not allowed here`);
    if (!found.block && opensBlock) return this.emerg(`directive "${name}" is not terminated by ";"`);
    if (found.block && !opensBlock) return this.emerg(`directive "${name}" has no opening "{"`);
    const [min, max] = found.args;
    if (words.length - 1 < min || words.length - 1 > max) return this.emerg(`invalid number of arguments in "${name}" directive`);
    return found;
  }

  /** `include`: a file, or all files that a pattern names, sorted; a pattern may match none. */
  *include(words: readonly string[]): Task<ConfError | undefined> {
    const path = this.fullName(words[1] ?? "", true);
    if (!/[*?[]/.test(path)) return yield* this.readFile(path);
    for (const name of this.#glob(path)) {
      const error = yield* this.readFile(name);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  #glob(path: string): string[] {
    let found = ["/"];
    for (const part of path.split("/").filter((p) => p !== "")) {
      found = found.flatMap((dir) => this.#globIn(dir, part)).sort();
    }
    return found;
  }

  #globIn(dir: string, part: string): string[] {
    const join = (name: string): string => (dir === "/" ? `/${name}` : `${dir}/${name}`);
    if (!/[*?[]/.test(part)) return isErrno(this.sys.stat(asText(join(part)))) ? [] : [join(part)];
    const names = this.sys.readdir(asText(dir));
    if (isErrno(names)) return [];
    return names.filter((n) => (!n.startsWith(".") || part.startsWith(".")) && globRegex(part).test(n)).sort().map(join);
  }

  /** A path from the prefix, or from the folder of the configuration file. */
  fullName(name: string, fromConf = false): string {
    if (name.startsWith("/")) return name;
    const { confFile, prefix } = this.options;
    return (fromConf ? confFile.slice(0, confFile.lastIndexOf("/") + 1) : prefix) + name;
  }

  /** A log file; each is opened once. */
  logFile(name: string): OpenLog {
    const path = name === "" ? "" : this.fullName(name);
    const known = this.main.files.find((f) => f.path === path);
    if (known !== undefined) return known;
    const file = { path, fd: -1 };
    this.main.files.push(file);
    return file;
  }

  /** Text with variables; the variables must exist when everything was read. */
  script(text: string): Script | ConfError {
    const compiled = compileScript(text);
    if (compiled.is === "bad") return this.emerg(compiled.text);
    for (const part of compiled.script.parts) if (typeof part === "object" && "variable" in part) this.scope.http?.read.add(part.variable);
    return compiled.script;
  }

  pattern(source: string, caseless: boolean): Pattern | ConfError {
    const found = compilePattern(source, caseless);
    if (found.is === "unsupported") return this.emerg(`"${found.what}" in a regular expression: not simulated here`);
    if (found.is === "bad") return this.emerg(`pcre2_compile() failed: ${found.why} in "${source}"${found.at < source.length ? ` at "${source.slice(found.at)}"` : ""}`);
    for (const name of found.pattern.names) this.scope.http?.settable.add(name);
    return found.pattern;
  }
}

export const isConfError = (x: object | undefined): x is ConfError => x !== undefined && "emerg" in x;
