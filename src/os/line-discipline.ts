import { ByteQueue } from "./byte-queue.ts";
import type { Signal, TermMode } from "./sys.ts";

/** What a line discipline does to the terminal it sits in. */
export interface TtyEnd {
  /** Bytes to show, already processed (`\r\n`, `^C`). */
  echo(bytes: readonly number[]): void;
  signal(signal: Signal): void;
  /** A read would now answer. */
  inputReady(): void;
}

const CTRL_C = 3;
const CTRL_D = 4;
const BACKSPACE = 8;
const NEWLINE = 10;
const RETURN = 13;
const CTRL_R = 18;
const CTRL_U = 21;
const CTRL_V = 22;
const CTRL_W = 23;
const CTRL_Z = 26;
const CTRL_BACKSLASH = 28;
const DELETE = 127;

const SIGNAL_KEYS: ReadonlyMap<number, Signal> = new Map([
  [CTRL_C, "SIGINT"], [CTRL_BACKSLASH, "SIGQUIT"], [CTRL_Z, "SIGTSTP"],
]);

/** N_TTY_BUF_SIZE: longer lines lose their tail. */
const MAX_LINE_BYTES = 4095;

export const COOKED: TermMode = { canonical: true, echo: true, signals: true };

/**
 * The tty line discipline (termios(3), drivers/tty/n_tty.c) with Debian's settings: icrnl onlcr
 * icanon isig echo echoe echok echoctl echoke iutf8. In non-canonical mode bytes pass as typed,
 * `\r` included, as line editors set it.
 */
export class LineDiscipline {
  readonly #end: TtyEnd;
  #mode = COOKED;
  /** The line being typed. */
  #edit: number[] = [];
  /** Bytes ready to be read, and where in them lines end (canonical reads stop there). */
  readonly #ready = new ByteQueue();
  #lineLengths: number[] = [];
  #literalNext = false;

  constructor(end: TtyEnd) {
    this.#end = end;
  }

  get mode(): TermMode {
    return this.#mode;
  }

  /** tcsetattr: what was typed ahead stays readable across the change. */
  set mode(mode: TermMode) {
    const wasCanonical = this.#mode.canonical;
    this.#mode = mode;
    if (wasCanonical && !mode.canonical) this.#pushRaw(this.#edit.splice(0));
    if (!wasCanonical && mode.canonical && this.#ready.length > 0) this.#lineLengths = [this.#ready.length];
  }

  get readable(): boolean {
    return this.#mode.canonical ? this.#lineLengths.length > 0 : this.#ready.length > 0;
  }

  /** At most one line in canonical mode; empty = ^D. Call only when readable. */
  read(maxBytes: number): Uint8Array {
    if (!this.#mode.canonical) return this.#ready.take(maxBytes);
    const lineLength = this.#lineLengths[0] ?? 0;
    const out = this.#ready.take(Math.min(maxBytes, lineLength));
    if (out.length === lineLength) this.#lineLengths.shift();
    else this.#lineLengths[0] = lineLength - out.length;
    return out;
  }

  /** Bytes from the keyboard. */
  input(bytes: Uint8Array): void {
    for (const byte of bytes) this.#key(byte);
  }

  #key(byte: number): void {
    if (this.#mode.signals && !this.#literalNext) {
      const signal = SIGNAL_KEYS.get(byte);
      if (signal) return this.#signalKey(byte, signal);
    }
    if (this.#mode.canonical) this.#canonicalKey(byte);
    else this.#rawKey(byte);
  }

  /** Unread input is thrown away: what was typed before ^C was meant for the program it ended. */
  #signalKey(byte: number, signal: Signal): void {
    this.#edit = [];
    this.#ready.clear();
    this.#lineLengths = [];
    if (this.#mode.echo) this.#end.echo(visible(byte));
    this.#end.signal(signal);
  }

  #rawKey(byte: number): void {
    if (this.#mode.echo) this.#end.echo(shown(byte));
    this.#pushRaw([byte]);
  }

  #pushRaw(bytes: readonly number[]): void {
    if (bytes.length === 0) return;
    this.#ready.push(Uint8Array.from(bytes));
    this.#end.inputReady();
  }

  #canonicalKey(byte: number): void {
    if (this.#literalNext) return this.#insertLiteral(byte);
    switch (byte) {
      case RETURN:
      case NEWLINE:
        return this.#endLine();
      case CTRL_D:
        return this.#commit();
      case BACKSPACE:
      case DELETE:
        return this.#eraseChar();
      case CTRL_W:
        return this.#eraseWord();
      case CTRL_U:
        return this.#eraseTo(0);
      case CTRL_R:
        return this.#reprint();
      case CTRL_V:
        return this.#beginLiteral();
      default:
        return this.#insert(byte);
    }
  }

  #insert(byte: number): void {
    if (this.#edit.length >= MAX_LINE_BYTES) return;
    this.#edit.push(byte);
    this.#echo(shown(byte));
  }

  #beginLiteral(): void {
    this.#literalNext = true;
    this.#echo([94, BACKSPACE]);
  }

  #insertLiteral(byte: number): void {
    this.#literalNext = false;
    this.#edit.push(byte);
    this.#echo(visible(byte));
  }

  #endLine(): void {
    this.#edit.push(NEWLINE);
    this.#echo([RETURN, NEWLINE]);
    this.#commit();
  }

  /** ^D hands over what was typed so far; nothing typed = end of file. */
  #commit(): void {
    this.#ready.push(Uint8Array.from(this.#edit));
    this.#lineLengths.push(this.#edit.length);
    this.#edit = [];
    this.#end.inputReady();
  }

  #eraseChar(): void {
    let to = this.#edit.length - 1;
    while (to > 0 && isUtf8Tail(this.#edit[to]!)) to--;
    this.#eraseTo(Math.max(to, 0));
  }

  /** werase as n_tty's eraser() does it: what is not a letter, digit or `_`, and then the run of those before it. */
  #eraseWord(): void {
    let to = this.#edit.length;
    while (to > 0 && !isWordByte(this.#edit[to - 1]!)) to--;
    while (to > 0 && isWordByte(this.#edit[to - 1]!)) to--;
    this.#eraseTo(to);
  }

  #eraseTo(length: number): void {
    const gone = this.#edit.splice(length);
    const columns = gone.reduce((sum, byte) => sum + columnsOf(byte), 0);
    for (let i = 0; i < columns; i++) this.#echo([BACKSPACE, 32, BACKSPACE]);
  }

  #reprint(): void {
    this.#echo([...visible(CTRL_R), RETURN, NEWLINE, ...this.#edit.flatMap(shown)]);
  }

  #echo(bytes: readonly number[]): void {
    if (this.#mode.echo) this.#end.echo(bytes);
  }
}

const isWordByte = (byte: number): boolean => byte >= 128 || /[0-9A-Za-z_]/.test(String.fromCharCode(byte));
const isUtf8Tail = (byte: number): boolean => (byte & 0xc0) === 0x80;
const isControl = (byte: number): boolean => byte < 32 || byte === DELETE;

/** ECHOCTL: `^C`; other bytes as they are. */
const visible = (byte: number): number[] => (isControl(byte) ? [94, byte ^ 0x40] : [byte]);

/** Echo of an ordinary key: tab and newline move the cursor, other control bytes show as `^X`. */
const shown = (byte: number): number[] =>
  byte === NEWLINE ? [RETURN, NEWLINE] : byte === 9 ? [byte] : visible(byte);

const columnsOf = (byte: number): number => (isUtf8Tail(byte) ? 0 : byte === 9 ? 1 : isControl(byte) ? 2 : 1);
