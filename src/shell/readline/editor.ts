import type { Task } from "../../os/sys.ts";
import type { Shell } from "../state.ts";
import { decode } from "../text/bytes.ts";
import { LineBuffer } from "./buffer.ts";
import { CompletionMenu } from "./completion-menu.ts";
import { editKey } from "./edit-keys.ts";
import { HistoryWalk, lastWord } from "./history.ts";
import { type Key, KeyDecoder } from "./keys.ts";
import { Screen } from "./screen.ts";
import { IncrementalSearch } from "./search.ts";

/** How a line ended. */
export type LineEnd = { readonly text: string } | "interrupted" | null;

/** readline's emacs mode on a terminal in raw mode: readline(3), bash(1) READLINE. */
export class Editor {
  readonly #sh: Shell;
  readonly #buffer = new LineBuffer();
  readonly #screen = new Screen();
  readonly #decoder = new KeyDecoder();
  #queue: Key[] = [];
  #walk = new HistoryWalk([]);
  #search: IncrementalSearch | undefined;
  readonly #menu: CompletionMenu;
  #prompt = "";
  #resized = false;
  /** Repeated M-. goes further back. */
  #lastArg: { back: number; from: number; to: number } | undefined;
  #quoteNext = false;

  constructor(sh: Shell) {
    this.#sh = sh;
    this.#menu = new CompletionMenu(sh);
    sh.sys.signal("SIGWINCH", () => { this.#resized = true; });
  }

  /** Reads one line. `null` = Ctrl-D on an empty line, or the terminal is gone. */
  *read(prompt: string): Task<LineEnd> {
    const mode = this.#sh.sys.tcgetattr(0);
    this.#prompt = prompt;
    this.#buffer.reset();
    this.#walk = new HistoryWalk(this.#sh.history);
    this.#resize();
    if (typeof mode !== "string") this.#sh.sys.tcsetattr(0, { canonical: false, echo: false, signals: true });
    try {
      yield* this.#print("\x1b[?2004h" + this.#screen.begin(prompt));
      return yield* this.#loop();
    } finally {
      if (typeof mode !== "string") this.#sh.sys.tcsetattr(0, mode);
    }
  }

  *#loop(): Task<LineEnd> {
    for (;;) {
      while (this.#queue.length > 0) {
        const key = this.#queue.shift();
        const end = key ? yield* this.#press(key) : undefined;
        if (end !== undefined) {
          yield* this.#print("\x1b[?2004l");
          return end;
        }
      }
      const got = yield* this.#sh.sys.read(0, 4096);
      if (got === "EINTR") {
        if (yield* this.#interrupted()) return "interrupted";
        continue;
      }
      if (typeof got === "string" || got.length === 0) return this.#buffer.text === "" ? null : { text: this.#buffer.text };
      this.#queue.push(...this.#decoder.feed(decode(got)));
    }
  }

  /** A signal came: Ctrl-C, a new window size, or a trap. */
  *#interrupted(): Task<boolean> {
    if (this.#resized) {
      this.#resized = false;
      this.#resize();
      yield* this.#redraw();
    }
    if (!this.#sh.traps.interrupted && !this.#sh.traps.hasPending) return false;
    const wasInterrupt = this.#sh.traps.interrupted;
    this.#sh.traps.clearInterrupt();
    this.#search = undefined;
    yield* this.#print(this.#screen.leave([...this.#buffer.chars]).replace("\n", "") + "^C\n\x1b[?2004l");
    if (!wasInterrupt) yield* this.#sh.traps.checkpoint(this.#sh);
    return true;
  }

  #resize(): void {
    const size = this.#sh.sys.windowSize(0);
    if (typeof size === "string") return;
    this.#screen.cols = Math.max(2, size.cols);
    this.#sh.put("COLUMNS", String(size.cols));
    this.#sh.put("LINES", String(size.rows));
  }

  *#print(text: string): Task<void> {
    if (text !== "") yield* this.#sh.write(2, text);
  }

  *#redraw(): Task<void> {
    yield* this.#print(this.#screen.redraw(this.#buffer.chars, this.#buffer.cursor));
  }

  *#press(key: Key): Task<LineEnd | undefined> {
    if (this.#search) {
      const rest = yield* this.#searchKey(key);
      if (!rest) return undefined;
    }
    if (key.is === "text" || (this.#quoteNext && key.is === "key")) {
      yield* this.#type(key.is === "text" ? key.text : controlChar(key.name));
      return undefined;
    }
    if (key.is === "paste") {
      this.#buffer.saveForUndo();
      this.#buffer.insert(key.text);
      yield* this.#redraw();
      return undefined;
    }
    if (key.name !== "M-." && key.name !== "M-_") this.#lastArg = undefined;
    return yield* this.#command(key.name);
  }

  *#type(text: string): Task<void> {
    this.#quoteNext = false;
    this.#lastArg = undefined;
    this.#menu.reset();
    if (text === " " || this.#buffer.cursor === 0) this.#buffer.saveForUndo();
    this.#buffer.endRuns();
    this.#buffer.insert(text);
    const cheap = this.#buffer.cursor === this.#buffer.chars.length ? this.#screen.append(this.#buffer.chars) : null;
    if (cheap !== null) yield* this.#print(cheap);
    else yield* this.#redraw();
  }

  *#command(name: string): Task<LineEnd | undefined> {
    switch (name) {
      case "Enter": case "C-j": case "C-m": return yield* this.#accept();
      case "C-d":
        if (this.#buffer.chars.length === 0) return null;
        break;
      case "Tab": yield* this.#complete(); return undefined;
      case "M-?": yield* this.#complete(true); return undefined;
      case "C-r": case "C-s": yield* this.#startSearch(name === "C-r" ? -1 : 1); return undefined;
      case "C-l": yield* this.#print(this.#screen.clear()); yield* this.#redraw(); return undefined;
      case "C-q": case "C-v": this.#quoteNext = true; return undefined;
      case "M-.": case "M-_": yield* this.#insertLastArgument(); return undefined;
      case "M-#": this.#buffer.set("#" + this.#buffer.text); return yield* this.#accept();
    }
    this.#menu.reset();
    const line = this.#fromHistory(name);
    if (line !== undefined) {
      if (line === null) yield* this.#print("\x07");
      else {
        this.#buffer.set(line);
        yield* this.#redraw();
      }
      return undefined;
    }
    if (editKey(this.#buffer, name)) yield* this.#redraw();
    else yield* this.#print("\x07");
    return undefined;
  }

  /** History keys: the new line, null at an end, undefined for other keys. */
  #fromHistory(name: string): string | null | undefined {
    const now = this.#buffer.text;
    switch (name) {
      case "Up": case "C-p": return this.#walk.step(-1, now);
      case "Down": case "C-n": return this.#walk.step(1, now);
      case "M-<": return this.#walk.first(now);
      case "M->": return this.#walk.last(now);
      default: return undefined;
    }
  }

  *#accept(): Task<LineEnd> {
    const { text, chars } = this.#buffer;
    if (this.#buffer.cursor !== chars.length) {
      this.#buffer.cursor = chars.length;
      yield* this.#redraw();
    }
    yield* this.#print(this.#screen.leave(chars));
    return { text };
  }

  *#complete(list = false): Task<void> {
    this.#buffer.endRuns();
    const outcome = this.#menu.tab(this.#buffer.text, this.#buffer.text.length - this.#buffer.chars.slice(this.#buffer.cursor).join("").length, list, this.#screen.cols);
    if (outcome.is === "replace") {
      this.#buffer.saveForUndo();
      const before = [...this.#buffer.text.slice(0, outcome.from)].length;
      this.#buffer.replace(before, this.#buffer.cursor, outcome.text);
      yield* this.#redraw();
    } else if (outcome.is === "list") {
      const { cursor } = this.#buffer;
      yield* this.#print(this.#screen.leave(this.#buffer.chars) + outcome.text + this.#screen.begin(this.#prompt));
      this.#buffer.cursor = cursor;
      yield* this.#redraw();
    } else yield* this.#print("\x07");
  }

  *#insertLastArgument(): Task<void> {
    const back = this.#lastArg ? this.#lastArg.back + 1 : 0;
    const word = lastWord(this.#sh.history, back);
    if (word === undefined) return yield* this.#print("\x07");
    this.#buffer.saveForUndo();
    if (this.#lastArg) this.#buffer.remove(this.#lastArg.from, this.#lastArg.to);
    const from = this.#buffer.cursor;
    this.#buffer.insert(word);
    this.#lastArg = { back, from, to: this.#buffer.cursor };
    yield* this.#redraw();
  }

  *#startSearch(direction: -1 | 1): Task<void> {
    this.#search = new IncrementalSearch(this.#walk, this.#buffer.text, this.#buffer.cursor, direction);
    yield* this.#showSearch(this.#search);
  }

  *#showSearch(search: IncrementalSearch): Task<void> {
    this.#screen.setPrompt(search.prompt);
    this.#buffer.set(search.line, search.cursor);
    yield* this.#redraw();
  }

  /** Answers true when the key must be handled as usual after the search ended. */
  *#searchKey(key: Key): Task<boolean> {
    const search = this.#search;
    if (!search) return true;
    const outcome = search.press(key);
    if (outcome === "stay" || outcome === "fail") {
      if (outcome === "fail") yield* this.#print("\x07");
      yield* this.#showSearch(search);
      return false;
    }
    this.#search = undefined;
    const last = this.#prompt.slice(this.#prompt.lastIndexOf("\n") + 1);
    const cleared = this.#screen.redraw([], 0);
    yield* this.#print(cleared + "\r\x1b[J" + this.#screen.begin(last));
    if (outcome === "abort") this.#buffer.set(search.original, search.originalCursor);
    else {
      this.#buffer.set(search.line, search.cursor);
      this.#walk.go(search.index, "");
    }
    yield* this.#redraw();
    return outcome === "accept";
  }
}

const controlChar = (name: string): string => (name.startsWith("C-") ? String.fromCharCode(name.charCodeAt(2) & 31) : name === "Tab" ? "\t" : name === "Enter" ? "\r" : "");
