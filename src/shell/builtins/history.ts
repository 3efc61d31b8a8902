import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";
import { failWith, output, parseOptions } from "./options.ts";

export function* historyBuiltin(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "history", args, "cd:arnwps", "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]");
  if (!options) return 2;
  if (options.flags.has("c")) {
    sh.history.length = 0;
    return 0;
  }
  const offset = options.values.get("d");
  if (offset !== undefined) return yield* remove(sh, offset);
  if (options.flags.has("s")) {
    sh.history.push(options.rest.join(" "));
    return 0;
  }
  for (const flag of ["a", "r", "n", "w", "p"]) if (options.flags.has(flag)) return yield* failWith(sh, `history: -${flag}: not simulated here`);
  const count = options.rest[0];
  if (count !== undefined && !/^\+?\d+$/.test(count)) return yield* failWith(sh, `history: ${count}: numeric argument required`);
  const from = count === undefined ? 0 : Math.max(0, sh.history.length - Number(count));
  return yield* output(sh, "history", sh.history.slice(from).map((line, i) => `${String(from + i + 1).padStart(5)}  ${line}\n`).join(""));
}

function* remove(sh: Shell, offset: string): Task<number> {
  const n = Number(offset);
  const at = n < 0 ? sh.history.length + n : n - 1;
  if (!/^-?\d+$/.test(offset) || sh.history[at] === undefined) return yield* failWith(sh, `history: ${offset}: history position out of range`);
  sh.history.splice(at, 1);
  return 0;
}
