import { isErrno } from "../../net/uapi/errno.ts";
import { STDERR, type Sys, type Task } from "../../os/sys.ts";
import { formatDate } from "../lib/date.ts";
import type { Config } from "./config.ts";

/** Writes one log line. */
export type Log = (text: string) => Task<void>;

/** Standard error while it does not become a daemon, a file where one is named, else the system log, which nobody keeps here. */
export function openLog(sys: Sys, config: Config): Log {
  const fd = config.logFile === null ? null : config.logFile === "-" ? STDERR : sys.open(config.logFile, { write: true, create: true, append: true }, 0o640);
  return function* (text) {
    if (fd !== null && !isErrno(fd)) yield* sys.write(fd, `${formatDate("%b %e %H:%M:%S", sys.wallTime())} dnsmasq[${sys.pid}]: ${text}\n`);
    else if (config.mode === "debug") yield* sys.write(STDERR, `dnsmasq: ${text}\n`);
  };
}
