import { directive, type Directive } from "./directive.ts";
import type { Conf } from "./conf.ts";
import { LEVELS, type Level, type MainConf } from "./model.ts";
import { DUPLICATE, INVALID, harmless, onOff } from "./slots.ts";
import { parseMsec, parseNumber } from "./values.ts";
import { readAccounts } from "../accounts.ts";

/** Directives outside `http`: the process, its user and its files, and `events`. */

type FlagKey = "daemon" | "masterProcess" | "multiAccept";

const mainFlag = (name: string, place: string, key: FlagKey): Directive =>
  directive(name, place, "flag", (cf, words) => {
    if (cf.main[key] !== undefined) return DUPLICATE;
    const value = onOff(cf, words);
    if (typeof value !== "boolean") return value;
    cf.main[key] = value;
    return undefined;
  });

export const newMainConf = (): MainConf => ({
  daemon: undefined, masterProcess: undefined, workerProcesses: undefined, workerConnections: undefined, multiAccept: undefined, user: undefined, group: undefined,
  pid: undefined, errorLogs: [], workerShutdownTimeout: undefined, events: false, http: undefined, files: [],
});

/** `error_log FILE [LEVEL]`: for the whole server, or for a part of http. */
export function readErrorLog(cf: Conf, words: readonly string[]): ReturnType<Directive["set"]> | { readonly file: ReturnType<Conf["logFile"]>; readonly level: Level } {
  const name = words[1] ?? "";
  if (name.startsWith("syslog:") || name.startsWith("memory:")) return cf.notHere(words);
  const level = words[2] ?? "error";
  if (words[2]?.startsWith("debug") === true) return cf.notHere(words);
  if (words.length > 3) return cf.emerg(`invalid log level "${words[3]}"`);
  const known = LEVELS.find((l) => l === level);
  if (known === undefined) return cf.emerg(`invalid log level "${level}"`);
  return { file: cf.logFile(name === "stderr" ? "" : name), level: known };
}

function errorLog(cf: Conf, words: readonly string[]): ReturnType<Directive["set"]> {
  const log = readErrorLog(cf, words);
  if (typeof log !== "object" || !("level" in log)) return log;
  cf.main.errorLogs.push(log);
  return undefined;
}

function workerProcesses(cf: Conf, words: readonly string[]): string | undefined {
  if (cf.main.workerProcesses !== undefined) return DUPLICATE;
  const n = words[1] === "auto" ? 1 : parseNumber(words[1] ?? "");
  if (n === null) return INVALID;
  cf.main.workerProcesses = Math.max(1, n);
  return undefined;
}

function workerConnections(cf: Conf, words: readonly string[]): ReturnType<Directive["set"]> {
  if (cf.main.workerConnections !== undefined) return DUPLICATE;
  const n = parseNumber(words[1] ?? "");
  if (n === null) return cf.emerg(`invalid number "${words[1]}"`);
  cf.main.workerConnections = n;
  return undefined;
}

function user(cf: Conf, words: readonly string[]): ReturnType<Directive["set"]> {
  if (cf.main.user !== undefined) return DUPLICATE;
  const name = words[1] ?? "";
  const group = words[2] ?? name;
  const accounts = readAccounts(cf.sys);
  if (!accounts.users.has(name)) return cf.emerg(`getpwnam("${name}") failed`);
  if (!accounts.groups.has(group)) return cf.emerg(`getgrnam("${group}") failed`);
  cf.main.user = name;
  cf.main.group = group;
  return undefined;
}

function pid(cf: Conf, words: readonly string[]): string | undefined {
  if (cf.main.pid !== undefined) return DUPLICATE;
  cf.main.pid = cf.fullName(words[1] ?? "");
  return undefined;
}

function shutdownTimeout(cf: Conf, words: readonly string[]): string | undefined {
  if (cf.main.workerShutdownTimeout !== undefined) return DUPLICATE;
  const ms = parseMsec(words[1] ?? "");
  if (ms === null) return INVALID;
  cf.main.workerShutdownTimeout = ms;
  return undefined;
}

const METHODS = ["select", "poll", "epoll"];

export const CORE_DIRECTIVES: readonly Directive[] = [
  mainFlag("daemon", "m", "daemon"), mainFlag("master_process", "m", "masterProcess"),
  directive("worker_processes", "m", "1", workerProcesses),
  directive("user", "m", "1-2", user),
  directive("pid", "m", "1", pid),
  directive("error_log", "m", "1+", errorLog),
  directive("worker_shutdown_timeout", "m", "1", shutdownTimeout),
  directive("include", "mehslu", "1", (cf, words) => cf.include(words)),
  directive("events", "m", "{0", function* (cf) {
    if (cf.main.events) return DUPLICATE;
    cf.main.events = true;
    return yield* cf.readBlock({ place: "events" });
  }),
  directive("worker_connections", "e", "1", workerConnections),
  directive("use", "e", "1", (cf, words) => (METHODS.includes(words[1] ?? "") ? undefined : cf.emerg(`invalid event type "${words[1]}"`))),
  mainFlag("multi_accept", "e", "multiAccept"),
  ...["lock_file", "worker_rlimit_nofile", "worker_rlimit_core", "worker_priority", "working_directory", "pcre_jit", "timer_resolution", "env"].map((name) => harmless(name, "m", "1")),
  harmless("worker_cpu_affinity", "m", "1+"), harmless("thread_pool", "m", "2-3"),
  ...["accept_mutex", "accept_mutex_delay", "worker_aio_requests"].map((name) => harmless(name, "e", "1")),
];
