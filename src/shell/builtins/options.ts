import { strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";

/** Options of a builtin, read as bash's internal_getopt() does. */
export interface Options {
  readonly flags: ReadonlySet<string>;
  /** Arguments of options that take one. */
  readonly values: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/**
 * `spec` is getopt-like: "ab:c" = a and c are flags, b takes an argument. On an unknown option prints
 * `cd: -z: invalid option` and the usage line, and answers null: the status is then 2.
 */
export function* parseOptions(sh: Shell, name: string, args: readonly string[], spec: string, usage: string): Task<Options | null> {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  let i = 0;
  for (; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--") { i++; break; }
    if (!arg.startsWith("-") || arg === "-") break;
    for (let at = 1; at < arg.length; at++) {
      const letter = arg[at] ?? "";
      const where = spec.indexOf(letter);
      if (where < 0 || letter === ":") return yield* refuse(sh, `${name}: -${letter}: invalid option`, name, usage);
      if (spec[where + 1] !== ":") { flags.add(letter); continue; }
      const value = at + 1 < arg.length ? arg.slice(at + 1) : args[++i];
      if (value === undefined) return yield* refuse(sh, `${name}: -${letter}: option requires an argument`, name, usage);
      flags.add(letter);
      values.set(letter, value);
      break;
    }
  }
  return { flags, values, rest: args.slice(i) };
}

function* refuse(sh: Shell, message: string, name: string, usage: string): Task<null> {
  yield* sh.complain(message);
  yield* sh.write(2, `${name}: usage: ${usage}\n`);
  return null;
}

/** Prints `who: message` and answers the status. */
export function* failWith(sh: Shell, message: string, status = 1): Task<number> {
  yield* sh.complain(message);
  return status;
}

/** Writes a builtin's output; what failed is told as bash tells it. */
export function* output(sh: Shell, name: string, text: string): Task<number> {
  if (text === "") return 0;
  const failed = yield* sh.tryWrite(1, text);
  return failed === undefined ? 0 : yield* failWith(sh, `${name}: write error: ${strerror(failed)}`);
}
