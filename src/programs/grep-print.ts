import { STDOUT, type Task } from "../os/sys.ts";
import { argBytes, asText } from "./lib/bytes.ts";
import type { Options } from "./lib/options.ts";
import type { Io } from "./lib/tool.ts";
import type { Matcher } from "./grep-match.ts";

/** What grep shows of the lines it selects. */
export interface GrepLook {
  readonly invert: boolean;
  readonly quiet: boolean;
  readonly noMessages: boolean;
  readonly list: "no" | "with" | "without";
  readonly count: boolean;
  readonly onlyMatching: boolean;
  readonly names: boolean;
  readonly numbers: boolean;
  readonly offsets: boolean;
  readonly color: boolean;
  readonly label: string;
  readonly before: number;
  readonly after: number;
  readonly max: number;
  readonly text: boolean;
  readonly skipBinary: boolean;
  readonly initialTab: boolean;
  readonly nameEnd: string;
  readonly end: string;
}

export function readLook(io: Io, o: Options, several: boolean): GrepLook {
  const colorWhen = o.has("color") ? (o.value("color") ?? "auto") : "never";
  const max = o.value("m");
  const digits = o.list.filter((x) => /^\d$/.test(x.key)).map((x) => x.key).join("");
  const context = Number(o.value("C") ?? digits);
  if (o.has("line-buffered")) io.out.buffering = "line";
  return {
    invert: o.has("v"), quiet: o.has("q"), noMessages: o.has("s"), count: o.has("c"), onlyMatching: o.has("o"),
    list: o.last("l", "L") === "l" ? "with" : o.has("L") ? "without" : "no",
    names: o.has("h", "H") ? o.last("h", "H") === "H" : several,
    numbers: o.has("n"), offsets: o.has("b"),
    color: colorWhen === "always" || (colorWhen === "auto" && io.sys.isatty(STDOUT) && io.sys.env.get("TERM") !== "dumb"),
    label: o.value("label") ?? "(standard input)",
    before: Number(o.value("B") ?? context), after: Number(o.value("A") ?? context),
    max: max === undefined || Number(max) < 0 ? Infinity : Number(max),
    text: o.has("a"), skipBinary: o.has("I"), initialTab: o.has("T"), nameEnd: o.has("Z") ? "\0" : "", end: o.has("z") ? "\0" : "\n",
  };
}

const paint = (on: boolean, sgr: string, text: string): string => (on && text !== "" ? `\x1b[${sgr}m\x1b[K${text}\x1b[m\x1b[K` : text);

interface Held {
  readonly text: string;
  readonly number: number;
  readonly offset: number;
}

/** Prints the selected lines of one file, with context, counts and colours. */
export class GrepPrinter {
  selected = 0;
  /** No further line can matter. */
  done = false;
  #held: Held[] = [];
  #afterLeft = 0;
  #lastPrinted = 0;
  #binary = false;
  readonly #io: Io;
  readonly #look: GrepLook;
  readonly #name: string;
  readonly #matcher: Matcher;

  constructor(io: Io, look: GrepLook, path: string, matcher: Matcher) {
    this.#io = io;
    this.#look = look;
    this.#name = argBytes(path === "-" ? look.label : path);
    this.#matcher = matcher;
    this.done = look.max === 0;
  }

  *line(text: string, number: number, offset: number, hit: boolean): Task<void> {
    if (hit) this.selected++;
    if (hit) yield* this.#select({ text, number, offset });
    else if (this.#afterLeft > 0) {
      this.#afterLeft--;
      yield* this.#print({ text, number, offset }, "-");
    } else if (this.#look.before > 0) this.#hold({ text, number, offset });
    if (this.selected >= this.#look.max && this.#afterLeft === 0) this.done = true;
  }

  #hold(line: Held): void {
    this.#held.push(line);
    if (this.#held.length > this.#look.before) this.#held.shift();
  }

  *#select(line: Held): Task<void> {
    const { quiet, list, count } = this.#look;
    if (quiet || list !== "no") this.done = true;
    if (quiet || list !== "no" || count) return;
    for (const held of this.#held) yield* this.#print(held, "-");
    this.#held = [];
    yield* this.#print(line, ":");
    this.#afterLeft = this.#look.after;
  }

  *#print(line: Held, mark: string): Task<void> {
    if (line.text.includes("\0") && !this.#look.text && this.#look.end === "\n") return this.#foundBinary();
    const gap = this.#lastPrinted > 0 && line.number > this.#lastPrinted + 1;
    if (gap && (this.#look.before > 0 || this.#look.after > 0)) yield* this.#io.out.text(`${paint(this.#look.color, "36", "--")}\n`);
    this.#lastPrinted = line.number;
    if (!this.#look.onlyMatching) return yield* this.#io.out.bytes(this.#prefix(line, mark) + this.#painted(line.text, mark) + this.#look.end);
    if (mark !== ":" || this.#look.invert) return;
    for (const [a, b] of this.#matcher.all(line.text)) {
      const at = { ...line, offset: line.offset + a };
      yield* this.#io.out.bytes(this.#prefix(at, mark) + paint(this.#look.color, "01;31", line.text.slice(a, b)) + this.#look.end);
    }
  }

  #foundBinary(): void {
    this.#binary = true;
    this.done = true;
  }

  #prefix(line: Held, mark: string): string {
    const { color, names, numbers, offsets, nameEnd, initialTab } = this.#look;
    const sign = paint(color, "36", mark);
    const parts: string[] = [];
    if (names) parts.push(paint(color, "35", this.#name) + (nameEnd === "" ? sign : nameEnd));
    if (numbers) parts.push(paint(color, "32", String(line.number).padStart(initialTab ? 4 : 0)) + sign);
    if (offsets) parts.push(paint(color, "32", String(line.offset)) + sign);
    return parts.join("") + (initialTab && parts.length > 0 ? "\t" : "");
  }

  #painted(text: string, mark: string): string {
    if (!this.#look.color || mark !== ":" || this.#look.invert) return text;
    let out = "";
    let at = 0;
    for (const [a, b] of this.#matcher.all(text)) {
      out += text.slice(at, a) + paint(true, "01;31", text.slice(a, b));
      at = b;
    }
    return out + text.slice(at);
  }

  /** What is told of the file as a whole. */
  *end(): Task<void> {
    const { list, count, names, nameEnd, color, quiet } = this.#look;
    const name = paint(color, "35", this.#name);
    if (this.#binary && !this.#look.skipBinary) {
      yield* this.#io.out.flush();
      yield* this.#io.complain(`${asText(this.#name)}: binary file matches`);
    }
    if (count && !quiet && list === "no") yield* this.#io.out.bytes(`${names ? name + (nameEnd === "" ? paint(color, "36", ":") : nameEnd) : ""}${this.selected}\n`);
    if ((list === "with" && this.selected > 0) || (list === "without" && this.selected === 0)) yield* this.#io.out.bytes(name + (nameEnd === "" ? "\n" : nameEnd));
  }
}
