import { strerror, type Errno } from "../../net/uapi/errno.ts";
import { STDERR, STDIN, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { Out } from "./out.ts";
import { helpText, parseOptions, type Options, type Spec } from "./options.ts";

/** What a small program has in hand: its system, its name for messages, and buffered stdout. */
export interface Io {
  readonly sys: Sys;
  /** argv[0], which GNU tools print before every message. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly out: Out;
  /** `NAME: text` and a newline on stderr. */
  complain(text: string): Task<void>;
  /** Text in the quotes that the locale has: ‘x’ in UTF-8, 'x' in the C locale. */
  quote(text: string): string;
  /** Raw text on stderr. */
  err(text: string): Task<void>;
}

/** Is the character set of the environment UTF-8? setlocale(3) looks at these three in this order. */
export function hasUtf8(sys: Sys): boolean {
  const locale = ["LC_ALL", "LC_CTYPE", "LANG"].map((name) => sys.env.get(name) ?? "").find((value) => value !== "");
  return /utf-?8/i.test(locale ?? "");
}

export function openIo(sys: Sys, argv: readonly string[], out = new Out(sys, STDOUT)): Io {
  const name = argv[0] ?? "";
  const err = function* (text: string): Task<void> {
    yield* sys.write(STDERR, text);
  };
  const [open, close] = hasUtf8(sys) ? ["‘", "’"] : ["'", "'"];
  return { sys, name, argv, out, err, quote: (text) => `${open}${text}${close}`, complain: (text) => err(`${name}: ${text}\n`) };
}

/** Flushes stdout as exit(3) does; a failed write is told and changes the status. */
export function* finish(io: Io, status: number, badStatus = 1): Task<number> {
  yield* io.out.flush();
  if (io.out.error === undefined) return status;
  yield* io.complain(`write error: ${strerror(io.out.error)}`);
  return badStatus;
}

/** A program with getopt_long options: parses them, answers `--help` and wrong usage, flushes stdout at the end. */
export function tool(spec: Spec, main: (io: Io, options: Options) => Task<number>): Program {
  return function* (sys, argv) {
    const io = openIo(sys, argv);
    const options = parseOptions(spec, argv);
    if (options.is === "bad") {
      yield* io.err(options.text);
      return spec.badStatus ?? 1;
    }
    if (options.is === "help") {
      yield* io.out.text(helpText(spec, io.name));
      return yield* finish(io, 0);
    }
    const status = yield* main(io, options);
    return yield* finish(io, status, spec.badStatus ?? 1);
  };
}

/** A program that reads its arguments in its own way. */
export function plainTool(main: (io: Io, args: readonly string[]) => Task<number>): Program {
  return function* (sys, argv) {
    const io = openIo(sys, argv);
    const status = yield* main(io, argv.slice(1));
    return yield* finish(io, status);
  };
}

/** Wrong usage found by the tool itself: its message, then the usual hint. */
export function* usageError(io: Io, text: string, status = 1): Task<number> {
  yield* io.complain(text);
  yield* io.err(`Try '${io.name} --help' for more information.\n`);
  return status;
}

export function* missingOperand(io: Io, status = 1): Task<number> {
  return yield* usageError(io, "missing operand", status);
}

export function* extraOperand(io: Io, operand: string, status = 1): Task<number> {
  return yield* usageError(io, `extra operand ${io.quote(operand)}`, status);
}

/** Opens an input file; `-` is stdin. */
export const openInput = (sys: Sys, path: string): number | Errno => (path === "-" ? STDIN : sys.open(path, { read: true }));

/** Closes what {@link openInput} opened, leaving stdin open. */
export function closeInput(sys: Sys, fd: number): void {
  if (fd !== STDIN) sys.close(fd);
}
