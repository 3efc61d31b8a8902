import { fromLatin1, latin1, concatBytes } from "./bytes.ts";
import { Headers } from "./headers.ts";
import { LineReader, withoutEol } from "./lines.ts";
import { parseField, type RequestHead, type ResponseHead } from "./message.ts";

/** Bodies of HTTP/1 messages (RFC 9112 §6–7): how long one is, reading it as it comes, and writing it in chunks. */

export type Framing =
  | { readonly is: "none" }
  | { readonly is: "length"; readonly bytes: number }
  | { readonly is: "chunked" }
  /** Until the server closes. */
  | { readonly is: "close" };

/** Why a message's length cannot be known. A server answers 400, 400, 501. */
export type FramingError = "bad-content-length" | "both-lengths" | "unknown-coding";

/** A Content-Length's value; all fields of that name must agree (RFC 9112 §6.3). null = nonsense. */
function contentLength(headers: Headers): number | null | undefined {
  const values = headers.all("Content-Length").flatMap((v) => v.split(",")).map((v) => v.trim());
  const [first] = values;
  if (first === undefined) return undefined;
  const n = /^\d+$/.test(first) ? Number(first) : NaN;
  return Number.isSafeInteger(n) && values.every((v) => v === first) ? n : null;
}

/** How long a request's body is; RFC 9112 §6.3. */
export function requestFraming(head: RequestHead): Framing | FramingError {
  const codings = head.headers.tokens("Transfer-Encoding");
  const length = contentLength(head.headers);
  if (codings.length > 0) {
    if (codings.at(-1) !== "chunked" || codings.length > 1) return "unknown-coding";
    return length === undefined ? { is: "chunked" } : "both-lengths";
  }
  if (length === null) return "bad-content-length";
  return length === undefined || length === 0 ? { is: "none" } : { is: "length", bytes: length };
}

/** Answers that never have a body, whatever their fields say (RFC 9110 §6.4.1). */
export const hasNoBody = (method: string, status: number): boolean =>
  method === "HEAD" || status < 200 || status === 204 || status === 304 || (method === "CONNECT" && status < 300);

/** How long the body of an answer to `method` is; a chunked one wins over a length. */
export function responseFraming(method: string, head: ResponseHead): Framing | FramingError {
  if (hasNoBody(method, head.status)) return { is: "none" };
  if (head.headers.tokens("Transfer-Encoding").at(-1) === "chunked") return { is: "chunked" };
  const length = contentLength(head.headers);
  if (length === null) return "bad-content-length";
  return length === undefined ? { is: "close" } : length === 0 ? { is: "none" } : { is: "length", bytes: length };
}

export type ChunkError = "bad-chunk-size" | "chunk-too-large" | "bad-chunk-end" | "trailer-too-long";

export type BodyState =
  | { readonly is: "more" }
  | { readonly is: "done"; readonly trailers: Headers }
  | { readonly is: "bad"; readonly error: ChunkError };

/** What one push took: pieces of the body (views into what was pushed), and how many bytes belong to this message. */
export interface BodyTaken {
  readonly used: number;
  readonly data: readonly Uint8Array[];
  readonly state: BodyState;
}

const MORE: BodyState = { is: "more" };
const done = (trailers = new Headers()): BodyState => ({ is: "done", trailers });

/** Reads one body. Pieces may be split differently, the bytes and the end do not depend on how the stream was. */
export interface BodyReader {
  readonly state: BodyState;
  push(bytes: Uint8Array, at?: number): BodyTaken;
  /** The peer closed: true when the body was complete by that. */
  closed(): boolean;
  /** Bytes that must still come; undefined when that is not known. */
  readonly missingBytes: number | undefined;
}

export function bodyReader(framing: Framing): BodyReader {
  if (framing.is === "chunked") return new ChunkedReader();
  return new PlainReader(framing.is === "close" ? undefined : framing.is === "length" ? framing.bytes : 0);
}

/** So many bytes, or all until the end. */
class PlainReader implements BodyReader {
  missingBytes: number | undefined;
  state: BodyState;

  constructor(bytes: number | undefined) {
    this.missingBytes = bytes;
    this.state = bytes === 0 ? done() : MORE;
  }

  push(bytes: Uint8Array, at = 0): BodyTaken {
    if (this.state.is !== "more") return { used: 0, data: [], state: this.state };
    const used = Math.min(bytes.length - at, this.missingBytes ?? Infinity);
    if (this.missingBytes !== undefined) this.missingBytes -= used;
    if (this.missingBytes === 0) this.state = done();
    return { used, data: used > 0 ? [bytes.subarray(at, at + used)] : [], state: this.state };
  }

  closed(): boolean {
    if (this.missingBytes === undefined) this.state = done();
    return this.state.is === "done";
  }
}

/** Longest size line (with extensions) and trailer line taken. */
const CHUNK_LINE_BYTES = 4096;
const TRAILERS = 100;

/** Chunked transfer coding (RFC 9112 §7.1): extensions are skipped, trailers kept; a bare LF ends a line too. */
class ChunkedReader implements BodyReader {
  readonly missingBytes = undefined;
  state: BodyState = MORE;
  readonly #lines = new LineReader(CHUNK_LINE_BYTES);
  readonly #trailers = new Headers();
  #expects: "size" | "data" | "data-end" | "trailer" = "size";
  #left = 0;

  push(bytes: Uint8Array, at = 0): BodyTaken {
    const data: Uint8Array[] = [];
    let from = at;
    while (this.state.is === "more" && from < bytes.length) from = this.#expects === "data" ? this.#data(bytes, from, data) : this.#line(bytes, from);
    return { used: from - at, data, state: this.state };
  }

  closed(): boolean {
    return this.state.is === "done";
  }

  #data(bytes: Uint8Array, from: number, data: Uint8Array[]): number {
    const n = Math.min(this.#left, bytes.length - from);
    data.push(bytes.subarray(from, from + n));
    this.#left -= n;
    if (this.#left === 0) this.#expects = "data-end";
    return from + n;
  }

  #line(bytes: Uint8Array, from: number): number {
    const taken = this.#lines.take(bytes, from);
    if (taken.is === "too-long") return this.#fail(this.#expects === "trailer" ? "trailer-too-long" : this.#expects === "size" ? "bad-chunk-size" : "bad-chunk-end", bytes.length);
    if (taken.is === "more") return bytes.length;
    const line = withoutEol(fromLatin1(taken.bytes));
    if (this.#expects === "size") this.#size(line);
    else if (this.#expects === "data-end") this.#dataEnd(line);
    else this.#trailer(line);
    return taken.next;
  }

  #size(line: string): void {
    const hex = /^([0-9a-fA-F]+)[ \t]*(?:;.*)?$/.exec(line)?.[1];
    const size = hex === undefined ? NaN : parseInt(hex, 16);
    if (Number.isNaN(size)) this.#fail("bad-chunk-size", 0);
    else if (!Number.isSafeInteger(size)) this.#fail("chunk-too-large", 0);
    else {
      this.#left = size;
      this.#expects = size === 0 ? "trailer" : "data";
    }
  }

  #dataEnd(line: string): void {
    if (line === "") this.#expects = "size";
    else this.#fail("bad-chunk-end", 0);
  }

  #trailer(line: string): void {
    if (line === "") this.state = done(this.#trailers);
    else if (this.#trailers.fields.length >= TRAILERS) this.#fail("trailer-too-long", 0);
    else {
      const field = parseField(line, "tolerant");
      if (field !== null) this.#trailers.add(...field);
    }
  }

  #fail(error: ChunkError, used: number): number {
    this.state = { is: "bad", error };
    return used;
  }
}

/** One chunk as it goes on the wire. Empty data gives nothing: an empty chunk would end the body. */
export const encodeChunk = (data: Uint8Array): Uint8Array =>
  data.length === 0 ? data : concatBytes([latin1(`${data.length.toString(16)}\r\n`), data, latin1("\r\n")]);

/** The end of a chunked body. */
export const lastChunk = (trailers = new Headers()): Uint8Array => latin1(`0\r\n${trailers.text()}\r\n`);
