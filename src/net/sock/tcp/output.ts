// From tcp-sock.ts (a program wrote), input.ts (an acknowledgement made room), timer.ts. Next transmit.ts.
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_SYN } from "../../../wire/tcp.ts";
import type { Errno } from "../../uapi/errno.ts";
import { cwndValidate } from "./congestion.ts";
import { burstQuota, burstsOn, growBuffer, sameBuffer, shouldDefer, splitBuffer } from "./burst.ts";
import { CHRONO_RWND_LIMITED, chronoStart, chronoStop } from "./chrono.ts";
import { currentMss } from "./mtu.ts";
import { rateSegSent } from "./rate.ts";
import { scheduleLossProbe } from "./tlp.ts";
import { after, before, seqAdd } from "./seq.ts";
import { smallQueueFull } from "./small-queue.ts";
import { tellTcp } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { checkProbeTimer, rearmRto } from "./timers.ts";
import { skRoute, transmitSeg } from "./transmit.ts";
import { EVER_RETRANS, SACKED_ACKED, SACKED_RETRANS, TxSeg } from "./tx-queue.ts";
import { SEG_OVERHEAD, appendToWriteQueue, fragmentSeg } from "./write-queue.ts";

/* tcp_write_xmit and what belongs to it (net/ipv4/tcp_output.c). */

/** tp.nonagle: TCP_NODELAY, TCP_CORK, and "push this now". */
export const NAGLE_OFF = 1;
export const NAGLE_CORK = 2;
export const NAGLE_PUSH = 4;

const EMPTY = new Uint8Array(0);

/** Segments on the way: sent, not acknowledged, not lost (RFC 6675 pipe). */
export const packetsInFlight = (tp: Tcb): number => tp.packetsOut - tp.sackedOut - tp.lostOut + tp.retransOut;
/** First sequence number that the peer's window does not take. */
export const wndEnd = (tp: Tcb): number => seqAdd(tp.sndUna, tp.sndWnd);

/** Sends what may be sent (__tcp_push_pending_frames). */
export function pushPendingFrames(tp: Tcb, mss: number, nonagle: number): void {
  if (tp.writeQueue.head === null || tp.state === "CLOSE") return;
  if (writeXmit(tp, mss, nonagle, 0)) checkProbeTimer(tp);
}

/** One full segment, at once (tcp_push_one). */
export function pushOne(tp: Tcb, mss: number): void {
  writeXmit(tp, mss, NAGLE_PUSH, 1);
}

/** tcp_data_snd_check's first half. */
export function pushAfterAck(tp: Tcb): void {
  if (tp.writeQueue.head !== null) pushPendingFrames(tp, currentMss(tp), tp.nonagle);
}

/**
 * tcp_write_xmit: sends from the head of the write queue while congestion window, peer's window and Nagle allow.
 * `most` 1 = one segment, 2 = one in spite of the congestion window (a tail loss probe). True when something waits and nothing is on the way.
 */
export function writeXmit(tp: Tcb, mss: number, nonagle: number, most: 0 | 1 | 2): boolean {
  let sent = 0;
  let cwndLimited = false;
  let rwndLimited = false;
  for (let seg = tp.writeQueue.head; seg !== null; seg = tp.writeQueue.head) {
    const room = most === 2 ? 1 : tp.cwnd - packetsInFlight(tp);
    if (room <= 0) break;
    if (!fitsPeerWindow(tp, seg, mss)) {
      rwndLimited = true;
      break;
    }
    if (seg.len > mss) fragmentSeg(tp, tp.writeQueue, seg, mss);
    const together = burstsOn(tp) ? burstOf(tp, seg, mss, room, nonagle, most) : nagleAllows(tp, seg, mss, seg.next === null ? nonagle : NAGLE_PUSH) ? 1 : 0;
    if (together === 0) break;
    if (together < 0) {
      cwndLimited = true;
      break;
    }
    if (most === 0 && smallQueueFull(tp, seg.len, 0)) break;
    const left = sendBurst(tp, mss, together);
    sent += together - left;
    if (left > 0 || most !== 0) break;
  }
  if (rwndLimited) chronoStart(tp, CHRONO_RWND_LIMITED);
  else chronoStop(tp, CHRONO_RWND_LIMITED);
  cwndLimited ||= packetsInFlight(tp) >= tp.cwnd;
  if (sent === 0) {
    if (cwndLimited) cwndValidate(tp, true);
    return tp.packetsOut === 0 && tp.writeQueue.head !== null;
  }
  if (tp.caState === "CWR" || tp.caState === "Recovery") tp.prrOut += sent;
  if (most !== 2) scheduleLossProbe(tp, false);
  cwndValidate(tp, cwndLimited);
  return false;
}

/** How many segments of the head's buffer leave now (tcp_mss_split_point); 0 = Nagle says wait, -1 = wait for more room. */
function burstOf(tp: Tcb, seg: TxSeg, mss: number, room: number, nonagle: number, most: 0 | 1 | 2): number {
  const quota = burstQuota(tp, mss, room);
  growBuffer(seg, mss, quota);
  const all = sameBuffer(seg, 1 << 16);
  if (all === 1) return nagleAllows(tp, seg, mss, seg.next === null ? nonagle : NAGLE_PUSH) ? 1 : 0;
  const windowBytes = (wndEnd(tp) - seg.seq) | 0;
  if (most === 0 && shouldDefer(tp, seg, mss, room, windowBytes)) return -1;
  let n = Math.min(all, quota, Math.max(1, Math.ceil(windowBytes / mss)));
  let last = seg;
  for (let i = 1; i < n; i++) last = last.next!;
  // A last piece that is not full goes along only if Nagle and the window let it.
  if (n > 1 && last.len < mss && (after(last.endSeq, wndEnd(tp)) || !nagleAllows(tp, last, mss, last.next === null ? nonagle : NAGLE_PUSH))) n--;
  else if (n > 1 && after(last.endSeq, wndEnd(tp))) n--;
  if (n < all) splitBuffer(tp, seg, n);
  return n;
}

/** Sends `n` segments from the head of the queue; answers how many did not leave. The last of several has PSH set. */
function sendBurst(tp: Tcb, mss: number, n: number): number {
  const stampNs = sendStamp(tp);
  for (let left = n; left > 0; left--) {
    if (sendNew(tp, tp.writeQueue.head!, mss, stampNs, n > 1 && left === 1 ? TCP_PSH : 0) !== undefined) return left;
  }
  return 0;
}

/** tcp_snd_wnd_test: does the peer's window take the first segment of it? */
export function fitsPeerWindow(tp: Tcb, seg: TxSeg, mss: number): boolean {
  const end = seg.len > mss ? seqAdd(seg.seq, mss) : seg.endSeq;
  return !after(end, wndEnd(tp));
}

/** tcp_nagle_test: RFC 9293 §3.7.4 with Minshall's variation: a small segment waits only for another small one. */
function nagleAllows(tp: Tcb, seg: TxSeg, mss: number, nonagle: number): boolean {
  if ((nonagle & NAGLE_PUSH) !== 0 || (seg.flags & TCP_FIN) !== 0 || seg.len >= mss) return true;
  if ((nonagle & NAGLE_CORK) !== 0) return false;
  return nonagle !== 0 || tp.packetsOut === 0 || !(after(tp.sndSml, tp.sndUna) && !after(tp.sndSml, tp.sndNxt));
}

/**
 * When segments leave. Two bursts never leave at the same instant, so that RACK knows which was sent first: on a real machine
 * microseconds lie between them, here a nanosecond does.
 */
export function sendStamp(tp: Tcb): number {
  tp.lastSentNs = Math.max(tp.ns.world.sim.nowNs, tp.lastSentNs + 1);
  return tp.lastSentNs;
}

/** A segment goes for the first time (tcp_transmit_skb and tcp_event_new_data_sent). */
function sendNew(tp: Tcb, seg: TxSeg, mss: number, stampNs: number, moreFlags: number): Errno | undefined {
  if (seg.len > 0) eventDataSent(tp);
  rateSegSent(tp, seg);
  tp.sentOrder.moveToTail(seg);
  seg.sentNs = stampNs;
  const error = transmitSeg(tp, seg, null, moreFlags);
  // No way out, or a rule said no: it still waits, and the probe timer will try again.
  if (error !== undefined) {
    tp.sentOrder.remove(seg);
    seg.sentNs = 0;
    return error;
  }
  newDataSent(tp, seg);
  if (seg.len < mss) tp.sndSml = seg.endSeq;
  return undefined;
}

export function newDataSent(tp: Tcb, seg: TxSeg): void {
  const before = tp.packetsOut;
  tp.sndNxt = seg.endSeq;
  tp.writeQueue.unlink(seg);
  tp.rtxQueue.append(seg);
  tp.packetsOut++;
  if ((seg.flags & TCP_SYN) === 0) tp.ns.mib.tcpExt.TCPOrigDataSent++;
  if (before === 0 || tp.pendingTimer === "lossProbe") rearmRto(tp);
}

/** tcp_event_data_sent: who answers at once is in a conversation. */
export function eventDataSent(tp: Tcb): void {
  const now = tp.ns.world.sim.nowNs;
  if (packetsInFlight(tp) === 0) tp.ca.cwndEvent?.(tp, "txStart");
  tp.lsndTimeNs = now;
  if (now - tp.lrcvTimeNs < tp.atoNs) incPingpong(tp);
}

/** inet_csk_inc_pingpong_cnt. */
function incPingpong(tp: Tcb): void {
  if (tp.ackPingpong < 255) tp.ackPingpong++;
}

/** Segments that go again are no new segments sent. */
function countRetransmit(tp: Tcb, seg: TxSeg): void {
  const { tcp, tcpExt } = tp.ns.mib;
  tcp.RetransSegs++;
  tcp.OutSegs--;
  if ((seg.flags & TCP_SYN) !== 0) tcpExt.TCPSynRetrans++;
}

/** tcp_retransmit_skb: once more; `EAGAIN` when the peer's window does not take it. `why` goes into the trace. */
export function retransmitSeg(tp: Tcb, seg: TxSeg, why: string, moreFlags = 0, stampNs = sendStamp(tp)): Errno | undefined {
  const error = resendSeg(tp, seg, why, moreFlags, stampNs);
  if (error !== undefined) return error;
  if ((seg.sacked & SACKED_RETRANS) === 0) {
    seg.sacked |= SACKED_RETRANS;
    tp.retransOut++;
  }
  seg.sacked |= EVER_RETRANS;
  if (tp.retransStampNs === 0) tp.retransStampNs = tp.ns.world.sim.nowNs;
  if (tp.undoRetrans < 0) tp.undoRetrans = 0;
  tp.undoRetrans++;
  return undefined;
}

/** __tcp_retransmit_skb: sends it again and leaves the scoreboard alone. */
export function resendSeg(tp: Tcb, seg: TxSeg, why: string, moreFlags = 0, stampNs = sendStamp(tp)): Errno | undefined {
  if (before(seg.seq, tp.sndUna) && (seg.flags & TCP_SYN) === 0) trimHead(tp, seg, tp.sndUna);
  const route = skRoute(tp);
  if (typeof route === "string") return "EHOSTUNREACH";
  const mss = currentMss(tp);
  const avail = (wndEnd(tp) - seg.seq) | 0;
  // The peer shrank its window below what is on the way: only the first segment is tried, as a probe.
  if (avail <= 0 && seg.seq !== tp.sndUna) return "EAGAIN";
  const limit = avail > 0 && avail < mss ? avail : mss;
  if (seg.len > limit) fragmentSeg(tp, tp.rtxQueue, seg, limit);
  else if (tp.ns.sock.tcp.sysctl.retransCollapse !== 0) collapseInto(tp, seg, mss);
  tp.totalRetrans++;
  tp.bytesRetrans += seg.len;
  countRetransmit(tp, seg);
  if (seg.len > 0) eventDataSent(tp);
  const error = transmitSeg(tp, seg, (skb) => tellTcp(tp, "tcp.retransmit", skb, why), moreFlags);
  tp.sentOrder.moveToTail(seg);
  seg.sentNs = stampNs;
  seg.sacked |= EVER_RETRANS;
  return error;
}

/** tcp_trim_head: the first part was acknowledged meanwhile. */
export function trimHead(tp: Tcb, seg: TxSeg, una: number): void {
  const bytes = (una - seg.seq) >>> 0;
  tp.wmemQueued -= bytes;
  seg.seq = una;
  seg.at += bytes;
  seg.len -= bytes;
}

/** tcp_retrans_try_collapse: small neighbours that are to be sent again go in one segment. */
function collapseInto(tp: Tcb, seg: TxSeg, mss: number): void {
  if ((seg.flags & TCP_SYN) !== 0 || seg.sacked & SACKED_ACKED) return;
  for (let next = seg.next; next !== null; next = seg.next) {
    if (seg.len + next.len > mss || (next.flags & (TCP_SYN | TCP_FIN)) !== 0 || next.len === 0) return;
    if (next.sacked & (SACKED_ACKED | SACKED_RETRANS) || seg.eor || after(next.endSeq, wndEnd(tp))) return;
    absorb(tp, seg, next);
  }
}

/** tcp_collapse_retrans. */
function absorb(tp: Tcb, seg: TxSeg, next: TxSeg): void {
  const buf = new Uint8Array(seg.len + next.len);
  buf.set(seg.buf.subarray(seg.at, seg.at + seg.len));
  buf.set(next.buf.subarray(next.at, next.at + next.len), seg.len);
  seg.buf = buf;
  seg.at = 0;
  seg.len = buf.length;
  seg.endSeq = next.endSeq;
  seg.flags |= next.flags;
  seg.sacked |= next.sacked & EVER_RETRANS;
  seg.eor = next.eor;
  forget(tp, next, seg);
}

function forget(tp: Tcb, seg: TxSeg, heir: TxSeg): void {
  tp.packetsOut--;
  if ((seg.sacked & 4) !== 0) tp.lostOut--;
  if (tp.highestSack === seg) tp.highestSack = heir;
  if (tp.retransmitHint === seg) tp.retransmitHint = heir;
  if (tp.lostHint === seg) tp.lostHint = heir;
  tp.sentOrder.remove(seg);
  tp.rtxQueue.unlink(seg);
  tp.wmemQueued -= SEG_OVERHEAD;
}

/** tcp_send_fin: on the last segment that still waits, or on one of its own. */
export function sendFin(tp: Tcb): void {
  const tail = tp.writeQueue.tail;
  if (tail !== null) {
    tail.flags |= TCP_FIN;
    tail.endSeq = seqAdd(tail.endSeq, 1);
    tp.writeSeq = seqAdd(tp.writeSeq, 1);
  } else {
    appendToWriteQueue(tp, new TxSeg(tp.writeSeq, TCP_ACK | TCP_FIN, EMPTY, 0, 0, tp.journey));
    tp.writeSeq = seqAdd(tp.writeSeq, 1);
  }
  pushPendingFrames(tp, currentMss(tp), NAGLE_OFF);
}

/** PSH on the last segment (tcp_mark_push). */
export function markPush(tp: Tcb, seg: TxSeg): void {
  seg.flags |= TCP_PSH;
  tp.pushedSeq = tp.writeSeq;
}

/** Half of the largest window was written since the last PSH (forced_push). */
export const forcedPush = (tp: Tcb): boolean => after(tp.writeSeq, seqAdd(tp.pushedSeq, tp.maxWindow >> 1));

