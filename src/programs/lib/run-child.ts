import type { Errno } from "../../net/uapi/errno.ts";
import type { Program, Sys, Task } from "../../os/sys.ts";
import { signalNumber } from "../../os/signals.ts";
import { findProgram } from "./find-program.ts";
import type { Io } from "./tool.ts";
import { strerror } from "../../net/uapi/errno.ts";

/** What util-linux tools run when no program is named: $SHELL as a login shell. */
export function programOrShell(sys: Sys, words: readonly string[]): { readonly path: string; readonly argv: readonly string[] } {
  const [first] = words;
  if (first !== undefined) return { path: findProgram(sys, first), argv: words };
  const shell = sys.env.get("SHELL") ?? "/bin/sh";
  return { path: shell, argv: [`-${shell.split("/").at(-1) ?? "sh"}`] };
}

/** execvp(3), and what util-linux says when it fails (127 not found, 126 otherwise). */
export function* execOrTell(io: Io, words: readonly string[]): Task<number> {
  const { path, argv } = programOrShell(io.sys, words);
  const failed: Errno = yield* io.sys.exec(path, argv);
  yield* io.complain(`failed to execute ${words[0] ?? path}: ${strerror(failed)}`);
  return failed === "ENOENT" ? 127 : 126;
}

/** fork(2), `run` in the child, and its status here. A child that stops, stops its parent too. */
export function* forkAndWait(io: Io, run: Program): Task<number> {
  const { sys } = io;
  const pid = sys.spawn({ run, argv: [...io.argv] });
  if (typeof pid === "string") {
    yield* io.complain(`fork failed: ${strerror(pid)}`);
    return 1;
  }
  const handlers = [sys.signal("SIGINT", "ignore"), sys.signal("SIGTERM", "ignore")] as const;
  for (;;) {
    const status = yield* sys.waitpid({ who: pid, untraced: true });
    if (status === "EINTR" || status === undefined) continue;
    if (typeof status === "string") return 1;
    if (status.is === "stopped") {
      sys.kill(sys.pid, "SIGSTOP");
      sys.kill(pid, "SIGCONT");
      continue;
    }
    if (status.is === "continued") continue;
    sys.signal("SIGINT", handlers[0]);
    sys.signal("SIGTERM", handlers[1]);
    return status.is === "exited" ? status.code : 128 + signalNumber(status.signal);
  }
}
