import { strerror, type Errno } from "../../net/uapi/errno.ts";
import { STDERR, STDIN, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { fromUtf8 } from "../../wire/text.ts";
import { parseOptions, type Options, type Spec } from "../lib/options.ts";
import type { PrintFlags } from "./datatype.ts";
import { INTERNAL, renderDiag } from "./diag.ts";
import { DEFAULT_INCLUDE_PATH } from "./include.ts";
import { interactive } from "./interactive.ts";
import { HELP, misplacedOption, VERSION, VERSION_LONG } from "./options.ts";
import { runInput, runOptimized, type Session } from "./run.ts";
import type { Input } from "./loc.ts";

/*
 * nft(8), nftables 1.0.6: reads commands from its arguments, a file or a terminal, and makes of each input one
 * transaction with the kernel. See context.ts for the rooms that a command passes.
 */

const SPEC: Spec = {
  takes: "h,help v,version V f,file= D,define= i,interactive I,includepath= c,check o,optimize a,handle s,stateless t,terse S,service N,reversedns u,guid "
    + "n,numeric y,numeric-priority p,numeric-protocol T,numeric-time e,echo j,json d,debug=",
  usage: "",
  stopAtOperand: true,
  hint: () => "",
};

export const nft: Program = function* (sys, argv) {
  const misplaced = misplacedOption(argv);
  if (misplaced !== null) {
    yield* sys.write(STDOUT, misplaced.out);
    return yield* refuse(sys, misplaced.err);
  }
  const options = parseOptions(SPEC, argv);
  if (options.is === "bad") return yield* refuse(sys, options.text);
  if (options.is === "help") return yield* say(sys, HELP);
  return yield* start(sys, options);
};

function* refuse(sys: Sys, text: string): Task<number> {
  yield* sys.write(STDERR, text);
  return 1;
}

function* say(sys: Sys, text: string): Task<number> {
  yield* sys.write(STDOUT, text);
  return 0;
}

function* start(sys: Sys, options: Options): Task<number> {
  for (const { key, value } of options.list) {
    if (key === "h") return yield* say(sys, HELP);
    if (key === "v") return yield* say(sys, VERSION);
    if (key === "V") return yield* say(sys, VERSION_LONG);
    const wrong = wrongValue(key, value ?? "");
    if (wrong !== null) return yield* refuse(sys, wrong);
  }
  const file = options.value("f");
  if (options.has("D") && file === undefined) return yield* refuse(sys, "Error: -D/--define can only be used with -f/--filename\n");
  const session = sessionOf(options);
  if (options.operands.length > 0) return yield* runCommandLine(sys, session, options.operands);
  if (file !== undefined) return yield* runFile(sys, session, file);
  return options.has("i") ? yield* interactive(sys, session) : yield* refuse(sys, "nft: no command specified\n");
}

const DEBUG_LEVELS = ["scanner", "parser", "eval", "netlink", "mnl", "proto-ctx", "segtree", "all"];

function wrongValue(key: string, value: string): string | null {
  if (key === "D" && !value.includes("=")) return `Failed to define variable '${value}'\n`;
  if (key !== "d") return null;
  const levels = value.split(",");
  const unknown = levels.find((level) => !DEBUG_LEVELS.includes(level));
  if (unknown !== undefined) return `invalid debug parameter \`${unknown}'\n`;
  return levels.every((level) => level === "netlink") ? null : `nft: -d ${value}: not simulated here\n`;
}

function flagsOf(o: Options): PrintFlags {
  const numeric = o.has("n");
  return {
    reverseDns: o.has("N"), service: o.has("S"), stateless: o.has("s"), handle: o.has("a"), guid: o.has("u"), numericProto: numeric || o.has("p"),
    numericPrio: numeric || o.has("y"), numericSymbol: numeric, numericTime: numeric || o.has("T"), terse: o.has("t"), echo: o.has("e"), json: o.has("j"),
  };
}

function sessionOf(options: Options): Session {
  const given = options.list.filter((o) => o.key === "I").map((o) => o.value ?? "");
  const defines = options.list.filter((o) => o.key === "D").map(({ value = "" }) => {
    const at = value.indexOf("=");
    return [value.slice(0, at), value.slice(at + 1)] as const;
  });
  return {
    flags: flagsOf(options), check: options.has("c"), optimize: options.has("o"), includePath: [DEFAULT_INCLUDE_PATH, ...given], defines: new Map(defines),
    debug: new Set(options.list.filter((o) => o.key === "d").flatMap(({ value = "" }) => value.split(","))),
  };
}

const status = (ok: boolean): number => (ok ? 0 : 1);

/** The arguments with blanks between them are one line of commands. */
function* runCommandLine(sys: Sys, session: Session, words: readonly string[]): Task<number> {
  const input: Input = { name: null, text: `${words.join(" ")}\n`, from: null };
  // Rules of a command line are not merged.
  return status(yield* runInput(sys, { ...session, optimize: false }, input));
}

const CHUNK = 32_768;

function* readStdin(sys: Sys): Task<Uint8Array | Errno> {
  const chunks: number[] = [];
  for (;;) {
    const bytes = yield* sys.read(STDIN, CHUNK);
    if (typeof bytes === "string") return bytes;
    if (bytes.length === 0) return Uint8Array.from(chunks);
    for (const byte of bytes) chunks.push(byte);
  }
}

function* runFile(sys: Sys, session: Session, path: string): Task<number> {
  const fromStdin = path === "-" || path === "/dev/stdin";
  const bytes = fromStdin ? yield* readStdin(sys) : sys.readFile(path);
  if (typeof bytes !== "string") return status(yield* runOptimized(sys, session, { name: fromStdin ? "/dev/stdin" : path, text: fromUtf8(bytes), from: null }));
  if (bytes === "EISDIR") {
    yield* sys.write(STDERR, "input in flex scanner failed\n");
    return 2;
  }
  const at = [{ input: INTERNAL, start: 0, end: 0 }];
  return yield* refuse(sys, renderDiag({ level: "Error", text: `Could not open file "${path}": ${strerror(bytes)}`, at }));
}
