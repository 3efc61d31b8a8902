// From tcp-sock.ts (a program wrote), input.ts (an acknowledgement made room), timer.ts. Next transmit.ts.
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_SYN } from "../../../wire/tcp.ts";
import type { Errno } from "../../uapi/errno.ts";
import { cwndValidate } from "./congestion.ts";
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
  for (let seg = tp.writeQueue.head; seg !== null; seg = tp.writeQueue.head) {
    const room = tp.cwnd - packetsInFlight(tp);
    if (room <= 0 && most !== 2) {
      cwndLimited = true;
      break;
    }
    if (!fitsPeerWindow(tp, seg, mss) || !nagleAllows(tp, seg, mss, seg.next === null ? nonagle : NAGLE_PUSH)) break;
    if (seg.len > mss) fragmentSeg(tp, tp.writeQueue, seg, mss);
    if (most === 0 && smallQueueFull(tp, seg.len, 0)) break;
    if (sendNew(tp, seg, mss) !== undefined) break;
    sent++;
    if (most !== 0) break;
  }
  if (sent === 0) return tp.packetsOut === 0 && tp.writeQueue.head !== null;
  if (tp.caState === "CWR" || tp.caState === "Recovery") tp.prrOut += sent;
  if (most !== 2) scheduleLossProbe(tp, false);
  cwndValidate(tp, cwndLimited || packetsInFlight(tp) >= tp.cwnd);
  return false;
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
 * When a segment leaves. Two never leave at the same instant, so that RACK knows which was sent first: on a real machine
 * microseconds lie between them, here a nanosecond does.
 */
function sendStamp(tp: Tcb): number {
  tp.lastSentNs = Math.max(tp.ns.world.sim.nowNs, tp.lastSentNs + 1);
  return tp.lastSentNs;
}

/** A segment goes for the first time (tcp_transmit_skb and tcp_event_new_data_sent). */
function sendNew(tp: Tcb, seg: TxSeg, mss: number): Errno | undefined {
  if (seg.len > 0) eventDataSent(tp);
  rateSegSent(tp, seg);
  tp.sentOrder.moveToTail(seg);
  seg.sentNs = sendStamp(tp);
  const error = transmitSeg(tp, seg);
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
  tp.ns.mib.tcpExt.TCPOrigDataSent++;
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
export function retransmitSeg(tp: Tcb, seg: TxSeg, why: string): Errno | undefined {
  const error = resendSeg(tp, seg, why);
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
export function resendSeg(tp: Tcb, seg: TxSeg, why: string): Errno | undefined {
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
  const error = transmitSeg(tp, seg, (skb) => tellTcp(tp, "tcp.retransmit", skb, why));
  tp.sentOrder.moveToTail(seg);
  seg.sentNs = sendStamp(tp);
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

