import { STDERR, STDOUT, type Sys, type Task } from "../../os/sys.ts";
import { fromByteString } from "../lib/bytes.ts";
import type { Out } from "../lib/out.ts";
import type { GlobalConfig } from "./config.ts";

const LINE_WIDTH = 79;

/** Where curl's own words go: stderr, or what `--stderr` names. Byte strings. */
export class Messages {
  readonly sys: Sys;
  readonly stdout: Out;
  readonly #global: GlobalConfig;
  #fd = STDERR;

  constructor(sys: Sys, global: GlobalConfig, stdout: Out) {
    this.sys = sys;
    this.#global = global;
    this.stdout = stdout;
  }

  /** `--stderr -` is stdout's stream, anything else a file. */
  redirect(fd: number): void {
    if (this.#fd !== STDERR && this.#fd !== STDOUT) this.sys.close(this.#fd);
    this.#fd = fd;
  }

  get fd(): number {
    return this.#fd;
  }

  /** Unbuffered, as stderr is. */
  *raw(text: string): Task<void> {
    if (this.#fd === STDOUT) yield* this.stdout.bytes(text);
    else yield* this.sys.write(this.#fd, fromByteString(text));
  }

  *warn(text: string): Task<void> {
    yield* this.#wrapped("Warning: ", text);
  }

  *note(text: string): Task<void> {
    if (this.#global.trace !== undefined) yield* this.#wrapped("Note: ", text);
  }

  *error(text: string): Task<void> {
    yield* this.#wrapped("curl: ", text);
  }

  /** Wrong usage: what is wrong, if anything, and where help is. */
  *help(text: string | undefined): Task<void> {
    yield* this.raw(`${text === undefined ? "" : `curl: ${text}\n`}curl: try 'curl --help' or 'curl --manual' for more information\n`);
  }

  /** Broken at blanks to lines of 79, each with the prefix; nothing with --silent. The text's own newline counts as its last character. */
  *#wrapped(prefix: string, text: string): Task<void> {
    if (this.#global.silent) return;
    const width = LINE_WIDTH - prefix.length;
    let rest = `${text}\n`;
    let out = "";
    while (rest.length > 0) {
      const cut = rest.length > width ? cutAt(rest, width) : rest.length;
      out += prefix + rest.slice(0, cut) + (cut < rest.length ? "\n" : "");
      rest = rest.slice(cut);
    }
    yield* this.raw(out);
  }
}

function cutAt(text: string, width: number): number {
  let cut = width - 1;
  while (cut > 0 && text[cut] !== " " && text[cut] !== "\t") cut--;
  return (cut === 0 ? width - 1 : cut) + 1;
}
