import { isErrno, strerror } from "../net/uapi/errno.ts";
import { STDIN, type Task } from "../os/sys.ts";
import { Input } from "./lib/input.ts";
import type { Options } from "./lib/options.ts";
import { closeInput, openInput, tool, type Io } from "./lib/tool.ts";

interface Counts {
  lines: number;
  words: number;
  bytes: number;
  longest: number;
}

const COLUMNS = ["l", "w", "m", "c", "L"] as const;
type Column = (typeof COLUMNS)[number];

const noCounts = (): Counts => ({ lines: 0, words: 0, bytes: 0, longest: 0 });

const isSpace = (c: number): boolean => c === 32 || (c >= 9 && c <= 13);

/** Counts as the C locale does: a word needs a printable character, a tab fills up to eight columns. */
class Counter {
  readonly counts = noCounts();
  #inWord = false;
  #column = 0;

  add(chunk: Uint8Array): void {
    this.counts.bytes += chunk.length;
    for (const c of chunk) this.#byte(c);
  }

  #byte(c: number): void {
    if (c === 10) this.counts.lines++;
    this.#advance(c);
    if (isSpace(c)) this.#endWord();
    else if (c > 32 && c < 127) this.#inWord = true;
  }

  #advance(c: number): void {
    if (c === 9) this.#column += 8 - (this.#column % 8);
    else if (c === 10 || c === 12 || c === 13) this.#endLine();
    else if (c >= 32 && c < 127) this.#column++;
  }

  #endLine(): void {
    this.counts.longest = Math.max(this.counts.longest, this.#column);
    this.#column = 0;
  }

  #endWord(): void {
    if (this.#inWord) this.counts.words++;
    this.#inWord = false;
  }

  finish(): Counts {
    this.#endWord();
    this.#endLine();
    return this.counts;
  }
}

function readColumns(o: Options): Column[] {
  const asked = COLUMNS.filter((c) => o.has(c));
  return asked.length > 0 ? asked : ["l", "w", "c"];
}

const valueOf = (c: Counts, column: Column): number =>
  column === "l" ? c.lines : column === "w" ? c.words : column === "L" ? c.longest : c.bytes;

/** Width of every number: enough for the sum of the sizes, 7 where a size is not known beforehand. */
function numberWidth(io: Io, paths: readonly (string | undefined)[], columns: readonly Column[]): number {
  if (paths.length === 1 && columns.length === 1) return 1;
  let least = 1;
  let total = 0;
  for (const path of paths) {
    const stat = path === undefined || path === "-" ? io.sys.fstat(STDIN) : io.sys.stat(path);
    if (isErrno(stat)) continue;
    if (stat.kind === "file") total += stat.size;
    else least = 7;
  }
  return Math.max(least, String(total).length);
}

const row = (counts: Counts, columns: readonly Column[], width: number, name: string | undefined): string =>
  `${columns.map((c) => String(valueOf(counts, c)).padStart(width)).join(" ")}${name === undefined ? "" : ` ${name}`}\n`;

function* count(io: Io, fd: number): Task<{ readonly counts: Counts; readonly input: Input }> {
  const input = new Input(io.sys, fd);
  const counter = new Counter();
  for (let c = yield* input.chunk(); c !== null; c = yield* input.chunk()) counter.add(c);
  return { counts: counter.finish(), input };
}

function addTo(sum: Counts, c: Counts): void {
  sum.lines += c.lines;
  sum.words += c.words;
  sum.bytes += c.bytes;
  sum.longest = Math.max(sum.longest, c.longest);
}

/** wc(1). */
export const wc = tool(
  { takes: "c,bytes m,chars l,lines L,max-line-length w,words", refuses: "files0-from=", usage: "[OPTION]... [FILE]..." },
  function* (io, options) {
    const columns = readColumns(options);
    const paths = options.operands.length > 0 ? options.operands : [undefined];
    const width = numberWidth(io, paths, columns);
    const sum = noCounts();
    let status = 0;
    for (const path of paths) {
      const fd = openInput(io.sys, path ?? "-");
      const done = isErrno(fd) ? undefined : yield* count(io, fd);
      if (!isErrno(fd)) closeInput(io.sys, fd);
      const error = isErrno(fd) ? fd : done?.input.error;
      if (error !== undefined) {
        yield* io.complain(`${path ?? "-"}: ${strerror(error)}`);
        status = 1;
      }
      if (done === undefined) continue;
      addTo(sum, done.counts);
      yield* io.out.text(row(done.counts, columns, width, path));
    }
    if (paths.length > 1) yield* io.out.text(row(sum, columns, width, "total"));
    return status;
  },
);
