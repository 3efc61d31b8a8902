/** The chunked transfer coding as curl reads it: byte by byte, with its own words for what is wrong (lib/http_chunks.c). */
export const CHUNK_ERRORS = {
  "too-long-hex": "Too long hexadecimal number",
  "illegal-hex": "Illegal or missing hexadecimal sequence",
  "bad-chunk": "Malformed encoding found",
} as const;
export type ChunkTrouble = keyof typeof CHUNK_ERRORS;

const MAX_DIGITS = 16;
const [CR, LF] = [13, 10];

type State = "hex" | "lf" | "data" | "post-lf" | "trailer" | "trailer-cr" | "trailer-post-cr" | "stop";

export class ChunkDecoder {
  /** All is read. */
  ended = false;
  trouble: ChunkTrouble | undefined;
  /** Bytes after the end, in the last push. */
  leftover = 0;
  #state: State = "hex";
  #hex = "";
  #left = 0;
  #trailer = "";

  /** Pieces of the body in these bytes, and whole trailer lines. */
  push(bytes: Uint8Array): { data: Uint8Array[]; trailers: string[] } {
    const out = { data: [] as Uint8Array[], trailers: [] as string[] };
    for (let at = 0; at < bytes.length && !this.ended && this.trouble === undefined; ) {
      if (this.#state === "data") at = this.#data(bytes, at, out.data);
      else if (this.#byte(bytes[at]!, out.trailers)) at++;
      if (this.ended) this.leftover = bytes.length - at;
    }
    return out;
  }

  #data(bytes: Uint8Array, at: number, data: Uint8Array[]): number {
    const end = Math.min(bytes.length, at + this.#left);
    data.push(bytes.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) this.#state = "post-lf";
    return end;
  }

  /** True when the byte was used up. */
  #byte(b: number, trailers: string[]): boolean {
    switch (this.#state) {
      case "hex": return this.#digit(b);
      case "lf":
        if (b === LF) this.#state = this.#left === 0 ? "trailer" : "data";
        return true;
      case "post-lf":
        if (b === LF) this.#state = "hex";
        else if (b !== CR) this.trouble = "bad-chunk";
        return true;
      case "trailer": return this.#trailerByte(b, trailers);
      case "trailer-cr":
        if (b === LF) this.#state = "trailer-post-cr";
        else this.trouble = "bad-chunk";
        return true;
      case "trailer-post-cr":
        this.#state = b === CR || b === LF ? "stop" : "trailer";
        return b === CR;
      default:
        if (b === LF) this.ended = true;
        else this.trouble = "bad-chunk";
        return true;
    }
  }

  #digit(b: number): boolean {
    const c = String.fromCharCode(b);
    if (/[0-9a-fA-F]/.test(c)) {
      if (this.#hex.length >= MAX_DIGITS) this.trouble = "too-long-hex";
      this.#hex += c;
      return true;
    }
    this.#left = parseInt(this.#hex, 16);
    if (this.#hex === "" || this.#left > 0x7fff_ffff_ffff_f000) this.trouble = "illegal-hex";
    this.#hex = "";
    this.#state = "lf";
    return false;
  }

  #trailerByte(b: number, trailers: string[]): boolean {
    if (b !== CR && b !== LF) {
      this.#trailer += String.fromCharCode(b);
      return true;
    }
    if (this.#trailer === "") {
      this.#state = "trailer-post-cr";
      return false;
    }
    trailers.push(`${this.#trailer}\r\n`);
    this.#trailer = "";
    this.#state = "trailer-cr";
    return b === CR;
  }
}
