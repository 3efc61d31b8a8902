import { strerror } from "../net/uapi/errno.ts";
import type { Task } from "../os/sys.ts";
import { applyMode, parseMode } from "./lib/mode.ts";
import { missingOperand, tool, type Io } from "./lib/tool.ts";

function* makeParents(io: Io, path: string, verbose: boolean): Task<boolean> {
  const names = path.split("/");
  for (let i = 1; i < names.length; i++) {
    const parent = names.slice(0, i).join("/");
    if (parent === "") continue;
    const failed = io.sys.mkdir(parent);
    if (failed === undefined && verbose) yield* io.out.text(`${io.name}: created directory '${parent}'\n`);
    if (failed === undefined || failed === "EEXIST") continue;
    yield* io.complain(`cannot create directory ${io.quote(parent)}: ${strerror(failed)}`);
    return false;
  }
  return true;
}

function* makeOne(io: Io, path: string, o: { parents: boolean; verbose: boolean; mode: number | undefined }): Task<boolean> {
  if (o.parents && !(yield* makeParents(io, path.replace(/\/+$/, ""), o.verbose))) return false;
  const failed = io.sys.mkdir(path, o.mode);
  const stat = io.sys.stat(path);
  const fine = failed === "EEXIST" && o.parents && typeof stat !== "string" && stat.kind === "dir";
  if (failed !== undefined && !fine) {
    yield* io.complain(`cannot create directory ${io.quote(path)}: ${strerror(failed)}`);
    return false;
  }
  if (o.mode !== undefined) io.sys.chmod(path, o.mode);
  if (o.verbose && !fine) yield* io.out.text(`${io.name}: created directory '${path}'\n`);
  return true;
}

/** mkdir(1). */
export const mkdir = tool({ takes: "m,mode= p,parents v,verbose", refuses: "Z context=?", usage: "[OPTION]... DIRECTORY..." }, function* (io, o) {
  if (o.operands.length === 0) return yield* missingOperand(io);
  const text = o.value("m");
  const change = text === undefined ? undefined : parseMode(text);
  if (change === null) {
    yield* io.complain(`invalid mode ${io.quote(text ?? "")}`);
    return 1;
  }
  const mode = change === undefined ? undefined : applyMode(change, 0o777, true, io.sys.umask());
  let status = 0;
  for (const path of o.operands) if (!(yield* makeOne(io, path, { parents: o.has("p"), verbose: o.has("v"), mode }))) status = 1;
  return status;
});

/** rmdir(1). */
export const rmdir = tool({ takes: "p,parents v,verbose ignore-fail-on-non-empty", usage: "[OPTION]... DIRECTORY..." }, function* (io, o) {
  if (o.operands.length === 0) return yield* missingOperand(io);
  let status = 0;
  for (const operand of o.operands) {
    for (let path = operand.replace(/\/+$/, "") || operand; path !== ""; path = o.has("p") ? path.split("/").slice(0, -1).join("/") : "") {
      if (o.has("v")) yield* io.out.text(`${io.name}: removing directory, '${path}'\n`);
      const failed = io.sys.rmdir(path);
      if (failed === undefined || (failed === "ENOTEMPTY" && o.has("ignore-fail-on-non-empty"))) continue;
      yield* io.complain(path === operand.replace(/\/+$/, "") ? `failed to remove '${operand}': ${strerror(failed)}` : `failed to remove directory '${path}': ${strerror(failed)}`);
      status = 1;
      break;
    }
  }
  return status;
});
