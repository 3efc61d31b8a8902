import type { Task } from "../../os/sys.ts";
import { argBytes } from "../lib/bytes.ts";
import { type GlobalConfig, OperationConfig } from "./config.ts";
import type { Messages } from "./messages.ts";
import { byLetter, byName, type OptionRow } from "./option-table.ts";
import { applyOption } from "./apply.ts";

/** Why an option was not taken: the words after `curl: option X: `. */
export const PARAM_ERRORS = {
  "trailing-garbage": "had unsupported trailing garbage", unknown: "is unknown", ambiguous: "is ambiguous", "requires-parameter": "requires parameter", "bad-use": "is badly used here",
  "bad-numeric": "expected a proper numerical parameter", negative: "expected a positive numerical parameter", "not-built-in": "the installed libcurl version doesn't support this",
  "bad-protocol": "a specified protocol is unsupported by libcurl", "no-prefix": "the given option can't be reversed with a --no- prefix", "too-large": "too large number",
  "no-not-boolean": "used '--no-' for option that isn't a boolean", "contdisp-headers": "showing headers and --remote-header-name cannot be combined",
  "contdisp-resume": "--continue-at and --remote-header-name cannot be combined", "read-error": "error encountered when reading a file",
  "not-simulated": "not simulated here",
} as const;
export type ParamError = keyof typeof PARAM_ERRORS;
/** Requests to show something and end; `next` begins the next operation. */
export type ParamAsk = "help" | "version" | "next";
export type ParamResult = ParamError | ParamAsk | undefined;

/** What an option's handler has in hand. */
export interface ParamContext {
  readonly global: GlobalConfig;
  readonly config: OperationConfig;
  readonly messages: Messages;
  /** Parses a file of options (-K). */
  readonly readConfig: (file: string, context: ParamContext) => Task<ParamResult>;
}

/** One flag with the word after it, as on a command line or a line of a configuration file. */
export function* getParameter(flag: string, next: string | undefined, c: ParamContext): Task<{ result: ParamResult; usedNext: boolean }> {
  if (flag === "-") return { result: "unknown", usedNext: false };
  if (!flag.startsWith("-") || flag.startsWith("--")) return yield* longOption(flag.startsWith("-") ? flag.slice(2) : flag, next, c);
  for (let i = 1; i < flag.length; i++) {
    const row = byLetter(flag[i]!);
    if (row === undefined) return { result: "unknown", usedNext: false };
    const attached = flag.slice(i + 1);
    const wantsValue = row.takes === "value" || row.takes === "file";
    const done = yield* takeOption(row, true, wantsValue && attached !== "" ? attached : next, c);
    if (done !== undefined || wantsValue) return { result: done, usedNext: wantsValue && attached === "" };
  }
  return { result: undefined, usedNext: false };
}

function* longOption(word: string, next: string | undefined, c: ParamContext): Task<{ result: ParamResult; usedNext: boolean }> {
  const negated = word.startsWith("no-");
  const row = byName(negated ? word.slice(3) : word, negated);
  if (typeof row === "string") return { result: row, usedNext: false };
  if (negated && row.takes !== "switch") return { result: "no-not-boolean", usedNext: false };
  const wantsValue = row.takes === "value" || row.takes === "file";
  return { result: yield* takeOption(row, !negated, next, c), usedNext: wantsValue };
}

function* takeOption(row: OptionRow, on: boolean, value: string | undefined, c: ParamContext): Task<ParamResult> {
  const wantsValue = row.takes === "value" || row.takes === "file";
  if (wantsValue && value === undefined) return "requires-parameter";
  if (row.takes === "file" && /^-./.test(value ?? "")) yield* c.messages.warn(`The file name argument '${value}' looks like a flag.`);
  if (row.support !== "yes") return row.support;
  return yield* applyOption(row.name, on, value ?? "", value !== undefined, c);
}

/** The whole command line. What is wrong is told on stderr. */
export function* parseArguments(argv: readonly string[], context: Omit<ParamContext, "config">): Task<ParamResult> {
  const { global, messages } = context;
  let flagsEnded = false;
  let word = "";
  let result: ParamResult;
  for (let i = 1; i < argv.length && result === undefined; i++) {
    word = argBytes(argv[i]!);
    const c = { ...context, config: global.last };
    if (flagsEnded || !word.startsWith("-")) result = (yield* getParameter("--url", word, c)).result;
    else if (word === "--") flagsEnded = true;
    else {
      const next = argv[i + 1];
      const got = yield* getParameter(word, next === undefined ? undefined : argBytes(next), c);
      result = got.result;
      if (got.usedNext) i++;
      if (result === "next") {
        result = undefined;
        if (global.last.urls[0]?.url !== undefined) global.operations.push(new OperationConfig());
      }
    }
  }
  const last = global.last;
  if (result === undefined && last.contentDisposition) result = last.showHeaders ? "contdisp-headers" : last.resumeCurrent ? "contdisp-resume" : undefined;
  if (result !== undefined && result !== "help" && result !== "version") {
    const reason = PARAM_ERRORS[result as ParamError];
    if (result === "not-simulated") yield* messages.raw(`curl: option ${word}: ${reason}\n`);
    else yield* messages.help(word === ":" || result.startsWith("contdisp") ? reason : `option ${word}: ${reason}`);
  }
  return result;
}
