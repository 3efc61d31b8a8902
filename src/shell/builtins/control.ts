import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { BreakLoop, Complaint, ContinueLoop, Discard, ExitShell, ReturnFrom } from "../control.ts";
import { deep } from "../deep.ts";
import { DEEPEST } from "../interp/function.ts";
import { runText } from "../interp/script.ts";
import type { Shell } from "../state.ts";
import { decode } from "../text/bytes.ts";
import { failWith, parseOptions } from "./options.ts";
import { jobState } from "../jobs.ts";

function* loopControl(sh: Shell, args: readonly string[], name: string, make: (levels: number) => unknown): Task<number> {
  if (sh.loopDepth === 0) {
    yield* sh.complain(`${name}: only meaningful in a \`for', \`while', or \`until' loop`);
    return 0;
  }
  const count = args[0] ?? "1";
  if (!/^[-+]?\d+$/.test(count)) {
    yield* sh.complain(`${name}: ${count}: numeric argument required`);
    throw sh.interactive ? new Discard(1) : new ExitShell(128);
  }
  if (args.length > 1) {
    yield* sh.complain(`${name}: too many arguments`);
    throw new Discard(1);
  }
  if (Number(count) < 1) {
    yield* sh.complain(`${name}: ${count}: loop count out of range`);
    throw new BreakLoop(sh.loopDepth);
  }
  throw make(Number(count));
}

export const breakBuiltin = (sh: Shell, args: readonly string[]): Task<number> => loopControl(sh, args, "break", (n) => new BreakLoop(n));
export const continueBuiltin = (sh: Shell, args: readonly string[]): Task<number> => loopControl(sh, args, "continue", (n) => new ContinueLoop(n));

/** A status argument: its low byte, or undefined when it is no number (which was told). */
function* statusArgument(sh: Shell, args: readonly string[], name: string): Task<number | undefined> {
  const text = args[0] === "--" ? args[1] : args[0];
  if (text === undefined) return name === "exit" && sh.traps.running !== undefined ? sh.traps.statusBefore : sh.status;
  if (/^[-+]?\d+$/.test(text.trim())) return Number(BigInt.asUintN(8, BigInt(text.trim().replace(/^\+/, ""))));
  yield* sh.complain(`${name}: ${text}: numeric argument required`);
  return undefined;
}

export function* exitBuiltin(sh: Shell, args: readonly string[], name: string): Task<number> {
  if (name === "logout" && !sh.loginShell) return yield* failWith(sh, "logout: not login shell: use `exit'");
  if (sh.interactive) {
    yield* sh.write(2, sh.loginShell ? "logout\n" : "exit\n");
    if ([...sh.jobs.jobs.values()].some((j) => jobState(j) === "stopped") && !sh.warnedOfJobs) {
      sh.warnedOfJobs = true;
      yield* sh.write(2, "There are stopped jobs.\n");
      return 1;
    }
  }
  const status = yield* statusArgument(sh, args, name);
  if (status !== undefined && args.length > (args[0] === "--" ? 2 : 1)) {
    yield* sh.complain(`${name}: too many arguments`);
    throw new Discard(1);
  }
  throw new ExitShell(status ?? 2);
}

export function* returnBuiltin(sh: Shell, args: readonly string[]): Task<number> {
  const inside = sh.functionDepth > 0 || sh.frames.some((f) => f.isSource);
  if (!inside && sh.traps.running === undefined) {
    return yield* failWith(sh, "return: can only `return' from a function or sourced script", 2);
  }
  const status = yield* statusArgument(sh, args, "return");
  if (status !== undefined && args.length > (args[0] === "--" ? 2 : 1)) yield* sh.complain("return: too many arguments");
  throw new ReturnFrom(status ?? 2);
}

export function* shift(sh: Shell, args: readonly string[]): Task<number> {
  const text = args[0] === "--" ? args[1] : args[0];
  if (text !== undefined && !/^[-+]?\d+$/.test(text)) return yield* failWith(sh, `shift: ${text}: numeric argument required`);
  if (args.length > 1 && args[0] !== "--") return yield* failWith(sh, "shift: too many arguments");
  const n = Number(text ?? 1);
  if (n < 0) return yield* failWith(sh, `shift: ${text ?? ""}: shift count out of range`);
  if (n > sh.args.length) {
    if (sh.shopt.has("shift_verbose")) yield* sh.complain(`shift: ${n}: shift count out of range`);
    return 1;
  }
  sh.args = sh.args.slice(n);
  return 0;
}

/** Guards against endless recursion through `eval` and `source`. */
function* nested(sh: Shell, name: string, work: () => Task<number>): Task<number> {
  if (sh.depth >= DEEPEST) throw new Complaint(`${name}: maximum ${name} nesting level exceeded (${DEEPEST})`);
  sh.depth++;
  try {
    return yield* deep(work());
  } finally {
    sh.depth--;
  }
}

export function* evalBuiltin(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "eval", args, "", "eval [arg ...]");
  if (!options) return 2;
  const text = options.rest.join(" ");
  if (text.trim() === "") return 0;
  sh.traceDepth++;
  try {
    return yield* nested(sh, "eval", () => runText(sh, text, { firstLine: sh.line, label: "eval" }));
  } finally {
    sh.traceDepth--;
  }
}

/** `. file [args]`. */
export function* source(sh: Shell, args: readonly string[], name: string): Task<number> {
  const options = yield* parseOptions(sh, name, args, "", `${name} filename [arguments]`);
  if (!options) return 2;
  const [file, ...rest] = options.rest;
  if (file === undefined) {
    yield* sh.complain(`${name}: filename argument required`);
    yield* sh.write(2, `${name}: usage: ${name} filename [arguments]\n`);
    return 2;
  }
  const path = sourcePath(sh, file);
  const stat = sh.sys.stat(path);
  if (typeof stat !== "string" && stat.kind === "dir") return yield* failWith(sh, `${name}: ${file}: is a directory`);
  const bytes = sh.sys.readFile(path);
  if (isErrno(bytes)) return yield* failWith(sh, `${file}: ${strerror(bytes)}`);
  return yield* nested(sh, "source", () => sourceText(sh, path, decode(bytes), rest));
}

/** A name without a slash is looked up in PATH first. */
function sourcePath(sh: Shell, file: string): string {
  if (file.includes("/") || !sh.shopt.has("sourcepath")) return file;
  for (const dir of (sh.get("PATH") ?? "").split(":")) {
    const path = `${dir === "" ? "." : dir}/${file}`;
    const stat = sh.sys.stat(path);
    if (typeof stat !== "string" && stat.kind === "file") return path;
  }
  return file;
}

export function* sourceText(sh: Shell, path: string, text: string, args: readonly string[]): Task<number> {
  const before = { args: sh.args, frames: sh.frames, loopDepth: sh.loopDepth };
  sh.frames = [...sh.frames, { name: "source", file: path, callLine: sh.line, isSource: true }];
  if (args.length > 0) sh.args = args;
  const given = sh.args;
  const line = sh.line;
  try {
    return yield* runText(sh, text);
  } catch (leave) {
    if (!(leave instanceof ReturnFrom)) throw leave;
    sh.status = leave.status;
    return leave.status;
  } finally {
    sh.frames = before.frames;
    sh.line = line;
    if (args.length > 0 && sh.args === given) sh.args = before.args;
  }
}


