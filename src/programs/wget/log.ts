import { isErrno } from "../../net/uapi/errno.ts";
import { STDERR, type Sys, type Task } from "../../os/sys.ts";
import { asText, fromByteString } from "../lib/bytes.ts";
import { formatDate } from "../lib/date.ts";
import type { WgetOptions } from "./options.ts";

/** Who wants to read it: everybody, all but -q, only -nv, only the default, the gauge. */
export type LogLevel = "always" | "not-quiet" | "non-verbose" | "verbose" | "progress";

/** wget's words: on stderr, or in the file of -o. */
export class Log {
  readonly sys: Sys;
  readonly #options: WgetOptions;
  #fd = STDERR;
  readonly quote: (text: string) => string;

  constructor(sys: Sys, options: WgetOptions, quote: (text: string) => string) {
    this.sys = sys;
    this.#options = options;
    this.quote = quote;
  }

  /** Opens -o or -a; false when it cannot be. */
  open(): string | undefined {
    const file = this.#options.logFile;
    if (file === undefined) return undefined;
    if (file.name === "-") {
      this.#fd = 1;
      return undefined;
    }
    const fd = this.sys.open(asText(file.name), { write: true, create: true, ...(file.append ? { append: true } : { truncate: true }) }, 0o666);
    if (isErrno(fd)) return fd;
    this.#fd = fd;
    return undefined;
  }

  /** Where a bar can be drawn. */
  get onTerminal(): boolean {
    return this.#options.logFile === undefined && this.sys.isatty(STDERR);
  }

  /** Text that is already as it shall be. */
  *put(level: LogLevel, text: string): Task<void> {
    const { verbose, quiet, showProgress } = this.#options;
    const hidden = level === "progress" ? !showProgress : level === "not-quiet" ? quiet : level === "non-verbose" ? verbose || quiet : level === "verbose" ? !verbose : false;
    if (!hidden) yield* this.sys.write(this.#fd, fromByteString(text));
  }

  /** `2026-11-22 14:52:39`. */
  now(): string {
    return formatDate("%Y-%m-%d %H:%M:%S", this.sys.wallTime());
  }
}

/** Control bytes as escapes, as a line of text shows them. */
export const escaped = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f\\]/g, (c) => ({ "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v" })[c] ?? `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`);
