import { isErrno, strerror, errnoNumber } from "../../net/uapi/errno.ts";
import { STDERR, STDOUT, type Program, type Sys, type Task } from "../../os/sys.ts";
import { parseIp4 } from "../../wire/addr.ts";
import { fromUtf8, utf8 } from "../../wire/text.ts";
import type { Handler } from "./handler.ts";
import { httpServerModule } from "./http-server.ts";
import { openServer, serveForever } from "./serve.ts";
import { isSsScript, lineOf } from "./ss.ts";
import { scriptBindFailed, scriptInterrupted, type ScriptPlace } from "./tracebacks.ts";

/** python3 3.11.2 as far as the course needs it: `-m http.server` and the script ss.py. It runs no other Python. */

/** Starting the interpreter, and importing http.server. */
const START_NS = 12_000_000;
const IMPORT_NS = 60_000_000;

const VERSION = "Python 3.11.2\n";
/** Switches that change nothing here: buffering, bytecode files, isolation, optimisation. */
const HARMLESS = /^-[uBIEsSqOPv]+$/;

export const python3: Program = function* (sys, argv) {
  const name = argv[0] ?? "python3";
  yield* sys.compute(START_NS);
  let at = 1;
  while (HARMLESS.test(argv[at] ?? "")) at++;
  const [first, ...rest] = argv.slice(at);
  if (first === "-V" || first === "--version" || first === "-VV") {
    yield* sys.write(STDOUT, first === "-VV" ? "Python 3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]\n" : VERSION);
    return 0;
  }
  if (first === "-m" || first === "-c") return yield* withValue(sys, name, first, rest);
  if (first === undefined) return yield* refuse(sys, `${name}: interactive mode: not simulated here`, 2);
  if (first.startsWith("-")) return yield* refuse(sys, `${name}: ${first}: not simulated here`, 2);
  return yield* runScript(sys, name, first, rest);
};

function* refuse(sys: Sys, text: string, code: number): Task<number> {
  yield* sys.write(STDERR, `${text}\n`);
  return code;
}

function* withValue(sys: Sys, name: string, option: string, rest: readonly string[]): Task<number> {
  const [value, ...args] = rest;
  if (value === undefined) return yield* refuse(sys, `Argument expected for the ${option} option\nusage: ${name} [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry \`python -h' for more information.`, 2);
  if (option === "-c") return yield* refuse(sys, `${name}: -c: not simulated here`, 2);
  if (value !== "http.server") return yield* refuse(sys, `${name}: -m ${value}: not simulated here`, 1);
  yield* sys.compute(IMPORT_NS);
  return yield* httpServerModule(sys, args);
}

function* runScript(sys: Sys, name: string, path: string, args: readonly string[]): Task<number> {
  const full = path.startsWith("/") ? path : `${sys.getcwd()}/${path}`;
  const bytes = sys.readFile(path);
  if (isErrno(bytes)) return yield* refuse(sys, `${name}: can't open file '${full.replace(/\/\.\//g, "/")}': [Errno ${errnoNumber(bytes)}] ${strerror(bytes)}`, 2);
  const text = fromUtf8(bytes);
  if (!isSsScript(text)) return yield* refuse(sys, `${name}: ${path}: this program is not simulated here (only utils/ss.py as it came, and -m http.server)`, 1);
  yield* sys.compute(IMPORT_NS);
  return yield* runSs(sys, full.replace(/\/\.\//g, "/"), text, args);
}

const SERVE = "s.serve_forever()";
const MAKE = 's = HTTPServer(("0.0.0.0", 8000), Handler)';

/** What ss.py does: one answer for every GET, one client at a time. */
function* runSs(sys: Sys, path: string, text: string, args: readonly string[]): Task<number> {
  const [word] = args;
  if (word === undefined || args.length !== 1) {
    yield* sys.write(STDOUT, "Expecting a single argument of string to serve\n");
    return 0;
  }
  const place = (code: string): ScriptPlace => ({ path, mainLine: lastLine(text, "main()"), line: lineOf(text, code), code });
  const fd = openServer(sys, { family: "inet", addr: parseIp4("0.0.0.0")!, port: 8000 });
  if (isErrno(fd)) return yield* refuse(sys, scriptBindFailed(place(MAKE), fd).slice(0, -1), 1);
  const body = utf8(`${word}\n`);
  const get = function* (h: Handler) {
    yield* h.sendResponse(200);
    yield* h.endHeaders();
    yield* h.write(body);
  };
  yield* serveForever(sys, fd, { server: "BaseHTTP/0.6", protocol: "HTTP/1.0", methods: new Map([["GET", get]]) }, false);
  yield* sys.write(STDERR, scriptInterrupted(place(SERVE)));
  return yield* dieOfInterrupt(sys);
}

const lastLine = (text: string, code: string): number => text.split("\n").lastIndexOf(code) + 1;

/** An interpreter that Ctrl-C ended kills itself with SIGINT, so that the shell sees it. */
function* dieOfInterrupt(sys: Sys): Task<number> {
  sys.signal("SIGINT", "default");
  sys.kill(sys.pid, "SIGINT");
  yield* sys.compute(1000);
  return 130;
}
