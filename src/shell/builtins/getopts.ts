import type { Task } from "../../os/sys.ts";
import { Complaint } from "../control.ts";
import type { Shell } from "../state.ts";
import { assign, isName } from "../vars/assign.ts";
import { failWith } from "./options.ts";

/** `getopts optstring name [args]`. */
export function* getopts(sh: Shell, args: readonly string[]): Task<number> {
  const rest = args[0] === "--" ? args.slice(1) : args;
  const [spec, name, ...given] = rest;
  if (spec === undefined || name === undefined) {
    yield* sh.write(2, "getopts: usage: getopts optstring name [arg ...]\n");
    return 2;
  }
  const words = rest.length > 2 ? given : sh.args;
  const state = sh.getopts;
  if (state.argument > words.length) state.argument = words.length + 1;
  const word = words[state.argument - 1];
  if (state.offset === 1 && (word === undefined || !word.startsWith("-") || word === "-" || word === "--")) {
    if (word === "--") state.argument++;
    return yield* finish(sh, name, "?", 1);
  }
  const letter = (word ?? "")[state.offset] ?? "";
  state.offset++;
  const silent = spec.startsWith(":") || sh.get("OPTERR") === "0";
  const at = letter === ":" ? -1 : spec.replace(/^:/, "").indexOf(letter);
  if (at < 0) {
    advance(state, word ?? "");
    return yield* unknown(sh, name, letter, spec.startsWith(":"), silent);
  }
  if (spec.replace(/^:/, "")[at + 1] !== ":") {
    advance(state, word ?? "");
    sh.vars.remove("OPTARG");
    return yield* finish(sh, name, letter, 0);
  }
  return yield* withArgument(sh, name, letter, words, spec.startsWith(":"), silent);
}

function advance(state: { argument: number; offset: number }, word: string): void {
  if (state.offset < word.length) return;
  state.argument++;
  state.offset = 1;
}

function* unknown(sh: Shell, name: string, letter: string, colon: boolean, silent: boolean): Task<number> {
  if (colon) assign(sh, "OPTARG", letter);
  else {
    sh.vars.remove("OPTARG");
    if (!silent) yield* sh.write(2, `${sh.name}: illegal option -- ${letter}\n`);
  }
  return yield* finish(sh, name, "?", 0);
}

function* withArgument(sh: Shell, name: string, letter: string, words: readonly string[], colon: boolean, silent: boolean): Task<number> {
  const state = sh.getopts;
  const word = words[state.argument - 1] ?? "";
  const attached = word.slice(state.offset);
  state.argument++;
  state.offset = 1;
  if (attached !== "") {
    assign(sh, "OPTARG", attached);
    return yield* finish(sh, name, letter, 0);
  }
  const value = words[state.argument - 1];
  if (value !== undefined) {
    state.argument++;
    assign(sh, "OPTARG", value);
    return yield* finish(sh, name, letter, 0);
  }
  if (colon) assign(sh, "OPTARG", letter);
  else {
    sh.vars.remove("OPTARG");
    if (!silent) yield* sh.write(2, `${sh.name}: option requires an argument -- ${letter}\n`);
  }
  return yield* finish(sh, name, colon ? ":" : "?", 0);
}

/** Sets the name and OPTIND; the place inside a word of letters is kept. */
function* finish(sh: Shell, name: string, letter: string, status: number): Task<number> {
  const state = sh.getopts;
  assign(sh, "OPTIND", String(state.argument));
  sh.getopts = state;
  if (!isName(name)) return yield* failWith(sh, `getopts: \`${name}': not a valid identifier`);
  try {
    assign(sh, name, letter);
  } catch (e) {
    if (!(e instanceof Complaint)) throw e;
    return yield* failWith(sh, e.message);
  }
  return status;
}
