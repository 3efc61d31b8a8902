import { isErrno } from "../../net/uapi/errno.ts";
import { STDIN, type Sys, type Task } from "../../os/sys.ts";
import { fromByteString, toByteString } from "../lib/bytes.ts";
import type { Out } from "../lib/out.ts";
import { INTERRUPT_PROCESS, Nvt, outgoing } from "./nvt.ts";

const READ_BYTES = 4096;
const [BACKSPACE, DELETE, KILL_LINE, END_OF_FILE] = ["\b", "\x7f", "\x15", "\x04"];

/** A connection while it is typed into: bytes from the keyboard to the net, and from the net to the screen. */
export class Session {
  readonly nvt = new Nvt();
  readonly #sys: Sys;
  readonly #out: Out;
  readonly #fd: number;
  readonly #escape: string | null;
  readonly #tty: boolean;
  #line = "";
  /** Typed after the escape character in the same breath: meant for the prompt. */
  typedAhead = "";

  constructor(sys: Sys, out: Out, fd: number, escape: string | null) {
    this.#sys = sys;
    this.#out = out;
    this.#fd = fd;
    this.#escape = escape;
    this.#tty = sys.isatty(STDIN);
  }

  /** "end" = one side has no more to say; "prompt" = the escape character was typed. */
  *run(): Task<"end" | "prompt"> {
    // Lines are edited here and not by the terminal, so that the escape character works without a new line.
    if (this.#tty) this.#sys.tcsetattr(STDIN, { canonical: false, echo: false, signals: true });
    const before = this.#sys.signal("SIGINT", () => undefined);
    try {
      return yield* this.#loop();
    } finally {
      this.#sys.signal("SIGINT", before);
      if (this.#tty) this.#sys.tcsetattr(STDIN, { canonical: true, echo: true, signals: true });
    }
  }

  *#loop(): Task<"end" | "prompt"> {
    for (;;) {
      const ready = yield* this.#sys.pollFds([{ fd: STDIN, in: true }, { fd: this.#fd, in: true }]);
      if (ready === "EINTR") {
        yield* this.send(INTERRUPT_PROCESS);
        continue;
      }
      if (isErrno(ready)) return "end";
      if (ready.some((r) => r.fd === this.#fd) && !(yield* this.#fromNet())) return "end";
      if (!ready.some((r) => r.fd === STDIN)) continue;
      const typed = yield* this.#sys.read(STDIN, READ_BYTES);
      if (isErrno(typed) ? typed !== "EINTR" : typed.length === 0) return "end";
      const ended = isErrno(typed) ? null : yield* this.#typed(toByteString(typed));
      if (ended !== null) return ended;
    }
  }

  *#fromNet(): Task<boolean> {
    const got = yield* this.#sys.recvmsg(this.#fd, { maxBytes: READ_BYTES });
    if (isErrno(got)) return got === "EINTR";
    if (got.data.length === 0) return false;
    const heard = this.nvt.hear(got.data);
    if (heard.answer.length > 0) yield* this.send(heard.answer);
    yield* this.#out.raw(heard.data);
    yield* this.#out.flush();
    return true;
  }

  *send(data: Uint8Array): Task<void> {
    yield* this.#sys.sendmsg(this.#fd, { data, noSignal: true });
  }

  *#typed(text: string): Task<"end" | "prompt" | null> {
    if (!this.#tty) {
      yield* this.send(outgoing(text));
      return null;
    }
    for (const [i, c] of [...text].entries()) {
      if (c === this.#escape) {
        this.typedAhead = text.slice(i + 1);
        yield* this.#echo(c < " " ? `^${String.fromCharCode(c.charCodeAt(0) | 64)}\n` : `${c}\n`);
        return "prompt";
      }
      if (this.nvt.remoteEcho) yield* this.send(c === "\n" ? new Uint8Array([13, 0]) : outgoing(c));
      else if (!(yield* this.#edit(c))) return "end";
    }
    return null;
  }

  /** Local echo and line editing; false = end of file on an empty line. */
  *#edit(c: string): Task<boolean> {
    if (c === END_OF_FILE && this.#line === "") return false;
    if (c === "\r" || c === "\n") {
      yield* this.#echo("\n");
      yield* this.send(outgoing(`${this.#line}\n`));
      this.#line = "";
    } else if (c === BACKSPACE || c === DELETE || c === KILL_LINE) {
      const gone = c === KILL_LINE ? this.#line.length : Math.min(1, this.#line.length);
      this.#line = this.#line.slice(0, this.#line.length - gone);
      yield* this.#echo("\b \b".repeat(gone));
    } else {
      this.#line += c;
      yield* this.#echo(c);
    }
    return true;
  }

  *#echo(text: string): Task<void> {
    yield* this.#out.raw(fromByteString(text));
    yield* this.#out.flush();
  }
}
