import { WaitQueue } from "../../sim/wait-queue.ts";
import { IP4_ANY, type Ip4 } from "../../wire/addr.ts";
import type { Netns } from "../core/netns.ts";
import type { SkbOwner } from "../core/skb.ts";
import type { Errno } from "../uapi/errno.ts";
import type { Received, RecvOptions, SendMessage, SockAddr, SockDomain, SockOption, SockOptions, SockProtocol, SockType } from "../uapi/socket.ts";

/** What a system call finds behind a socket fd. Calls answer at once; `EAGAIN` = sleep on `waitQueue` and try again. */
export interface Sock {
  readonly domain: SockDomain;
  readonly type: SockType;
  readonly protocol: number;
  /** Woken when something can be read or an error is pending. */
  readonly waitQueue: WaitQueue;
  readable(): boolean;
  bind(addr: SockAddr): Errno | undefined;
  connect(addr: SockAddr): Errno | undefined;
  /** Bytes taken, or an errno. `journey` goes into the trace with the packet. */
  send(message: SendMessage, journey: number): number | Errno;
  recv(options: RecvOptions): Received | Errno;
  localAddr(): SockAddr | Errno;
  peerAddr(): SockAddr | Errno;
  setOption<K extends SockOption>(option: K, value: SockOptions[K]): Errno | undefined;
  getOption<K extends SockOption>(option: K): SockOptions[K] | Errno;
  close(): void;
}

const DEFAULTS: SockOptions = {
  IP_TTL: 0, IP_TOS: 0, IP_HDRINCL: false, IP_RECVERR: false, IP_MTU_DISCOVER: "want", IP_MULTICAST_TTL: 1, IP_MULTICAST_IF: 0,
  IP_MULTICAST_LOOP: true, IP_OPTIONS: new Uint8Array(0), SO_BROADCAST: false, SO_BINDTODEVICE: "", SO_MARK: 0, SO_RCVBUF: 212992,
  SO_SNDBUF: 212992, SO_REUSEADDR: false, SO_REUSEPORT: false, SO_KEEPALIVE: false, ICMP_FILTER: 0, PACKET_PROMISC: 0,
  PACKET_STATISTICS: 0,
};

/** Receive queue, error queue and options: what datagram sockets have in common (struct sock). */
export abstract class DatagramSock implements Sock, SkbOwner {
  abstract readonly domain: SockDomain;
  abstract readonly type: SockType;
  abstract readonly protocol: number;
  readonly ns: Netns;
  readonly waitQueue = new WaitQueue();
  protected readonly options: SockOptions = { ...DEFAULTS };
  local: Ip4 = IP4_ANY;
  peer: Ip4 = IP4_ANY;
  boundDev = 0;
  /** Whose program opened it (sk->sk_socket->file->f_cred): everybody is root here. */
  readonly uid = 0;
  readonly gid = 0;
  readonly transparent = false;
  closed = false;
  /** Datagrams lost because the queue was full (`ss`'s drop count). */
  drops = 0;
  #queue: Received[] = [];
  #queueBytes = 0;
  #errors: Received[] = [];
  #pending: Errno | null = null;

  constructor(ns: Netns) {
    this.ns = ns;
  }

  get mark(): number {
    return this.options.SO_MARK;
  }

  get wildcard(): boolean {
    return this.local === IP4_ANY;
  }

  abstract bind(addr: SockAddr): Errno | undefined;
  abstract connect(addr: SockAddr): Errno | undefined;
  abstract send(message: SendMessage, journey: number): number | Errno;
  abstract localAddr(): SockAddr | Errno;
  abstract peerAddr(): SockAddr | Errno;

  readable(): boolean {
    return this.#queue.length > 0 || this.#errors.length > 0 || this.#pending !== null;
  }

  get queuedBytes(): number {
    return this.#queueBytes;
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
    this.waitQueue.wake();
    return true;
  }

  /** Queues an extended error (IP_RECVERR) and makes the next call fail with it. */
  enqueueError(message: Received, pending: Errno): void {
    if (this.#errors.length < 256) this.#errors.push(message);
    this.fail(pending);
  }

  /** sk->sk_err: the next call answers this once. */
  fail(errno: Errno): void {
    this.#pending = errno;
    this.waitQueue.wake();
  }

  takePending(): Errno | null {
    const errno = this.#pending;
    this.#pending = null;
    return errno;
  }

  recv(options: RecvOptions): Received | Errno {
    if (options.errorQueue === true) return this.#takeError(options);
    const pending = this.takePending();
    if (pending !== null) return pending;
    const message = this.#queue[0];
    if (message === undefined) return "EAGAIN";
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
    this.#pending = this.#errors[0]?.error?.errno ?? null;
    return cut(message, options.maxBytes);
  }

  setOption<K extends SockOption>(option: K, value: SockOptions[K]): Errno | undefined {
    if (option === "SO_BINDTODEVICE") {
      const name = String(value);
      const dev = name === "" ? null : this.ns.device(name);
      if (dev === undefined) return "ENODEV";
      this.boundDev = dev === null ? 0 : dev.ifindex;
    }
    if (option === "IP_TTL" && (Number(value) < 1 || Number(value) > 255)) return "EINVAL";
    this.options[option] = value;
    return undefined;
  }

  getOption<K extends SockOption>(option: K): SockOptions[K] | Errno {
    return this.options[option];
  }

  close(): void {
    this.closed = true;
    this.#queue = [];
    this.#errors = [];
    this.waitQueue.wake();
  }
}

/** Datagrams longer than the caller's buffer are cut (MSG_TRUNC); `wireLength` tells. */
function cut(message: Received, maxBytes: number): Received {
  return message.data.length <= maxBytes ? message : { ...message, data: message.data.subarray(0, maxBytes) };
}

/** IPPROTO_* of a socket call's third argument. */
export function protocolNumber(protocol: SockProtocol, fallback: number): number {
  if (typeof protocol === "number") return protocol;
  const names = { icmp: 1, tcp: 6, udp: 17, route: 0, default: fallback };
  return names[protocol];
}
