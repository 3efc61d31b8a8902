// From os/sys-socket.ts: what a program does with a TCP socket. Next connect.ts, listen.ts, output.ts, close.ts.
import { IP4_ANY } from "../../../wire/addr.ts";
import { TCP_ACK, TCP_PSH } from "../../../wire/tcp.ts";
import type { Netns } from "../../core/netns.ts";
import { trace } from "../../core/trace.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { Received, RecvOptions, SendMessage, ShutdownHow, SockAddr, SockOption, SockOptions } from "../../uapi/socket.ts";
import { canBind } from "../inet.ts";
import type { Sock } from "../sock.ts";
import { joinBuffer, sizeGoal } from "./burst.ts";
import { CHRONO_SNDBUF_LIMITED, chronoStart } from "./chrono.ts";
import { cleanupRbuf } from "./cleanup.ts";
import { disconnect, tcpClose, tcpShutdown } from "./close.ts";
import { congestionByName, cwndRestartIfIdle } from "./congestion.ts";
import { tcpConnect } from "./connect.ts";
import { startListening } from "./listen.ts";
import { currentMss } from "./mtu.ts";
import { forcedPush, markPush, NAGLE_CORK, NAGLE_PUSH, pushOne, pushPendingFrames } from "./output.ts";
import { getPort } from "./ports.ts";
import { copyOut, readableBytes } from "./receive.ts";
import { goOnAfterQueue } from "./retransmit.ts";
import { segmentLeft } from "./small-queue.ts";
import { getTcpOption, setTcpOption } from "./sockopt.ts";
import { Tcb } from "./tcb.ts";
import { initTimers } from "./timer.ts";
import { TxSeg } from "./tx-queue.ts";
import { appendToWriteQueue, memoryFree, streamWritable } from "./write-queue.ts";

const EMPTY = new Uint8Array(0);

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** A TCP socket (tcp(7)). */
export class TcpSock extends Tcb {
  /** Read already for a call that waits for more (MSG_WAITALL). */
  #partial: Uint8Array = EMPTY;

  constructor(ns: Netns) {
    const { sysctl } = ns.sock.tcp;
    super(ns, congestionByName(sysctl.congestionControl)!);
    this.rcvBuf = sysctl.rmem[1]!;
    this.sndBuf = sysctl.wmem[1]!;
    this.reordering = sysctl.reordering;
    this.options.TCP_KEEPIDLE = sysctl.keepaliveTimeSec * 1e9;
    this.options.TCP_KEEPINTVL = sysctl.keepaliveIntvlSec * 1e9;
    this.options.TCP_KEEPCNT = sysctl.keepaliveProbes;
    initTimers(this);
  }

  /** A segment that was charged to this socket has left its queue. */
  release(bytes: number): void {
    segmentLeft(this, bytes, goOnAfterQueue);
  }

  newChild(): TcpSock {
    return new TcpSock(this.ns);
  }

  bind(addr: SockAddr): Errno | undefined {
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    if (this.state !== "CLOSE" || this.port !== 0) return "EINVAL";
    const anywhere = this.options.IP_FREEBIND || this.options.IP_TRANSPARENT;
    if (!anywhere && !canBind(this.ns, addr.addr)) return "EADDRNOTAVAIL";
    const error = getPort(this, addr.addr, addr.port);
    if (error !== undefined) return error;
    this.local = addr.addr;
    this.addrLocked = addr.addr !== IP4_ANY;
    this.portLocked = addr.port !== 0;
    return undefined;
  }

  connect(addr: SockAddr, journey: number): Errno | undefined {
    if (addr.family !== "inet") return "EAFNOSUPPORT";
    if (this.connectState === "connected") return "EISCONN";
    if (this.connectState === "connecting") return this.connecting() ? "EALREADY" : this.#connectEnded();
    if (this.state !== "CLOSE") return "EISCONN";
    const started = tcpConnect(this, addr, journey);
    if (started === "EINPROGRESS") this.connectState = "connecting";
    return started;
  }

  /** A second connect tells how the first has ended; after a failure the socket may be used again. */
  #connectEnded(): Errno | undefined {
    if (this.state !== "CLOSE") {
      this.connectState = "connected";
      return undefined;
    }
    disconnect(this);
    return this.takePending() ?? "ECONNABORTED";
  }

  override connecting(): boolean {
    return this.connectState === "connecting" && (this.state === "SYN_SENT" || this.state === "SYN_RECV");
  }

  override listen(backlog: number): Errno | undefined {
    return startListening(this, backlog);
  }

  override accept(): Sock | Errno {
    if (this.state !== "LISTEN") return "EINVAL";
    const child = this.acceptQueue.shift();
    if (child === undefined) return "EAGAIN";
    child.listener = null;
    return child;
  }

  override shutdown(how: ShutdownHow): Errno | undefined {
    return tcpShutdown(this, how);
  }

  localAddr(): SockAddr {
    return { family: "inet", addr: this.local, port: this.port };
  }

  peerAddr(): SockAddr | Errno {
    const has = this.peerPort !== 0 && this.state !== "CLOSE" && this.state !== "SYN_SENT";
    return has ? { family: "inet", addr: this.peer, port: this.peerPort } : "ENOTCONN";
  }

  /** tcp_sendmsg: bytes taken; a stream takes what it has room for. */
  send(message: SendMessage, journey: number): number | Errno {
    const wrong = this.#cannotSend();
    if (wrong !== undefined) return wrong;
    if (journey !== 0) this.journey = journey;
    const { data } = message;
    const mss = currentMss(this);
    let done = 0;
    while (done < data.length) {
      const tail = this.writeQueue.tail;
      const room = tail === null || tail.eor ? 0 : mss - tail.len;
      if (room <= 0 && !memoryFree(this)) break;
      done += room > 0 && tail !== null ? this.#extend(tail, data, done, Math.min(room, data.length - done)) : this.#begin(data, done, Math.min(mss, data.length - done), mss);
      const last = this.writeQueue.tail;
      if (done >= data.length || last === null || last.len < mss || this.burstBytes < sizeGoal(this, mss)) continue;
      if (forcedPush(this)) {
        markPush(this, last);
        pushPendingFrames(this, mss, NAGLE_PUSH);
      } else if (last.burst === this.writeQueue.head?.burst) pushOne(this, mss);
    }
    return this.#sent(message, done, mss);
  }

  #cannotSend(): Errno | undefined {
    const pending = this.takePending();
    if (pending !== null) return pending;
    if (this.sndShutdown) return "EPIPE";
    if (this.state === "ESTABLISHED" || this.state === "CLOSE_WAIT") return undefined;
    return this.state === "SYN_SENT" || this.state === "SYN_RECV" ? "EAGAIN" : "EPIPE";
  }

  /** The end of a send call: push what is there, or ask to be woken when there is room. */
  #sent(message: SendMessage, done: number, mss: number): number | Errno {
    const full = done < message.data.length;
    if (full) this.noSpace = true;
    if (done === 0) return full ? "EAGAIN" : 0;
    if (this.ns.world.trace !== null) trace(this.ns, "app.send", "", null, { note: `TCP ${this.port} → ${this.peerPort}, ${done} bytes`, conn: this.conn, journey: this.journey });
    const tail = this.writeQueue.tail;
    const more = message.more === true && !full;
    if (tail !== null && (!more || forcedPush(this))) markPush(this, tail);
    pushPendingFrames(this, mss, full ? NAGLE_PUSH : more ? this.nonagle | NAGLE_CORK : this.nonagle);
    if (full && this.writeQueue.head === null) chronoStart(this, CHRONO_SNDBUF_LIMITED);
    return done;
  }

  /** A new segment at the end of the queue. */
  #begin(data: Uint8Array, at: number, bytes: number, mss: number): number {
    cwndRestartIfIdle(this);
    const seg = new TxSeg(this.writeSeq, TCP_ACK, data.slice(at, at + bytes), 0, bytes, this.journey);
    const before = this.writeQueue.tail;
    seg.burst = joinBuffer(this, mss, bytes);
    if (at === 0 && before !== null && before.burst === seg.burst) before.flags &= ~TCP_PSH;
    appendToWriteQueue(this, seg);
    this.writeSeq = (this.writeSeq + bytes) >>> 0;
    return bytes;
  }

  /** More bytes for the segment at the end, which has not left yet. */
  #extend(tail: TxSeg, data: Uint8Array, at: number, bytes: number): number {
    if (tail.at + tail.len + bytes > tail.buf.length) {
      const buf = new Uint8Array(Math.max(tail.len + bytes, Math.min(2 * tail.len + bytes, 65536)));
      buf.set(tail.buf.subarray(tail.at, tail.at + tail.len));
      tail.buf = buf;
      tail.at = 0;
    }
    tail.buf.set(data.subarray(at, at + bytes), tail.at + tail.len);
    tail.len += bytes;
    tail.endSeq = (tail.endSeq + bytes) >>> 0;
    if (at === 0) tail.flags &= ~TCP_PSH;
    this.writeSeq = (this.writeSeq + bytes) >>> 0;
    this.wmemQueued += bytes;
    if (tail.burst === this.burst) this.burstBytes += bytes;
    return bytes;
  }

  /** tcp_recvmsg. */
  recv(options: RecvOptions): Received | Errno {
    if (options.errorQueue === true) return "EAGAIN";
    if (this.state === "LISTEN") return "ENOTCONN";
    const peek = options.peek === true;
    const most = options.maxBytes - this.#partial.length;
    const there = Math.min(readableBytes(this), most);
    if (there === 0 && this.#partial.length === 0) return this.#ended() || most === 0 ? this.#atEnd(most) : "EAGAIN";
    const data = joined(this.#partial, copyOut(this, Math.max(0, most), peek));
    if (!peek) cleanupRbuf(this, there);
    // MSG_WAITALL: what has come is taken, so that more can; it is handed out when all is there.
    const wait = options.waitAll === true && !peek && data.length < options.maxBytes && !this.#ended();
    if (!peek) this.#partial = wait ? data : EMPTY;
    return wait ? "EAGAIN" : this.#received(data);
  }

  #ended(): boolean {
    return this.rcvShutdown || this.state === "CLOSE" || this.hasError();
  }

  /** Nothing more to read: the end (0 bytes), or why. After the peer's FIN it is the end, whatever came later. */
  #atEnd(maxBytes: number): Received | Errno {
    const pending = this.finReceived ? null : this.takePending();
    if (pending !== null) return pending;
    if (this.rcvShutdown || maxBytes === 0) return this.#received(new Uint8Array(0));
    return this.peerPort === 0 || this.state === "CLOSE" ? "ENOTCONN" : this.#received(new Uint8Array(0));
  }

  #received(data: Uint8Array): Received {
    return { data, wireLength: data.length, atNs: this.ns.world.sim.nowNs, ...(this.journey === 0 ? {} : { journey: this.journey }) };
  }

  readable(): boolean {
    if (this.state === "LISTEN") return this.acceptQueue.length > 0;
    if (this.hasError() || this.rcvShutdown) return true;
    if (this.state === "SYN_SENT" || (this.state === "SYN_RECV" && this.active)) return false;
    return readableBytes(this) > 0;
  }

  override writable(): boolean {
    if (this.state === "LISTEN") return false;
    if (this.hasError() || this.sndShutdown || this.state === "CLOSE") return true;
    if (this.state === "SYN_SENT" || this.state === "SYN_RECV") return false;
    const ready = streamWritable(this);
    if (!ready) this.noSpace = true;
    return ready;
  }

  override hungUp(): boolean {
    if (this.state === "LISTEN") return false;
    return this.state === "CLOSE" || (this.rcvShutdown && this.sndShutdown);
  }

  override setOption<K extends SockOption>(option: K, value: SockOptions[K]): Errno | undefined {
    const done = setTcpOption(this, option, value);
    return done === "elsewhere" ? super.setOption(option, value) : done;
  }

  override getOption<K extends SockOption>(option: K): SockOptions[K] | Errno {
    const known: Partial<SockOptions> | Errno | null = getTcpOption(this, option);
    if (known === null) return super.getOption(option);
    if (typeof known === "string") return known;
    const value = known[option];
    return value === undefined ? "ENOPROTOOPT" : value;
  }

  override close(): void {
    if (this.closed || this.orphan) return;
    tcpClose(this);
    this.waitQueue.wake();
  }
}
