import { type Errno, isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { ExitShell } from "../control.ts";
import type { Shell } from "../state.ts";
import { findCommand } from "../path-search.ts";
import { childFds, childSignals } from "./fork.ts";
import { waitForeground } from "./pipeline.ts";
import { forkShell } from "./fork.ts";
import { callFunction } from "./function.ts";
import { runScriptFile } from "../startup.ts";

/** Runs a program from the disk. `replace`: this process has nothing else to do, so the program takes its place. */
export function* execExternal(sh: Shell, words: readonly string[], text: string, replace: boolean): Task<number> {
  const name = words[0] ?? "";
  const path = findCommand(sh, name);
  if (path === undefined) return yield* notFound(sh, words);
  const refused = refusal(sh, name, path);
  if (refused) {
    yield* sh.complain(refused.message);
    return refused.status;
  }
  const env = sh.vars.exported();
  env.set("_", path);
  if (replace) return yield* replaceShell(sh, path, words, env);
  const pid = sh.sys.spawn({
    run: path, argv: words, env, fds: childFds(sh, {}), signals: childSignals(sh, false), ...(sh.on("monitor") ? { pgid: 0 } : {}),
  });
  if (pid === "ENOEXEC") return yield* scriptWithoutShebang(sh, path, words);
  if (isErrno(pid)) return yield* cannotRun(sh, path, pid);
  sh.jobs.started(pid);
  return yield* waitForeground(sh, [pid], text);
}

/** "command not found", unless the user has a function for that. */
function* notFound(sh: Shell, words: readonly string[]): Task<number> {
  const handler = sh.functions.get("command_not_found_handle");
  if (handler) return yield* callFunction(sh, handler, words);
  yield* sh.complain(`${words[0] ?? ""}: command not found`);
  return 127;
}

/** What bash says before it even tries. */
function refusal(sh: Shell, name: string, path: string): { message: string; status: number } | undefined {
  const stat = sh.sys.stat(path);
  if (isErrno(stat)) return { message: `${name}: ${strerror(stat)}`, status: stat === "ENOENT" || stat === "ENOTDIR" ? (stat === "ENOTDIR" ? 126 : 127) : 126 };
  if (stat.kind === "dir") return { message: `${name}: Is a directory`, status: 126 };
  if (sh.sys.access(path, "execute") !== undefined) return { message: `${name}: Permission denied`, status: 126 };
  return undefined;
}

/** The kernel refused; ENOENT of a file that is there means its interpreter is missing. */
function* cannotRun(sh: Shell, path: string, errno: Errno): Task<number> {
  yield* sh.complain(`${path}: ${errno === "ENOENT" ? "cannot execute: required file not found" : strerror(errno)}`);
  return errno === "ENOENT" ? 127 : 126;
}

function* replaceShell(sh: Shell, path: string, words: readonly string[], env: ReadonlyMap<string, string>): Task<number> {
  for (const fd of sh.privateFds) sh.sys.close(fd);
  const errno = yield* sh.sys.exec(path, words, env);
  if (errno === "ENOEXEC") return yield* scriptWithoutShebang(sh, path, words);
  return yield* cannotRun(sh, path, errno);
}

/** A text file without `#!` is a shell script: a subshell runs it. */
function* scriptWithoutShebang(sh: Shell, path: string, words: readonly string[]): Task<number> {
  const bytes = sh.sys.readFile(path);
  if (isErrno(bytes) || bytes.subarray(0, 80).includes(0)) {
    yield* sh.complain(`${path}: cannot execute binary file: ${strerror("ENOEXEC")}`);
    return 126;
  }
  const pid = forkShell(sh, (child) => runScriptFile(child, path, words), sh.on("monitor") ? { pgid: 0 } : {});
  if (isErrno(pid)) throw new ExitShell(254);
  return yield* waitForeground(sh, [pid], words.join(" "));
}
