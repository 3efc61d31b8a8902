import type { Errno } from "../../net/uapi/errno.ts";
import { errnoNumber, strerror } from "../../net/uapi/errno.ts";
import { STDERR, type Sys, type Task, type WallTime } from "../../os/sys.ts";
import { fromByteString } from "../lib/bytes.ts";
import { formatDate } from "../lib/date.ts";
import { LEVELS, type ErrorLog, type Level } from "./conf/model.ts";

/** NGX_MAX_ERROR_STR: longer lines are cut. */
const LONGEST = 2048;

const rank = (level: Level): number => LEVELS.indexOf(level);

/** ` (111: Connection refused)`, as every failed call is told. */
export const errnoText = (e: Errno): string => ` (${errnoNumber(e)}: ${strerror(e)})`;

/**
 * The error log. Lines are formatted when something happens and written at the end of the turn, so that
 * code which decides need not be a generator only to complain.
 */
export class ErrorLogger {
  readonly #sys: Sys;
  /** ngx_use_stderr: as long as nginx has not become a daemon, serious messages reach the terminal in any case. */
  toTerminal = true;
  logs: readonly ErrorLog[];
  #due: { fd: number; line: string }[] = [];

  constructor(sys: Sys, logs: readonly ErrorLog[]) {
    this.#sys = sys;
    this.logs = logs;
  }

  /** `connection` is the number after the star; `logs` of the location, when it has its own. */
  log(level: Level, text: string, connection?: number, logs = this.logs): void {
    const star = connection === undefined ? "" : `*${connection} `;
    const line = `${`${stamp(this.#sys.wallTime())} [${level}] ${this.#sys.pid}#${this.#sys.pid}: ${star}${text}`.slice(0, LONGEST - 1)}\n`;
    let onTerminal = false;
    for (const log of logs) {
      if (rank(level) > rank(log.level)) continue;
      const fd = log.file.path === "" ? STDERR : log.file.fd;
      onTerminal ||= fd === STDERR;
      this.#due.push({ fd, line });
    }
    if (this.toTerminal && !onTerminal && rank(level) <= rank("warn")) this.#due.push({ fd: STDERR, line: `nginx: [${level}] ${text}\n` });
  }

  /** Would a message of this level be written at all? */
  wants(level: Level): boolean {
    return this.logs.some((log) => rank(level) <= rank(log.level));
  }

  /** `nginx: text` on stderr, whatever the logs are. */
  stderr(text: string): void {
    this.#due.push({ fd: STDERR, line: `nginx: ${text}\n` });
  }

  /** A line of another log, in the same order. */
  write(fd: number, line: string): void {
    if (fd >= 0) this.#due.push({ fd, line });
  }

  *flush(): Task<void> {
    while (this.#due.length > 0) {
      const due = this.#due;
      this.#due = [];
      for (const { fd, line } of due) yield* this.#sys.write(fd, fromByteString(line));
    }
  }
}

export const stamp = (at: WallTime): string => formatDate("%Y/%m/%d %H:%M:%S", at);
