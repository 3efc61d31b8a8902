import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Program, Task } from "../os/sys.ts";
import { Input } from "./lib/input.ts";
import { parseSize } from "./lib/numbers.ts";
import type { Spec } from "./lib/options.ts";
import { closeInput, openInput, tool, type Io } from "./lib/tool.ts";

/** How much: the first `count`, or all but the last `count`. */
interface Amount {
  readonly unit: "lines" | "bytes";
  readonly count: number;
  readonly allBut: boolean;
}

const SPEC: Spec = { takes: "n,lines= c,bytes= q,quiet,silent v,verbose z,zero-terminated", usage: "[OPTION]... [FILE]..." };

/** `head -5` is `head -n 5` (obsolete syntax). */
export const withOldCount = (argv: readonly string[], sign: string): string[] =>
  argv.map((a, i) => (i === 1 && new RegExp(`^[${sign}]\\d+$`).test(a) ? `-n${a.replace("-", "")}` : a));

function readAmount(unit: "lines" | "bytes", text: string): Amount | null {
  const allBut = text.startsWith("-");
  const count = parseSize(allBut ? text.slice(1) : text);
  return count === null ? null : { unit, count, allBut };
}

/** Index just past the `count`-th newline at or after `from`; -1 if there are fewer, with how many were found. */
function pastLines(chunk: Uint8Array, count: number, end: number): { readonly at: number; readonly found: number } {
  let found = 0;
  for (let i = 0; i < chunk.length; i++) {
    if (chunk[i] === end && ++found === count) return { at: i + 1, found };
  }
  return { at: -1, found };
}

/** Gives bytes read too far back to a seekable input, so that the next reader starts there. */
const unread = (io: Io, fd: number, bytes: number): void => void (bytes > 0 && io.sys.seek(fd, -bytes, "cur"));

function* firstLines(io: Io, fd: number, count: number, end: number): Task<Input> {
  const input = new Input(io.sys, fd);
  let left = count;
  while (left > 0) {
    const chunk = yield* input.chunk();
    if (chunk === null) break;
    const cut = pastLines(chunk, left, end);
    left -= cut.found;
    yield* io.out.raw(cut.at < 0 ? chunk : chunk.subarray(0, cut.at));
    if (cut.at >= 0) unread(io, fd, chunk.length - cut.at);
  }
  return input;
}

function* firstBytes(io: Io, fd: number, count: number): Task<Input> {
  const input = new Input(io.sys, fd);
  let left = count;
  while (left > 0) {
    const chunk = yield* input.chunk();
    if (chunk === null) break;
    yield* io.out.raw(chunk.subarray(0, left));
    if (chunk.length > left) unread(io, fd, chunk.length - left);
    left -= Math.min(left, chunk.length);
  }
  return input;
}

function* allButLast(io: Io, fd: number, amount: Amount, end: string): Task<Input> {
  const input = new Input(io.sys, fd, end);
  const held: string[] = [];
  for (let l = yield* input.line(); l !== null; l = yield* input.line()) {
    const text = l.ended ? l.text + end : l.text;
    if (amount.unit === "lines") held.push(text);
    else held.push(...text);
    while (held.length > amount.count) yield* io.out.bytes(held.shift() ?? "");
  }
  return input;
}

function* headOf(io: Io, fd: number, amount: Amount, end: string): Task<Input> {
  if (amount.allBut) return yield* allButLast(io, fd, amount, end);
  if (amount.unit === "bytes") return yield* firstBytes(io, fd, amount.count);
  return yield* firstLines(io, fd, amount.count, end.charCodeAt(0));
}

/** The `==> name <==` line between files, as head and tail print it. */
export const banner = (path: string, first: boolean): string => `${first ? "" : "\n"}==> ${path === "-" ? "standard input" : path} <==\n`;

const run = tool(SPEC, function* (io, options) {
  const which = options.last("n", "c") ?? "n";
  const unit = which === "n" ? "lines" : "bytes";
  const amount = readAmount(unit, options.value(which) ?? "10");
  if (amount === null) {
    yield* io.complain(`invalid number of ${unit}: ${io.quote((options.value(which) ?? "").replace(/^-/, ""))}`);
    return 1;
  }
  const paths = options.operands.length > 0 ? options.operands : ["-"];
  const named = options.last("q", "v") === "v" || (options.last("q", "v") === undefined && paths.length > 1);
  let status = 0;
  let first = true;
  for (const path of paths) {
    const fd = openInput(io.sys, path);
    if (isErrno(fd)) {
      yield* io.complain(`cannot open '${path}' for reading: ${strerror(fd)}`);
      status = 1;
      continue;
    }
    if (named) yield* io.out.text(banner(path, first));
    first = false;
    const { error } = yield* headOf(io, fd, amount, options.has("z") ? "\0" : "\n");
    closeInput(io.sys, fd);
    if (error === undefined) continue;
    yield* io.complain(`error reading '${path}': ${strerror(error)}`);
    status = 1;
  }
  return status;
});

/** head(1). */
export const head: Program = (sys, argv) => run(sys, withOldCount(argv, "-"));
