import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Program, Task } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { concatBytes } from "../lib/bytes.ts";
import { type Io, plainTool } from "../lib/tool.ts";
import { VERSION } from "./errors.ts";
import { Getopt } from "./getopt.ts";
import { RestoreRun } from "./restore-run.ts";

/** iptables-restore(8). */
export interface RestoreOptions {
  readonly counters: boolean;
  readonly verbose: number;
  readonly test: boolean;
  readonly noflush: boolean;
  /** Only this table. */
  readonly table: string | undefined;
}

const LONG = [
  ..."counters:c verbose:v version:V test:t help:h noflush:n ipv4:4 ipv6:6".split(" ").map((x) => ({ name: x.slice(0, -2), tag: x.slice(-1), arg: "none" as const })),
  ..."modprobe:M table:T".split(" ").map((x) => ({ name: x.slice(0, -2), tag: x.slice(-1), arg: "required" as const })),
  ..."wait:w wait-interval:W".split(" ").map((x) => ({ name: x.slice(0, -2), tag: x.slice(-1), arg: "optional" as const })),
];

const usage = (name: string): string => `Usage: ${name} [-c] [-v] [-V] [-t] [-h] [-n] [-T table] [-M command] [-4] [-6] [file]
\t   [ --counters ]
\t   [ --verbose ]
\t   [ --version]
\t   [ --test ]
\t   [ --help ]
\t   [ --noflush ]
\t   [ --table=<TABLE> ]
\t   [ --modprobe=<command> ]
\t   [ --ipv4 ]
\t   [ --ipv6 ]
`;

function* say(io: Io, text: string, status: number): Task<number> {
  yield* io.err(text);
  return status;
}

function wrongOption(name: string, is: "unknown" | "missing", word: string): string {
  const shown = word.startsWith("--") ? (is === "unknown" ? `unrecognized option '${word}'` : `option '${word}' requires an argument`)
    : is === "unknown" ? `invalid option -- '${word.slice(-1)}'` : `option requires an argument -- '${word.slice(-1)}'`;
  return `${name}: ${shown}\nTry \`${name} -h' for more information.\n`;
}

interface Line {
  readonly options: RestoreOptions;
  readonly files: readonly string[];
}

function* readOptions(io: Io, name: string, args: readonly string[]): Task<Line | number> {
  const get = new Getopt([name, ...args], "bcvVthnM:T:wW46", LONG);
  const seen: string[] = [];
  const files: string[] = [];
  let table: string | undefined;
  for (let got = get.next(); got.is !== "end"; got = get.next()) {
    if (got.is === "unknown" || got.is === "missing") return yield* say(io, wrongOption(name, got.is, get.lastWord), 1);
    if (got.is === "word") files.push(got.arg);
    else if (got.tag === "V") {
      yield* io.out.text(`${name} v${VERSION}\n`);
      return 0;
    } else if (got.tag === "h") return yield* say(io, usage(name), 0);
    else if (got.tag === "T") table = got.arg;
    else if ("wW".includes(got.tag) && got.arg === undefined) get.takeWord();
    else seen.push(got.tag);
  }
  const has = (tag: string): boolean => seen.includes(tag);
  return { options: { counters: has("c"), verbose: seen.filter((t) => t === "v").length, test: has("t"), noflush: has("n"), table }, files: [...files, ...get.args.slice(get.optind)] };
}

/** Everything on stdin, or in the file. */
function* readInput(io: Io, file: string | undefined): Task<string | { readonly failed: string }> {
  if (file !== undefined) {
    const data = io.sys.readFile(file);
    return isErrno(data) ? { failed: `Can't open ${file}: ${strerror(data)}\n` } : fromUtf8(data);
  }
  const parts: Uint8Array[] = [];
  for (;;) {
    const data = yield* io.sys.read(0, 65536);
    if (isErrno(data) || data.length === 0) return fromUtf8(concatBytes(parts));
    parts.push(data);
  }
}

export const iptablesRestore: Program = plainTool(function* (io, args) {
  const name = io.name.replace(/^.*\//, "");
  const line = yield* readOptions(io, name, args);
  if (typeof line === "number") return line;
  if (line.files.length > 1) return yield* say(io, "Unknown arguments found on commandline\n", 1);
  const input = yield* readInput(io, line.files[0]);
  if (typeof input !== "string") return yield* say(io, input.failed, 1);
  return yield* new RestoreRun(io, name, line.options).run(input);
});
