import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Task } from "../os/sys.ts";
import { Input } from "./lib/input.ts";
import type { Options } from "./lib/options.ts";
import { Out } from "./lib/out.ts";
import { closeInput, extraOperand, openInput, tool, type Io } from "./lib/tool.ts";

/** The part of a line that is compared. */
function keyOf(o: Options): (line: string) => string {
  const fields = Number(o.value("f") ?? 0);
  const chars = Number(o.value("s") ?? 0);
  const width = o.value("w");
  const skipFields = new RegExp(`^(?:[ \\t]*[^ \\t]*){0,${fields}}`);
  return (line) => {
    const rest = (fields > 0 ? line.replace(skipFields, "") : line).slice(chars);
    const key = width === undefined ? rest : rest.slice(0, Number(width));
    return o.has("i") ? key.toLowerCase() : key;
  };
}

function* showGroup(o: Options, out: Out, line: string, count: number, end: string): Task<void> {
  const wanted = o.has("d", "u") ? (o.has("d") && count > 1 && !o.has("u")) || (o.has("u") && count === 1 && !o.has("d")) : true;
  if (!wanted) return;
  yield* out.bytes(`${o.has("c") ? `${String(count).padStart(7)} ` : ""}${line}${end}`);
}

function* groups(io: Io, o: Options, input: Input, out: Out, end: string): Task<void> {
  const key = keyOf(o);
  let line: string | undefined;
  let lineKey = "";
  let count = 0;
  for (let l = yield* input.line(); l !== null; l = yield* input.line()) {
    const k = key(l.text);
    if (line !== undefined && k === lineKey) {
      count++;
      continue;
    }
    if (line !== undefined) yield* showGroup(o, out, line, count, end);
    [line, lineKey, count] = [l.text, k, 1];
  }
  if (line !== undefined && input.error === undefined) yield* showGroup(o, out, line, count, end);
}

/** uniq(1). */
export const uniq = tool({
  takes: "c,count d,repeated f,skip-fields= i,ignore-case s,skip-chars= u,unique w,check-chars= z,zero-terminated",
  refuses: "D all-repeated=? group=?",
  usage: "[OPTION]... [INPUT [OUTPUT]]",
}, function* (io, o) {
  if (o.operands[2] !== undefined) return yield* extraOperand(io, o.operands[2]);
  for (const [letter, what] of [["f", "fields to skip"], ["s", "bytes to skip"], ["w", "bytes to compare"]] as const) {
    const value = o.value(letter);
    if (value === undefined || /^\d+$/.test(value)) continue;
    yield* io.complain(`${value}: invalid number of ${what}`);
    return 1;
  }
  const end = o.has("z") ? "\0" : "\n";
  const fd = openInput(io.sys, o.operands[0] ?? "-");
  if (isErrno(fd)) {
    yield* io.complain(`${o.operands[0] ?? "-"}: ${strerror(fd)}`);
    return 1;
  }
  const target = o.operands[1] === undefined || o.operands[1] === "-" ? undefined : io.sys.open(o.operands[1], { write: true, create: true, truncate: true });
  if (isErrno(target)) {
    yield* io.complain(`${o.operands[1] ?? ""}: ${strerror(target)}`);
    return 1;
  }
  const out = target === undefined ? io.out : new Out(io.sys, target);
  const input = new Input(io.sys, fd, end);
  yield* groups(io, o, input, out, end);
  yield* out.flush();
  closeInput(io.sys, fd);
  if (input.error === undefined) return 0;
  yield* io.complain(`error reading '${o.operands[0] ?? "-"}'`);
  return 1;
});
