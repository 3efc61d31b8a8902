import { isErrno } from "../../net/uapi/errno.ts";
import { STDERR, type Program, type Sys, type Task } from "../../os/sys.ts";
import { argBytes, asText, toByteString } from "../lib/bytes.ts";
import { DEFAULT_PID, initCycle, INITIAL_LOGS, type Cycle } from "./cycle.ts";
import { ErrorLogger, errnoText } from "./log.ts";
import { runMaster } from "./master.ts";
import { readOptions, SIGNALS, USAGE, type NginxOptions } from "./options.ts";

/** nginx 1.22.1 as Debian 12 has it: the command line, then one cycle (nginx.c). */

const PREFIX = "/usr/share/nginx/";
const CONF_FILE = "/etc/nginx/nginx.conf";
const VERSION = "nginx version: nginx/1.22.1\n";
/** Reading the libraries and the configuration. */
const START_NS = 8_000_000;

export const nginx: Program = function* (sys, argv) {
  const options = readOptions(argv.map(argBytes));
  if ("bad" in options) {
    yield* sys.write(STDERR, `nginx: ${options.bad}\n`);
    return 1;
  }
  if (options.version) {
    yield* sys.write(STDERR, options.configure ? `${VERSION}nginx: configure arguments: not simulated here\n` : VERSION + (options.help ? USAGE : ""));
    if (!options.test) return options.configure ? 1 : 0;
  }
  yield* sys.compute(START_NS);
  return yield* withOptions(sys, argv, options);
};

export interface Start {
  readonly sys: Sys;
  readonly argv: readonly string[];
  readonly logger: ErrorLogger;
  readonly prefix: string;
  readonly confFile: string;
  readonly globals: string | undefined;
}

function* withOptions(sys: Sys, argv: readonly string[], o: NginxOptions): Task<number> {
  const prefix = o.prefix === undefined ? PREFIX : o.prefix.endsWith("/") ? o.prefix : `${o.prefix}/`;
  const given = o.confFile ?? CONF_FILE;
  const base = prefix.startsWith("/") ? prefix : `${sys.getcwd()}/${prefix}`;
  const confFile = given.startsWith("/") ? given : base + given;
  const logger = new ErrorLogger(sys, INITIAL_LOGS);
  if (o.errorLog !== undefined && o.errorLog !== "stderr") {
    const fd = sys.open(asText(o.errorLog.startsWith("/") ? o.errorLog : base + o.errorLog), { write: true, create: true, append: true });
    if (isErrno(fd)) {
      yield* sys.write(STDERR, `nginx: [alert] could not open error log file: open() "${asText(o.errorLog)}" failed${errnoText(fd)}\n`);
    } else logger.logs = [{ file: { path: o.errorLog, fd }, level: "notice" }];
  }
  const start: Start = { sys, argv, logger, prefix: base, confFile, globals: o.globals === undefined || o.globals.endsWith(";") ? o.globals : `${o.globals};` };
  const code = yield* run(start, o);
  yield* logger.flush();
  return code;
}

function* run(start: Start, o: NginxOptions): Task<number> {
  const { sys, logger, confFile } = start;
  const cycle = yield* initCycle({ ...start, test: o.test, quiet: o.quiet, onlyRead: o.signal !== undefined && !o.test }, null);
  if (cycle === null) {
    if (o.test) logger.stderr(`configuration file ${confFile} test failed`);
    return 1;
  }
  if (o.test) return yield* reportTest(start, o, cycle);
  if (o.signal !== undefined) return sendSignal(sys, logger, cycle, o.signal);
  return yield* runMaster(start, cycle);
}

function* reportTest({ sys, logger, confFile }: Start, o: NginxOptions, cycle: Cycle): Task<number> {
  if (!o.quiet) logger.stderr(`configuration file ${confFile} test is successful`);
  yield* logger.flush();
  if (o.dump) for (const { name, text } of cycle.dump) yield* sys.write(1, `# configuration file ${asText(name)}:\n${asText(text)}\n`);
  return 0;
}

/** `-s`: the pid file says whom to ask. */
function sendSignal(sys: Sys, logger: ErrorLogger, cycle: Cycle, name: string): number {
  const path = cycle.main.pid ?? DEFAULT_PID;
  logger.log("notice", "signal process started");
  const bytes = sys.readFile(asText(path));
  if (isErrno(bytes)) {
    logger.log("error", `open() "${path}" failed${errnoText(bytes)}`);
    return 1;
  }
  const text = toByteString(bytes).replace(/[\r\n]+$/, "");
  const pid = /^\d+$/.test(text) ? Number(text) : 0;
  if (pid <= 0) {
    logger.log("error", `invalid PID number "${text}" in "${path}"`);
    return 1;
  }
  const signal = SIGNALS[name] ?? "SIGTERM";
  const failed = sys.kill(pid, signal);
  if (failed === undefined) return 0;
  logger.log("alert", `kill(${pid}, ${SIGNAL_NUMBERS[signal]}) failed${errnoText(failed)}`);
  return 1;
}

const SIGNAL_NUMBERS = { SIGTERM: 15, SIGQUIT: 3, SIGHUP: 1, SIGUSR1: 10 } as const;
