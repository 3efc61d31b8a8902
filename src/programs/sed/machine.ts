import type { Task } from "../../os/sys.ts";
import type { Lines } from "./lines.ts";
import { expand, unambiguous } from "./replace.ts";
import type { Address, Command, Pattern, Substitute } from "./script.ts";

/* Runs a script over lines: pattern space, hold space, and what is to be written at the end of a cycle. */

export interface Options {
  readonly quiet: boolean;
  /** -s, -i: every file has line numbers and a last line of its own. */
  readonly separate: boolean;
  /** Line terminator: newline, or NUL with -z. */
  readonly end: string;
}

/** What the machine needs from outside. */
export interface Surroundings {
  write(text: string): Task<void>;
  /** Appends to a file of `w`. */
  save(path: string, text: string): void;
  load(path: string): string | null;
  compute(): Task<void>;
}

type Flow = "next" | "delete" | "restart" | "quit";

export class Machine {
  status = 0;
  /** `q` or `Q` was met: no further input is read. */
  ended = false;
  readonly #commands: readonly Command[];
  readonly #options: Options;
  readonly #around: Surroundings;
  readonly #active = new Map<Command, number>();
  readonly #closed = new Set<Command>();
  #lines!: Lines;
  #pattern = "";
  #ended = true;
  #hold = "";
  #number = 0;
  #appended: string[] = [];
  #replaced = false;
  #lastRegex: RegExp | null = null;
  #keep = false;

  constructor(commands: readonly Command[], options: Options, around: Surroundings) {
    this.#commands = commands;
    this.#options = options;
    this.#around = around;
  }

  *run(lines: Lines): Task<void> {
    this.#lines = lines;
    if (this.#options.separate) this.#number = 0;
    while (!this.ended && (this.#keep || (yield* this.#read()))) {
      this.#keep = false;
      const flow = yield* this.#cycle();
      if (flow !== "delete" && flow !== "restart" && !this.#options.quiet && !(flow === "quit" && this.#silent)) yield* this.#put(this.#pattern);
      yield* this.#flushAppended();
      this.#keep = flow === "restart";
    }
  }

  #silent = false;
  #unended = false;

  *#read(): Task<boolean> {
    const line = yield* this.#lines.next();
    if (line === null) return false;
    this.#pattern = line.text;
    this.#ended = line.ended;
    this.#number++;
    this.#replaced = false;
    yield* this.#around.compute();
    return true;
  }

  *#put(text: string): Task<void> {
    const isLast = !this.#ended && (yield* this.#lines.isLast());
    yield* this.#write(text + (isLast ? "" : this.#options.end));
    this.#unended = isLast;
  }

  /** What follows a line that had no newline gives it one. */
  *#write(text: string): Task<void> {
    if (text !== "") yield* this.#around.write(this.#unended ? this.#options.end + text : text);
    if (text !== "") this.#unended = false;
  }

  *#flushAppended(): Task<void> {
    for (const text of this.#appended) yield* this.#write(text);
    this.#appended = [];
  }

  *#cycle(): Task<Flow> {
    for (let at = 0; at < this.#commands.length; at++) {
      const command = this.#commands[at]!;
      if (!(yield* this.#selects(command))) {
        if (command.name === "{") at = command.target;
        continue;
      }
      const done = yield* this.#execute(command);
      if (typeof done === "number") {
        at = done - 1;
        yield* this.#around.compute();
      } else if (done !== "next") return done;
    }
    return "next";
  }

  *#selects(command: Command): Task<boolean> {
    if (command.from === null) return !command.negated;
    const inside = command.to === null ? yield* this.#matches(command.from) : yield* this.#inRange(command, command.from, command.to);
    return inside !== command.negated;
  }

  /** #active holds the line at which an open range ends, Infinity when it ends at a match. */
  *#inRange(command: Command, from: Address, to: Address): Task<boolean> {
    const end = this.#active.get(command);
    if (end !== undefined) {
      if (end === Infinity ? yield* this.#matches(to) : this.#number >= end) this.#close(command);
      return end === Infinity || this.#number <= end;
    }
    // 0,/re/: the range is open before the first line.
    if (from.is === "line" && from.n === 0 && this.#number === 1 && to.is === "regex") {
      if (yield* this.#matches(to)) this.#closed.add(command);
      else this.#active.set(command, Infinity);
      return true;
    }
    if (from.is === "line" ? this.#number < from.n || this.#closed.has(command) : !(yield* this.#matches(from))) return false;
    const last = this.#endOf(to);
    if (from.is === "line" && to.is === "line" && this.#number >= last) {
      this.#closed.add(command);
      return this.#number === last || this.#number === from.n;
    }
    if (last > this.#number) this.#active.set(command, last);
    return true;
  }

  /** A range that began at a line number does not begin again. */
  #close(command: Command): void {
    this.#active.delete(command);
    this.#closed.add(command);
  }

  #endOf(to: Address): number {
    switch (to.is) {
      case "line": return to.n;
      case "plus": return this.#number + to.n;
      case "multiple": return to.n === 0 ? this.#number : Math.ceil(this.#number / to.n) * to.n;
      default: return Infinity;
    }
  }

  *#matches(address: Address): Task<boolean> {
    switch (address.is) {
      case "line": return this.#number === address.n;
      case "last": return yield* this.#lines.isLast();
      case "step": return address.step === 0 ? this.#number === address.first : this.#number >= address.first && (this.#number - address.first) % address.step === 0;
      case "regex": return this.#regex(address.pattern)?.test(this.#pattern) ?? false;
      default: return false;
    }
  }

  #regex(pattern: Pattern): RegExp | null {
    if (pattern !== null) this.#lastRegex = pattern;
    if (this.#lastRegex !== null) this.#lastRegex.lastIndex = 0;
    return this.#lastRegex;
  }

  *#execute(command: Command): Task<Flow | number> {
    switch (command.name) {
      case "s": return yield* this.#substitute(command.substitute!);
      case "p": yield* this.#put(this.#pattern); return "next";
      case "P": yield* this.#write(this.#firstLine() + this.#options.end); return "next";
      case "d": return "delete";
      case "D": return this.#deleteFirst();
      case "n": return yield* this.#nextLine();
      case "N": return yield* this.#joinLine();
      case "q": case "Q": return this.#quit(command);
      case "=": yield* this.#write(`${this.#number}\n`); return "next";
      case "l": yield* this.#write(unambiguous(this.#pattern, command.text === "" ? 70 : Number(command.text))); return "next";
      case "i": yield* this.#write(command.text); return "next";
      case "c": return yield* this.#change(command);
      case "b": return command.target;
      case "t": case "T": return this.#branch(command);
      default: return this.#spaces(command);
    }
  }

  /** Commands that move text between the spaces, or keep it for later. */
  #spaces(command: Command): Flow {
    switch (command.name) {
      case "h": this.#hold = this.#pattern; break;
      case "H": this.#hold += `\n${this.#pattern}`; break;
      case "g": this.#pattern = this.#hold; break;
      case "G": this.#pattern += `\n${this.#hold}`; break;
      case "x": [this.#pattern, this.#hold] = [this.#hold, this.#pattern]; break;
      case "z": this.#pattern = ""; break;
      case "y": this.#pattern = [...this.#pattern].map((c) => command.translate!.get(c) ?? c).join(""); break;
      case "a": this.#appended.push(command.text); break;
      case "r": this.#appended.push(this.#around.load(command.text) ?? ""); break;
      case "w": this.#around.save(command.text, this.#pattern + this.#options.end); break;
      default: break;
    }
    return "next";
  }

  #firstLine(): string {
    return this.#pattern.split("\n", 1)[0] ?? "";
  }

  #deleteFirst(): Flow {
    const at = this.#pattern.indexOf("\n");
    if (at < 0) return "delete";
    this.#pattern = this.#pattern.slice(at + 1);
    return "restart";
  }

  /** Without a next line GNU sed ends, printing what it has. */
  *#nextLine(): Task<Flow> {
    if (yield* this.#lines.isLast()) return this.#stop();
    if (!this.#options.quiet) yield* this.#put(this.#pattern);
    yield* this.#flushAppended();
    yield* this.#read();
    return "next";
  }

  *#joinLine(): Task<Flow> {
    if (yield* this.#lines.isLast()) return this.#stop();
    yield* this.#flushAppended();
    const before = this.#pattern;
    const replaced = this.#replaced;
    yield* this.#read();
    this.#replaced = replaced;
    this.#pattern = `${before}\n${this.#pattern}`;
    return "next";
  }

  #stop(): Flow {
    this.ended = true;
    return "quit";
  }

  #quit(command: Command): Flow {
    this.status = Number(command.text || 0) & 255;
    this.#silent = command.name === "Q";
    return this.#stop();
  }

  /** A whole range is changed into one text. */
  *#change(command: Command): Task<Flow> {
    if (command.to === null || command.negated || !this.#active.has(command)) yield* this.#write(command.text);
    return "delete";
  }

  #branch(command: Command): Flow | number {
    const taken = this.#replaced === (command.name === "t");
    this.#replaced = false;
    return taken ? command.target : "next";
  }

  *#substitute(s: Substitute): Task<Flow> {
    const regex = this.#regex(s.pattern);
    if (regex === null) return "next";
    let seen = 0;
    let done = false;
    this.#pattern = this.#pattern.replace(regex, (...found: unknown[]) => {
      seen++;
      if (seen < s.nth || (done && !s.all)) return String(found[0]);
      done = true;
      return expand(s.pieces, found);
    });
    if (!done) return "next";
    this.#replaced = true;
    if (s.print) yield* this.#put(this.#pattern);
    return "next";
  }
}
