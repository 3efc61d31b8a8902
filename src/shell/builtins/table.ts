import type { Task } from "../../os/sys.ts";
import { plainWord, type Argument } from "../interp/simple.ts";
import type { Shell } from "../state.ts";
import { aliasBuiltin, unaliasBuiltin } from "./alias.ts";
import { cd, dirs, popd, pushd, pwd } from "./cd.ts";
import { breakBuiltin, continueBuiltin, evalBuiltin, exitBuiltin, returnBuiltin, shift, source } from "./control.ts";
import { declare, exportBuiltin, local, readonlyBuiltin, unset } from "./declare.ts";
import { echo } from "./echo.ts";
import { execProgram } from "./exec.ts";
import { getopts } from "./getopts.ts";
import { help } from "./help.ts";
import { historyBuiltin } from "./history.ts";
import { bg, disown, fg, jobs, kill, wait } from "./jobs.ts";
import { compgen, enable, letBuiltin, times, ulimit, umask } from "./misc.ts";
import { printf } from "./printf.ts";
import { mapfile } from "./mapfile.ts";
import { read } from "./read.ts";
import { set, shopt } from "./set.ts";
import { test } from "./test.ts";
import { caller, trap } from "./trap.ts";
import { builtinBuiltin, command, hash, type } from "./type.ts";

export type Builtin = (sh: Shell, args: readonly Argument[], name: string) => Task<number>;
type Plain = (sh: Shell, args: readonly string[], name: string) => Task<number>;

const plain = (run: Plain): Builtin => (sh, args, name) => run(sh, args.map(plainWord), name);
const always = (status: number): Builtin => function* (): Task<number> { return status; };

/** Builtins of bash that are not here: they say so. */
const refused: Builtin = function* (sh, _args, name) {
  yield* sh.complain(`${name}: not simulated here`);
  return 1;
};

const BUILTINS: Readonly<Record<string, Builtin>> = {
  bind: refused, complete: refused, compopt: refused, fc: refused, suspend: refused,
  ".": plain(source), ":": always(0), "[": plain(test), alias: plain(aliasBuiltin), bg: plain(bg), break: plain(breakBuiltin),
  builtin: builtinBuiltin, caller: plain(caller), cd: plain(cd), command: command, compgen: plain(compgen), continue: plain(continueBuiltin),
  declare, dirs: plain(dirs), disown: plain(disown), echo: plain(echo), enable: plain(enable), eval: plain(evalBuiltin), exec: plain(execProgram),
  exit: plain(exitBuiltin), export: exportBuiltin, false: always(1), fg: plain(fg), getopts: plain(getopts), hash: plain(hash), help: plain(help),
  history: plain(historyBuiltin), jobs: plain(jobs), kill: plain(kill), let: plain(letBuiltin), local, logout: plain(exitBuiltin),
  mapfile: plain(mapfile), popd: plain(popd), printf: plain(printf), pushd: plain(pushd), pwd: plain(pwd), read: plain(read), readarray: plain(mapfile),
  readonly: readonlyBuiltin, return: plain(returnBuiltin), set: plain(set), shift: plain(shift), shopt: plain(shopt), source: plain(source),
  test: plain(test), times: plain(times), trap: plain(trap), true: always(0), type: plain(type), typeset: declare, ulimit: plain(ulimit),
  umask: plain(umask), unalias: plain(unaliasBuiltin), unset: plain(unset), wait: plain(wait),
};

const SPECIAL = new Set([".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "source", "times", "trap", "unset"]);

export const BUILTIN_NAMES: readonly string[] = Object.keys(BUILTINS).sort();

export function findBuiltin(sh: Shell, name: string): Builtin | undefined {
  return Object.hasOwn(BUILTINS, name) && !sh.disabledBuiltins.has(name) ? BUILTINS[name] : undefined;
}

/** POSIX special builtins. */
export const isSpecialBuiltin = (name: string): boolean => SPECIAL.has(name);

export const RESERVED_WORDS: readonly string[] = [
  "if", "then", "else", "elif", "fi", "case", "esac", "for", "select", "while", "until", "do", "done", "in", "function", "time", "{", "}", "!", "[[", "]]", "coproc",
];
