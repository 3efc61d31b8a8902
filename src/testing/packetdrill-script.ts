/*
 * Scripts in the notation of packetdrill, the packet-level tester of TCP stacks: system calls, packets that come in,
 * packets that must go out, each with a time. This file reads the text; what the events mean is played elsewhere.
 */

/** When an event happens, or must have happened. Seconds as numbers. */
export type PdTime =
  | { readonly is: "any" }
  | { readonly is: "absolute" | "relative"; readonly sec: number }
  | { readonly is: "absoluteRange" | "relativeRange"; readonly sec: number; readonly endSec: number };

/** A TCP segment as written: `seq`, `end` and `ack` in the script's own numbering. */
export interface PdSegment {
  readonly flags: string;
  readonly seq: number;
  readonly end: number;
  readonly len: number;
  readonly ack: number | null;
  readonly win: number | null;
  readonly urg: number | null;
  /** null = no options; "..." = whatever. */
  readonly opts: string | null;
  /** What stands in brackets about the IP header: "ect0", "ttl 64". */
  readonly ip: string | null;
  readonly ports: readonly [src: number, dst: number] | null;
}

/** An ICMP error that quotes a segment of the connection. */
export interface PdIcmp {
  readonly type: string;
  readonly code: string | null;
  readonly mtu: number | null;
  readonly seq: number;
  readonly len: number;
}

export type PdEvent =
  | { readonly k: "option"; readonly text: string }
  | { readonly k: "shell"; readonly t: PdTime | null; readonly text: string }
  | { readonly k: "code"; readonly t: PdTime | null; readonly text: string }
  | { readonly k: "syscall"; readonly t: PdTime; readonly endSec: number | null; readonly name: string; readonly args: string; readonly ret: string; readonly errno: string | null; readonly note: string | null }
  | { readonly k: "inject" | "expect"; readonly t: PdTime; readonly segment: PdSegment }
  | { readonly k: "icmp"; readonly t: PdTime; readonly inbound: boolean; readonly icmp: PdIcmp }
  | { readonly k: "unsupported"; readonly t: PdTime | null; readonly text: string };

const TIME = /(\*|\+?\s*(?:\d*\.\d+|\d+))(?:\s*~\s*(\+?\s*(?:\d*\.\d+|\d+)))?/y;
const END = /\s*\.\.\.\s*(\d*\.\d+|\d+)/y;

/** "+.1", "0.2", "*", "+0~+0.3": the time column of an event. */
export function parseTime(text: string): PdTime {
  const [from, to] = text.split("~").map((part) => part.replaceAll(/\s/g, ""));
  if (from === "*") return { is: "any" };
  const relative = from!.startsWith("+");
  const sec = Number(from!.replace("+", ""));
  if (to === undefined) return { is: relative ? "relative" : "absolute", sec };
  return { is: relative ? "relativeRange" : "absoluteRange", sec, endSec: Number(to.replace("+", "")) };
}

/** Reads a whole script. Throws with the line that it cannot read. */
export function parseScript(source: string): readonly PdEvent[] {
  return new Reader(withoutComments(source)).events();
}

/** Blanks out comments, so that offsets and line numbers stay. Quoted text and commands may contain "//". */
function withoutComments(source: string): string {
  const parts = /`(?:\\.|[^`])*`|"(?:\\.|[^"\n])*"|%\{[\s\S]*?\}%|\/\/[^\n]*|\/\*[\s\S]*?\*\/|^\s*#[^\n]*/gm;
  return source.replaceAll(parts, (part) => (/^(\/[/*]|\s*#)/.test(part) ? part.replaceAll(/[^\n]/g, " ") : part));
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  events(): readonly PdEvent[] {
    const all: PdEvent[] = [];
    for (this.#blanks(); this.#at < this.#text.length; this.#blanks()) all.push(this.#event());
    return all;
  }

  #blanks(): void {
    this.#take(/\s*/y);
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #event(): PdEvent {
    const option = this.#take(/--[^\n]*/y);
    if (option !== null) return { k: "option", text: option[0].trim() };
    const untimed = this.#block(null);
    if (untimed !== null) return untimed;
    const time = this.#take(TIME);
    if (time === null) throw new Error(`packetdrill: cannot read: ${this.#line()}`);
    const t = parseTime(time[0]);
    const end = this.#take(END);
    this.#blanks();
    const timed = this.#block(t);
    if (timed !== null) return timed;
    if (this.#text[this.#at] === "<" || this.#text[this.#at] === ">") return parsePacket(this.#packetText(), t);
    return this.#syscall(t, end === null ? null : Number(end[1]));
  }

  /** A shell command in back quotes, or code between %{ and }%. */
  #block(t: PdTime | null): PdEvent | null {
    const shell = this.#take(/`((?:\\.|[^`])*)`/y);
    if (shell !== null) return { k: "shell", t, text: shell[1]! };
    const code = this.#take(/%\{([\s\S]*?)\}%/y);
    return code === null ? null : { k: "code", t, text: code[1]! };
  }

  #line(): string {
    const end = this.#text.indexOf("\n", this.#at);
    return this.#text.slice(this.#at, end < 0 ? undefined : end);
  }

  /** To the end of the line, or of the option list when that goes on. */
  #packetText(): string {
    const rest = this.#take(/[<>][^\n<]*(?:<[^>]*>)?[^\n]*/y)!;
    return rest[0];
  }

  #syscall(t: PdTime, endSec: number | null): PdEvent {
    const name = this.#take(/([a-zA-Z_]\w*)\s*\(/y);
    if (name === null) throw new Error(`packetdrill: cannot read: ${this.#line()}`);
    const from = this.#at;
    this.#closing();
    const args = this.#text.slice(from, this.#at - 1).replaceAll(/\s*\n\s*/g, " ").trim();
    const result = this.#take(/\s*=\s*(-?\w+|\.\.\.)(?:[ \t]+([A-Z][A-Z0-9]+))?(?:[ \t]*\(([^)\n]*)\))?/y);
    if (result === null) throw new Error(`packetdrill: no result: ${name[1]}(${args})`);
    return { k: "syscall", t, endSec, name: name[1]!, args, ret: result[1]!, errno: result[2] ?? null, note: result[3] ?? null };
  }

  #closing(): void {
    for (let depth = 1; depth > 0;) {
      const part = this.#take(/"(?:\\.|[^"])*"|[()]|[^()"]+/y);
      if (part === null) throw new Error("packetdrill: a bracket is never closed");
      if (part[0] === "(") depth++;
      if (part[0] === ")") depth--;
    }
  }
}

const SEGMENT = /^(?:[([]([^)\]]*)[)\]]\s*)?(?:(\d+)\s*>\s*(\d+)\s+)?([-.A-Z0-9]+)\s+(\d+):(\d+)\s*\((\d+)\)(?:\s+ack\s+(\d+))?(?:\s+win\s+(\d+))?(?:\s+urg\s+(\d+))?\s*(?:<([\s\S]*)>)?\s*$/;
const ICMP = /^(?:[([][^)\]]*[)\]]\s*)?icmp\s+(\w+)(?:\s+(?!mtu\b)(\w+))?(?:\s+mtu\s+(\d+))?\s*(?:\[\s*(\d+):(\d+)\s*\((\d+)\)\s*\])?\s*$/;

/** One line that begins with < (comes in) or > (must go out). */
function parsePacket(text: string, t: PdTime): PdEvent {
  const inbound = text.startsWith("<");
  const body = text.slice(1).trim();
  const icmp = ICMP.exec(body);
  if (icmp !== null) {
    const [, type, code, mtu, seq, , len] = icmp;
    return { k: "icmp", t, inbound, icmp: { type: type!, code: code ?? null, mtu: mtu === undefined ? null : Number(mtu), seq: Number(seq ?? 0), len: Number(len ?? 0) } };
  }
  const found = SEGMENT.exec(body);
  if (found === null) return { k: "unsupported", t, text: text.trim() };
  const number = (i: number): number | null => (found[i] === undefined ? null : Number(found[i]));
  const segment: PdSegment = {
    ip: found[1]?.trim() ?? null, ports: found[2] === undefined ? null : [Number(found[2]), Number(found[3])], flags: found[4]!, seq: Number(found[5]),
    end: Number(found[6]), len: Number(found[7]), ack: number(8), win: number(9), urg: number(10), opts: found[11]?.trim() ?? null,
  };
  return { k: inbound ? "inject" : "expect", t, segment };
}
