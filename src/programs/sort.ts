import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Task } from "../os/sys.ts";
import { argBytes } from "./lib/bytes.ts";
import { Input } from "./lib/input.ts";
import type { Options } from "./lib/options.ts";
import { Out } from "./lib/out.ts";
import { closeInput, openInput, tool, type Io } from "./lib/tool.ts";
import { lineOrder, readKeys, type Order } from "./sort-keys.ts";

/** Reads every line of every input; the error text when one cannot be read. */
function* readLines(io: Io, paths: readonly string[], end: string): Task<string[] | string> {
  const lines: string[] = [];
  for (const path of paths) {
    const fd = openInput(io.sys, path);
    if (isErrno(fd)) return `cannot read: ${path}: ${strerror(fd)}`;
    const input = new Input(io.sys, fd, end);
    for (let l = yield* input.line(); l !== null; l = yield* input.line()) lines.push(l.text);
    closeInput(io.sys, fd);
    if (input.error !== undefined) return `read failed: ${path}: ${strerror(input.error)}`;
  }
  return lines;
}

/** -c and -C: is it sorted already? */
function* check(io: Io, o: Options, path: string, order: Order, end: string): Task<number> {
  const lines = yield* readLines(io, [path], end);
  if (typeof lines === "string") {
    yield* io.complain(lines);
    return 2;
  }
  const limit = o.has("u") ? 0 : 1;
  const at = lines.findIndex((line, i) => i > 0 && order.full(lines[i - 1] ?? "", line) >= limit);
  if (at < 0) return 0;
  if (!o.has("C")) yield* io.err(`${io.name}: ${path}:${at + 1}: disorder: ${lines[at] ?? ""}\n`);
  return 1;
}

function* writeLines(io: Io, o: Options, lines: readonly string[], end: string): Task<number> {
  const target = o.value("o");
  const fd = target === undefined ? undefined : io.sys.open(target, { write: true, create: true, truncate: true });
  if (isErrno(fd)) {
    yield* io.complain(`open failed: ${target ?? ""}: ${strerror(fd)}`);
    return 2;
  }
  const out = fd === undefined ? io.out : new Out(io.sys, fd);
  for (const line of lines) yield* out.bytes(line + end);
  yield* out.flush();
  if (fd !== undefined) io.sys.close(fd);
  return 0;
}

/** sort(1). Bytes are compared, as in the C locale. */
export const sort = tool({
  takes: "b,ignore-leading-blanks d,dictionary-order f,ignore-case g,general-numeric-sort i,ignore-nonprinting M,month-sort h,human-numeric-sort "
    + "n,numeric-sort r,reverse V,version-sort c,check=? C k,key= m,merge o,output= s,stable t,field-separator= u,unique z,zero-terminated",
  refuses: "R,random-sort S,buffer-size= T,temporary-directory= parallel= batch-size= compress-program= files0-from= random-source= sort= debug",
  usage: "[OPTION]... [FILE]...", badStatus: 2,
}, function* (io, o) {
  const separator = argBytes(o.value("t") ?? "");
  if (separator.length > 1 && separator !== "\\0") {
    yield* io.complain(`multi-character tab ${io.quote(o.value("t") ?? "")}`);
    return 2;
  }
  const keys = readKeys(o, io.quote);
  if (typeof keys === "string") {
    yield* io.complain(keys);
    return 2;
  }
  const order = lineOrder(keys, { separator: separator === "\\0" ? "\0" : separator, reverse: o.has("r"), stable: o.has("s", "u") });
  const end = o.has("z") ? "\0" : "\n";
  const paths = o.operands.length > 0 ? o.operands : ["-"];
  if (o.has("c", "C")) return yield* check(io, o, paths[0] ?? "-", order, end);
  const lines = yield* readLines(io, paths, end);
  if (typeof lines === "string") {
    yield* io.complain(lines);
    return 2;
  }
  yield* io.sys.compute(1_000 + lines.length * 200);
  const sorted = lines.sort(order.full);
  const kept = o.has("u") ? sorted.filter((l, i) => i === 0 || order.byKeys(sorted[i - 1] ?? "", l) !== 0) : sorted;
  return yield* writeLines(io, o, kept, end);
});
