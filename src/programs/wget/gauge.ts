import type { Task } from "../../os/sys.ts";
import type { Log } from "./log.ts";
import type { DotStyle } from "./options.ts";
import { barRate, decimal, dotRate, humanReadable, shortTime } from "./rates.ts";

/** Shows how a download goes on. Times in seconds since it began. */
export interface Gauge {
  /** Redrawn regularly although nothing came. */
  readonly interactive: boolean;
  begin(): Task<void>;
  update(bytes: number, seconds: number): Task<void>;
  finish(seconds: number): Task<void>;
}

/** Rows of dots, for files and pipes. */
export class Dots implements Gauge {
  readonly interactive = false;
  readonly #log: Log;
  readonly #style: DotStyle;
  readonly #initial: number;
  readonly #total: number;
  #accumulated = 0;
  #rows = 0;
  #dots = 0;
  #lastRowSec = 0;

  constructor(log: Log, style: DotStyle, initialBytes: number, totalBytes: number) {
    this.#log = log;
    this.#style = style;
    this.#initial = initialBytes;
    this.#total = totalBytes;
  }

  get #rowBytes(): number {
    return this.#style.bytes * this.#style.inLine;
  }

  *begin(): Task<void> {
    if (this.#initial === 0) return;
    const skipped = this.#initial - (this.#initial % this.#rowBytes);
    const kilo = String(skipped / 1024);
    let text = skipped > 0 ? `\n${" ".repeat(2 + Math.max(6, kilo.length))}[ skipping ${kilo}K ]` : "";
    text += `\n${kilo.padStart(6)}K`;
    let rest = this.#initial - skipped;
    for (; rest >= this.#style.bytes; rest -= this.#style.bytes) text += `${this.#dots++ % this.#style.spacing === 0 ? " " : ""},`;
    this.#accumulated = rest;
    this.#rows = skipped / this.#rowBytes;
    yield* this.#put(text);
  }

  *#put(text: string): Task<void> {
    yield* this.#log.put("progress", text);
  }

  *update(bytes: number, seconds: number): Task<void> {
    this.#accumulated += bytes;
    let text = "";
    while (this.#accumulated >= this.#style.bytes) {
      this.#accumulated -= this.#style.bytes;
      if (this.#dots === 0) text += `\n${this.#rowStart()}`;
      text += `${this.#dots % this.#style.spacing === 0 ? " " : ""}.`;
      if (++this.#dots >= this.#style.inLine) {
        this.#dots = 0;
        this.#rows++;
        text += this.#stats(seconds, false);
      }
    }
    if (text !== "") yield* this.#put(text);
  }

  #rowStart(): string {
    return `${String((this.#rows * this.#rowBytes) / 1024).padStart(6)}K`;
  }

  #stats(seconds: number, last: boolean): string {
    const shown = this.#rows * this.#rowBytes + this.#dots * this.#style.bytes + (last ? this.#accumulated : 0);
    let inRow = last ? this.#dots * this.#style.bytes + this.#accumulated : this.#rowBytes;
    if (this.#rows === Math.trunc(this.#initial / this.#rowBytes)) inRow -= this.#initial % this.#rowBytes;
    const percent = this.#total > 0 ? `${String(Math.trunc((100 * shown) / this.#total)).padStart(3)}%` : "";
    const rate = ` ${dotRate(inRow, seconds - this.#lastRowSec)}`;
    this.#lastRowSec = seconds;
    if (last) return `${percent}${rate}=${seconds >= 10 ? shortTime(Math.round(seconds), true) : `${decimal(seconds)}s`}`;
    if (this.#total === 0) return percent + rate;
    const left = Math.max(0, this.#total - shown);
    const soFar = Math.max(1, shown - this.#initial);
    return `${percent}${rate} ${shortTime(Math.round((seconds * left) / soFar), true)}`;
  }

  *finish(seconds: number): Task<void> {
    let text = this.#dots === 0 ? `\n${this.#rowStart()}` : "";
    for (let i = this.#dots; i < this.#style.inLine; i++) text += i % this.#style.spacing === 0 ? "  " : " ";
    yield* this.#put(`${text}${this.#stats(seconds, true)}\n\n`);
  }
}

const REDRAW_SEC = 0.2;
const HISTORY = 20;
const SAMPLE_SEC = 0.15;
const STALL_SEC = 5;
const MIN_COLUMNS = 51;
/** Columns of what stands beside the bar: percentage, brackets, amount, rate, time. */
const PERCENT = 4;
const AMOUNT = 8;
const BESIDE = PERCENT + 2 + AMOUNT + 10 + 15;

/** A thermometer on a terminal. */
export class Bar implements Gauge {
  readonly interactive = true;
  readonly #log: Log;
  readonly #file: string;
  readonly #initial: number;
  #total: number;
  readonly #width: number;
  #count = 0;
  #tick = 0;
  #drawnSec = 0;
  #etaSec = 0;
  #eta = 0;
  readonly #ring: { bytes: number; sec: number }[] = [];
  #recentStart = 0;
  #recentBytes = 0;
  #stalled = false;

  constructor(log: Log, file: string, initialBytes: number, totalBytes: number, columns: number) {
    this.#log = log;
    this.#file = file;
    this.#initial = initialBytes;
    this.#total = Math.max(totalBytes, initialBytes);
    this.#width = Math.max(columns, MIN_COLUMNS) - 1;
  }

  *begin(): Task<void> {
    yield* this.#log.put("verbose", "\n");
    yield* this.#draw(0, false);
  }

  *update(bytes: number, seconds: number): Task<void> {
    this.#count += bytes;
    if (this.#total > 0) this.#total = Math.max(this.#total, this.#count + this.#initial);
    this.#measure(bytes, seconds);
    if (seconds - this.#drawnSec < REDRAW_SEC) return;
    yield* this.#draw(seconds, false);
    this.#drawnSec = seconds;
  }

  *finish(seconds: number): Task<void> {
    yield* this.#draw(seconds, true);
    yield* this.#log.put("verbose", "\n");
    yield* this.#log.put("progress", "\n");
  }

  /** Keeps the last samples of at least 0.15 s; a stall forgets them. */
  #measure(bytes: number, seconds: number): void {
    const age = seconds - this.#recentStart;
    this.#recentBytes += bytes;
    if (age < SAMPLE_SEC) return;
    if (bytes === 0) {
      if (age >= STALL_SEC) {
        this.#stalled = true;
        this.#ring.length = 0;
        this.#recentBytes = 0;
      }
      return;
    }
    const sec = this.#stalled ? 1 : age;
    this.#stalled = false;
    this.#ring.push({ bytes: this.#recentBytes, sec });
    if (this.#ring.length > HISTORY) this.#ring.shift();
    this.#recentStart = seconds;
    this.#recentBytes = 0;
  }

  *#draw(seconds: number, done: boolean): Task<void> {
    const size = this.#initial + this.#count;
    const percent = this.#total > 0 ? `${String(Math.trunc((100 * size) / this.#total)).padStart(3)}%` : " ".repeat(PERCENT);
    const line = this.#name(done) + percent + this.#thermometer(size) + humanReadable(size, 1000, 2).padStart(AMOUNT) + this.#speed(seconds) + this.#time(seconds, size, done);
    this.#tick++;
    yield* this.#log.put("progress", `\r${line.padEnd(this.#width)}`);
  }

  /** A quarter of the line; long names scroll. */
  #name(done: boolean): string {
    const columns = Math.trunc(this.#width / 4);
    const name = this.#file;
    if (name.length < columns) return name.padEnd(columns + 1);
    if (name.length <= columns + 5 || done) return `${name.slice(0, columns)} `;
    const offset = (this.#tick + name.length + Math.trunc(columns / 2)) % (name.length + columns);
    if (offset <= name.length) return `${name.slice(offset, offset + columns).padEnd(columns)} `;
    const padding = columns - (offset - name.length);
    return `${" ".repeat(padding)}${name.slice(0, columns - padding)} `.padEnd(columns + 1);
  }

  #thermometer(size: number): string {
    const room = this.#width - (Math.trunc(this.#width / 4) + 1 + BESIDE);
    if (room < 5) return "";
    if (this.#total > 0) {
      const before = Math.trunc((this.#initial / this.#total) * room);
      const loaded = Math.trunc((size / this.#total) * room) - before;
      return `[${("+".repeat(before) + (loaded > 0 ? `${"=".repeat(loaded - 1)}>` : "")).padEnd(room)}]`;
    }
    const step = this.#tick % (room * 2 - 6);
    const at = step < room - 2 ? step + 1 : room - (step - room + 5);
    return `[${Array.from({ length: room }, (_, i) => (i === at - 1 ? "<" : i === at ? "=" : i === at + 1 ? ">" : " ")).join("")}]`;
  }

  #speed(seconds: number): string {
    const bytes = this.#ring.reduce((sum, s) => sum + s.bytes, 0);
    const sec = this.#ring.reduce((sum, s) => sum + s.sec, 0);
    if (sec <= 0 || bytes === 0) return "  --.-KB/s";
    return `  ${barRate(bytes + this.#recentBytes, sec + (seconds - this.#recentStart))}`;
  }

  #time(seconds: number, size: number, done: boolean): string {
    if (done) return `    in ${seconds >= 10 ? shortTime(Math.round(seconds), false) : `${decimal(seconds)}s`}`.padEnd(15);
    if (this.#total === 0) return "";
    if (this.#count === 0 || seconds <= 3) return " ".repeat(15);
    if (this.#total === size || this.#eta === 0 || seconds - this.#etaSec >= 0.99) {
      this.#eta = Math.round((seconds * (this.#total - size)) / this.#count);
      this.#etaSec = seconds;
    }
    return `    eta ${shortTime(this.#eta, false)}`;
  }
}
