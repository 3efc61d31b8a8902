import type { TerminalOutput, ToEngine, ToPage } from "../../protocol/messages.ts";
import { Signal } from "../store/signal.ts";
import { OutputQueue } from "./output-queue.ts";

/** Where a terminal's text goes: an xterm, once its pane is on the page. */
export interface Screen {
  write(data: Uint8Array, done: () => void): void;
  reset(): void;
}

/** A shell tab. */
export interface Shell {
  /** The page's own number; the engine answers with its own. */
  readonly request: number;
  readonly place: string;
  terminal: number | null;
  prompt: string;
  /** Foreground command, "" at the prompt. */
  running: string;
  closed: boolean;
  cols: number;
  rows: number;
  readonly output: OutputQueue;
  screen: Screen | null;
  /** Typed before the engine had opened the terminal. */
  early: string;
}

/** Instant of the view, as terminals need it. */
export interface Instant {
  readonly position: number;
  readonly frontier: number;
}

const COLS = 80;
const ROWS = 24;

/** The shells that are open, in the order of their tabs. */
export class Terminals {
  readonly #send: (message: ToEngine) => void;
  #shells: Shell[] = [];
  #active: Shell | null = null;
  #requests = 0;
  /** Tabs, the active one, running dots or waiting output changed. */
  readonly changed = new Signal();
  #waiting = new Set<Shell>();

  constructor(send: (message: ToEngine) => void) { this.#send = send; }

  get shells(): readonly Shell[] { return this.#shells; }
  get active(): Shell | null { return this.#active; }

  /** Forgets all tabs: a new world has no terminals yet. */
  clear(): void {
    this.#shells = [];
    this.#active = null;
    this.#waiting.clear();
    this.changed.bump();
  }

  /** Shows the first idle shell at `place`, or opens one. */
  openAt(place: string): Shell {
    const known = this.#shells.find((shell) => shell.place === place && !shell.closed);
    return known === undefined ? this.openNew(place) : this.activate(known);
  }

  openNew(place: string): Shell {
    const shell: Shell = {
      request: ++this.#requests, place, terminal: null, prompt: place, running: "", closed: false,
      cols: this.#active?.cols ?? COLS, rows: this.#active?.rows ?? ROWS, output: new OutputQueue(), screen: null, early: "",
    };
    this.#shells = [...this.#shells, shell];
    this.#send({ type: "terminal.open", request: shell.request, place, cols: shell.cols, rows: shell.rows });
    return this.activate(shell);
  }

  activate(shell: Shell): Shell {
    this.#active = shell;
    this.changed.bump();
    return shell;
  }

  /** The tab `by` places further, round and round. */
  activateNext(by: 1 | -1): void {
    const at = this.#active === null ? 0 : this.#shells.indexOf(this.#active);
    const next = this.#shells[(at + by + this.#shells.length) % this.#shells.length];
    if (next !== undefined) this.activate(next);
  }

  close(shell: Shell): void {
    const at = this.#shells.indexOf(shell);
    this.#shells = this.#shells.filter((other) => other !== shell);
    if (shell.terminal !== null && !shell.closed) this.#send({ type: "terminal.close", terminal: shell.terminal });
    if (this.#active === shell) this.#active = this.#shells[Math.min(at, this.#shells.length - 1)] ?? null;
    this.changed.bump();
  }

  /** A pane for this shell is on the page (or, with null, no longer). */
  attach(shell: Shell, screen: Screen | null): void {
    shell.screen = screen;
    if (screen !== null) shell.output.rewind();
  }

  input(shell: Shell, data: string): void {
    if (shell.terminal === null) shell.early += data;
    else this.#send({ type: "terminal.input", terminal: shell.terminal, data });
  }

  resize(shell: Shell, cols: number, rows: number): void {
    if (shell.cols === cols && shell.rows === rows) return;
    shell.cols = cols;
    shell.rows = rows;
    if (shell.terminal !== null) this.#send({ type: "terminal.resize", terminal: shell.terminal, cols, rows });
  }

  /** Output waits for the picture in this shell. */
  isWaiting(shell: Shell): boolean { return shell.output.isWaiting; }

  receive(message: ToPage): void {
    if (message.type === "terminal.opened") this.#opened(message.request, message.terminal, message.prompt);
    else if (message.type === "terminal.closed") this.#ended(message.terminal);
    else if (message.type === "terminal.state") this.#change(message.terminal, (shell) => { shell.running = message.running; });
  }

  take(output: readonly TerminalOutput[]): void {
    for (const chunk of output) this.#byTerminal(chunk.terminal)?.output.push(chunk);
  }

  /** Brings every screen to the instant of the view. Call once a frame. */
  show(instant: Instant): void {
    for (const shell of this.#shells) this.#showOne(shell, instant);
  }

  #showOne(shell: Shell, { position, frontier }: Instant): void {
    if (shell.screen === null) return;
    const redraw = position < frontier ? shell.output.showPast(position) : shell.output.showLive(frontier);
    if (redraw.is === "again") shell.screen.reset();
    if (redraw.is !== "nothing") this.#write(shell, shell.screen, redraw.chunks);
    this.#noteWaiting(shell);
  }

  #noteWaiting(shell: Shell): void {
    if (shell.output.isWaiting === this.#waiting.has(shell)) return;
    if (shell.output.isWaiting) this.#waiting.add(shell);
    else this.#waiting.delete(shell);
    this.changed.bump();
  }

  #write(shell: Shell, screen: Screen, chunks: readonly TerminalOutput[]): void {
    for (const chunk of chunks) {
      const isFirstTime = !this.#taken.has(chunk);
      this.#taken.add(chunk);
      screen.write(chunk.data, () => {
        if (isFirstTime && shell.terminal !== null) this.#send({ type: "terminal.taken", terminal: shell.terminal, bytes: chunk.data.length });
      });
    }
  }

  /** Chunks whose bytes the engine was told about: drawing them again is not taking them again. */
  readonly #taken = new WeakSet<TerminalOutput>();

  #opened(request: number, terminal: number, prompt: string): void {
    const shell = this.#shells.find((one) => one.request === request);
    if (shell === undefined) return this.#send({ type: "terminal.close", terminal });
    shell.terminal = terminal;
    shell.prompt = prompt;
    this.#send({ type: "terminal.resize", terminal, cols: shell.cols, rows: shell.rows });
    if (shell.early !== "") this.#send({ type: "terminal.input", terminal, data: shell.early });
    shell.early = "";
    this.changed.bump();
  }

  /** The shell ended (`exit`, Ctrl-D): its tab goes, as a terminal's window does. */
  #ended(terminal: number): void {
    const shell = this.#byTerminal(terminal);
    if (shell === undefined) return;
    shell.closed = true;
    this.close(shell);
  }

  #byTerminal(terminal: number): Shell | undefined {
    return this.#shells.find((shell) => shell.terminal === terminal);
  }

  #change(terminal: number, change: (shell: Shell) => void): void {
    const shell = this.#byTerminal(terminal);
    if (shell === undefined) return;
    change(shell);
    this.changed.bump();
  }
}
