import { isErrno, strerror, type Errno } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { concatBytes, fromByteString, toByteString } from "../lib/bytes.ts";
import { CHUNK_ERRORS, ChunkDecoder } from "./chunks.ts";
import type { CurlCode } from "./codes.ts";
import type { Connection } from "./connection.ts";
import type { Easy } from "./easy.ts";
import { pollNow, pollOnce } from "./poll.ts";
import type { BuiltRequest } from "./request.ts";
import { looksLikeHttp, newAnswer, takeLine, type Answer } from "./response.ts";
import { Sending } from "./sending.ts";

/** curl's receive buffer; --limit-rate below it makes it smaller. */
const BUFFER_BYTES = 102_400;

/** One request and its answer on a connection (multi.c's PERFORM, transfer.c, http.c). */
export class Exchange {
  readonly answer: Answer = newAnswer();
  readonly #easy: Easy;
  readonly #conn: Connection;
  readonly #request: BuiltRequest;
  #chunks: ChunkDecoder | undefined;
  #headLine: Uint8Array[] = [];
  readonly #sending: Sending;
  #receiving = true;
  #bodyWrites = 0;
  #startUs = 0;

  constructor(easy: Easy, conn: Connection, request: BuiltRequest) {
    this.#easy = easy;
    this.#conn = conn;
    this.#request = request;
    this.#sending = new Sending(easy, conn, request);
  }

  start(): Task<CurlCode> {
    this.#startUs = this.#easy.nowUs;
    return this.#sending.start();
  }

  /** Reads and writes until both are done. */
  *perform(): Task<CurlCode> {
    const easy = this.#easy;
    for (;;) {
      if (easy.timedOut) return yield* this.#timeOut();
      const paused = this.#paused();
      if (!paused) {
        const failed = yield* this.#turn();
        if (failed !== "OK") return failed;
      }
      yield* easy.tick();
      const slow = yield* this.#tooSlow();
      if (slow !== "OK") return slow;
      if (!this.#receiving && (this.#sending.phase === "done" || this.#conn.close)) return yield* this.#finish();
      if (!this.#receiving && this.#sending.phase === "waiting") return yield* this.#finish();
      yield* pollOnce(easy, paused ? [] : [{ fd: this.#conn.fd, in: this.#receiving, out: this.#sending.wantsOut }]);
    }
  }

  *#turn(): Task<CurlCode> {
    const easy = this.#easy;
    const { wantsOut } = this.#sending;
    const ready = yield* pollNow(easy, { fd: this.#conn.fd, in: this.#receiving, out: wantsOut });
    if (this.#receiving && (ready?.in === true || ready?.hup === true || ready?.err === true)) {
      const failed = yield* this.#read();
      if (failed !== "OK") return failed;
    }
    if (this.answer.mayContinue && this.#sending.phase === "waiting") {
      this.#sending.phase = "body";
      easy.expiries.delete("100-continue");
      return "OK";
    }
    if (this.#sending.phase === "waiting" && !easy.expiries.has("100-continue")) {
      yield* easy.tell("Done waiting for 100-continue");
      this.#sending.phase = "body";
      return "OK";
    }
    if (wantsOut && ready?.out === true && this.#sending.wantsOut) return yield* this.#sending.write();
    return "OK";
  }

  *#read(): Task<CurlCode> {
    const easy = this.#easy;
    const { answer } = this;
    const limit = easy.config.limitRate > 0 ? Math.min(easy.config.limitRate, BUFFER_BYTES) : BUFFER_BYTES;
    const maxBytes = answer.inHead || answer.size < 0 ? limit : Math.min(limit, answer.size - answer.bodyBytes);
    const got = yield* easy.sys.recvmsg(this.#conn.fd, { maxBytes, dontWait: true });
    if (got === "EAGAIN" || got === "EINTR") return "OK";
    if (isErrno(got)) return yield* this.#receiveFailed(got);
    if (answer.bodyBytes === 0 && easy.info.startTransferUs === 0) easy.info.startTransferUs = easy.sinceStartUs();
    const { data } = got;
    if (data.length === 0 && this.#bodyWrites > 0) {
      this.#receiving = false;
      return "OK";
    }
    const code = yield* this.#take(data);
    if (data.length === 0) this.#receiving = false;
    return code;
  }

  *#receiveFailed(error: Errno): Task<CurlCode> {
    this.#easy.info.osError = error;
    return yield* this.#easy.fail("RECV_ERROR", `Recv failure: ${strerror(error)}`);
  }

  *#take(data: Uint8Array): Task<CurlCode> {
    const { answer } = this;
    let at = 0;
    if (answer.inHead) {
      const outcome = yield* this.#headPart(data);
      if (typeof outcome === "string") return outcome;
      at = outcome.used;
      if (!this.#receiving) {
        if (at < data.length) yield* this.#easy.tell(`Excess found: excess = ${data.length - at} url = ${this.#easy.parsed?.path ?? "/"} (zero-length body)`);
        return "OK";
      }
    }
    const rest = data.subarray(at);
    if (answer.inHead || (rest.length === 0 && data.length > 0 && answer.headless === "")) return "OK";
    return yield* this.#bodyPart(rest);
  }

  /** Lines of a head in these bytes. */
  *#headPart(data: Uint8Array): Task<CurlCode | { used: number }> {
    const { answer } = this;
    for (let at = 0; at < data.length; ) {
      const lf = data.indexOf(10, at);
      const end = lf < 0 ? data.length : lf + 1;
      this.#headLine.push(data.slice(at, end));
      const line = toByteString(concatBytes(this.#headLine));
      if (lf < 0) {
        if (answer.lines > 0 || looksLikeHttp(line)) return { used: data.length };
        return yield* this.#noHttp(line, data.length);
      }
      this.#headLine = [];
      at = end;
      const outcome = yield* takeLine(this.#easy, this.#conn, answer, line);
      if (outcome === "no-http") return yield* this.#noHttp(line, at);
      if (outcome === "head-done") {
        yield* this.#headDone(line);
        return { used: at };
      }
      if (outcome !== "OK") return outcome;
    }
    return { used: data.length };
  }

  *#noHttp(line: string, used: number): Task<CurlCode | { used: number }> {
    this.#conn.close = true;
    if (!this.#easy.config.http09) return yield* this.#easy.fail("UNSUPPORTED_PROTOCOL", "Received HTTP/0.9 when not allowed");
    this.answer.inHead = false;
    this.answer.headless = line;
    return { used };
  }

  *#headDone(line: string): Task<void> {
    const { answer } = this;
    const easy = this.#easy;
    if (answer.status >= 300 && !this.#conn.close && easy.source !== undefined && this.#sending.phase !== "done") yield* this.#refusedBeforeEnd();
    if (easy.config.noBody || answer.size === 0) this.#receiving = false;
    if (answer.chunked) this.#chunks = new ChunkDecoder();
    yield* easy.debug.show("header-in", line);
  }

  /** The server answered before it had all of the body. */
  *#refusedBeforeEnd(): Task<void> {
    const easy = this.#easy;
    easy.expiries.delete("100-continue");
    if (this.answer.status === 417 && this.#request.expect100) {
      yield* easy.tell("Got 417 while waiting for a 100");
      easy.noExpect = true;
      this.answer.newUrl = easy.url;
    } else {
      yield* easy.tell("HTTP error before end of send, stop sending");
      this.#conn.close = true;
    }
    this.#sending.phase = "done";
  }

  *#bodyPart(data: Uint8Array): Task<CurlCode> {
    const easy = this.#easy;
    const { answer } = this;
    if (this.#bodyWrites === 0 && data.length > 0) {
      const first = yield* this.#firstPiece();
      if (first !== "go") return first;
    }
    this.#bodyWrites++;
    const all = answer.headless === "" ? data : concatBytes([fromByteString(answer.headless), data]);
    if (answer.headless !== "") yield* easy.debug.show("data-in", answer.headless);
    answer.headless = "";
    yield* easy.debug.show("data-in", toByteString(data));
    if (answer.badCoding !== undefined) return yield* easy.fail("BAD_CONTENT_ENCODING", answer.badCoding);
    if (this.#chunks !== undefined) return yield* this.#chunkPart(this.#chunks, all);
    let piece = all;
    if (answer.size >= 0 && answer.bodyBytes + piece.length >= answer.size) {
      const excess = answer.bodyBytes + piece.length - answer.size;
      if (excess > 0 && !answer.ignoreBody) {
        yield* easy.tell(`Excess found in a read: excess = ${excess}, size = ${answer.size}, maxdownload = ${answer.size}, bytecount = ${answer.bodyBytes}`);
        this.#conn.close = true;
      }
      piece = piece.subarray(0, piece.length - excess);
      this.#receiving = false;
    }
    return yield* this.#deliver(piece);
  }

  *#deliver(piece: Uint8Array): Task<CurlCode> {
    this.answer.bodyBytes += piece.length;
    this.#easy.progress.down.bytes = this.answer.bodyBytes;
    if (piece.length === 0 || this.answer.ignoreBody || (yield* this.#easy.sink.body(piece))) return "OK";
    return yield* this.#easy.fail("WRITE_ERROR", "Failure writing output to destination");
  }

  /** Before the first piece is written: redirects and resumed transfers may not want it. "OK" = nothing more is read. */
  *#firstPiece(): Task<CurlCode | "go"> {
    const easy = this.#easy;
    const { answer } = this;
    if (answer.newUrl !== undefined) {
      if (this.#conn.close) {
        this.#receiving = false;
        return "OK";
      }
      answer.ignoreBody = true;
      yield* easy.tell("Ignoring the response-body");
    }
    if (easy.resumeFrom > 0 && !answer.contentRange && easy.method === "GET" && !answer.ignoreBody) {
      if (answer.size !== easy.resumeFrom) return yield* easy.fail("RANGE_ERROR", "HTTP server doesn't seem to support byte ranges. Cannot resume.");
      yield* easy.tell("The entire document is already downloaded");
      this.#conn.close = true;
      this.#receiving = false;
      return "OK";
    }
    return "go";
  }

  *#chunkPart(chunks: ChunkDecoder, data: Uint8Array): Task<CurlCode> {
    const easy = this.#easy;
    const out = chunks.push(data);
    for (const piece of out.data) {
      const failed = yield* this.#deliver(piece);
      if (failed !== "OK") return yield* easy.fail("WRITE_ERROR", "Failed reading the chunked-encoded stream");
    }
    for (const line of out.trailers) yield* easy.sink.header(line, this.answer.status);
    if (chunks.trouble !== undefined) return yield* easy.fail("RECV_ERROR", `${CHUNK_ERRORS[chunks.trouble]} in chunked-encoding`);
    if (chunks.ended) {
      this.#receiving = false;
      if (chunks.leftover > 0) yield* easy.tell(`Leftovers after chunking:  ${chunks.leftover}u bytes`);
    }
    return "OK";
  }

  /** Nothing is left to read or write: was that all? */
  *#finish(): Task<CurlCode> {
    const easy = this.#easy;
    const { answer } = this;
    if (this.#sending.phase !== "done" && this.#conn.close) yield* easy.tell("we are done reading and this is set to close, stop send");
    if (easy.config.noBody || answer.newUrl !== undefined) return "OK";
    if (answer.size !== -1 && answer.bodyBytes !== answer.size && !answer.ignoreBody) return yield* easy.fail("PARTIAL_FILE", `transfer closed with ${answer.size - answer.bodyBytes} bytes remaining to read`);
    if (this.#chunks !== undefined && !this.#chunks.ended) return yield* easy.fail("PARTIAL_FILE", "transfer closed with outstanding read data remaining");
    return "OK";
  }

  *#timeOut(): Task<CurlCode> {
    const easy = this.#easy;
    this.#conn.close = true;
    const of = this.answer.size === -1 ? "" : ` out of ${this.answer.size}`;
    return yield* easy.fail("OPERATION_TIMEDOUT", `Operation timed out after ${easy.sinceStartMs} milliseconds with ${this.answer.bodyBytes}${of} bytes received`);
  }

  /** --limit-rate: true while the mean is above it; the loop sleeps until it is not. */
  #paused(): boolean {
    const easy = this.#easy;
    const rate = easy.config.limitRate;
    if (rate === 0) return false;
    const bytes = this.answer.bodyBytes + this.#sending.sentBytes;
    const dueUs = Math.trunc((bytes * 1_000_000) / rate);
    const aheadUs = dueUs - (easy.nowUs - this.#startUs);
    if (aheadUs < 1000) return false;
    easy.expire("too-fast", Math.trunc(aheadUs / 1000));
    return true;
  }

  #slowSinceUs = 0;

  /** --speed-limit for --speed-time seconds. */
  *#tooSlow(): Task<CurlCode> {
    const easy = this.#easy;
    const { speedLimit, speedTime } = easy.config;
    if (speedTime === 0 || speedLimit === 0) return "OK";
    if (easy.progress.currentSpeed >= speedLimit) this.#slowSinceUs = 0;
    else if (this.#slowSinceUs === 0) this.#slowSinceUs = easy.nowUs;
    else if (easy.nowUs - this.#slowSinceUs >= speedTime * 1_000_000) {
      return yield* easy.fail("OPERATION_TIMEDOUT", `Operation too slow. Less than ${speedLimit} bytes/sec transferred the last ${speedTime} seconds`);
    }
    easy.expire("speed", 1000);
    return "OK";
  }
}
