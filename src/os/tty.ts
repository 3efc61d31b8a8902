import { WaitQueue } from "../sim/wait-queue.ts";
import type { Sim } from "../sim/sim.ts";
import { ByteQueue } from "./byte-queue.ts";
import type { Kernel } from "./kernel.ts";
import { LineDiscipline } from "./line-discipline.ts";
import type { Pid } from "./pid.ts";
import { sendSignal, signalGroup } from "./signal-send.ts";
import type { Process } from "./process.ts";
import type { Signal, TermMode } from "./sys.ts";

export interface WindowSize {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Speed of the line in simulated time: 4 MB/s. A program that floods its terminal is slowed down by
 * simulated time alone, so that the run stays the same however fast the page draws.
 */
const NS_PER_BYTE = 250;
/** A writer may be this far ahead of the line before it sleeps (16 ms). */
const LINE_AHEAD_NS = 65536 * NS_PER_BYTE;
/**
 * What the page has not taken yet. The engine stops simulating well before this (see `outputPending`);
 * at this mark writers sleep until the page takes some, whatever the time.
 */
export const OUTPUT_LIMIT_BYTES = 1024 * 1024;

/** A pseudo-terminal: the kernel's side is /dev/pts/N, the page's side `input` and `takeOutput`. */
export class Tty {
  readonly index: number;
  /** Woken when a read or a write may answer. */
  readonly queue = new WaitQueue();
  /** The session that this terminal controls, and the group that may read from it. */
  session: Pid | null = null;
  foreground: Pid | null = null;
  hungUp = false;
  readonly #kernel: Kernel;
  readonly #sim: Sim;
  readonly #discipline: LineDiscipline;
  readonly #output = new ByteQueue();
  #size: WindowSize;
  #lineFreeAtNs = 0;
  #listener: (() => void) | null = null;

  constructor(kernel: Kernel, index: number, size: WindowSize) {
    this.#kernel = kernel;
    this.#sim = kernel.sim;
    this.index = index;
    this.#size = size;
    this.#discipline = new LineDiscipline({
      echo: (bytes) => this.#emit(Uint8Array.from(bytes)),
      signal: (signal) => this.#signalForeground(signal),
      inputReady: () => this.queue.wake(),
    });
  }

  get path(): string {
    return `/dev/pts/${this.index}`;
  }

  // — the page's side —

  /** Bytes from the keyboard. */
  input(bytes: Uint8Array): void {
    if (!this.hungUp) this.#discipline.input(bytes);
  }

  /** Calls `fn` whenever there is new output to take; null stops it. */
  onOutput(fn: (() => void) | null): void {
    this.#listener = fn;
  }

  /** Bytes that the page has not taken. The engine pauses the simulation while this is large. */
  get outputPending(): number {
    return this.#output.length;
  }

  takeOutput(maxBytes = Infinity): Uint8Array {
    const wasFull = this.#output.length >= OUTPUT_LIMIT_BYTES;
    const out = this.#output.take(Math.min(maxBytes, this.#output.length));
    if (wasFull && this.#output.length < OUTPUT_LIMIT_BYTES) this.queue.wake();
    return out;
  }

  /** TIOCSWINSZ: the foreground group hears SIGWINCH when the size changed. */
  resize(size: WindowSize): void {
    const same = size.rows === this.#size.rows && size.cols === this.#size.cols;
    this.#size = size;
    if (!same) this.#signalForeground("SIGWINCH");
  }

  /** The window was closed: SIGHUP and SIGCONT for session leader and foreground, then reads end and writes fail. */
  hangup(): void {
    if (this.hungUp) return;
    this.hungUp = true;
    const leader = this.session && this.#kernel.processOf(this.session);
    if (leader) hangUp(leader);
    for (const member of this.foreground ? this.#kernel.groupMembers(this.foreground) : []) {
      if (member !== leader) hangUp(member);
    }
    this.#kernel.removeTty(this);
    this.queue.wake();
  }

  // — the processes' side —

  get size(): WindowSize {
    return this.#size;
  }

  get mode(): TermMode {
    return this.#discipline.mode;
  }

  set mode(mode: TermMode) {
    this.#discipline.mode = mode;
  }

  get readable(): boolean {
    return this.hungUp || this.#discipline.readable;
  }

  /** Empty = ^D or hung up; null = nothing typed yet. */
  read(maxBytes: number): Uint8Array | null {
    if (this.#discipline.readable) return this.#discipline.read(maxBytes);
    return this.hungUp ? new Uint8Array(0) : null;
  }

  /** Takes what the line has room for (0 = sleep on `queue`); `\n` becomes `\r\n` (ONLCR). */
  write(data: Uint8Array): number {
    const aheadNs = this.#lineFreeAtNs - this.#sim.nowNs;
    if (aheadNs >= LINE_AHEAD_NS) {
      this.#sim.after(aheadNs - LINE_AHEAD_NS / 2, wakeQueue, this.queue);
      return 0;
    }
    if (this.#output.length >= OUTPUT_LIMIT_BYTES) return 0;
    const taken = data.subarray(0, 4096);
    this.#emit(withReturns(taken));
    return taken.length;
  }

  /** The session leader ended: its terminal is free, and whoever is in front of it hears SIGHUP. */
  leaveSession(): void {
    const { foreground, session } = this;
    this.session = null;
    this.foreground = null;
    if (foreground) signalGroup(this.#kernel, foreground, "SIGHUP");
    if (foreground) signalGroup(this.#kernel, foreground, "SIGCONT");
    for (const p of this.#kernel.processes) if (p.session === session && p.ctty === this) p.ctty = null;
  }

  #signalForeground(signal: Signal): void {
    if (this.foreground) signalGroup(this.#kernel, this.foreground, signal);
  }

  #emit(bytes: Uint8Array): void {
    this.#output.push(bytes);
    this.#lineFreeAtNs = Math.max(this.#lineFreeAtNs, this.#sim.nowNs) + bytes.length * NS_PER_BYTE;
    this.#listener?.();
  }
}

function hangUp(p: Process): void {
  sendSignal(p, "SIGHUP");
  sendSignal(p, "SIGCONT");
}

const wakeQueue = (queue: WaitQueue): void => queue.wake();

function withReturns(data: Uint8Array): Uint8Array {
  if (!data.includes(10)) return data;
  const out: number[] = [];
  for (const byte of data) {
    if (byte === 10) out.push(13);
    out.push(byte);
  }
  return Uint8Array.from(out);
}
