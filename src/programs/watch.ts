import { isErrno, strerror } from "../net/uapi/errno.ts";
import { STDERR, STDOUT, type Task } from "../os/sys.ts";
import { fromUtf8 } from "../wire/text.ts";
import { concatBytes } from "./lib/bytes.ts";
import { formatDate } from "./lib/date.ts";
import { findProgram } from "./lib/find-program.ts";
import type { Options } from "./lib/options.ts";
import { tool, type Io } from "./lib/tool.ts";

const USAGE = `
Usage:
 watch [options] command

Options:
  -b, --beep             beep if command has a non-zero exit
  -e, --errexit          exit if command has a non-zero exit
  -g, --chgexit          exit when output from command changes
  -n, --interval <secs>  seconds to wait between updates
  -t, --no-title         turn off header
  -x, --exec             pass command to exec instead of "sh -c"

For more details see watch(1).
`;

/** The alternate screen, without a cursor; and back. */
const ENTER = "\x1b[?1049h\x1b(B\x1b[m\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l\r";
const LEAST_INTERVAL_SEC = 0.1;

interface Ran {
  readonly output: string;
  readonly status: number;
}

/** Runs the command once and collects what it prints on either stream. */
function* runOnce(io: Io, argv: readonly string[]): Task<Ran | undefined> {
  const { sys } = io;
  const [readEnd, writeEnd] = sys.pipe();
  const pid = sys.spawn({ run: findProgram(sys, argv[0] ?? ""), argv, fds: new Map([[0, 0], [STDOUT, writeEnd], [STDERR, writeEnd]]) });
  sys.close(writeEnd);
  if (isErrno(pid)) {
    sys.close(readEnd);
    return { output: `${io.name}: unable to execute '${argv[0] ?? ""}': ${strerror(pid)}\n`, status: 4 };
  }
  const parts: Uint8Array[] = [];
  for (;;) {
    const got = yield* sys.read(readEnd, 65_536);
    if (got === "EINTR") {
      sys.close(readEnd);
      return undefined;
    }
    if (isErrno(got) || got.length === 0) break;
    parts.push(got);
  }
  sys.close(readEnd);
  const status = yield* sys.waitpid({ who: pid });
  return { output: fromUtf8(concatBytes(parts)), status: status !== undefined && !isErrno(status) && status.is === "exited" ? status.code : 1 };
}

const withoutColour = (text: string): string => text.replace(/\x1b\[[\d;?]*[A-Za-z]/g, "");

/** The screen: title line, a blank one, and as much output as fits. */
function screen(io: Io, o: Options, command: string, interval: number, output: string): string {
  const size = io.sys.windowSize(STDOUT);
  const { rows, cols } = isErrno(size) ? { rows: 24, cols: 80 } : size;
  const lines = withoutColour(output).replace(/\t/g, "        ").split("\n").flatMap((l) => (l.length === 0 ? [""] : (l.match(new RegExp(`.{1,${cols}}`, "gs")) ?? [""])));
  const room = o.has("t") ? rows : rows - 2;
  const body = lines.slice(0, room).join("\r\n");
  return `\x1b[H\x1b[2J${o.has("t") ? "" : `${title(io, command, interval, cols)}\r\n\r\n`}${body}`;
}

function title(io: Io, command: string, interval: number, cols: number): string {
  const right = `${io.sys.hostname()}: ${formatDate("%a %b %e %H:%M:%S %Y", io.sys.wallTime())}`;
  const left = `Every ${interval.toFixed(1)}s: `;
  const room = cols - left.length - right.length - 1;
  const shown = room < command.length ? `${command.slice(0, Math.max(0, room - 4))}... ` : command.padEnd(room + 1);
  return left + shown + right;
}

/** watch(1) of procps 4.0. */
export const watch = tool({
  takes: "b,beep e,errexit g,chgexit n,interval= t,no-title x,exec h", refuses: "c,color C,no-color d,differences=? p,precise q,equexit= w,no-wrap r,no-rerun V,version v",
  usage: "[options] command", stopAtOperand: true, hint: () => USAGE,
}, function* (io, o) {
  const { sys } = io;
  const seconds = Number((o.value("n") ?? "2").replace(",", "."));
  if (o.operands.length === 0 || o.has("h")) {
    yield* io.err(USAGE);
    return o.has("h") ? 0 : 1;
  }
  if (Number.isNaN(seconds)) {
    yield* io.complain(`failed to parse argument: '${o.value("n") ?? ""}'`);
    return 1;
  }
  const interval = Math.max(LEAST_INTERVAL_SEC, seconds);
  const command = o.operands.join(" ");
  const argv = o.has("x") ? o.operands : ["/bin/sh", "-c", command];
  let stopped = false;
  const stop = (): void => void (stopped = true);
  sys.signal("SIGINT", stop);
  sys.signal("SIGTERM", stop);
  sys.signal("SIGHUP", stop);
  sys.signal("SIGWINCH", () => undefined);
  io.out.buffering = "full";
  yield* io.out.text(ENTER);
  let last: string | undefined;
  let status = 0;
  while (!stopped) {
    const ran = yield* runOnce(io, argv);
    if (ran === undefined || stopped) break;
    yield* io.out.text(screen(io, o, command, interval, ran.output) + (o.has("b") && ran.status !== 0 ? "\x07" : ""));
    yield* io.out.flush();
    if ((o.has("g") && last !== undefined && last !== ran.output) || (o.has("e") && ran.status !== 0)) {
      status = o.has("e") && ran.status !== 0 ? 8 : 0;
      break;
    }
    last = ran.output;
    yield* sys.sleep(interval * 1e9);
  }
  yield* io.out.text(LEAVE);
  return status;
});
