import { strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { ExitShell } from "../control.ts";
import { findCommand } from "../path-search.ts";
import { runScriptFile } from "../startup.ts";
import type { Shell } from "../state.ts";
import { parseOptions } from "./options.ts";

const USAGE = "exec [-cl] [-a name] [command [argument ...]] [redirection ...]";

/** `exec program`: the program takes the shell's place. Without a program only redirections count. */
export function* execProgram(sh: Shell, args: readonly string[]): Task<number> {
  const options = yield* parseOptions(sh, "exec", args, "cla:", USAGE);
  if (!options) return 2;
  const [name, ...rest] = options.rest;
  if (name === undefined) return 0;
  const path = findCommand(sh, name);
  if (path === undefined) return yield* gone(sh, `exec: ${name}: not found`, 127);
  const argv0 = options.values.get("a") ?? name;
  const env = options.flags.has("c") ? new Map<string, string>() : sh.vars.exported();
  const level = Number(env.get("SHLVL"));
  if (level > 0) env.set("SHLVL", String(level - 1));
  env.set("_", path);
  const stat = sh.sys.stat(path);
  if (typeof stat !== "string" && stat.kind === "dir") return yield* gone(sh, `${name}: Is a directory`, 126);
  for (const fd of sh.privateFds) sh.sys.setCloseOnExec(fd, true);
  for (const signal of ["SIGTTIN", "SIGTTOU", "SIGTSTP", "SIGTERM", "SIGQUIT"] as const) {
    if (sh.interactive && sh.traps.actions.get(signal) === undefined) sh.sys.signal(signal, "default");
  }
  const errno = yield* sh.sys.exec(path, [options.flags.has("l") ? `-${argv0}` : argv0, ...rest], env);
  if (errno === "ENOEXEC") throw new ExitShell(yield* runScriptFile(sh, path, [path, ...rest]));
  yield* sh.complain(`${path}: ${strerror(errno)}`);
  return yield* gone(sh, `exec: ${name}: cannot execute: ${strerror(errno)}`, errno === "ENOENT" ? 127 : 126);
}

/** A script ends when exec fails, unless `shopt -s execfail`. */
function* gone(sh: Shell, message: string, status: number): Task<number> {
  yield* sh.complain(message);
  if (sh.interactive || sh.shopt.has("execfail")) return status;
  throw new ExitShell(status);
}
