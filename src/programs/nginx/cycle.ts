import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { asText } from "../lib/bytes.ts";
import { lateMistake, loadConf } from "./conf/load.ts";
import type { ErrorLog, HttpConf, Level, MainConf } from "./conf/model.ts";
import { openListening, type Listening } from "./listening.ts";
import type { ErrorLogger} from "./log.ts";
import { errnoText } from "./log.ts";

/** One configuration at work: what was read, and the files and sockets opened for it (ngx_cycle.c). */
export interface Cycle {
  /** Connections so far, of all workers, to clients and to upstreams: the number after the star in the error log. */
  readonly counter: { connections: number };
  readonly main: MainConf;
  readonly http: HttpConf | undefined;
  readonly listening: readonly Listening[];
  readonly dump: readonly { readonly name: string; readonly text: string }[];
}

export interface CycleOptions {
  readonly sys: Sys;
  readonly logger: ErrorLogger;
  readonly prefix: string;
  readonly confFile: string;
  readonly globals: string | undefined;
  /** `-t`: addresses in use do not matter. */
  readonly test: boolean;
  readonly quiet: boolean;
  /** `-s`: the configuration is only read. */
  readonly onlyRead: boolean;
}

export const DEFAULT_PID = "/run/nginx.pid";

/** Reads the configuration and opens what it names. `old`: the cycle that runs, whose sockets are kept. null: it failed, and was told. */
export function* initCycle(o: CycleOptions, old: Cycle | null): Task<Cycle | null> {
  const log = (level: Level, text: string): void => o.logger.log(level, text);
  const loaded = yield* loadConf({ sys: o.sys, prefix: o.prefix, confFile: o.confFile, globals: o.globals, log });
  if ("emerg" in loaded) {
    log("emerg", loaded.emerg);
    return null;
  }
  const { main, dump } = loaded;
  const counter = old?.counter ?? { connections: 0 };
  if (o.onlyRead) return { main, http: main.http, listening: [], dump, counter };
  if (o.test && !o.quiet) o.logger.stderr(`the configuration file ${o.confFile} syntax is ok`);
  const late = lateMistake(main);
  if (late !== undefined) {
    log("emerg", late.emerg);
    return null;
  }
  if (!(yield* createPidForTest(o, main)) || !openFiles(o, main)) return null;
  if (main.http !== undefined && old?.http !== undefined) keepZones(main.http, old.http);
  const before = o.logger.logs;
  o.logger.logs = logsOf(main);
  const listening = yield* openListening(o, main, old?.listening ?? []);
  if (listening === null && old !== null) o.logger.logs = before;
  return listening === null ? null : { main, http: main.http, listening, dump, counter };
}

/** `-t` makes sure that the pid file could be written. */
function* createPidForTest(o: CycleOptions, main: MainConf): Task<boolean> {
  if (!o.test) return true;
  const path = main.pid ?? DEFAULT_PID;
  const fd = o.sys.open(asText(path), { write: true, create: true });
  if (!isErrno(fd)) o.sys.close(fd);
  else o.logger.log("emerg", `open() "${path}" failed${errnoText(fd)}`);
  yield* o.logger.flush();
  return !isErrno(fd);
}

/** Log files are opened for appending, by root. */
export function openFiles(o: Pick<CycleOptions, "sys" | "logger">, main: MainConf): boolean {
  for (const file of main.files) {
    if (file.path === "") {
      file.fd = 2;
      continue;
    }
    const fd = o.sys.open(asText(file.path), { write: true, create: true, append: true }, 0o644);
    if (isErrno(fd)) {
      o.logger.log("emerg", `open() "${file.path}" failed${errnoText(fd)}`);
      return false;
    }
    file.fd = fd;
  }
  return true;
}

/** Shared memory outlives a reload when its name, key and size stay. */
function keepZones(now: HttpConf, before: HttpConf): void {
  for (const [name, zone] of now.zones) {
    const was = before.zones.get(name);
    if (was === undefined || was.kind !== zone.kind || was.sizeBytes !== zone.sizeBytes || was.key.source !== zone.key.source) continue;
    for (const [key, node] of was.nodes) zone.nodes.set(key, node);
    for (const [key, n] of was.connections) zone.connections.set(key, n);
  }
}

/** What the error log is before the configuration says so: stderr, from notice on (ngx_log_init). */
export const INITIAL_LOGS: readonly ErrorLog[] = [{ file: { path: "", fd: 2 }, level: "notice" }];

export const logsOf = (main: MainConf): readonly ErrorLog[] => (main.errorLogs.length > 0 ? main.errorLogs : [{ file: { path: "", fd: 2 }, level: "error" }]);
