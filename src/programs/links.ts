import { isErrno, strerror } from "../net/uapi/errno.ts";
import { canonicalPath, type Existing } from "./lib/canonical.ts";
import { missingOperand, tool } from "./lib/tool.ts";

/** readlink(1): what a link says, or with -f, -e, -m the canonical path. Silent about failure. */
export const readlink = tool({ takes: "f,canonicalize e,canonicalize-existing m,canonicalize-missing n,no-newline q,quiet s,silent v,verbose z,zero", usage: "[OPTION]... FILE..." }, function* (io, o) {
  if (o.operands.length === 0) return yield* missingOperand(io);
  const mode = o.last("f", "e", "m");
  const must: Existing = mode === "e" ? "all" : mode === "m" ? "none" : "parents";
  const end = o.has("n") && o.operands.length === 1 ? "" : o.has("z") ? "\0" : "\n";
  let status = 0;
  for (const path of o.operands) {
    const canonical = mode === undefined ? undefined : canonicalPath(io.sys, path, must);
    const link = mode === undefined ? io.sys.readlink(path) : undefined;
    const failed = isErrno(canonical) ? canonical : isErrno(link) ? link : undefined;
    if (failed === undefined) yield* io.out.text((isErrno(canonical) ? "" : (canonical?.path ?? "")) + (isErrno(link) ? "" : (link?.target ?? "")) + end);
    else {
      status = 1;
      if (o.has("v")) yield* io.complain(`${path}: ${strerror(failed)}`);
    }
  }
  return status;
});

/** realpath(1). */
export const realpath = tool({ takes: "e,canonicalize-existing m,canonicalize-missing s,strip,no-symlinks q,quiet z,zero", refuses: "L,logical P,physical relative-to= relative-base=", usage: "[OPTION]... FILE..." }, function* (io, o) {
  if (o.operands.length === 0) return yield* missingOperand(io);
  const must: Existing = o.has("e") ? "all" : o.has("m") ? "none" : "parents";
  let status = 0;
  for (const path of o.operands) {
    const found = canonicalPath(io.sys, path, must, !o.has("s"));
    if (!isErrno(found)) yield* io.out.text(found.path + (o.has("z") ? "\0" : "\n"));
    else {
      status = 1;
      if (!o.has("q")) yield* io.complain(`${path}: ${strerror(found)}`);
    }
  }
  return status;
});

/** ln(1). Hard links are refused: the file tree has none. */
export const ln = tool({ takes: "s,symbolic f,force n,no-dereference T,no-target-directory v,verbose", refuses: "b S,suffix= backup=? d,directory F i,interactive L,logical P,physical r,relative t,target-directory=", usage: "[OPTION]... [-T] TARGET LINK_NAME" }, function* (io, o) {
  const [target, ...rest] = o.operands;
  if (target === undefined) {
    yield* io.complain("missing file operand");
    yield* io.err(`Try '${io.name} --help' for more information.\n`);
    return 1;
  }
  if (!o.has("s")) {
    yield* io.complain("hard links: not simulated here");
    return 1;
  }
  const last = rest.at(-1) ?? ".";
  const stat = o.has("n", "T") ? io.sys.lstat(last) : io.sys.stat(last);
  const intoDir = !isErrno(stat) && stat.kind === "dir" && !o.has("T");
  let status = 0;
  for (const from of rest.length > 1 ? o.operands.slice(0, -1) : [target]) {
    const path = intoDir ? `${last.replace(/\/$/, "")}/${from.replace(/\/+$/, "").split("/").at(-1) ?? ""}` : last;
    if (o.has("f")) io.sys.unlink(path);
    const failed = io.sys.symlink(from, path);
    if (failed !== undefined) {
      yield* io.complain(`failed to create symbolic link '${path}': ${strerror(failed)}`);
      status = 1;
    } else if (o.has("v")) yield* io.out.text(`'${path}' -> '${from}'\n`);
  }
  return status;
});
