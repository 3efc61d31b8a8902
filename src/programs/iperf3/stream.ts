import { isErrno, type Errno } from "../../net/uapi/errno.ts";
import type { SockAddr } from "../../net/uapi/socket.ts";
import type { Sys, Task } from "../../os/sys.ts";
import { type Failure, failure } from "./errors.ts";
import type { Settings } from "./options.ts";

/*
 * One connection that carries data, and what is counted of it.
 *
 * Simulated CPUs: a program pays for each byte that it hands to the kernel or takes from it, so that a test without
 * any limit runs at about 2 Gbit/s, whatever the machine that simulates. Slower cables and windows decide below that.
 */
const SEND_NS_PER_BYTE = 4;
const RECEIVE_NS_PER_BYTE = 3;
const CALL_NS = 2_000;
/** A datagram costs a way through the whole stack, however short it is: about 110,000 a second, as on a real machine of 2020. */
const DATAGRAM_NS = 8_000;

/** What one interval counted. Times in ns since the test's start. */
export interface Interval {
  readonly fromNs: number;
  readonly toNs: number;
  readonly bytes: number;
  readonly omitted: boolean;
  /** TCP senders. */
  readonly retransmits: number;
  readonly cwndBytes: number;
  readonly sndWndBytes: number;
  readonly rttUs: number;
  readonly rttvarUs: number;
  readonly pmtu: number;
  /** UDP. */
  readonly packets: number;
  readonly lost: number;
  readonly jitterSec: number;
}

export class Stream {
  readonly id: number;
  readonly fd: number;
  readonly sender: boolean;
  readonly udp: boolean;
  readonly local: SockAddr;
  readonly peer: SockAddr;
  readonly intervals: Interval[] = [];
  startNs = 0;
  endNs = 0;
  bytesSent = 0;
  bytesReceived = 0;
  bytesThisInterval = 0;
  bytesSentOmitted = 0;
  retransmits = 0;
  packets = 0;
  lost = 0;
  outOfOrder = 0;
  jitterSec = 0;
  packetsOmitted = 0;
  /** What the other side said of it. */
  peerPackets = 0;
  peerSeconds = 0;
  #retransmitsBefore = 0;
  #packetsBefore = 0;
  #lostBefore = 0;
  #pending = 0;
  /** Bytes of the last write, not paid for yet. */
  #lastSent = 0;
  #prevTransitSec = 0;
  readonly #sys: Sys;
  readonly #block: Uint8Array;

  constructor(sys: Sys, id: number, fd: number, sender: boolean, settings: Settings, ends: { readonly local: SockAddr; readonly peer: SockAddr }) {
    this.#sys = sys;
    this.id = id;
    this.fd = fd;
    this.sender = sender;
    this.udp = settings.udp;
    this.local = ends.local;
    this.peer = ends.peer;
    this.#block = sender ? randomBlock(sys, settings.blockBytes) : new Uint8Array(settings.blockBytes);
  }

  get seconds(): number {
    return (this.endNs - this.startNs) / 1e9;
  }

  /** May it send at this rate now? Else when: throttled streams look again every ms, as iperf3's pacing timer does. */
  allowedAtNs(rate: number): number {
    if (rate === 0) return 0;
    const dueNs = (this.bytesSent * 8e9) / rate;
    return this.startNs + Math.ceil(dueNs / 1e6) * 1e6;
  }

  /** Sends a block, or what is left of one. Bytes taken; 0 = no room. */
  *send(): Task<number | Failure> {
    const [call, bytes] = this.udp ? [DATAGRAM_NS, this.#block.length] : [CALL_NS, this.#lastSent];
    yield* this.#sys.compute(call + bytes * SEND_NS_PER_BYTE);
    const n = this.udp ? yield* this.#sendDatagram() : yield* this.#sendBytes();
    if (typeof n !== "number") return failure("unable to write to stream socket", n);
    this.#lastSent = n;
    this.bytesSent += n;
    this.bytesThisInterval += n;
    return n;
  }

  *#sendBytes(): Task<number | Errno> {
    if (this.#pending === 0) this.#pending = this.#block.length;
    const n = yield* this.#sys.sendmsg(this.fd, { data: this.#block.subarray(this.#block.length - this.#pending), dontWait: true, noSignal: true });
    if (typeof n !== "number") return n === "EAGAIN" || n === "EINTR" ? 0 : n;
    this.#pending -= n;
    return n;
  }

  /** Did the last send end a block? */
  get blockDone(): boolean {
    return this.#pending === 0;
  }

  *#sendDatagram(): Task<number | Errno> {
    const now = this.#sys.wallTime();
    const view = new DataView(this.#block.buffer);
    view.setUint32(0, now.sec);
    view.setUint32(4, Math.floor(now.nsec / 1000));
    view.setUint32(8, ++this.packets);
    const n = yield* this.#sys.sendmsg(this.fd, { data: this.#block.slice() });
    return n === "EINTR" || n === "ENOBUFS" || n === "EAGAIN" ? 0 : n;
  }

  /** Reads what is there. Bytes; 0 = nothing, or the end. Counted only while the test runs. */
  *receive(counting: boolean): Task<number | Failure> {
    const got = yield* this.#sys.recvmsg(this.fd, { maxBytes: this.#block.length, dontWait: true });
    if (isErrno(got)) return got === "EAGAIN" || got === "EINTR" ? 0 : failure("unable to read from stream socket", got);
    yield* this.#sys.compute(CALL_NS + got.data.length * RECEIVE_NS_PER_BYTE);
    if (!counting) return got.data.length;
    if (this.udp && got.data.length >= 12) this.#countDatagram(got.data);
    this.bytesReceived += got.data.length;
    this.bytesThisInterval += got.data.length;
    return got.data.length;
  }

  /** Losses by gaps in the numbers, jitter as RFC 1889 §6.3.1. */
  #countDatagram(data: Uint8Array): void {
    const view = new DataView(data.buffer, data.byteOffset);
    const number = view.getUint32(8);
    if (number > this.packets) {
      this.lost += number - 1 - this.packets;
      this.packets = number;
    } else {
      this.outOfOrder++;
      if (this.lost > 0) this.lost--;
    }
    const now = this.#sys.wallTime();
    const transit = now.sec - view.getUint32(0) + (now.nsec / 1e3 - view.getUint32(4)) / 1e6;
    if (this.bytesReceived === 0) this.#prevTransitSec = transit;
    const d = Math.abs(transit - this.#prevTransitSec);
    this.#prevTransitSec = transit;
    this.jitterSec += (d - this.jitterSec) / 16;
  }

  /** iperf_stats_callback: closes an interval. */
  closeInterval(omitted: boolean): void {
    const info = this.udp ? "ENOPROTOOPT" : this.#sys.getsockopt(this.fd, "TCP_INFO");
    const total = isErrno(info) ? 0 : info.totalRetrans;
    const retransmits = this.sender ? total - this.#retransmitsBefore : 0;
    this.retransmits += retransmits;
    this.#retransmitsBefore = total;
    const fromNs = this.intervals.length > 0 ? this.endNs : this.startNs;
    this.endNs = this.#sys.nowNs;
    const tcp = isErrno(info) ? { cwndBytes: 0, sndWndBytes: 0, rttUs: 0, rttvarUs: 0, pmtu: 0 }
      : { cwndBytes: info.cwnd * info.sndMss, sndWndBytes: info.sndWnd, rttUs: Math.floor(info.rttUs), rttvarUs: Math.floor(info.rttvarUs), pmtu: info.pmtu };
    this.intervals.push({
      fromNs: fromNs - this.startNs, toNs: this.endNs - this.startNs, bytes: this.bytesThisInterval, omitted, retransmits, ...tcp,
      packets: this.packets - this.#packetsBefore, lost: this.lost - this.#lostBefore, jitterSec: this.jitterSec,
    });
    this.bytesThisInterval = 0;
    this.#packetsBefore = this.packets;
    this.#lostBefore = this.lost;
  }

  /** iperf_reset_stats: the omitted beginning is over. */
  reset(): void {
    this.bytesSentOmitted = this.bytesSent;
    this.bytesReceived = 0;
    this.bytesThisInterval = 0;
    this.retransmits = 0;
    this.packetsOmitted = this.packets;
    this.lost = 0;
    this.#lostBefore = 0;
    this.outOfOrder = 0;
    this.jitterSec = 0;
    this.startNs = this.#sys.nowNs;
    this.endNs = this.startNs;
    this.intervals.length = 0;
  }
}

/** A block of random bytes, the same for every write, as there. */
function randomBlock(sys: Sys, bytes: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let i = 0; i < words.length; i++) words[i] = sys.random();
  return new Uint8Array(words.buffer, 0, bytes);
}
