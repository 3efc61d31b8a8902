import { decodeEscapes } from "../shell/text/escapes.ts";
import { plainTool } from "./lib/tool.ts";

/** echo(1) of coreutils; the shell has its own. */
export const echo = plainTool(function* (io, args) {
  let [newline, escapes, at] = [true, false, 0];
  for (; /^-[neE]+$/.test(args[at] ?? ""); at++) {
    for (const letter of (args[at] ?? "").slice(1)) {
      if (letter === "n") newline = false;
      else escapes = letter === "e";
    }
  }
  const text = args.slice(at).join(" ");
  const decoded = escapes ? decodeEscapes(text, "echo") : { text, stop: false };
  yield* io.out.text(decoded.text + (newline && !decoded.stop ? "\n" : ""));
  return 0;
});
