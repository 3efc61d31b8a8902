import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";
import { decodeEscapes } from "../text/escapes.ts";
import { output } from "./options.ts";

/** `echo [-neE] words`. */
export function* echo(sh: Shell, args: readonly string[]): Task<number> {
  let newline = true;
  let escapes = sh.shopt.has("xpg_echo");
  let i = 0;
  for (; i < args.length && /^-[neE]+$/.test(args[i] ?? ""); i++) {
    for (const letter of (args[i] ?? "").slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  const text = args.slice(i).join(" ");
  if (!escapes) return yield* output(sh, "echo", newline ? text + "\n" : text);
  const decoded = decodeEscapes(text, "echo");
  return yield* output(sh, "echo", decoded.text + (newline && !decoded.stop ? "\n" : ""));
}
