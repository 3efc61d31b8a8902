import type { Lab } from "../lab/lab.ts";
import type { Process } from "../os/process.ts";
import type { Tty } from "../os/tty.ts";
import type { TerminalOutput } from "../protocol/messages.ts";
import { utf8 } from "../wire/text.ts";

/** Bytes on their way to the page or not yet drawn by it; beyond that the writer sleeps. */
const WINDOW_BYTES = 256 * 1024;

/** A shell on a pseudo-terminal that the page shows. */
export interface Terminal {
  readonly id: number;
  readonly place: string;
  readonly tty: Tty;
  readonly shell: Process;
  /** Bytes sent and not yet taken. */
  inFlight: number;
  /** The last command line it began, for the tab's running dot. */
  label: string;
  /** What the page was told last. */
  running: string;
}

/** All terminals of the page. */
export class Terminals {
  readonly #lab: Lab;
  readonly #open = new Map<number, Terminal>();
  readonly #closed: number[] = [];
  #output: TerminalOutput[] = [];
  #nextId = 1;
  /** Output that should reach the page at once: an echo. */
  urgent = false;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  get all(): Iterable<Terminal> {
    return this.#open.values();
  }

  get(id: number): Terminal | undefined {
    return this.#open.get(id);
  }

  /** Opens an interactive shell at a place; a string says why not. */
  open(placeId: string, cols: number, rows: number): Terminal | string {
    const place = this.#lab.place(placeId);
    if (place === undefined) return `there is no place "${placeId}"`;
    const { kernel } = this.#lab;
    const tty = kernel.openTty({ rows, cols });
    const env = new Map([...this.#lab.env, ["PS1", `${placeId}# `], ["KNETSIM_PLACE", placeId]]);
    const ns = this.#lab.namespacesAt(place);
    const id = this.#nextId++;
    const onExit = (): void => this.#exited(id);
    const shell = kernel.start({ run: "/usr/bin/bash", argv: ["bash", "--norc"], env, cwd: "/root", ns, stdio: tty, onExit });
    if (typeof shell === "string") return `bash: ${shell}`;
    const terminal: Terminal = { id, place: placeId, tty, shell, inFlight: 0, label: "", running: "" };
    this.#open.set(id, terminal);
    tty.onOutput(() => this.#drain(terminal));
    return terminal;
  }

  input(id: number, data: string): void {
    this.#open.get(id)?.tty.input(utf8(data));
  }

  resize(id: number, cols: number, rows: number): void {
    this.#open.get(id)?.tty.resize({ cols, rows });
  }

  close(id: number): void {
    const terminal = this.#open.get(id);
    this.#open.delete(id);
    terminal?.tty.onOutput(null);
    terminal?.tty.hangup();
  }

  /** The page drew `bytes`; room for more. */
  taken(id: number, bytes: number): void {
    const terminal = this.#open.get(id);
    if (terminal === undefined) return;
    terminal.inFlight = Math.max(0, terminal.inFlight - bytes);
    this.#drain(terminal);
  }

  #drain(terminal: Terminal): void {
    const room = WINDOW_BYTES - terminal.inFlight;
    if (room <= 0 || terminal.tty.outputPending === 0) return;
    const data = terminal.tty.takeOutput(room);
    const writer = this.#lab.kernel.scheduler.current;
    const gated = writer !== null && writer !== terminal.shell;
    terminal.inFlight += data.length;
    this.#push({ terminal: terminal.id, data, seq: this.#lab.box.world.traceSeq, gated });
    if (!gated) this.urgent = true;
  }

  /** Neighbouring pieces of the same kind become one. */
  #push(next: TerminalOutput): void {
    const last = this.#output.at(-1);
    if (last === undefined || last.terminal !== next.terminal || last.seq !== next.seq || last.gated !== next.gated) {
      this.#output.push(next);
      return;
    }
    const data = new Uint8Array(last.data.length + next.data.length);
    data.set(last.data);
    data.set(next.data, last.data.length);
    this.#output[this.#output.length - 1] = { ...last, data };
  }

  #exited(id: number): void {
    const terminal = this.#open.get(id);
    if (terminal === undefined) return;
    this.#drain(terminal);
    this.#open.delete(id);
    this.#closed.push(id);
  }

  takeOutput(): readonly TerminalOutput[] {
    const output = this.#output;
    this.#output = [];
    this.urgent = false;
    return output;
  }

  takeClosed(): readonly number[] {
    return this.#closed.splice(0);
  }

  /** Terminals whose foreground command began or ended since the last call. */
  takeStates(): readonly { readonly terminal: number; readonly running: string }[] {
    const changed: { terminal: number; running: string }[] = [];
    for (const t of this.#open.values()) {
      const running = t.tty.foreground === null || t.tty.foreground === t.shell.pgrp ? "" : t.label;
      if (running === t.running) continue;
      t.running = running;
      changed.push({ terminal: t.id, running });
    }
    return changed;
  }

  /** The terminal that a process belongs to, if the page shows it. */
  ofProcess(p: Process): Terminal | undefined {
    for (const t of this.#open.values()) if (p.ctty === t.tty) return t;
    return undefined;
  }
}
