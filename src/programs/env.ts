import { strerror } from "../net/uapi/errno.ts";
import { findProgram } from "./lib/find-program.ts";
import { tool } from "./lib/tool.ts";

/** env(1): changes the environment, then runs a command or prints what there is. */
export const env = tool({
  takes: "i,ignore-environment 0,null u,unset= C,chdir=", refuses: "S,split-string= v,debug block-signal=? default-signal=? ignore-signal=? list-signal-handling",
  usage: "[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]", badStatus: 125, stopAtOperand: true,
}, function* (io, o) {
  const { sys } = io;
  let words = o.operands;
  if (o.has("i") || words[0] === "-") sys.env.clear();
  if (words[0] === "-") words = words.slice(1);
  for (const { key, value } of o.list) if (key === "u" && value !== undefined) sys.env.delete(value);
  let at = 0;
  for (; at < words.length && (words[at] ?? "").includes("="); at++) {
    const word = words[at] ?? "";
    sys.env.set(word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1));
  }
  const [command, ...args] = words.slice(at);
  if (command === undefined) {
    for (const [name, value] of sys.env) yield* io.out.text(`${name}=${value}${o.has("0") ? "\0" : "\n"}`);
    return 0;
  }
  const dir = o.value("C");
  const moved = dir === undefined ? undefined : sys.chdir(dir);
  if (moved !== undefined) {
    yield* io.complain(`cannot change directory to ${io.quote(dir ?? "")}: ${strerror(moved)}`);
    return 125;
  }
  const failed = yield* sys.exec(findProgram(sys, command), [command, ...args]);
  yield* io.complain(`${io.quote(command)}: ${strerror(failed)}`);
  return failed === "ENOENT" ? 127 : 126;
});
