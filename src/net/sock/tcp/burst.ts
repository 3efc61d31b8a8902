// From output.ts and retransmit.ts: how many segments leave together.
import { TCP_FIN } from "../../../wire/tcp.ts";
import type { Tcb } from "./tcb.ts";
import { SACKED_ACKED, SACKED_LOST, SACKED_RETRANS, TAGBITS, type TxSeg } from "./tx-queue.ts";

/*
 * Where a device can cut large packets itself, the kernel hands it several segments as one (GSO). No cable here carries
 * such a packet; but what belongs together shows: its last segment has PSH set, and a lone one may wait for a second.
 * Devices say by `gsoMaxSegs` whether they want it; all but those of tests say 1, as `ip link set … gso_max_segs 1` does.
 */

const GSO_MAX_BYTES = 65536;
/** MAX_TCP_HEADER and a byte: room a packet of 64 KiB needs. */
const GSO_HEADER_BYTES = 321;
const MIN_TSO_SEGS = 2;
/** sk_pacing_shift: a burst holds about a millisecond of the pacing rate. */
const PACING_SHIFT = 10;
/** net.ipv4.tcp_tso_rtt_log: nearby peers get larger bursts. */
const TSO_RTT_LOG = 9;
const TSO_WIN_DIVISOR = 3;

export const burstsOn = (tp: Tcb): boolean => tp.dst !== null && tp.dst.dev.gsoMaxSegs > 1;

/** Bytes that one socket buffer takes before the next is begun (tcp_xmit_size_goal), whole segments. */
export function sizeGoal(tp: Tcb, mss: number): number {
  if (!burstsOn(tp)) return mss;
  const half = tp.maxWindow > 536 ? tp.maxWindow >>> 1 : tp.maxWindow;
  const bytes = Math.min(GSO_MAX_BYTES - GSO_HEADER_BYTES, half === 0 ? GSO_MAX_BYTES : half);
  return Math.max(1, Math.min(Math.floor(bytes / mss), tp.dst!.dev.gsoMaxSegs)) * mss;
}

/** Segments that may leave together (tcp_tso_autosize). */
export function tsoSegs(tp: Tcb, mss: number): number {
  if (!burstsOn(tp)) return 1;
  const near = tp.minRttUs === 0xffffffff ? 32 : tp.minRttUs >>> TSO_RTT_LOG;
  const rate = Number.isFinite(tp.pacingRate) ? Math.floor(tp.pacingRate / 2 ** PACING_SHIFT) : GSO_MAX_BYTES;
  const bytes = Math.min(GSO_MAX_BYTES, rate + (near < 32 ? GSO_MAX_BYTES >>> near : 0));
  return Math.min(Math.max(Math.floor(bytes / mss), MIN_TSO_SEGS), tp.dst!.dev.gsoMaxSegs);
}

/** A segment of `bytes` joins the end of the write queue: in which socket buffer? The last one, while it has room. */
export function joinBuffer(tp: Tcb, mss: number, bytes: number): number {
  const tail = tp.writeQueue.tail;
  if (tail === null || tail.burst !== tp.burst || tail.eor || tp.burstBytes >= sizeGoal(tp, mss)) {
    tp.burst++;
    tp.burstBytes = 0;
  }
  tp.burstBytes += bytes;
  return tp.burst;
}

/** How many the congestion window lets go at once: at least two bursts shall be on the way (tcp_cwnd_test). */
export const burstQuota = (tp: Tcb, mss: number, room: number): number => Math.min(room, Math.max(tp.cwnd >>> 1, 1), tsoSegs(tp, mss));

/** tcp_grow_skb: a buffer with less than the window lets go is filled up from the one behind it. */
export function growBuffer(seg: TxSeg, mss: number, quota: number): void {
  let last = seg;
  let n = 1;
  for (; n < quota && last.next !== null && last.next.burst === seg.burst; n++) last = last.next;
  const behind = last.next;
  if (n >= quota || behind === null || last.len < mss || (last.flags & TCP_FIN) !== 0) return;
  const from = behind.burst;
  for (let s: TxSeg | null = behind; n < quota && s !== null && s.burst === from; n++, s = s.next) s.burst = seg.burst;
}

/** Segments from `seg` on that lie in the same socket buffer; at most `most`. */
export function sameBuffer(seg: TxSeg, most: number): number {
  let n = 1;
  for (let next = seg.next; next !== null && next.burst === seg.burst && n < most; next = next.next) n++;
  return n;
}

/** Those of them that wait to be sent again (tcp_retransmit_skb with several segments). */
export function sameBufferLost(seg: TxSeg, most: number): number {
  let n = 1;
  for (let next = seg.next; next !== null && next.burst === seg.burst && n < most; next = next.next) {
    if ((next.sacked & (SACKED_LOST | SACKED_RETRANS | SACKED_ACKED) & TAGBITS) !== SACKED_LOST) break;
    n++;
  }
  return n;
}

/** The first `n` segments leave, the rest of their buffer stays: from now on they are two (tso_fragment). */
export function splitBuffer(tp: Tcb, seg: TxSeg, n: number): void {
  const { burst } = seg;
  // The tail keeps the number, so that more can join it.
  const id = -(++tp.burstSplits);
  for (let s: TxSeg | null = seg, left = n; s !== null && s.burst === burst && left > 0; s = s.next, left--) s.burst = id;
}

/** tcp_tso_should_defer: room for less than a burst, an acknowledgement is about to come: wait for more room. */
export function shouldDefer(tp: Tcb, seg: TxSeg, mss: number, room: number, windowBytes: number): boolean {
  if (tp.caState === "Recovery" || tp.caState === "Loss" || tp.srttUs === 0) return false;
  const now = tp.ns.world.sim.nowNs;
  if (now - tp.lastSentNs > 1_000_000) return false;
  const cwndBytes = room * mss;
  const limit = Math.min(windowBytes, cwndBytes);
  if (limit >= tsoSegs(tp, mss) * mss) return false;
  const waiting = sameBuffer(seg, 1 << 16);
  const isTail = seg.burst === tp.writeQueue.tail!.burst;
  if (!isTail && limit >= waiting * mss) return false;
  if (limit >= Math.floor(Math.min(tp.sndWnd, tp.cwnd * mss) / TSO_WIN_DIVISOR)) return false;
  const head = tp.rtxQueue.head;
  if (head === null) return false;
  // The next acknowledgement is a millisecond away at most, or it is not worth waiting.
  const srttUs = tp.srttUs >>> 3;
  if (srttUs - (now - head.sentNs) / 1000 > Math.min(srttUs / 2, 1000)) return false;
  return cwndBytes < windowBytes ? cwndBytes <= waiting * mss : (tp.writeQueue.tail!.flags & TCP_FIN) === 0;
}
