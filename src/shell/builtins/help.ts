import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";
import { failWith, output } from "./options.ts";
import { BUILTIN_NAMES } from "./table.ts";

/** `help`: names only; the texts of bash's manual are not carried here. */
export function* help(sh: Shell, args: readonly string[]): Task<number> {
  if (args.length === 0) return yield* output(sh, "help", `Shell commands that are built in:\n${BUILTIN_NAMES.join(" ")}\n`);
  let status = 0;
  for (const name of args) {
    if (BUILTIN_NAMES.includes(name)) yield* output(sh, "help", `${name}: a shell builtin\n`);
    else status = yield* failWith(sh, `help: no help topics match \`${name}'.  Try \`help help' or \`man -k ${name}' or \`info ${name}'.`);
  }
  return status;
}
