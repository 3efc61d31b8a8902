import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Sys } from "../os/sys.ts";
import { applyMode, modeText, parseMode } from "./lib/mode.ts";
import { tool, usageError } from "./lib/tool.ts";

function* below(sys: Sys, path: string): Generator<string, void, void> {
  yield path;
  const stat = sys.lstat(path);
  if (isErrno(stat) || stat.kind !== "dir") return;
  const names = sys.readdir(path);
  if (!isErrno(names)) for (const name of names) yield* below(sys, `${path.replace(/\/$/, "")}/${name}`);
}

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** chmod(1). `-x` and the like are modes, not options. */
export const chmod = tool({ takes: "R,recursive v,verbose c,changes f,silent,quiet", refuses: "reference= preserve-root no-preserve-root", usage: "[OPTION]... MODE[,MODE]... FILE...", modesAreOperands: true }, function* (io, o) {
  const [text, ...paths] = o.operands;
  if (text === undefined) return yield* usageError(io, "missing operand");
  if (paths.length === 0) return yield* usageError(io, `missing operand after ${io.quote(text)}`);
  const change = parseMode(text);
  if (change === null) return yield* usageError(io, `invalid mode: ${io.quote(text)}`);
  let status = 0;
  for (const operand of paths) {
    for (const path of o.has("R") ? below(io.sys, operand) : [operand]) {
      const stat = io.sys.stat(path);
      const after = isErrno(stat) ? 0 : applyMode(change, stat.mode, stat.kind === "dir", io.sys.umask());
      const failed = isErrno(stat) ? stat : io.sys.chmod(path, after);
      if (isErrno(stat) || failed !== undefined) {
        status = 1;
        if (!o.has("f")) yield* io.complain(isErrno(stat) ? `cannot access '${path}': ${strerror(stat)}` : `changing permissions of '${path}': ${strerror(failed ?? "EPERM")}`);
      } else if (stat.mode !== after && o.has("v", "c")) {
        yield* io.out.text(`mode of '${path}' changed from ${octal(stat.mode)} (${modeText("file", stat.mode).slice(1)}) to ${octal(after)} (${modeText("file", after).slice(1)})\n`);
      } else if (o.has("v")) yield* io.out.text(`mode of '${path}' retained as ${octal(after)} (${modeText("file", after).slice(1)})\n`);
    }
  }
  return status;
});
