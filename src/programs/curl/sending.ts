import { isErrno, strerror } from "../../net/uapi/errno.ts";
import type { Task } from "../../os/sys.ts";
import { concatBytes, fromByteString, toByteString } from "../lib/bytes.ts";
import type { CurlCode } from "./codes.ts";
import type { Connection } from "./connection.ts";
import type { Easy } from "./easy.ts";
import type { BuiltRequest } from "./request.ts";

const UPLOAD_BYTES = 65_536;
/** A small body of -d goes out with the head in one write. */
const TOGETHER_BYTES = 64 * 1024;
/** Room left in the buffer for a chunk's size line and end. */
const CHUNK_ROOM = 12;

/** What one request still has to send. */
export class Sending {
  phase: "head" | "waiting" | "body" | "done" = "head";
  /** Bytes of the body that are out. */
  sentBytes = 0;
  readonly #easy: Easy;
  readonly #conn: Connection;
  readonly #request: BuiltRequest;
  /** What is left of the head or of a piece of the body, to be sent next. */
  #outgoing: Uint8Array = new Uint8Array(0);
  #headLeft = 0;
  #sourceEnded = false;

  constructor(easy: Easy, conn: Connection, request: BuiltRequest) {
    this.#easy = easy;
    this.#conn = conn;
    this.#request = request;
  }

  /** There is something to write now. */
  get wantsOut(): boolean {
    return this.phase === "head" || this.phase === "body";
  }

  /** Sends the head, and a small body of -d with it. */
  *start(): Task<CurlCode> {
    const easy = this.#easy;
    easy.progress.up.size = easy.source === undefined ? 0 : this.#request.bodyBytes;
    const head = fromByteString(this.#request.head);
    const together = yield* this.#bodyWithHead();
    this.#headLeft = head.length;
    this.#outgoing = concatBytes([head, together]);
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
    easy.info.requestBytes += this.phase === "head" ? sent : 0;
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
    if (this.phase === "head") {
      if (this.#sourceEnded) this.phase = "done";
      else if (this.#request.expect100) {
        this.phase = "waiting";
        easy.expire("100-continue", easy.config.expect100Ms);
      } else this.phase = "body";
    } else if (this.#sourceEnded || (!this.#request.chunked && this.sentBytes === this.#request.bodyBytes)) {
      if (!this.#request.chunked) yield* easy.tell("We are completely uploaded and fine");
      this.phase = "done";
    }
  }

  /** The next piece of the body. */
  *write(): Task<CurlCode> {
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
        this.phase = "done";
        return "OK";
      }
    }
    return yield* this.#send();
  }
}
