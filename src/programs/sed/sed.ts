import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { argBytes, asText, fromByteString, toByteString } from "../lib/bytes.ts";
import { Input } from "../lib/input.ts";
import type { Options } from "../lib/options.ts";
import { closeInput, openInput, type Io, tool } from "../lib/tool.ts";
import { Lines } from "./lines.ts";
import { Machine, type Surroundings } from "./machine.ts";
import { type Command, parseScript } from "./script.ts";

/** What one line costs, and a chance for others to run. */
const LINE_NS = 500;

const USAGE = `Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...

  -n, --quiet, --silent
                 suppress automatic printing of pattern space
      --debug
                 annotate program execution
  -e script, --expression=script
                 add the script to the commands to be executed
  -f script-file, --file=script-file
                 add the contents of script-file to the commands to be executed
  --follow-symlinks
                 follow symlinks when processing in place
  -i[SUFFIX], --in-place[=SUFFIX]
                 edit files in place (makes backup if SUFFIX supplied)
  -l N, --line-length=N
                 specify the desired line-wrap length for the \`l' command
  --posix
                 disable all GNU extensions.
  -E, -r, --regexp-extended
                 use extended regular expressions in the script
                 (for portability use POSIX -E).
  -s, --separate
                 consider files as separate rather than as a single,
                 continuous long stream.
      --sandbox
                 operate in sandbox mode (disable e/r/w commands).
  -u, --unbuffered
                 load minimal amounts of data from the input files and flush
                 the output buffers more often
  -z, --null-data
                 separate lines by NUL characters
      --help     display this help and exit
      --version  output version information and exit

If no -e, --expression, -f, or --file option is given, then the first
non-option argument is taken as the sed script to interpret.  All
remaining arguments are names of input files; if no input files are
specified, then the standard input is read.

GNU sed home page: <https://www.gnu.org/software/sed/>.
General help using GNU software: <https://www.gnu.org/gethelp/>.
`;

/** All -e and -f in order, else the first operand; `null` = there is none. */
function scriptOf(io: Io, o: Options): { readonly text: string; readonly files: readonly string[] } | { readonly failed: string } | null {
  const given = o.list.filter((option) => "ef".includes(option.key));
  if (given.length === 0) return o.operands.length === 0 ? null : { text: argBytes(o.operands[0]!), files: o.operands.slice(1) };
  const parts: string[] = [];
  for (const { key, value = "" } of given) {
    const content = key === "e" ? value : io.sys.readFile(value);
    if (isErrno(content)) return { failed: `couldn't open file ${value}: ${strerror(content)}` };
    parts.push(typeof content === "string" ? argBytes(content) : toByteString(content).replace(/\n$/, ""));
  }
  return { text: parts.join("\n"), files: o.operands };
}

class Sed {
  status = 0;
  readonly #io: Io;
  readonly #end: string;
  readonly #machine: Machine;
  /** Where output goes while a file is edited in place. */
  #edited: string[] | null = null;

  constructor(io: Io, o: Options, commands: readonly Command[]) {
    this.#io = io;
    this.#end = o.has("z") ? "\0" : "\n";
    this.#machine = new Machine(commands, { quiet: o.has("n"), separate: o.has("s", "i"), end: this.#end }, this.#surroundings());
  }

  #surroundings(): Surroundings {
    const { sys } = this.#io;
    const write = (text: string): Task<void> => this.#write(text);
    return {
      *write(text) { yield* write(text); },
      save: (path, text) => void (path === "/dev/stdout" ? this.#edited?.push(text) : sys.writeFile(path, fromByteString(text), { create: true, append: true, write: true })),
      load: (path) => {
        const content = sys.readFile(asText(path));
        return isErrno(content) ? null : toByteString(content);
      },
      *compute() { yield* sys.compute(LINE_NS); },
    };
  }

  *#write(text: string): Task<void> {
    if (this.#edited !== null) this.#edited.push(text);
    else yield* this.#io.out.bytes(text);
  }

  *stream(files: readonly string[]): Task<void> {
    yield* this.#machine.run(new Lines(this.#inputs(files.length === 0 ? ["-"] : files)));
  }

  *separately(files: readonly string[]): Task<void> {
    for (const file of files) if (!this.#machine.ended) yield* this.#machine.run(new Lines(this.#inputs([file])));
  }

  /** -i: the result replaces the file; with a suffix the old one is kept. */
  *inPlace(files: readonly string[], suffix: string): Task<void> {
    for (const file of files) {
      const before = this.#io.sys.readFile(file);
      if (isErrno(before)) {
        yield* this.#cannotRead(file, before);
        continue;
      }
      this.#edited = [];
      yield* this.#machine.run(new Lines(this.#inputs([file])));
      if (suffix !== "") this.#io.sys.writeFile(suffix.includes("*") ? suffix.replaceAll("*", file) : file + suffix, before, { create: true, truncate: true, write: true });
      this.#io.sys.writeFile(file, fromByteString(this.#edited.join("")), { truncate: true, write: true });
      this.#edited = null;
    }
  }

  get exitStatus(): number {
    return this.#machine.status === 0 ? this.status : this.#machine.status;
  }

  *#cannotRead(path: string, error: Errno): Task<void> {
    this.status = 2;
    yield* this.#io.complain(error === "EISDIR" ? `couldn't edit ${path}: not a regular file` : `can't read ${path}: ${strerror(error)}`);
  }

  *#inputs(files: readonly string[]): Generator<Task<Input | Errno>> {
    for (const path of files) yield this.#open(path);
  }

  *#open(path: string): Task<Input | Errno> {
    const fd = openInput(this.#io.sys, path);
    if (!isErrno(fd)) {
      const stat = this.#io.sys.fstat(fd);
      if (isErrno(stat) || stat.kind !== "dir") return new Input(this.#io.sys, fd, this.#end);
      closeInput(this.#io.sys, fd);
      yield* this.#io.complain(`read error on ${path}: Is a directory`);
      this.status = 4;
      return "EISDIR";
    }
    yield* this.#cannotRead(path, fd);
    return fd;
  }
}

/** sed(1), GNU sed 4.9. */
export const sed = tool({
  takes: "n,quiet,silent e,expression= f,file= E,r,regexp-extended i,in-place=? s,separate z,null-data u,unbuffered",
  refuses: "b,binary debug follow-symlinks l,line-length= posix sandbox", usage: "[OPTION]... {script-only-if-no-other-script} [input-file]...", hint: () => USAGE,
}, function* (io, o) {
  const script = scriptOf(io, o);
  if (script === null) {
    yield* io.err(USAGE);
    return 1;
  }
  if ("failed" in script) {
    yield* io.complain(script.failed);
    return 1;
  }
  const parsed = parseScript(script.text, o.has("E"));
  if (parsed.is === "bad") {
    yield* io.complain(parsed.at === null ? parsed.why : `-e expression #1, char ${parsed.at}: ${parsed.why}`);
    return parsed.at === null ? 4 : 1;
  }
  if (o.has("u")) io.out.buffering = "line";
  const run = new Sed(io, o, parsed.commands);
  if (o.has("i")) yield* run.inPlace(script.files, o.value("i") ?? "");
  else if (o.has("s")) yield* run.separately(script.files);
  else yield* run.stream(script.files);
  return run.exitStatus;
});
