import { isErrno } from "../../net/uapi/errno.ts";
import { type Program, STDERR, STDOUT, type Sys, type Task } from "../../os/sys.ts";
import { Out } from "../lib/out.ts";
import { Client, systemInfo } from "./client.ts";
import { type Failure, failureText } from "./errors.ts";
import { type Options, readOptions } from "./options.ts";
import { Server } from "./server.ts";
import { Chance, Test } from "./test.ts";

/**
 * iperf3(1) 3.12: how much a path carries, over TCP or UDP. A control connection speaks iperf3's own protocol, so
 * that a capture shows what the real one does. Without a limit simulated CPUs decide: about 2 Gbit/s (stream.ts).
 */
export const iperf3: Program = function* (sys, argv) {
  const read = readOptions(argv.slice(1), `iperf 3.12 (cJSON 1.7.15)\n${systemInfo(sys)}\n`);
  if (read.is === "say") {
    yield* sys.write(STDERR, read.err);
    yield* sys.write(STDOUT, read.out);
    return read.status;
  }
  const { options } = read;
  if (options.role === "server" && options.json) {
    yield* sys.write(STDERR, "iperf3: -J of a server: not simulated here\n");
    return 1;
  }
  return options.daemon ? yield* daemon(sys, options) : yield* run(sys, options);
};

/** -D: a child of its own session serves on, with nothing to write to. */
function* daemon(sys: Sys, options: Options): Task<number> {
  const nowhere = sys.open("/dev/null", { read: true, write: true });
  if (isErrno(nowhere)) return 1;
  const child: Program = function* (own) {
    own.setsid();
    return yield* run(own, options);
  };
  const fds = new Map([[0, nowhere], [1, nowhere], [2, nowhere]]);
  const pid = sys.spawn({ run: child, argv: ["iperf3", "-s", "-D"], comm: "iperf3", fds });
  return isErrno(pid) ? 1 : 0;
}

function* run(sys: Sys, options: Options): Task<number> {
  const log = options.logfile === "" ? STDOUT : sys.open(options.logfile, { write: true, create: true, append: true });
  if (isErrno(log)) {
    yield* sys.write(STDERR, "iperf3: parameter error - unable to open log file\n");
    return 1;
  }
  const out = new Out(sys, log);
  return options.role === "client" ? yield* client(sys, options, out, log) : yield* serve(sys, options, out);
}

/** SIGINT and its like end a test in good order. */
function watchSignals(sys: Sys, test: Test): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) sys.signal(signal, () => { test.interrupted = true; });
}

function* client(sys: Sys, options: Options, out: Out, log: number): Task<number> {
  const test = new Test(sys, options, out, new Chance());
  watchSignals(sys, test);
  const failed = yield* new Client(test).run();
  yield* out.flush();
  if (failed === undefined) return 0;
  yield* complain(sys, options, failed, test, log);
  return 1;
}

/** iperf_err goes to the log where there is one. */
function* complain(sys: Sys, options: Options, failed: Failure, test: Test, log: number): Task<void> {
  const what = failed.theirs === true ? "" : test.interrupted ? "interrupt - " : "error - ";
  yield* sys.write(options.logfile === "" ? STDERR : log, `iperf3: ${what}${failureText(failed)}\n`);
}

function* serve(sys: Sys, options: Options, out: Out): Task<number> {
  const chance = new Chance();
  for (let number = 1; ; number++) {
    const test = new Test(sys, options, out, chance);
    watchSignals(sys, test);
    const failed = yield* new Server(test).run(number);
    if (failed !== undefined) yield* complain(sys, options, failed, test, STDOUT);
    if (test.interrupted) return 1;
    if (failed !== undefined && test.control < 0) {
      yield* sys.write(STDERR, "iperf3: exiting\n");
      return 1;
    }
    if (options.oneOff) return failed === undefined || failed.theirs === true ? 0 : 1;
  }
}
