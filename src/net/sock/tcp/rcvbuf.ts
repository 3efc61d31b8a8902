import type { RxSeg } from "./segment.ts";
import type { Tcb } from "./tcb.ts";
import { INIT_CWND } from "./tcb.ts";
import { freeSpace, fullSpace, winFromSpace } from "./window.ts";
import { rxTruesize } from "./receive.ts";

/* How the receive window grows (net/ipv4/tcp_input.c: tcp_grow_window, tcp_rcv_space_adjust, tcp_clamp_window). */

const MSS_DEFAULT = 536;
const MIN_MSS = 88;

/** tcp_initialize_rcv_mss: a guess at the peer's segment size, for delayed acknowledgements. */
export function initializeRcvMss(tp: Tcb): void {
  const hint = Math.min(tp.advMss, tp.mssCache, Math.floor(tp.rcvWnd / 2), MSS_DEFAULT);
  tp.rcvMss = Math.max(hint, MIN_MSS);
}

/** tcp_init_buffer_space. */
export function initBufferSpace(tp: Tcb): void {
  if (!tp.sndBufLocked) sndbufExpand(tp);
  tp.rcvqTimeNs = tp.ns.world.sim.nowNs;
  tp.rcvqSeq = tp.copiedSeq;
  const most = fullSpace(tp);
  const { appWin } = tp.ns.sock.tcp.sysctl;
  if (tp.windowClamp >= most) {
    tp.windowClamp = most;
    if (appWin !== 0 && most > 4 * tp.advMss) tp.windowClamp = Math.max(most - Math.floor(most / 2 ** appWin), 4 * tp.advMss);
  }
  if (appWin !== 0 && tp.windowClamp > 2 * tp.advMss && tp.windowClamp + tp.advMss > most) tp.windowClamp = Math.max(2 * tp.advMss, most - tp.advMss);
  tp.rcvSsthresh = Math.min(tp.rcvSsthresh, tp.windowClamp);
  tp.rcvqSpace = Math.min(tp.rcvSsthresh, tp.rcvWnd, INIT_CWND * tp.advMss);
}

/** Room for headers before the data, shared info behind it, and the sk_buff itself. */
const PER_SEGMENT_EXTRA = 256 + 320;
const SK_BUFF_BYTES = 256;

/** tcp_sndbuf_expand: twice what the congestion window needs. */
export function sndbufExpand(tp: Tcb): void {
  const perMss = 2 ** Math.ceil(Math.log2(Math.max(tp.rxOpt.mssClamp, tp.mssCache) + PER_SEGMENT_EXTRA)) + SK_BUFF_BYTES;
  const segments = Math.max(INIT_CWND, tp.cwnd, tp.reordering + 1);
  const wanted = 2 * segments * perMss;
  if (tp.sndBuf < wanted) tp.sndBuf = Math.min(wanted, tp.ns.sock.tcp.sysctl.wmem[2]!);
}

/** tcp_grow_window: data came in order; the window may open as far as the buffer holds segments of this kind. */
export function growWindow(tp: Tcb, seg: RxSeg): void {
  const room = Math.min(tp.windowClamp, freeSpace(tp)) - tp.rcvSsthresh;
  if (room <= 0) return;
  const truesize = rxTruesize(seg);
  let incr = winFromSpace(tp, truesize) <= seg.len ? 2 * tp.advMss : growBySlack(tp, truesize, seg.len);
  if (incr === 0) return;
  incr = Math.max(incr, 2 * seg.len);
  tp.rcvSsthresh += Math.min(room, incr);
  tp.ackQuick |= 1;
}

/** __tcp_grow_window: small segments waste buffer; the window grows only while half of it would do. */
function growBySlack(tp: Tcb, truesizeBytes: number, len: number): number {
  let truesize = winFromSpace(tp, truesizeBytes) >> 1;
  let window = winFromSpace(tp, tp.ns.sock.tcp.sysctl.rmem[2]!) >> 1;
  while (tp.rcvSsthresh <= window) {
    if (truesize <= len) return 2 * tp.rcvMss;
    truesize >>= 1;
    window >>= 1;
  }
  return 0;
}

/** tcp_measure_rcv_mss: the largest segment seen, for delayed acknowledgements; and what share of memory is payload. */
export function measureRcvMss(tp: Tcb, seg: RxSeg): void {
  const { len } = seg;
  const last = tp.lastSegSize;
  tp.lastSegSize = 0;
  if (len >= tp.rcvMss) {
    if (len !== tp.rcvMss) learnScalingRatio(tp, seg);
    tp.rcvMss = Math.min(len, tp.advMss);
    if (len > tp.rcvMss + 536) tp.ackPushed = true;
    return;
  }
  const withHeader = seg.skb.end - seg.skb.start;
  if (withHeader >= MSS_DEFAULT + 20 || (withHeader >= MIN_MSS + 20 && (seg.flags & 0x08) === 0 && seg.skb.length > 0)) {
    const payload = withHeader - tp.tcpHeaderLen;
    tp.lastSegSize = payload;
    if (payload === last) {
      tp.rcvMss = payload;
      return;
    }
  }
  if (tp.ackPushed) tp.ackPushed2 = true;
  tp.ackPushed = true;
}

function learnScalingRatio(tp: Tcb, seg: RxSeg): void {
  const ratio = Math.max(1, Math.floor((seg.len * 256) / rxTruesize(seg)));
  if (ratio === tp.scalingRatio) return;
  tp.scalingRatio = ratio;
  setWindowClamp(tp, fullSpace(tp));
  tp.rcvqSpace = Math.min(tp.rcvqSpace, tp.windowClamp);
}

/** tcp_rcv_rtt_measure: without timestamps, a window full of data is a round trip. */
export function rcvRttMeasure(tp: Tcb): void {
  const now = tp.ns.world.sim.nowNs;
  if (tp.rcvRttTimeNs !== 0) {
    if (((tp.rcvNxt - tp.rcvRttSeq) | 0) < 0) return;
    rcvRttUpdate(tp, Math.max(1, Math.floor((now - tp.rcvRttTimeNs) / 1000)), true);
  }
  tp.rcvRttSeq = (tp.rcvNxt + tp.rcvWnd) >>> 0;
  tp.rcvRttTimeNs = now;
}

/** tcp_rcv_rtt_update: eight times the mean, or the least of window-wise samples. */
export function rcvRttUpdate(tp: Tcb, sampleUs: number, winDep: boolean): void {
  if (tp.rcvRttUs === 0) {
    tp.rcvRttUs = sampleUs * 8;
    return;
  }
  if (winDep) tp.rcvRttUs = Math.min(tp.rcvRttUs, sampleUs * 8);
  else tp.rcvRttUs += sampleUs - Math.floor(tp.rcvRttUs / 8);
}

/** tcp_rcv_rtt_measure_ts: the peer echoes our timestamp with a full segment. */
export function rcvRttMeasureTs(tp: Tcb, seg: RxSeg): void {
  const { rxOpt } = tp;
  if (!rxOpt.sawTstamp || rxOpt.rcvTsecr === 0 || rxOpt.rcvTsecr === tp.rcvRttLastTsecr || seg.len < tp.rcvMss) return;
  tp.rcvRttLastTsecr = rxOpt.rcvTsecr;
  const nowMs = Math.floor(tp.ns.world.sim.nowNs / 1e6) >>> 0;
  const deltaMs = (nowMs - rxOpt.rcvTsecr) >>> 0;
  if (deltaMs > 0x7fffffff) return;
  rcvRttUpdate(tp, Math.max(1, deltaMs) * 1000, false);
}

/** tcp_rcv_space_adjust: the program reads this much a round trip; the buffer should hold twice that. */
export function rcvSpaceAdjust(tp: Tcb): void {
  const now = tp.ns.world.sim.nowNs;
  if (tp.rcvRttUs === 0 || now - tp.rcvqTimeNs < (tp.rcvRttUs / 8) * 1000) return;
  const copied = (tp.copiedSeq - tp.rcvqSeq) >>> 0;
  if (copied > tp.rcvqSpace) rcvbufGrow(tp, copied);
  tp.rcvqSeq = tp.copiedSeq;
  tp.rcvqTimeNs = now;
}

/** tcp_rcvbuf_grow: one round trip late, so twice; and room for a sender that doubles its rate. */
function rcvbufGrow(tp: Tcb, copied: number): void {
  const { sysctl } = tp.ns.sock.tcp;
  const before = tp.rcvqSpace;
  tp.rcvqSpace = copied;
  if (sysctl.moderateRcvbuf === 0 || tp.rcvBufLocked) return;
  let window = 2 * copied;
  window += 2 * Math.floor((window * (copied - before)) / before);
  const last = tp.ofoQueue[tp.ofoQueue.length - 1];
  if (last !== undefined) window += (last.endSeq - tp.rcvNxt) >>> 0;
  const rcvbuf = Math.min(Math.floor((window * 256) / tp.scalingRatio), sysctl.rmem[2]!);
  if (rcvbuf <= tp.rcvBuf) return;
  tp.rcvBuf = rcvbuf;
  tp.windowClamp = winFromSpace(tp, rcvbuf);
}

const SOCK_MIN_RCVBUF = 2304;

/** tcp_set_window_clamp: a larger clamp lets the window go on from what was offered, a smaller one cuts it. */
export function setWindowClamp(tp: Tcb, bytes: number): void {
  const clamp = Math.max(SOCK_MIN_RCVBUF / 2, bytes);
  if (clamp === tp.windowClamp) return;
  if (clamp < tp.windowClamp) tp.rcvSsthresh = Math.min(tp.rcvSsthresh, clamp);
  else tp.rcvSsthresh = Math.max(tp.rcvSsthresh, Math.min(tp.rcvWnd, clamp));
  tp.windowClamp = clamp;
}
