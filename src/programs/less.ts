import { isErrno, strerror } from "../net/uapi/errno.ts";
import { STDIN, STDOUT, type Sys, type Task } from "../os/sys.ts";
import { fromUtf8 } from "../wire/text.ts";
import { asText, fromByteString } from "./lib/bytes.ts";
import { Input, readAll } from "./lib/input.ts";
import { closeInput, openInput, tool, type Io } from "./lib/tool.ts";

/** What the pager shows and where it stands. */
class Pager {
  top = 0;
  message = "";
  readonly lines: readonly string[];
  readonly #io: Io;
  readonly #name: string;
  readonly #numbers: boolean;
  #pattern: RegExp | undefined;

  constructor(io: Io, name: string, text: string, numbers: boolean) {
    this.#io = io;
    this.#name = name;
    this.lines = text.replace(/\n$/, "").split("\n");
    this.#numbers = numbers;
  }

  get #size(): { rows: number; cols: number } {
    const size = this.#io.sys.windowSize(STDOUT);
    return isErrno(size) ? { rows: 24, cols: 80 } : size;
  }

  get page(): number {
    return this.#size.rows - 1;
  }

  get #last(): number {
    return Math.max(0, this.lines.length - this.page);
  }

  move(by: number): void {
    this.top = Math.min(this.#last, Math.max(0, this.top + by));
  }

  /** Searches on from the line below the top one (or back); a message when there is none. */
  search(pattern: string | undefined, direction: 1 | -1): void {
    if (pattern !== undefined && pattern !== "") this.#pattern = regexOf(pattern);
    if (this.#pattern === undefined) return void (this.message = "No previous regular expression");
    for (let i = this.top + direction; i >= 0 && i < this.lines.length; i += direction) {
      if (!this.#pattern.test(this.lines[i] ?? "")) continue;
      this.top = i;
      return;
    }
    this.message = "Pattern not found";
  }

  *draw(): Task<void> {
    const { cols } = this.#size;
    const number = (i: number): string => (this.#numbers ? `${String(i + 1).padStart(7)} ` : "");
    const rows = Array.from({ length: this.page }, (_, i) => {
      const at = this.top + i;
      return at < this.lines.length ? (number(at) + (this.lines[at] ?? "").replace(/\t/g, "        ")).slice(0, cols) : "~";
    });
    const atEnd = this.top >= this.#last;
    const prompt = this.message !== "" ? `\x1b[7m${this.message}  (press RETURN)\x1b[27m` : atEnd ? "\x1b[7m(END)\x1b[27m" : this.top === 0 && this.#name !== "" ? `\x1b[7m${this.#name}\x1b[27m` : ":";
    this.message = "";
    yield* this.#io.out.text(`\x1b[H\x1b[2J${rows.join("\r\n")}\r\n${prompt}`);
    yield* this.#io.out.flush();
  }
}

function regexOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    return new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  }
}

/** Reads a search pattern after `/` or `?`, echoing it on the last line. */
function* readPattern(io: Io, keys: number, sign: string): Task<string> {
  let text = "";
  yield* io.out.text(`\r\x1b[K${sign}`);
  yield* io.out.flush();
  for (;;) {
    const got = yield* io.sys.read(keys, 16);
    if (isErrno(got) || got.length === 0) return text;
    for (const c of fromUtf8(got)) {
      if (c === "\r" || c === "\n") return text;
      text = c === "\x7f" || c === "\b" ? text.slice(0, -1) : text + c;
    }
    yield* io.out.text(`\r\x1b[K${sign}${text}`);
    yield* io.out.flush();
  }
}

const DOWN = ["j", "e", "\r", "\n", "\x1b[B", "\x05", "\x0e"];
const UP = ["k", "y", "\x1b[A", "\x19", "\x10"];

/** One key. False: leave. */
function* act(io: Io, pager: Pager, keys: number, key: string): Task<boolean> {
  if (key === "q" || key === "Q" || key === "ZZ") return false;
  if (DOWN.includes(key)) pager.move(1);
  else if (UP.includes(key)) pager.move(-1);
  else if ([" ", "f", "\x06", "\x16", "\x1b[6~"].includes(key)) pager.move(pager.page);
  else if (["b", "\x02", "\x1b[5~"].includes(key)) pager.move(-pager.page);
  else if (key === "d" || key === "\x04") pager.move(Math.floor(pager.page / 2));
  else if (key === "u" || key === "\x15") pager.move(-Math.floor(pager.page / 2));
  else if (key === "g" || key === "<" || key === "\x1b[H") pager.move(-Infinity);
  else if (key === "G" || key === ">" || key === "\x1b[F") pager.move(Infinity);
  else if (key === "/" || key === "?") pager.search(yield* readPattern(io, keys, key), key === "/" ? 1 : -1);
  else if (key === "n") pager.search(undefined, 1);
  else if (key === "N") pager.search(undefined, -1);
  return true;
}

function* page(io: Io, pager: Pager, keys: number): Task<void> {
  const { sys } = io;
  const before = sys.tcgetattr(keys);
  if (!isErrno(before)) sys.tcsetattr(keys, { ...before, canonical: false, echo: false });
  sys.signal("SIGINT", () => undefined);
  sys.signal("SIGWINCH", () => undefined);
  yield* io.out.text("\x1b[?1049h");
  try {
    for (let on = true; on; ) {
      yield* pager.draw();
      const got = yield* sys.read(keys, 16);
      if (got === "EINTR") continue;
      if (isErrno(got) || got.length === 0) break;
      on = yield* act(io, pager, keys, fromUtf8(got));
    }
  } finally {
    if (!isErrno(before)) sys.tcsetattr(keys, before);
  }
  yield* io.out.text("\x1b[?1049l");
}

function* copy(io: Io, fd: number): Task<void> {
  const input = new Input(io.sys, fd);
  for (let c = yield* input.chunk(); c !== null; c = yield* input.chunk()) yield* io.out.raw(c);
}

const keyboard = (sys: Sys): number => {
  const fd = sys.open("/dev/tty", { read: true, write: true });
  return isErrno(fd) ? STDIN : fd;
};

/** less(1): a pager on a terminal, cat elsewhere. It reads its input to the end before it shows it. */
export const less = tool({ takes: "N,LINE-NUMBERS S,chop-long-lines F,quit-if-one-screen R,RAW-CONTROL-CHARS X,no-init i I e E n q", refuses: "V,version p= o= P= x= z= j= k= t= b= h= y= + c C d f g G J K L m M O Q r s u U w W a A", usage: "[options] file..." }, function* (io, o) {
  const paths = o.operands.length > 0 ? o.operands : ["-"];
  if (o.operands.length === 0 && io.sys.isatty(STDIN)) {
    yield* io.err("Missing filename (\"less --help\" for help)\n");
    return 1;
  }
  let status = 0;
  for (const path of paths) {
    const fd = openInput(io.sys, path);
    const stat = isErrno(fd) ? fd : io.sys.fstat(fd);
    if (isErrno(fd) || (!isErrno(stat) && stat.kind === "dir")) {
      yield* io.err(isErrno(fd) ? `${path}: ${strerror(fd)}\n` : `${path} is a directory\n`);
      status = 1;
      continue;
    }
    if (!io.sys.isatty(STDOUT)) yield* copy(io, fd);
    else {
      const text = yield* readAll(io.sys, fd);
      const pager = new Pager(io, path === "-" ? "" : path, typeof text === "string" ? asText(text) : "", o.has("N"));
      if (o.has("F") && pager.lines.length <= pager.page) yield* io.out.raw(fromByteString(typeof text === "string" ? text : ""));
      else yield* page(io, pager, keyboard(io.sys));
    }
    closeInput(io.sys, fd);
  }
  return status;
});
