import { strerror } from "../../net/uapi/errno.ts";
import { STDIN } from "../../os/sys.ts";
import { Input } from "../lib/input.ts";
import type { Cmd, Tool } from "./lib/tool.ts";

/** `ip -batch FILE`: one command a line; the first that fails ends it, unless -force (do_batch). */
export function* runBatch(tool: Tool, path: string, run: (words: readonly string[]) => Cmd<number>): Cmd<number> {
  const fd = path === "-" ? STDIN : tool.sys.open(path, { read: true });
  if (typeof fd === "string") {
    yield* tool.err(`Cannot open file "${path}" for reading: ${strerror(fd)}\n`);
    return 1;
  }
  const input = new Input(tool.sys, fd);
  let status = 0;
  let number = 0;
  for (let line = yield* input.line(); line !== null; line = yield* input.line()) {
    number++;
    const words = splitWords(line.text);
    if (words.length === 0 || (yield* run(words)) === 0) continue;
    yield* tool.err(`Command failed ${path}:${number}\n`);
    status = 1;
    if (!tool.options.force) return status;
  }
  return status;
}

/** Words by blanks, with quotes; # begins a comment (makeargs). */
function splitWords(line: string): readonly string[] {
  const text = line.replace(/(^|\s)#.*$/, "$1");
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? "");
}
