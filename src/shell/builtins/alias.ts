import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";
import { singleQuote } from "../text/quote.ts";
import { failWith, output, parseOptions } from "./options.ts";

const line = (name: string, value: string): string => `alias ${name}=${singleQuote(value)}\n`;

export function* aliasBuiltin(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "alias", args, "p", "alias [-p] [name[=value] ... ]");
  if (!options) return 2;
  if (options.rest.length === 0 || options.flags.has("p")) {
    yield* output(sh, "alias", [...sh.aliases].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([n, v]) => line(n, v)).join(""));
  }
  let status = 0;
  for (const arg of options.rest) {
    const eq = arg.indexOf("=", 1);
    if (eq > 0) {
      const name = arg.slice(0, eq);
      if (/[\s/$`"'\\=|&;()<>]/.test(name)) status = yield* failWith(sh, `alias: \`${name}': invalid alias name`);
      else sh.aliases.set(name, arg.slice(eq + 1));
      continue;
    }
    const value = sh.aliases.get(arg);
    if (value === undefined) status = yield* failWith(sh, `alias: ${arg}: not found`);
    else yield* output(sh, "alias", line(arg, value));
  }
  return status;
}

export function* unaliasBuiltin(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "unalias", args, "a", "unalias [-a] name [name ...]");
  if (!options) return 2;
  if (options.flags.has("a")) {
    sh.aliases.clear();
    return 0;
  }
  if (options.rest.length === 0) {
    yield* sh.write(2, "unalias: usage: unalias [-a] name [name ...]\n");
    return 2;
  }
  let status = 0;
  for (const name of options.rest) if (!sh.aliases.delete(name)) status = yield* failWith(sh, `unalias: ${name}: not found`);
  return status;
}
