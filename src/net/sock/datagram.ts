import { type Skb, truesizeOf } from "../core/skb.ts";
import type { Errno } from "../uapi/errno.ts";
import type { Received, RecvOptions, ShutdownHow, SockOption, SockOptions } from "../uapi/socket.ts";
import { BaseSock } from "./base-sock.ts";

/** SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF, bytes. */
const MIN_RCVBUF = 2304;
const MIN_SNDBUF = 4608;
/** net.core.rmem_max and wmem_max. */
const BUFFER_MAX = 4194304;

const NOTHING = new Uint8Array(0);

/** Receive queue and error queue: what datagram sockets have in common. */
export abstract class DatagramSock extends BaseSock {
  /** Datagrams lost because the queue was full (`ss`'s drop count). */
  drops = 0;
  #queue: Received[] = [];
  #queueBytes = 0;
  #errors: Received[] = [];
  #readShut = false;
  protected writeShut = false;
  /** What packets that wait in this machine's queues take of the send buffer (sk_wmem_alloc). */
  #wmemBytes = 0;
  #waitsForRoom = false;

  readable(): boolean {
    return this.#queue.length > 0 || this.#readShut;
  }

  override hasError(): boolean {
    return this.#errors.length > 0 || super.hasError();
  }

  override hungUp(): boolean {
    return this.#readShut && this.writeShut;
  }

  /** sock_writeable; who asks in vain is woken when there is room (SOCK_NOSPACE). */
  override writable(): boolean {
    const hasRoom = this.#wmemBytes * 2 < this.options.SO_SNDBUF;
    if (!hasRoom) this.#waitsForRoom = true;
    return hasRoom;
  }

  /** sock_alloc_send_pskb: true = the send buffer is full of packets that have not left; the caller answers EAGAIN. */
  protected lacksRoom(): boolean {
    const isFull = this.#wmemBytes >= this.options.SO_SNDBUF;
    if (isFull) this.#waitsForRoom = true;
    return isFull;
  }

  /** skb_set_owner_w, at the packet's birth. */
  protected charge(skb: Skb): void {
    skb.sk = this;
    skb.charge = truesizeOf(skb.length);
    this.#wmemBytes += skb.charge;
    this.ns.world.xmitResult = "success";
  }

  /** sock_wfree: who waits is woken when half of the buffer is free. */
  release(bytes: number): void {
    this.#wmemBytes -= bytes;
    if (!this.#waitsForRoom || !this.writable()) return;
    this.#waitsForRoom = false;
    this.waitQueue.wake();
  }

  /** net_xmit_errno: a full queue before the device is told to those who hear errors; others learn nothing. */
  protected sent(error: Errno | undefined): Errno | undefined {
    return error ?? (this.options.IP_RECVERR && this.ns.world.xmitResult === "drop" ? "ENOBUFS" : undefined);
  }

  get queuedBytes(): number {
    return this.#queueBytes;
  }

  /** Has a peer been named by connect? */
  protected get connected(): boolean {
    return false;
  }

  /** inet_shutdown: without a peer it is refused, and works all the same for who sleeps on the socket. */
  override shutdown(how: ShutdownHow): Errno | undefined {
    if (how !== "write") this.#readShut = true;
    if (how !== "read") this.writeShut = true;
    this.waitQueue.wake();
    return this.connected ? undefined : "ENOTCONN";
  }

  /** sock_setsockopt: buffers are doubled for the kernel's own needs, within net.core.rmem_max and a floor. */
  override setOption<K extends SockOption>(option: K, value: SockOptions[K]): Errno | undefined {
    const floor = option === "SO_RCVBUF" ? MIN_RCVBUF : option === "SO_SNDBUF" ? MIN_SNDBUF : 0;
    if (floor > 0 && this.domain === "inet") Object.assign(this.options, { [option]: Math.max(2 * Math.min(Number(value), BUFFER_MAX), floor) });
    else return super.setOption(option, value);
    return undefined;
  }

  /** Queues a datagram; false when the receive buffer is full (sock_queue_rcv_skb). */
  enqueue(message: Received): boolean {
    const bytes = 768 + message.data.length;
    if (this.#queueBytes + bytes > this.options.SO_RCVBUF) {
      this.drops++;
      return false;
    }
    this.#queue.push(message);
    this.#queueBytes += bytes;
    if (message.journey !== undefined) this.journey = message.journey;
    this.waitQueue.wake();
    return true;
  }

  /** Queues an extended error (IP_RECVERR) and makes the next call fail with it. */
  enqueueError(message: Received, pending: Errno): void {
    this.queueError(message);
    this.fail(pending);
  }

  /** Queues an extended error that the call at hand answers itself. */
  queueError(message: Received): void {
    if (this.#errors.length < 256) this.#errors.push(message);
    this.waitQueue.wake();
  }

  recv(options: RecvOptions): Received | Errno {
    if (options.errorQueue === true) return this.#takeError(options);
    const pending = this.takePending();
    if (pending !== null) return pending;
    const message = this.#queue[0];
    // __skb_wait_for_more_packets: only who would sleep learns of the end.
    if (message === undefined) return this.#readShut && options.dontWait !== true ? { data: NOTHING, wireLength: 0, atNs: this.ns.world.sim.nowNs } : "EAGAIN";
    if (options.peek !== true) {
      this.#queue.shift();
      this.#queueBytes -= 768 + message.data.length;
    }
    return cut(message, options.maxBytes);
  }

  /** sock_dequeue_err_skb: the next error in the queue is pending at once. */
  #takeError(options: RecvOptions): Received | Errno {
    const message = this.#errors.shift();
    if (message === undefined) return "EAGAIN";
    this.setPending(this.#errors[0]?.error?.errno ?? null);
    return cut(message, options.maxBytes);
  }

  override close(): void {
    this.#queue = [];
    this.#errors = [];
    super.close();
  }
}

/** Datagrams longer than the caller's buffer are cut (MSG_TRUNC); `wireLength` tells. */
function cut(message: Received, maxBytes: number): Received {
  return message.data.length <= maxBytes ? message : { ...message, data: message.data.subarray(0, maxBytes) };
}
