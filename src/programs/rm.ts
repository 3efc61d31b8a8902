import { isErrno, strerror, type Errno } from "../net/uapi/errno.ts";
import type { Task } from "../os/sys.ts";
import type { Options } from "./lib/options.ts";
import { missingOperand, tool, type Io } from "./lib/tool.ts";

function* fail(io: Io, path: string, e: Errno): Task<boolean> {
  yield* io.complain(`cannot remove '${path}': ${strerror(e)}`);
  return false;
}

function* removeOne(io: Io, o: Options, path: string): Task<boolean> {
  const { sys } = io;
  const stat = sys.lstat(path);
  if (isErrno(stat)) return (stat === "ENOENT" || stat === "ENOTDIR") && o.has("f") ? true : yield* fail(io, path, stat);
  if (stat.kind === "dir") {
    if (/(^|\/)\.\.?\/*$/.test(path)) {
      yield* io.complain(`refusing to remove '.' or '..' directory: skipping '${path}'`);
      return false;
    }
    if (!o.has("r", "d")) return yield* fail(io, path, "EISDIR");
    if (o.has("r") && !(yield* removeBelow(io, o, path))) return false;
  }
  const failed = stat.kind === "dir" ? sys.rmdir(path) : sys.unlink(path);
  if (failed !== undefined) return yield* fail(io, path, failed);
  if (o.has("v")) yield* io.out.text(stat.kind === "dir" ? `removed directory '${path}'\n` : `removed '${path}'\n`);
  return true;
}

function* removeBelow(io: Io, o: Options, path: string): Task<boolean> {
  const names = io.sys.readdir(path);
  if (isErrno(names)) return yield* fail(io, path, names);
  let fine = true;
  for (const name of names) if (!(yield* removeOne(io, o, `${path.replace(/\/$/, "")}/${name}`))) fine = false;
  return fine;
}

/** rm(1). Asking back (-i) is not simulated. */
export const rm = tool({ takes: "d,dir f,force r,R,recursive v,verbose no-preserve-root preserve-root=?", refuses: "i I interactive=? one-file-system", usage: "[OPTION]... [FILE]..." }, function* (io, o) {
  if (o.operands.length === 0) return o.has("f") ? 0 : yield* missingOperand(io);
  let status = 0;
  for (const path of o.operands) {
    if (path === "/" && o.has("r") && !o.has("no-preserve-root")) {
      yield* io.complain("it is dangerous to operate recursively on '/'");
      yield* io.complain("use --no-preserve-root to override this failsafe");
      status = 1;
    } else if (!(yield* removeOne(io, o, path))) status = 1;
  }
  return status;
});
