/** RFC 854 commands and RFC 857, 858 options. */
const SB = 250;
const SE = 240;
const WILL = 251;
const WONT = 252;
const DO = 253;
const DONT = 254;
const IAC = 255;
const ECHO = 1;
const SUPPRESS_GO_AHEAD = 3;
const [CR, LF] = [13, 10];

/** IAC IP: interrupt what runs at the other end. */
export const INTERRUPT_PROCESS = new Uint8Array([IAC, 244]);

/** What the other end sent: data for the screen, and what must be answered. */
export interface Heard {
  readonly data: Uint8Array;
  readonly answer: Uint8Array;
}

/**
 * The network virtual terminal (RFC 854): takes commands out of the stream. The other end may echo and may leave out
 * go-aheads; every other option is refused. A request for what already holds is not answered, so that nobody loops.
 */
export class Nvt {
  /** The other end echoes: what is typed goes character by character. */
  remoteEcho = false;
  #theirs = new Set<number>();
  #ours = new Set<number>();
  #rest: number[] = [];
  #afterCr = false;

  hear(bytes: Uint8Array): Heard {
    const input = [...this.#rest, ...bytes];
    this.#rest = [];
    const data: number[] = [];
    const answer: number[] = [];
    for (let i = 0; i < input.length; ) {
      if (input[i] !== IAC) {
        this.#plain(input[i++]!, data);
        continue;
      }
      const length = commandLength(input, i);
      if (length === 0) {
        this.#rest = input.slice(i);
        break;
      }
      if (input[i + 1] === IAC) data.push(IAC);
      else if (length === 3) answer.push(...this.#negotiate(input[i + 1]!, input[i + 2]!));
      i += length;
    }
    return { data: new Uint8Array(data), answer: new Uint8Array(answer) };
  }

  /** CR LF is a new line, CR NUL a carriage return. */
  #plain(byte: number, data: number[]): void {
    const after = this.#afterCr;
    this.#afterCr = byte === CR;
    if (after && byte === LF) data[data.length - 1] = LF;
    else if (!(after && byte === 0)) data.push(byte);
  }

  #negotiate(command: number, option: number): readonly number[] {
    const offers = command === WILL || command === WONT;
    const on = command === WILL || command === DO;
    const table = offers ? this.#theirs : this.#ours;
    const allowed = offers ? option === ECHO || option === SUPPRESS_GO_AHEAD : option === SUPPRESS_GO_AHEAD;
    if (on && !allowed) return [IAC, offers ? DONT : WONT, option];
    if (on === table.has(option)) return [];
    if (on) table.add(option);
    else table.delete(option);
    this.remoteEcho = this.#theirs.has(ECHO);
    return [IAC, offers ? (on ? DO : DONT) : on ? WILL : WONT, option];
  }
}

/** Bytes of the command that begins at `at`; 0 = it is not all here yet. */
function commandLength(input: readonly number[], at: number): number {
  const command = input[at + 1];
  if (command === undefined) return 0;
  if (command === SB) {
    for (let i = at + 2; i + 1 < input.length; i++) if (input[i] === IAC && input[i + 1] === SE) return i + 2 - at;
    return 0;
  }
  if (command < WILL || command > DONT) return 2;
  return input[at + 2] === undefined ? 0 : 3;
}

/** What is typed, as it goes out: a new line is CR LF, 255 is doubled. */
export function outgoing(text: string): Uint8Array {
  return new Uint8Array([...text].flatMap((c) => (c === "\n" ? [CR, LF] : c.charCodeAt(0) === IAC ? [IAC, IAC] : [c.charCodeAt(0)])));
}
