import { isErrno, type Errno } from "../net/uapi/errno.ts";
import type { Sys, Task } from "../os/sys.ts";
import { bodyReader, encodeChunk, lastChunk, responseFraming, type ChunkError, type FramingError } from "./body.ts";
import type { Headers } from "./headers.ts";
import { headBytes, responseReader, wantsKeepAlive, type HeadError, type HeadLimits, type RequestHead, type ResponseHead } from "./message.ts";

/** Largest piece read at once. */
const READ_BYTES = 65_536;
/** How long a body waits for `100 Continue` when the head asks for it (RFC 9110 §10.1.1: not for ever). */
const CONTINUE_NS = 1_000_000_000;

export interface ExchangeOptions {
  /** Pieces of the request's body; sent in chunks when the head says so. */
  readonly body?: Iterable<Uint8Array>;
  /** The head of the final answer, before any of its body. */
  readonly onHead?: (head: ResponseHead) => void;
  /** Each piece of the body as it comes. */
  readonly onData?: (data: Uint8Array) => void;
  /** Interim answers (1xx). */
  readonly onInterim?: (head: ResponseHead) => void;
  /** Give up at this simulated time. */
  readonly deadlineNs?: number;
  readonly limits?: Partial<HeadLimits>;
  /** Bytes that came behind the last answer on this connection. */
  readonly leftover?: Uint8Array;
}

/** Why there is no whole answer: "no-answer" = closed before the first byte, "truncated" = closed within it. */
export type ExchangeFailure = Errno | "no-answer" | "truncated" | "timeout" | HeadError | FramingError | ChunkError;

export type ExchangeResult =
  | {
      readonly is: "done";
      readonly head: ResponseHead;
      readonly trailers: Headers;
      /** Another exchange may follow on this connection. */
      readonly reusable: boolean;
      readonly leftover: Uint8Array;
    }
  | { readonly is: "failed"; readonly why: ExchangeFailure; /** What is known of the answer. */ readonly head?: ResponseHead };

/** One request and its answer on a connected socket. The caller opens and closes it. */
export function* exchange(sys: Sys, fd: number, request: RequestHead, options: ExchangeOptions = {}): Task<ExchangeResult> {
  const input = new Input(sys, fd, options);
  const sent = yield* sendAll(sys, fd, headBytes(request));
  if (sent !== undefined) return { is: "failed", why: sent };
  const early = yield* waitForContinue(input, request, options);
  if (early === undefined) {
    const failed = yield* sendBody(sys, fd, request, options.body ?? []);
    if (failed !== undefined) return { is: "failed", why: failed };
  }
  const head = early ?? (yield* input.finalHead());
  if (typeof head === "string") return { is: "failed", why: head };
  options.onHead?.(head);
  return yield* readBody(input, request, head, options, early !== undefined);
}

function* sendAll(sys: Sys, fd: number, data: Uint8Array): Task<Errno | undefined> {
  const sent = yield* sys.sendmsg(fd, { data, noSignal: true });
  return isErrno(sent) ? sent : undefined;
}

function* sendBody(sys: Sys, fd: number, request: RequestHead, body: Iterable<Uint8Array>): Task<Errno | undefined> {
  const chunked = request.headers.tokens("Transfer-Encoding").includes("chunked");
  for (const piece of body) {
    const failed = piece.length === 0 ? undefined : yield* sendAll(sys, fd, chunked ? encodeChunk(piece) : piece);
    if (failed !== undefined) return failed;
  }
  return chunked ? yield* sendAll(sys, fd, lastChunk()) : undefined;
}

/** With `Expect: 100-continue`: a final answer that came instead of the permission, or undefined = send the body. */
function* waitForContinue(input: Input, request: RequestHead, options: ExchangeOptions): Task<ResponseHead | ExchangeFailure | undefined> {
  if (!request.headers.tokens("Expect").includes("100-continue")) return undefined;
  const head = yield* input.nextHead(Math.min(options.deadlineNs ?? Infinity, input.nowNs + CONTINUE_NS));
  if (head === "timeout") return undefined;
  if (typeof head === "string" || head.status >= 200 || head.status === 101) return head;
  options.onInterim?.(head);
  return undefined;
}

function* readBody(input: Input, request: RequestHead, head: ResponseHead, options: ExchangeOptions, bodyUnsent: boolean): Task<ExchangeResult> {
  const framing = responseFraming(request.method, head);
  if (typeof framing === "string") return { is: "failed", why: framing, head };
  const reader = bodyReader(framing);
  while (reader.state.is === "more") {
    const data = yield* input.next(options.deadlineNs);
    if (typeof data === "string") return { is: "failed", why: data, head };
    if (data.length === 0) {
      if (!reader.closed()) return { is: "failed", why: "truncated", head };
      break;
    }
    const taken = reader.push(data);
    for (const piece of taken.data) options.onData?.(piece);
    input.giveBack(data.subarray(taken.used));
  }
  if (reader.state.is === "bad") return { is: "failed", why: reader.state.error, head };
  if (reader.state.is !== "done") return { is: "failed", why: "truncated", head };
  const reusable = framing.is !== "close" && !bodyUnsent && wantsKeepAlive(head) && wantsKeepAlive(request);
  return { is: "done", head, trailers: reader.state.trailers, reusable, leftover: input.held };
}

/** What comes in, with a place for what was read too far. */
class Input {
  held: Uint8Array;
  readonly #sys: Sys;
  readonly #fd: number;
  readonly #options: ExchangeOptions;
  /** Anything came at all. */
  #begun = false;

  constructor(sys: Sys, fd: number, options: ExchangeOptions) {
    this.#sys = sys;
    this.#fd = fd;
    this.#options = options;
    this.held = options.leftover ?? new Uint8Array(0);
  }

  get nowNs(): number {
    return this.#sys.nowNs;
  }

  giveBack(rest: Uint8Array): void {
    this.held = rest;
  }

  /** The next bytes; empty at the end of the stream. */
  *next(deadlineNs?: number): Task<Uint8Array | Errno | "timeout"> {
    const { held } = this;
    this.held = new Uint8Array(0);
    if (held.length > 0) return held;
    for (;;) {
      const got = yield* this.#sys.recvmsg(this.#fd, { maxBytes: READ_BYTES, ...(deadlineNs === undefined || deadlineNs === Infinity ? {} : { deadlineNs }) });
      if (got === "EINTR") continue;
      if (got === "EAGAIN") return "timeout";
      if (isErrno(got)) return got;
      this.#begun ||= got.data.length > 0;
      return got.data;
    }
  }

  *nextHead(deadlineNs?: number): Task<ResponseHead | ExchangeFailure> {
    const reader = responseReader({ mode: "tolerant", ...(this.#options.limits === undefined ? {} : { limits: this.#options.limits }) });
    for (;;) {
      const data = yield* this.next(deadlineNs);
      if (typeof data === "string") return data;
      if (data.length === 0) return this.#begun ? "truncated" : "no-answer";
      const got = reader.push(data);
      if (got.is === "bad") return got.error;
      if (got.is === "more") continue;
      this.held = data.subarray(got.used);
      return got.head;
    }
  }

  /** Interim answers are told and passed over. */
  *finalHead(): Task<ResponseHead | ExchangeFailure> {
    for (;;) {
      const head = yield* this.nextHead(this.#options.deadlineNs);
      if (typeof head === "string" || head.status >= 200 || head.status === 101) return head;
      this.#options.onInterim?.(head);
    }
  }
}
