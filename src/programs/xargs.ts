import { isErrno, strerror } from "../net/uapi/errno.ts";
import { STDERR, STDIN, type Task } from "../os/sys.ts";
import { argBytes, asText } from "./lib/bytes.ts";
import { findProgram } from "./lib/find-program.ts";
import { Input } from "./lib/input.ts";
import type { Options } from "./lib/options.ts";
import { signalNumber } from "../os/signals.ts";
import { closeInput, openInput, tool, usageError, type Io } from "./lib/tool.ts";

/** How the items of stdin become command lines. */
interface Plan {
  readonly command: readonly string[];
  readonly perCall: number;
  readonly linesPerCall: number;
  readonly replace: string | undefined;
  readonly noRunIfEmpty: boolean;
  readonly trace: boolean;
}

const UNMATCHED = (kind: string): string =>
  `unmatched ${kind} quote; by default quotes are special to xargs unless you use the -0 option`;

/** Splits a line into items by blanks, with quotes and backslashes; the error text otherwise. */
function splitItems(line: string): string[] | string {
  const items: string[] = [];
  let item: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const c = line[i] ?? "";
    if (c === " " || c === "\t") {
      if (item !== undefined) items.push(item);
      item = undefined;
    } else if (c === '"' || c === "'") {
      const end = line.indexOf(c, i + 1);
      if (end < 0) return UNMATCHED(c === '"' ? "double" : "single");
      item = (item ?? "") + line.slice(i + 1, end);
      i = end;
    } else item = (item ?? "") + (c === "\\" ? (line[++i] ?? "") : c);
  }
  if (item !== undefined) items.push(item);
  return items;
}

/** Runs one command line. Answers xargs's own status so far, or stops it (`fatal`). */
class Runner {
  status = 0;
  fatal: number | undefined;
  readonly #io: Io;
  readonly #plan: Plan;
  readonly #stdin: number;

  constructor(io: Io, plan: Plan, stdin: number) {
    this.#io = io;
    this.#plan = plan;
    this.#stdin = stdin;
  }

  *call(items: readonly string[]): Task<void> {
    const { command, replace } = this.#plan;
    const argv = replace === undefined ? [...command, ...items] : command.map((w) => w.split(replace).join(items[0] ?? ""));
    if (this.#plan.trace) yield* this.#io.err(`${argv.join(" ")}\n`);
    const name = argv[0] ?? "echo";
    yield* this.#io.out.flush();
    const pid = this.#io.sys.spawn({ run: findProgram(this.#io.sys, name), argv, fds: new Map([[0, this.#stdin], [1, 1], [2, STDERR]]) });
    if (isErrno(pid)) {
      yield* this.#io.complain(`${name}: ${strerror(pid)}`);
      this.fatal = pid === "ENOENT" ? 127 : 126;
      return;
    }
    yield* this.#wait(pid, name);
  }

  *#wait(pid: number, name: string): Task<void> {
    let status = yield* this.#io.sys.waitpid({ who: pid });
    while (status === "EINTR") status = yield* this.#io.sys.waitpid({ who: pid });
    if (status === undefined || isErrno(status)) return;
    if (status.is === "signaled") {
      yield* this.#io.complain(`${name}: terminated by signal ${signalNumber(status.signal)}`);
      this.fatal = 125;
    } else if (status.is === "exited" && status.code === 255) {
      yield* this.#io.complain(`${name}: exited with status 255; aborting`);
      this.fatal = 124;
    } else if (status.is === "exited" && status.code > 0) this.status = 123;
  }
}

function* feed(io: Io, o: Options, plan: Plan, input: Input, runner: Runner): Task<void> {
  let batch: string[] = [];
  let lines = 0;
  let calls = 0;
  const flush = function* (): Task<void> {
    calls++;
    yield* runner.call(batch);
    batch = [];
    lines = 0;
  };
  for (let l = yield* input.line(); l !== null && runner.fatal === undefined; l = yield* input.line()) {
    const plain = o.has("0", "d");
    const items = plain ? [l.text] : plan.replace !== undefined ? (l.text.trim() === "" ? [] : [l.text.replace(/^[ \t]+/, "")]) : splitItems(l.text);
    if (typeof items === "string") {
      yield* io.complain(items);
      runner.fatal = 1;
      return;
    }
    for (const item of items) {
      batch.push(asText(item));
      if (batch.length >= plan.perCall) yield* flush();
      if (runner.fatal !== undefined) return;
    }
    if (items.length > 0 && ++lines >= plan.linesPerCall && batch.length > 0) yield* flush();
  }
  const empty = batch.length === 0;
  if (runner.fatal === undefined && (!empty || (calls === 0 && !plan.noRunIfEmpty && plan.replace === undefined))) yield* flush();
}

function wrongNumber(o: Options): string | undefined {
  for (const key of ["n", "L"]) {
    const text = o.value(key);
    if (text === undefined) continue;
    if (!/^-?\d+$/.test(text)) return `invalid number "${text}" for -${key} option`;
    if (Number(text) < 1) return `value ${text} for -${key} option should be >= 1`;
  }
  return o.value("P") !== undefined && o.value("P") !== "1" ? `-P ${o.value("P") ?? ""}: not simulated here` : undefined;
}

/** xargs(1) of findutils 4.9. */
export const xargs = tool({
  takes: "0,null a,arg-file= d,delimiter= I= i,replace=? L,max-lines= n,max-args= P,max-procs= r,no-run-if-empty t,verbose x,exit",
  refuses: "E= e,eof=? l=? o,open-tty p,interactive s,max-chars= show-limits process-slot-var=", usage: "[OPTION]... COMMAND [INITIAL-ARGS]...", stopAtOperand: true,
}, function* (io, o) {
  const wrong = wrongNumber(o);
  if (wrong !== undefined) return yield* usageError(io, wrong);
  const replace = o.has("i") ? (o.value("i") ?? "{}") : o.value("I");
  const plan: Plan = {
    command: o.operands.length > 0 ? o.operands : ["echo"], perCall: replace !== undefined ? 1 : Number(o.value("n") ?? 5000),
    linesPerCall: Number(o.value("L") ?? Infinity), replace, noRunIfEmpty: o.has("r"), trace: o.has("t"),
  };
  const path = o.value("a");
  const fd = openInput(io.sys, path ?? "-");
  if (isErrno(fd)) {
    yield* io.complain(`Cannot open input file '${path ?? ""}': ${strerror(fd)}`);
    return 1;
  }
  const nothing = path === undefined ? io.sys.open("/dev/null", { read: true }) : STDIN;
  const runner = new Runner(io, plan, isErrno(nothing) ? STDIN : nothing);
  const delimiter = o.has("0") ? "\0" : argBytes(o.value("d") ?? "\n").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0");
  yield* feed(io, o, plan, new Input(io.sys, fd, delimiter), runner);
  closeInput(io.sys, fd);
  return runner.fatal ?? runner.status;
});

