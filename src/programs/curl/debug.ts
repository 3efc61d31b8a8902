import { isErrno } from "../../net/uapi/errno.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { asText, fromByteString } from "../lib/bytes.ts";
import { formatDate } from "../lib/date.ts";
import type { GlobalConfig } from "./config.ts";
import type { Messages } from "./messages.ts";

export type DebugKind = "text" | "header-in" | "header-out" | "data-in" | "data-out";

const SIGNS: Readonly<Record<DebugKind, string>> = { text: "*", "header-in": "<", "header-out": ">", "data-in": "{", "data-out": "}" };
const TITLES: Readonly<Record<DebugKind, string>> = {
  text: "== Info", "header-in": "<= Recv header", "header-out": "=> Send header", "data-in": "<= Recv data", "data-out": "=> Send data",
};

/** -v, --trace and --trace-ascii: what the library tells, on stderr or in a file. */
export class Debug {
  readonly #sys: Sys;
  readonly #global: GlobalConfig;
  readonly #messages: Messages;
  #fd: number | undefined;
  /** The last text had no newline. */
  #open = false;
  /** `[n bytes data]` is shown once for a run of them. */
  #dataShown = false;
  /** Bodies go to a terminal: then they show themselves. */
  bodyOnTerminal = false;

  constructor(global: GlobalConfig, messages: Messages) {
    this.#sys = messages.sys;
    this.#global = global;
    this.#messages = messages;
  }

  get on(): boolean {
    return this.#global.trace !== undefined;
  }

  /** A line of text, without its newline. */
  *info(text: string): Task<void> {
    if (this.on) yield* this.show("text", `${text}\n`);
  }

  /** Bytes as a byte string. */
  *show(kind: DebugKind, data: string): Task<void> {
    const trace = this.#global.trace;
    if (trace === undefined) return;
    const stamp = this.#global.traceTime ? `${formatDate("%H:%M:%S.%N", this.#sys.wallTime()).slice(0, 15)} ` : "";
    if (trace.kind === "plain") yield* this.#out(this.#plain(kind, data, stamp));
    else if (kind === "text") yield* this.#out(`${stamp}${TITLES.text}: ${data}`);
    else yield* this.#out(dump(stamp + TITLES[kind], data, trace.kind === "bin"));
  }

  #plain(kind: DebugKind, data: string, stamp: string): string {
    const prefix = `${stamp}${SIGNS[kind]} `;
    if (kind === "data-in" || kind === "data-out") {
      if (this.#dataShown || (this.bodyOnTerminal && this.#global.trace?.file === "%")) return "";
      this.#dataShown = true;
      const text = `${this.#open ? "" : prefix}[${data.length} bytes data]\n`;
      this.#open = false;
      return text;
    }
    this.#dataShown = false;
    const first = this.#open ? "" : prefix;
    this.#open = !data.endsWith("\n");
    if (kind !== "header-out") return first + data;
    return first + data.slice(0, -1).replace(/\n/g, `\n${prefix}`) + data.slice(-1);
  }

  *#out(text: string): Task<void> {
    if (text === "") return;
    if (this.#fd === undefined) this.#fd = this.#openFile(this.#global.trace!.file);
    if (this.#fd === -1) yield* this.#messages.raw(text);
    else if (this.#fd === 1) yield* this.#messages.stdout.bytes(text);
    else yield* this.#sys.write(this.#fd, fromByteString(text));
  }

  /** -1 = where messages go. */
  #openFile(name: string): number {
    if (name === "%") return -1;
    if (name === "-") return 1;
    const fd = this.#sys.open(asText(name), { write: true, create: true, truncate: true }, 0o666);
    return isErrno(fd) ? -1 : fd;
  }
}

/** Sixteen bytes a line in hex, or 64 as text broken at CR LF. */
function dump(title: string, data: string, hex: boolean): string {
  const width = hex ? 16 : 64;
  let out = `${title}, ${data.length} bytes (0x${data.length.toString(16)})\n`;
  for (let at = 0; at < data.length; ) {
    const line = hex ? data.slice(at, at + width) : asciiLine(data, at, width);
    const digits = hex ? Array.from({ length: width }, (_, i) => (i < line.length ? `${line.charCodeAt(i).toString(16).padStart(2, "0")} ` : "   ")).join("") : "";
    out += `${at.toString(16).padStart(4, "0")}: ${digits}${line.replace(/[^\x20-\x7e]/g, ".")}\n`;
    at += line.length;
    if (!hex && data.startsWith("\r\n", at)) at += 2;
  }
  return out;
}

function asciiLine(data: string, at: number, width: number): string {
  const end = data.indexOf("\r\n", at);
  const stop = end < 0 ? data.length : end;
  return data.slice(at, Math.min(stop, at + width));
}
