import { concatBytes, latin1 } from "./bytes.ts";
import { bodyReader, requestFraming, type BodyReader } from "./body.ts";
import type { Headers } from "./headers.ts";
import { headBytes, requestReader, wantsKeepAlive, type HeadError, type HeadLimits, type HeadMode, type HeadReader, type RequestHead } from "./message.ts";

/** A request with all of its body. */
export interface ServerRequest {
  readonly head: RequestHead;
  readonly body: Uint8Array;
}

/** An answer; Content-Length and Connection are added where they are missing. */
export interface ServerResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Requests that are not even understood: bad syntax, waited too long, too large in one way or another, not known here. */
export type Refusal = 400 | 408 | 413 | 414 | 431 | 501 | 505;

export interface ServerOptions {
  readonly respond: (request: ServerRequest) => ServerResponse;
  /** The caller's words for a refusal; null = close without a word. */
  readonly refuse: (status: Refusal) => ServerResponse | null;
  readonly mode?: HeadMode;
  readonly limits?: Partial<HeadLimits>;
  readonly maxBodyBytes?: number;
  /** From the first byte of a request to its last. */
  readonly requestNs?: number;
  /** Idle between two requests. */
  readonly keepAliveNs?: number;
}

const DEFAULT_BODY_BYTES = 1024 * 1024;
const DEFAULT_REQUEST_NS = 60_000_000_000;
const DEFAULT_KEEPALIVE_NS = 75_000_000_000;

const STATUS_OF: Readonly<Record<HeadError, Refusal>> = {
  "bad-start-line": 400, "bad-field": 400, "unsupported-version": 505, "start-line-too-long": 414, "field-too-long": 431, "head-too-large": 431,
};

/** One connection's state: bytes go in, bytes come out; it knows no sockets. Requests that are piped are answered one after the other. */
export class ServerConnection {
  /** When something must happen; Infinity = never. */
  deadlineNs: number;
  outgoing: Uint8Array = new Uint8Array(0);
  readonly #options: ServerOptions;
  #head: HeadReader<RequestHead>;
  #request: RequestHead | undefined;
  #body: BodyReader | undefined;
  #pieces: Uint8Array[] = [];
  #bodyBytes = 0;
  /** No further request is read: the last answer is on its way. */
  #closing = false;
  #aborted = false;

  constructor(options: ServerOptions, nowNs: number) {
    this.#options = options;
    this.#head = this.#newHead();
    this.deadlineNs = nowNs + (options.requestNs ?? DEFAULT_REQUEST_NS);
  }

  get wantsIn(): boolean {
    return !this.#closing;
  }

  get wantsOut(): boolean {
    return this.outgoing.length > 0 && !this.#aborted;
  }

  /** To be closed. */
  get over(): boolean {
    return this.#aborted || (this.#closing && this.outgoing.length === 0);
  }

  abort(): void {
    this.#aborted = true;
  }

  sent(bytes: number, nowNs: number): void {
    this.outgoing = this.outgoing.subarray(bytes);
    if (this.outgoing.length === 0 && !this.#closing) this.#rest(nowNs);
  }

  /** Takes what came; empty = the peer sends no more. True when an answer was made. */
  receive(data: Uint8Array, nowNs: number): boolean {
    if (data.length === 0) {
      this.#closing = true;
      return false;
    }
    if (this.#idle) this.deadlineNs = nowNs + (this.#options.requestNs ?? DEFAULT_REQUEST_NS);
    let answered = false;
    for (let rest = data; rest.length > 0 && !this.#closing; ) {
      const before = this.outgoing.length;
      rest = rest.subarray(this.#request === undefined ? this.#takeHead(rest) : this.#takeBody(rest));
      answered ||= this.outgoing.length > before;
    }
    return answered;
  }

  timeOut(nowNs: number): void {
    if (this.#idle) this.#closing = true;
    else this.#refuse(408);
    this.deadlineNs = this.outgoing.length > 0 ? nowNs + (this.#options.requestNs ?? DEFAULT_REQUEST_NS) : Infinity;
    if (this.outgoing.length === 0) this.#aborted = true;
  }

  get #idle(): boolean {
    return this.#request === undefined && this.#head.bytes === 0;
  }

  #newHead(): HeadReader<RequestHead> {
    const { mode, limits } = this.#options;
    return requestReader({ ...(mode === undefined ? {} : { mode }), ...(limits === undefined ? {} : { limits }) });
  }

  #rest(nowNs: number): void {
    if (this.#idle) this.deadlineNs = nowNs + (this.#options.keepAliveNs ?? DEFAULT_KEEPALIVE_NS);
  }

  #takeHead(data: Uint8Array): number {
    const got = this.#head.push(data);
    if (got.is === "more") return data.length;
    if (got.is === "bad") {
      this.#refuse(STATUS_OF[got.error]);
      return data.length;
    }
    this.#begin(got.head);
    return got.used;
  }

  #begin(head: RequestHead): void {
    const framing = requestFraming(head);
    if (typeof framing === "string") return this.#refuse(framing === "unknown-coding" ? 501 : 400);
    if (framing.is === "length" && framing.bytes > this.#maxBody) return this.#refuse(413);
    this.#request = head;
    this.#body = bodyReader(framing);
    if (this.#body.state.is === "done") return this.#answer();
    if (head.headers.tokens("Expect").includes("100-continue")) this.#put(latin1("HTTP/1.1 100 Continue\r\n\r\n"));
  }

  get #maxBody(): number {
    return this.#options.maxBodyBytes ?? DEFAULT_BODY_BYTES;
  }

  #takeBody(data: Uint8Array): number {
    const taken = this.#body!.push(data);
    for (const piece of taken.data) this.#pieces.push(piece.slice());
    this.#bodyBytes += taken.data.reduce((sum, piece) => sum + piece.length, 0);
    if (this.#bodyBytes > this.#maxBody) this.#refuse(413);
    else if (taken.state.is === "bad") this.#refuse(400);
    else if (taken.state.is === "done") this.#answer();
    return taken.used;
  }

  #answer(): void {
    const head = this.#request!;
    const response = this.#options.respond({ head, body: concatBytes(this.#pieces) });
    const keep = wantsKeepAlive(head) && response.headers.tokens("Connection").includes("close") === false;
    this.#write(response, keep, head.method === "HEAD", head.version.major === 1 && head.version.minor === 0);
    this.#closing = !keep;
    this.#request = this.#body = undefined;
    this.#pieces = [];
    this.#bodyBytes = 0;
    this.#head = this.#newHead();
  }

  #refuse(status: Refusal): void {
    const response = this.#options.refuse(status);
    if (response === null) this.#aborted = true;
    else this.#write(response, false, false, false);
    this.#closing = true;
  }

  #write(response: ServerResponse, keep: boolean, headOnly: boolean, oldClient: boolean): void {
    const headers = response.headers.copy();
    const bodyless = response.status < 200 || response.status === 204 || response.status === 304;
    if (!bodyless && !headers.has("Content-Length")) headers.add("Content-Length", String(response.body.length));
    if (!keep && !headers.has("Connection")) headers.add("Connection", "close");
    if (keep && oldClient) headers.set("Connection", "keep-alive");
    const head = headBytes({ kind: "response", version: { major: 1, minor: 1 }, status: response.status, reason: response.reason, headers });
    this.#put(headOnly || bodyless ? head : concatBytes([head, response.body]));
  }

  #put(data: Uint8Array): void {
    this.outgoing = this.outgoing.length === 0 ? data : concatBytes([this.outgoing, data]);
  }
}
