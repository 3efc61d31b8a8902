import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Sys, Task } from "../os/sys.ts";
import { fromUtf8 } from "../wire/text.ts";
import type { Options } from "./lib/options.ts";
import { compilePosix } from "./lib/posix-regex.ts";
import { tool, type Io } from "./lib/tool.ts";

const ROOT = "/proc/sys/";
/** Names that a listing leaves out (DEPRECATED in procps). */
const DEPRECATED: ReadonlySet<string> = new Set(["base_reachable_time", "retrans_time"]);

const USAGE = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -A                   alias of -a
  -X                   alias of -a
      --deprecated     include deprecated parameters to listing
      --dry-run        Print the key and values but do not write
  -b, --binary         print value without new line
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variable(s)
  -p, --load[=<file>]  read values from file
  -f                   alias of -p
      --system         read values from all system directories
  -r, --pattern <expression>
                       select setting that match expression
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable
  -o                   does nothing
  -x                   does nothing
  -d                   alias of -h

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see sysctl(8).
`;

/** Dots and slashes change places when the first separator is a dot (`net.ipv4.conf.eth0/100.x`). */
const swap = (text: string): string => text.replace(/[./]/g, (c) => (c === "." ? "/" : "."));
const toPath = (name: string): string => (/^[^/]*\./.test(name) ? swap(name) : name);
const toName = (path: string): string => swap(path);

/** One run: what to print, and whether something went wrong. */
class Run {
  status = 0;
  readonly #io: Io;
  readonly #o: Options;
  readonly #pattern: RegExp | undefined;

  constructor(io: Io, o: Options, pattern: RegExp | undefined) {
    this.#io = io;
    this.#o = o;
    this.#pattern = pattern;
  }

  get #sys(): Sys {
    return this.#io.sys;
  }

  *#complain(text: string): Task<void> {
    this.status = 1;
    yield* this.#io.complain(text);
  }

  *#missing(path: string, why: string): Task<void> {
    if (!this.#o.has("e")) yield* this.#complain(`cannot stat ${ROOT}${path}: ${why}`);
  }

  *#print(name: string, value: string): Task<void> {
    const o = this.#o;
    const text = o.has("N") ? `${name}\n` : o.has("b") ? value : o.has("n") ? `${value}\n` : `${name} = ${value}\n`;
    yield* this.#io.out.text(text);
  }

  /** A variable, or every one below a directory. */
  *show(path: string, asked: boolean): Task<void> {
    if (!asked && DEPRECATED.has(path.slice(path.lastIndexOf("/") + 1))) return;
    const stat = this.#sys.stat(ROOT + path);
    if (isErrno(stat)) return yield* this.#missing(path, strerror(stat));
    if (stat.kind === "dir") {
      const names = this.#sys.readdir(ROOT + path);
      for (const name of isErrno(names) ? [] : [...names].sort((a, b) => (a < b ? -1 : 1))) yield* this.show(path === "" ? name : `${path.replace(/\/$/, "")}/${name}`, false);
      return;
    }
    if (this.#pattern !== undefined && !this.#pattern.test(toName(path))) return;
    const bytes = (stat.mode & 0o444) === 0 ? "EACCES" : this.#sys.readFile(ROOT + path);
    if (isErrno(bytes)) {
      if (asked) yield* this.#complain(bytes === "EACCES" ? `permission denied on key '${toName(path)}'` : `reading key "${toName(path)}": ${strerror(bytes)}`);
      return;
    }
    for (const line of fromUtf8(bytes).replace(/\n$/, "").split("\n")) yield* this.#print(toName(path), line);
  }

  *set(setting: string): Task<void> {
    const equals = setting.indexOf("=");
    const path = toPath(setting.slice(0, equals).trim());
    const value = setting.slice(equals + 1).trim();
    const stat = this.#sys.stat(ROOT + path);
    if (isErrno(stat)) return yield* this.#missing(path, strerror(stat));
    if (stat.kind === "dir") return yield* this.#complain(`setting key "${toName(path)}": Is a directory`);
    if ((stat.mode & 0o222) === 0) return yield* this.#complain(`setting key "${toName(path)}": ${strerror("EINVAL")}`);
    const failed = this.#o.has("dry-run") ? undefined : this.#sys.writeFile(ROOT + path, `${value}\n`);
    if (failed !== undefined) {
      if (!(failed === "ENOENT" && this.#o.has("e"))) yield* this.#complain(`setting key "${toName(path)}": ${strerror(failed)}`);
    } else if (!this.#o.has("q")) yield* this.#print(toName(path), value);
  }

  *load(file: string): Task<void> {
    const bytes = this.#sys.readFile(file === "-" ? "/dev/stdin" : file);
    if (isErrno(bytes)) return yield* this.#complain(`cannot open "${file}": ${strerror(bytes)}`);
    for (const [i, raw] of fromUtf8(bytes).split("\n").entries()) {
      const line = raw.trim();
      if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
      if (!line.includes("=")) yield* this.#io.complain(`${file}(${i + 1}): invalid syntax, continuing...`);
      else yield* this.set(line.replace(/^-/, ""));
    }
  }
}

/** sysctl(8) of procps 4.0. */
export const sysctl = tool({
  takes: "a,all A X dry-run b,binary e,ignore N,names n,values p,load=? f=? r,pattern= q,quiet w,write o x d h", refuses: "deprecated system V,version",
  usage: "[options] [variable[=value] ...]", hint: () => USAGE,
}, function* (io, o) {
  if (o.has("d", "h") || (o.list.length === 0 && o.operands.length === 0)) {
    yield* o.has("d", "h") ? io.out.text(USAGE) : io.err(USAGE);
    return o.has("d", "h") ? 0 : 1;
  }
  const source = o.value("r");
  const compiled = source === undefined ? undefined : compilePosix(source, true);
  const run = new Run(io, o, compiled?.is === "regex" ? new RegExp(compiled.source) : undefined);
  if (o.has("p", "f")) {
    for (const file of o.operands.length > 0 ? o.operands : [o.value("p") ?? o.value("f") ?? "/etc/sysctl.conf"]) yield* run.load(file);
    return run.status;
  }
  if (o.has("a", "A", "X") || (o.operands.length === 0 && source !== undefined)) yield* run.show("", false);
  for (const word of o.operands) {
    if (word.includes("=")) yield* run.set(word);
    else if (o.has("w")) {
      yield* io.complain("command line(0): invalid syntax, continuing...");
      run.status = 1;
    } else yield* run.show(toPath(word), true);
  }
  return run.status;
});
