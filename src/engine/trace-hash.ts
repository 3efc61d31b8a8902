import { TRACE_KINDS, type TraceEvent } from "../net/uapi/trace.ts";

const PRIME = 0x01000193;

/**
 * A running 64-bit hash (two FNV-1a lanes) over every trace event: what happened, when, where, to
 * which bytes. Equal on every machine for the same scenario, seed and inputs.
 */
export class TraceHash {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;
  #texts = new Map<string, number>();

  add(e: TraceEvent): void {
    this.#word(e.atNs % 0x100000000);
    this.#word(Math.floor(e.atNs / 0x100000000));
    this.#word(TRACE_KINDS.indexOf(e.kind));
    this.#word(this.#text(e.place));
    this.#word(this.#text(e.dev));
    this.#word(e.wireLength);
    if (e.bytes !== null) for (const byte of e.bytes) this.#word(byte);
    if (e.note !== "") this.#word(this.#text(e.note));
    if (e.decision !== null) this.#word(this.#text(e.decision.row));
  }

  #word(n: number): void {
    this.#a = Math.imul(this.#a ^ n, PRIME);
    this.#b = Math.imul(this.#b ^ (n + 0x5bd1e995), PRIME) ^ (this.#b >>> 15);
  }

  /** Hash of a text, remembered: places and rows come again and again. */
  #text(text: string): number {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    let h = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), PRIME);
    if (this.#texts.size > 50_000) this.#texts.clear();
    this.#texts.set(text, h);
    return h;
  }

  get hex(): string {
    const half = (n: number): string => (n >>> 0).toString(16).padStart(8, "0");
    return half(this.#a) + half(this.#b);
  }
}
