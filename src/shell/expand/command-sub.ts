import type { ParsedScript, Redirection } from "unbash";
import type { Task } from "../../os/sys.ts";
import { isErrno, strerror } from "../../net/uapi/errno.ts";
import { Complaint } from "../control.ts";
import { runNestedScript } from "../interp/script.ts";
import { forkShell, waitForChild } from "../interp/fork.ts";
import type { Shell } from "../state.ts";
import { decode } from "../text/bytes.ts";
import { expandString } from "./word.ts";

/** `$(…)`: the output of a subshell, without NUL bytes and trailing newlines. Its status is kept for `$?`. */
export function* commandSubstitution(sh: Shell, script: ParsedScript, text: string): Task<string> {
  const file = onlyInput(script);
  if (file) return trimmed(yield* readWhole(sh, file));
  const [readEnd, writeEnd] = sh.sys.pipe();
  const pid = forkShell(sh, (child) => {
    child.traceDepth++;
    return runNestedScript(child, script, text);
  }, {
    fds: [[1, writeEnd]], without: [readEnd], substitution: true,
  });
  sh.sys.close(writeEnd);
  if (isErrno(pid)) {
    sh.sys.close(readEnd);
    throw new Complaint(`fork: retry: ${strerror(pid)}`, "discard", 254);
  }
  sh.privateFds.add(readEnd);
  const output = yield* readAll(sh, readEnd);
  sh.privateFds.delete(readEnd);
  sh.sys.close(readEnd);
  sh.substStatus = yield* waitForChild(sh, pid);
  sh.status = sh.substStatus;
  return trimmed(output);
}

const trimmed = (bytes: Uint8Array): string => decode(bytes).replaceAll("\0", "").replace(/\n+$/, "");

/** `$(< file)` reads the file itself. */
function onlyInput(script: ParsedScript): Extract<Redirection, { type: "Redirect" }> | undefined {
  const command = script.commands.length === 1 ? script.commands[0]?.command : undefined;
  if (command?.type !== "Command" || command.name || command.redirects.length !== 1 || command.prefix.length !== 1) return undefined;
  const only = command.redirects[0];
  return only?.type === "Redirect" && only.operator === "<" && !only.descriptor ? only : undefined;
}

function* readWhole(sh: Shell, redirect: Extract<Redirection, { type: "Redirect" }>): Task<Uint8Array> {
  const path = redirect.target ? yield* expandString(sh, redirect.target) : "";
  const fd = sh.sys.open(path, { read: true });
  if (typeof fd === "string") {
    yield* sh.complain(`${path}: ${strerror(fd)}`);
    sh.substStatus = 1;
    return new Uint8Array();
  }
  const bytes = yield* readAll(sh, fd);
  sh.sys.close(fd);
  sh.substStatus = 0;
  return bytes;
}

export function* readAll(sh: Shell, fd: number): Task<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = yield* sh.sys.read(fd, 65536);
    if (chunk === "EINTR") {
      sh.traps.checkInterrupt(sh);
      continue;
    }
    if (typeof chunk === "string" || chunk.length === 0) break;
    chunks.push(chunk);
  }
  return concat(chunks);
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const whole = new Uint8Array(chunks.reduce((n, c) => n + c.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** `<(…)` and `>(…)`: a pipe to a subshell, named /dev/fd/N. */
export function* processSubstitution(sh: Shell, direction: "<" | ">", script: ParsedScript): Task<string> {
  const [readEnd, writeEnd] = sh.sys.pipe();
  const [ours, theirs] = direction === "<" ? [readEnd, writeEnd] : [writeEnd, readEnd];
  const pid = forkShell(sh, (child) => runNestedScript(child, script, ""), {
    fds: [[direction === "<" ? 1 : 0, theirs]], without: [ours], substitution: true,
  });
  sh.sys.close(theirs);
  if (isErrno(pid)) throw new Complaint(`fork: retry: ${strerror(pid)}`, "discard", 254);
  sh.lastAsyncPid = pid;
  const high = moveHigh(sh, ours);
  sh.processFds.push(high);
  yield* sh.sys.compute(1000);
  return `/dev/fd/${high}`;
}

/** bash takes 63 and downward, out of the way of the script's own descriptors. */
function moveHigh(sh: Shell, fd: number): number {
  const used = new Set(sh.sys.fds());
  for (let to = 63; to > 9; to--) {
    if (used.has(to)) continue;
    if (typeof sh.sys.dup(fd, to) === "string") break;
    sh.sys.close(fd);
    return to;
  }
  return fd;
}
