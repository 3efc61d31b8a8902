import type { Errno } from "../uapi/errno.ts";
import type { ConnectAddr, Received, RecvOptions, SendMessage } from "../uapi/socket.ts";
import { OVERHEAD_BYTES, UnixSock } from "./unix.ts";

/** net.unix.max_dgram_qlen: messages a receiver lets wait. */
const MAX_QUEUE = 10;

/** SOCK_DGRAM: messages to names or to a peer, never lost and never out of order. */
export class UnixDgramSock extends UnixSock {
  readonly type = "dgram";
  /** Those that are connected to this one and hear when it goes. */
  readonly #fans = new Set<UnixDgramSock>();

  /** unix_dgram_connect. */
  connect(addr: ConnectAddr): Errno | undefined {
    if (addr.family === "unspec") return this.#setPeer(null);
    if (addr.family !== "unix") return "EINVAL";
    const target = this.lookUp(addr);
    if (typeof target === "string") return target;
    if (!(target instanceof UnixDgramSock) || !this.#maySendTo(target)) return "EPERM";
    return this.#setPeer(target);
  }

  #setPeer(target: UnixDgramSock | null): undefined {
    if (this.partner instanceof UnixDgramSock) this.partner.#fans.delete(this);
    if (target !== null) target.#fans.add(this);
    this.partner = target;
    this.state = target === null ? "CLOSE" : "ESTABLISHED";
  }

  /** unix_may_send: who is connected hears its peer only. */
  #maySendTo(target: UnixSock): boolean {
    return target.partner === null || target.partner === this;
  }

  /** unix_dgram_sendmsg. */
  send(message: SendMessage, journey: number): number | Errno {
    const { data, to } = message;
    if (to !== undefined && to.family !== "unix") return "EINVAL";
    if (to === undefined && this.partner === null) return "ENOTCONN";
    if (data.length > this.options.SO_SNDBUF - 32) return "EMSGSIZE";
    const pending = this.takePending() ?? (this.writeShut ? "EPIPE" : null);
    if (pending !== null) return pending;
    const target = to === undefined ? this.partner : this.lookUp(to);
    if (typeof target === "string" || target === null) return target ?? "ENOTCONN";
    if (target.closed) return this.#peerIsGone();
    if (!this.#maySendTo(target)) return "EPERM";
    if (target.readShut) return "EPIPE";
    if (target.partner !== this && target.queue.length > MAX_QUEUE) return this.waitFor(target);
    if (this.wmemBytes > 0 && this.wmemBytes + OVERHEAD_BYTES > this.options.SO_SNDBUF) return "EAGAIN";
    target.take({ data: data.slice(), from: this.path, journey, sender: this });
    return data.length;
  }

  #peerIsGone(): Errno {
    this.#setPeer(null);
    return "ECONNREFUSED";
  }

  recv(options: RecvOptions): Received | Errno {
    if (options.errorQueue === true) return "EAGAIN";
    const pending = this.takePending();
    if (pending !== null) return pending;
    const message = this.queue[0];
    if (message === undefined) return this.readShut && options.dontWait !== true ? this.endOfFile() : "EAGAIN";
    if (options.peek !== true) {
      this.queue.shift();
      this.release(message);
    }
    return this.received(message, message.data.subarray(0, options.maxBytes), message.data.length);
  }

  override writable(): boolean {
    const { partner } = this;
    return super.writable() && (partner === null || partner.partner === this || partner.queue.length <= MAX_QUEUE);
  }

  override hungUp(): boolean {
    return this.readShut && this.writeShut;
  }

  /** Those connected to it learn of it when they send, or at once where something of theirs was left unread. */
  override close(): void {
    const unread = this.queue.length > 0;
    super.close();
    for (const fan of this.#fans) if (unread && fan === this.partner) fan.fail("ECONNRESET");
    this.#setPeer(null);
  }
}
