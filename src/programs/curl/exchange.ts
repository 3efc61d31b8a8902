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

/** curl's receive buffer; --limit-rate below it makes it smaller. */
const BUFFER_BYTES = 102_400;
const UPLOAD_BYTES = 65_536;
/** A small body of -d goes out with the head in one write. */
const TOGETHER_BYTES = 64 * 1024;
/** Room left in the buffer for a chunk's size line and end. */
const CHUNK_ROOM = 12;

/** One request and its answer on a connection (multi.c's PERFORM, transfer.c, http.c). */
export class Exchange {
  readonly answer: Answer = newAnswer();
  readonly #easy: Easy;
  readonly #conn: Connection;
  readonly #request: BuiltRequest;
  #chunks: ChunkDecoder | undefined;
  #headLine: Uint8Array[] = [];
  /** What is left of the head or of a piece of the body, to be sent next. */
  #outgoing: Uint8Array = new Uint8Array(0);
  #headLeft = 0;
  #sending: "head" | "waiting" | "body" | "done" = "head";
  #receiving = true;
  #bodyWrites = 0;
  #sourceEnded = false;
  sentBytes = 0;
  #rateStart = { us: 0, bytes: 0 };

  constructor(easy: Easy, conn: Connection, request: BuiltRequest) {
    this.#easy = easy;
    this.#conn = conn;
    this.#request = request;
  }

  /** Sends the head, and a small body of -d with it. */
  *start(): Task<CurlCode> {
    const easy = this.#easy;
    easy.progress.up.size = easy.source === undefined ? 0 : this.#request.bodyBytes;
    const head = fromByteString(this.#request.head);
    const together = yield* this.#bodyWithHead();
    this.#headLeft = head.length;
    this.#outgoing = concatBytes([head, together]);
    this.#rateStart = { us: easy.nowUs, bytes: 0 };
    if (easy.source === undefined || together.length > 0 || this.#request.bodyBytes === 0) this.#sourceEnded = true;
    return yield* this.#send();
  }

  *#bodyWithHead(): Task<Uint8Array> {
    const { source, method } = this.#easy;
    const size = source?.size;
    if (source === undefined || method !== "POST" || this.#request.expect100 || size === undefined || size >= TOGETHER_BYTES) return new Uint8Array(0);
    const data = (yield* source.read(TOGETHER_BYTES)) ?? new Uint8Array(0);
    if (!this.#request.chunked) return data;
    const parts = data.length > 0 ? [fromByteString(`${data.length.toString(16)}\r\n`), data, fromByteString("\r\n")] : [];
    return concatBytes([...parts, fromByteString("0\r\n\r\n")]);
  }

  /** Writes what there is room for. */
  *#send(): Task<CurlCode> {
    const easy = this.#easy;
    const sent = yield* easy.sys.sendmsg(this.#conn.fd, { data: this.#outgoing, dontWait: true, noSignal: true });
    if (sent === "EAGAIN" || sent === "EINTR") return "OK";
    if (isErrno(sent)) {
      easy.info.osError = sent;
      return yield* easy.fail("SEND_ERROR", `Send failure: ${strerror(sent)}`);
    }
    const headPart = Math.min(this.#headLeft, sent);
    if (headPart > 0) yield* easy.debug.show("header-out", toByteString(this.#outgoing.subarray(0, headPart)));
    if (sent > headPart) yield* easy.debug.show("data-out", toByteString(this.#outgoing.subarray(headPart, sent)));
    this.#headLeft -= headPart;
    easy.info.requestBytes += this.#sending === "head" ? sent : 0;
    if (sent > headPart) {
      this.sentBytes += sent - headPart;
      easy.progress.up.bytes = this.sentBytes;
    }
    this.#outgoing = this.#outgoing.subarray(sent);
    if (this.#outgoing.length === 0) yield* this.#sentAll();
    return "OK";
  }

  *#sentAll(): Task<void> {
    const easy = this.#easy;
    if (this.#sending === "head") {
      if (this.#sourceEnded) this.#sending = "done";
      else if (this.#request.expect100) {
        this.#sending = "waiting";
        easy.expire("100-continue", easy.config.expect100Ms);
      } else this.#sending = "body";
    } else if (this.#sourceEnded || (!this.#request.chunked && this.sentBytes === this.#request.bodyBytes)) {
      if (!this.#request.chunked) yield* easy.tell("We are completely uploaded and fine");
      this.#sending = "done";
    }
  }

  /** Reads and writes until both are done. */
  *perform(): Task<CurlCode> {
    const easy = this.#easy;
    for (;;) {
      if (easy.timedOut) return yield* this.#timeOut();
      const paused = this.#paused();
      const wantsOut = this.#sending === "head" || this.#sending === "body";
      if (!paused) {
        const failed = yield* this.#turn(wantsOut);
        if (failed !== "OK") return failed;
      }
      yield* easy.tick();
      const slow = yield* this.#tooSlow();
      if (slow !== "OK") return slow;
      if (!this.#receiving && (this.#sending === "done" || this.#conn.close)) return yield* this.#finish();
      if (!this.#receiving && this.#sending === "waiting") return yield* this.#finish();
      yield* pollOnce(easy, paused ? [] : [{ fd: this.#conn.fd, in: this.#receiving, out: this.#sending === "head" || this.#sending === "body" }]);
    }
  }

  *#turn(wantsOut: boolean): Task<CurlCode> {
    const easy = this.#easy;
    const ready = yield* pollNow(easy, { fd: this.#conn.fd, in: this.#receiving, out: wantsOut });
    if (this.#receiving && (ready?.in === true || ready?.hup === true || ready?.err === true)) {
      const failed = yield* this.#read();
      if (failed !== "OK") return failed;
    }
    if (this.answer.mayContinue && this.#sending === "waiting") {
      this.#sending = "body";
      easy.expiries.delete("100-continue");
      return "OK";
    }
    if (this.#sending === "waiting" && !easy.expiries.has("100-continue")) {
      yield* easy.tell("Done waiting for 100-continue");
      this.#sending = "body";
      return "OK";
    }
    if (wantsOut && ready?.out === true && (this.#sending === "head" || this.#sending === "body")) return yield* this.#write();
    return "OK";
  }

  /** The next piece of the body. */
  *#write(): Task<CurlCode> {
    const easy = this.#easy;
    if (this.#outgoing.length === 0) {
      const data = yield* easy.source!.read(this.#request.chunked ? UPLOAD_BYTES - CHUNK_ROOM : UPLOAD_BYTES);
      if (data === null) return yield* easy.fail("READ_ERROR", "read function returned funny value");
      if (data.length === 0) this.#sourceEnded = true;
      if (this.#request.chunked) {
        if (data.length === 0) yield* easy.tell("Signaling end of chunked upload via terminating chunk.");
        this.#outgoing = data.length === 0 ? fromByteString("0\r\n\r\n") : concatBytes([fromByteString(`${data.length.toString(16)}\r\n`), data, fromByteString("\r\n")]);
      } else this.#outgoing = data;
      if (this.#outgoing.length === 0) {
        this.#sending = "done";
        return "OK";
      }
    }
    return yield* this.#send();
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
    if (answer.status >= 300 && !this.#conn.close && easy.source !== undefined && this.#sending !== "done") yield* this.#refusedBeforeEnd();
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
    this.#sending = "done";
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
    if (this.#sending !== "done" && this.#conn.close) yield* easy.tell("we are done reading and this is set to close, stop send");
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
    const bytes = this.answer.bodyBytes + this.sentBytes - this.#rateStart.bytes;
    const dueUs = Math.trunc((bytes * 1_000_000) / rate);
    const aheadUs = dueUs - (easy.nowUs - this.#rateStart.us);
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
