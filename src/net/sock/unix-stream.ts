import type { Netns } from "../core/netns.ts";
import type { Errno } from "../uapi/errno.ts";
import type { ConnectAddr, Received, RecvOptions, SendMessage, ShutdownHow } from "../uapi/socket.ts";
import type { Sock } from "./sock.ts";
import { OVERHEAD_BYTES, UnixSock, type UnixMessage } from "./unix.ts";

/** SOCK_STREAM and SOCK_SEQPACKET: connections; the second keeps the borders between messages. */
export class UnixStreamSock extends UnixSock {
  readonly type: "stream" | "seqpacket";
  /** Connections nobody has accepted yet. */
  #pending: UnixStreamSock[] = [];
  #backlog = 0;
  /** Bytes of the first message that were read already. */
  #readAt = 0;

  constructor(ns: Netns, type: "stream" | "seqpacket") {
    super(ns);
    this.type = type;
  }

  override listen(backlog: number): Errno | undefined {
    if (this.path === "" || this.state === "ESTABLISHED") return "EINVAL";
    this.#backlog = backlog < 0 ? 4096 : Math.min(backlog, 4096);
    this.state = "LISTEN";
    this.peerCreds = this.creds;
    this.wakeWaiters();
    return undefined;
  }

  /** unix_stream_connect: done at once, long before anybody accepts. */
  connect(addr: ConnectAddr, journey: number): Errno | undefined {
    if (addr.family !== "unix" || addr.path === "") return "EINVAL";
    const target = this.lookUp(addr);
    if (typeof target === "string") return target;
    if (!(target instanceof UnixStreamSock) || target.state !== "LISTEN" || target.readShut) return "ECONNREFUSED";
    if (target.#pending.length > target.#backlog) return this.waitFor(target);
    if (this.state !== "CLOSE") return this.state === "ESTABLISHED" ? "EISCONN" : "EINVAL";
    this.#joinTo(target, journey);
    return undefined;
  }

  #joinTo(listener: UnixStreamSock, journey: number): void {
    const server = new UnixStreamSock(this.ns, this.type);
    server.path = listener.path.startsWith("\0") ? "" : listener.path;
    server.creds = listener.creds;
    this.pairWith(server);
    server.path = listener.path;
    this.peerCreds = listener.peerCreds;
    server.journey = journey;
    listener.#pending.push(server);
    listener.waitQueue.wake();
  }

  override accept(): Sock | Errno {
    if (this.state !== "LISTEN") return "EINVAL";
    const server = this.#pending.shift();
    if (server === undefined) return this.readShut ? "EINVAL" : "EAGAIN";
    this.wakeWaiters();
    return server;
  }

  override readable(): boolean {
    return this.#pending.length > 0 || super.readable();
  }

  override hungUp(): boolean {
    return this.state === "CLOSE" || (this.readShut && this.writeShut);
  }

  /** A listener: connections that wait, and how many may. */
  override diagQueues(): readonly [rqueue: number, wqueue: number] {
    return this.state === "LISTEN" ? [this.#pending.length, this.#backlog] : super.diagQueues();
  }

  /** unix_stream_sendmsg: takes what the buffer has room for; a seqpacket message goes whole. */
  send(message: SendMessage, journey: number): number | Errno {
    const { data, to } = message;
    const whole = this.type === "seqpacket";
    if (to !== undefined && !whole) return this.state === "ESTABLISHED" ? "EISCONN" : "EOPNOTSUPP";
    if (this.partner === null || this.state !== "ESTABLISHED") return "ENOTCONN";
    const pending = this.takePending();
    if (pending !== null) return pending;
    if (this.writeShut || this.partner.closed || this.partner.readShut) return "EPIPE";
    if (whole && data.length > this.options.SO_SNDBUF - 32) return "EMSGSIZE";
    if (data.length === 0 && !whole) return 0;
    const room = this.options.SO_SNDBUF - this.wmemBytes - OVERHEAD_BYTES;
    if (room <= 0 || (whole && this.wmemBytes > 0 && room < data.length)) return "EAGAIN";
    const part = whole ? data : data.subarray(0, room);
    this.partner.take({ data: part.slice(), from: this.path, journey, sender: this });
    return part.length;
  }

  recv(options: RecvOptions): Received | Errno {
    if (options.errorQueue === true) return "EAGAIN";
    if (this.state !== "ESTABLISHED") return this.type === "seqpacket" ? "ENOTCONN" : "EINVAL";
    const first = this.queue[0];
    if (first === undefined) return this.takePending() ?? (this.readShut ? this.endOfFile() : "EAGAIN");
    return this.type === "seqpacket" ? this.#takeMessage(first, options) : this.#takeBytes(first, options);
  }

  #takeMessage(message: UnixMessage, options: RecvOptions): Received {
    if (options.peek !== true) {
      this.queue.shift();
      this.release(message);
    }
    return this.received(message, message.data.subarray(0, options.maxBytes), message.data.length);
  }

  #takeBytes(first: UnixMessage, { maxBytes, peek, waitAll }: RecvOptions): Received | "EAGAIN" {
    const available = this.queuedBytes - this.#readAt;
    if (waitAll === true && available < maxBytes && !this.readShut) return "EAGAIN";
    const out = new Uint8Array(Math.min(available, maxBytes));
    let [at, skip, index] = [0, this.#readAt, 0];
    for (let m = this.queue[0]; m !== undefined && at < out.length; m = this.queue[index]) {
      const piece = m.data.subarray(skip, skip + out.length - at);
      out.set(piece, at);
      at += piece.length;
      skip += piece.length;
      if (skip < m.data.length) break;
      skip = 0;
      index++;
    }
    if (peek !== true) {
      this.#readAt = skip;
      for (const done of this.queue.splice(0, index)) this.release(done);
    }
    return this.received(first, out, out.length);
  }

  /** The peer's halves are the other way round. */
  override shutdown(how: ShutdownHow): Errno | undefined {
    super.shutdown(how);
    this.partner?.shut(how !== "read", how !== "write");
    return undefined;
  }

  /** unix_release_sock: the peer sees the end, or a reset where something was left unread. */
  override close(): void {
    if (this.closed) return;
    const unread = this.queue.length > 0;
    const { partner } = this;
    for (const server of this.#pending.splice(0)) {
      server.partner?.fail("ECONNRESET");
      server.close();
    }
    if (partner !== null && !partner.closed) {
      partner.shut(true, true);
      if (unread) partner.fail("ECONNRESET");
    }
    super.close();
  }
}
