import { isErrno, strerror } from "../net/uapi/errno.ts";
import type { Program, Task } from "../os/sys.ts";
import { readAll } from "./lib/input.ts";
import { parseDurationSec, parseSize } from "./lib/numbers.ts";
import type { Options, Spec } from "./lib/options.ts";
import { openInput, tool, type Io } from "./lib/tool.ts";
import { banner, withOldCount } from "./head.ts";
import { Follower, type Followed } from "./tail-follow.ts";

const SPEC: Spec = {
  takes: "n,lines= c,bytes= f,follow=? F q,quiet,silent v,verbose s,sleep-interval= pid= retry z,zero-terminated",
  refuses: "max-unchanged-stats=",
  usage: "[OPTION]... [FILE]...",
};

/** The last `count`, or everything from number `count` on. */
interface Amount {
  readonly unit: "lines" | "bytes";
  readonly count: number;
  readonly fromStart: boolean;
}

function readAmount(unit: "lines" | "bytes", text: string): Amount | null {
  const fromStart = text.startsWith("+");
  const count = parseSize(text.replace(/^[+-]/, ""));
  return count === null ? null : { unit, count, fromStart };
}

/** Where the wanted part of the text begins. */
function startOf(text: string, amount: Amount, end: string): number {
  if (amount.unit === "bytes") return amount.fromStart ? Math.max(0, amount.count - 1) : Math.max(0, text.length - amount.count);
  return amount.fromStart ? afterLines(text, amount.count - 1, end) : beforeLastLines(text, amount.count, end);
}

function afterLines(text: string, count: number, end: string): number {
  let at = 0;
  for (let i = 0; i < count; i++) {
    const next = text.indexOf(end, at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return at;
}

function beforeLastLines(text: string, count: number, end: string): number {
  if (count === 0) return text.length;
  let at = text.endsWith(end) ? text.length - 1 : text.length;
  for (let i = 0; i < count && at >= 0; i++) at = at === 0 ? -1 : text.lastIndexOf(end, at - 1);
  return at + 1;
}

/** Prints the tail of one open file; the error text when it cannot be read. */
function* tailOf(io: Io, fd: number, amount: Amount, end: string): Task<string | undefined> {
  const text = yield* readAll(io.sys, fd);
  if (typeof text !== "string") return strerror(text.failed);
  yield* io.out.bytes(text.slice(startOf(text, amount, end)));
  return undefined;
}

const wantsFollow = (o: Options): "no" | "descriptor" | "name" => {
  if (o.has("F")) return "name";
  if (!o.has("f")) return "no";
  return o.value("f") === "name" ? "name" : "descriptor";
};

/** Is there anything to follow: a pipe that ended has nothing more. */
const canGrow = (io: Io, fd: number): boolean => {
  const stat = io.sys.fstat(fd);
  return isErrno(stat) || stat.kind === "file" || stat.kind === "char";
};

function* showFiles(io: Io, o: Options, amount: Amount, paths: readonly string[], named: boolean): Task<{ status: number; files: Followed[] }> {
  const files: Followed[] = [];
  let status = 0;
  let first = true;
  for (const path of paths) {
    const fd = openInput(io.sys, path);
    if (isErrno(fd)) {
      yield* io.complain(`cannot open '${path}' for reading: ${strerror(fd)}`);
      status = 1;
      files.push({ path, fd: undefined });
      continue;
    }
    if (named) yield* io.out.text(banner(path, first));
    first = false;
    const bad = yield* tailOf(io, fd, amount, o.has("z") ? "\0" : "\n");
    if (bad === undefined) {
      if (canGrow(io, fd)) files.push({ path, fd });
    } else {
      yield* io.complain(`error reading '${path}': ${bad}`);
      status = 1;
    }
  }
  return { status, files };
}

const run = tool(SPEC, function* (io, o) {
  const which = o.last("n", "c") ?? "n";
  const unit = which === "n" ? "lines" : "bytes";
  const amount = readAmount(unit, o.value(which) ?? "10");
  if (amount === null) {
    yield* io.complain(`invalid number of ${unit}: ${io.quote((o.value(which) ?? "").replace(/^[+-]/, ""))}`);
    return 1;
  }
  const interval = parseDurationSec(o.value("s") ?? "1");
  if (interval === null) {
    yield* io.complain(`invalid number of seconds: ${io.quote(o.value("s") ?? "")}`);
    return 1;
  }
  const paths = o.operands.length > 0 ? o.operands : ["-"];
  const named = o.last("q", "v") === "v" || (o.last("q", "v") === undefined && paths.length > 1);
  const { status, files } = yield* showFiles(io, o, amount, paths, named);
  const follow = wantsFollow(o);
  if (follow === "no") return status;
  yield* io.out.flush();
  const pid = o.value("pid");
  const follower = new Follower(io, files, { byName: follow === "name", retry: o.has("F", "retry"), named, pid: pid === undefined ? undefined : Number(pid) });
  return yield* follower.run(status);
});

/** tail(1), with -f. */
export const tail: Program = (sys, argv) => run(sys, withOldCount(argv, "-+"));

