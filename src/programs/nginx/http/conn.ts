import { isErrno, type Errno } from "../../../net/uapi/errno.ts";
import type { InetAddr } from "../../../net/uapi/socket.ts";
import type { Sys } from "../../../os/sys.ts";
import { concatBytes } from "../../../http/bytes.ts";
import { waitFor, type Co } from "../../lib/event-loop.ts";

/** A connected socket of the worker, a client's or an upstream's: bytes that came and were not used, and waiting with limits. */
export class Conn {
  readonly sys: Sys;
  readonly fd: number;
  readonly local: InetAddr;
  readonly peer: InetAddr;
  /** Read, but not used yet. */
  buffer: Uint8Array = new Uint8Array(0);
  /** The peer sends no more. */
  ended = false;
  bytesSent = 0;
  bytesReceived = 0;
  #open = true;

  constructor(sys: Sys, fd: number, local: InetAddr, peer: InetAddr) {
    this.sys = sys;
    this.fd = fd;
    this.local = local;
    this.peer = peer;
  }

  /** Reads what is there, waiting for it: bytes were added to the buffer, the end came, the time did, or an error. */
  *fill(maxBytes: number, deadlineNs: number): Co<"data" | "end" | "timeout" | Errno> {
    for (;;) {
      const got = yield* this.sys.recvmsg(this.fd, { maxBytes, dontWait: true });
      if (!isErrno(got)) return this.#take(got.data);
      if (got === "EINTR") continue;
      if (got !== "EAGAIN") return got;
      if ((yield* waitFor([{ fd: this.fd, in: true }], deadlineNs)).length === 0) return "timeout";
    }
  }

  #take(data: Uint8Array): "data" | "end" {
    this.ended ||= data.length === 0;
    this.bytesReceived += data.length;
    if (data.length > 0) this.buffer = this.buffer.length === 0 ? data : concatBytes([this.buffer, data]);
    return data.length === 0 ? "end" : "data";
  }

  /** The first `n` bytes of the buffer. */
  use(n: number): Uint8Array {
    const taken = this.buffer.subarray(0, n);
    this.buffer = this.buffer.subarray(n);
    return taken;
  }

  /** Sends all of it; each wait for room has its own limit. */
  *send(data: Uint8Array, timeoutMs: number, more = false): Co<"sent" | "timeout" | Errno> {
    for (let at = 0; at < data.length; ) {
      const sent = yield* this.sys.sendmsg(this.fd, { data: data.subarray(at), dontWait: true, noSignal: true, more });
      if (!isErrno(sent)) {
        at += sent;
        this.bytesSent += sent;
      } else if (sent === "EAGAIN") {
        if ((yield* waitFor([{ fd: this.fd, out: true }], this.sys.nowNs + timeoutMs * 1e6)).length === 0) return "timeout";
      } else if (sent !== "EINTR") return sent;
    }
    return "sent";
  }

  /** Has more come than was read? */
  *pending(): Co<boolean> {
    const got = yield* this.sys.recvmsg(this.fd, { maxBytes: 1, dontWait: true, peek: true });
    return !isErrno(got) && got.data.length > 0;
  }

  /** Has the peer gone away? Looks without taking what came. */
  *gone(): Co<boolean | Errno> {
    const got = yield* this.sys.recvmsg(this.fd, { maxBytes: 1, dontWait: true, peek: true });
    if (isErrno(got)) return got === "EAGAIN" || got === "EINTR" ? false : got;
    return got.data.length === 0;
  }

  close(): void {
    if (this.#open) this.sys.close(this.fd);
    this.#open = false;
  }
}
