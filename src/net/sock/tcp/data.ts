// From input.ts: a segment with bytes or FIN. Next the receive queue, and whoever sleeps on the socket.
import { TCP_FIN } from "../../../wire/tcp.ts";
import { drop, trace } from "../../core/trace.ts";
import { sendAck } from "./control.ts";
import { ATO_MIN_NS, enterQuickack, incrQuickack } from "./delack.ts";
import { timeWait, TIMEWAIT_NS } from "./minisock.ts";
import { dsackSet, ofoQueue, queueOfo } from "./ofo.ts";
import { growWindow, measureRcvMss, rcvRttMeasure } from "./rcvbuf.ts";
import { charge } from "./receive.ts";
import type { RxSeg } from "./segment.ts";
import { after, before } from "./seq.ts";
import { setState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { receiveWindow } from "./window.ts";

/* tcp_data_queue and tcp_fin (net/ipv4/tcp_input.c, RFC 9293 §3.10.7.4 seventh and eighth). */

/** tcp_data_queue. Takes the segment. */
export function dataQueue(tp: Tcb, seg: RxSeg): void {
  const { ns } = tp;
  if (seg.seq === seg.endSeq) return ns.world.free(seg.skb);
  if (seg.seq === tp.rcvNxt) return inOrder(tp, seg);
  if (!after(seg.endSeq, tp.rcvNxt)) {
    dsackSet(tp, seg.seq, seg.endSeq);
    return unusable(tp, seg, "TCP_OLD_DATA");
  }
  if (!before(seg.seq, (tp.rcvNxt + receiveWindow(tp)) >>> 0)) return unusable(tp, seg, "TCP_OVERWINDOW");
  if (before(seg.seq, tp.rcvNxt)) {
    dsackSet(tp, seg.seq, tp.rcvNxt);
    if (receiveWindow(tp) === 0) return unusable(tp, seg, "TCP_ZEROWINDOW");
    return accept(tp, seg);
  }
  queueOfo(tp, seg);
}

function inOrder(tp: Tcb, seg: RxSeg): void {
  if (receiveWindow(tp) === 0 && !(seg.len === 0 && (seg.flags & TCP_FIN) !== 0)) return unusable(tp, seg, "TCP_ZEROWINDOW");
  // Beyond every bound: memory, not window, is short.
  if (tp.rmemAlloc > 0 && tp.rmemAlloc + seg.len > 2 * tp.rcvBuf) return unusable(tp, seg, "PROTO_MEM");
  accept(tp, seg);
}

/** Old, or more than was offered: an acknowledgement at once tells what is expected. */
function unusable(tp: Tcb, seg: RxSeg, reason: "TCP_OLD_DATA" | "TCP_OVERWINDOW" | "TCP_ZEROWINDOW" | "PROTO_MEM"): void {
  enterQuickack(tp);
  tp.ackScheduled = true;
  tp.ackNow = true;
  drop(tp.ns, seg.skb, reason);
}

/** Bytes in order: to the receive queue, and what waited behind them too. */
function accept(tp: Tcb, seg: RxSeg): void {
  const fin = (seg.flags & TCP_FIN) !== 0;
  if (before(seg.seq, tp.rcvNxt)) trimFront(tp, seg);
  queueRcv(tp, seg);
  if (seg.len > 0) eventDataRecv(tp, seg);
  if (fin) tcpFin(tp, seg);
  if (tp.ofoQueue.length > 0) {
    ofoQueue(tp, tcpFin);
    // RFC 5681 §4.2: a hole that closes is acknowledged at once.
    if (tp.ofoQueue.length === 0) tp.ackNow = true;
  }
  if (tp.orphan && tp.state === "CLOSE") return;
  tp.waitQueue.wake();
}

/** The first part was received before. */
export function trimFront(tp: Tcb, seg: RxSeg): void {
  const old = (tp.rcvNxt - seg.seq) >>> 0;
  seg.seq = tp.rcvNxt;
  seg.at += old;
  seg.len -= old;
}

/** tcp_queue_rcv. */
export function queueRcv(tp: Tcb, seg: RxSeg): void {
  tp.bytesReceived += seg.len;
  tp.rcvNxt = seg.endSeq;
  charge(tp, seg, tp.rcvHead < tp.rcvQueue.length ? tp.rcvQueue[tp.rcvQueue.length - 1] : undefined);
  tp.rcvQueue.push(seg);
  if (seg.skb.journey !== 0) tp.journey = seg.skb.journey;
  if (tp.ns.world.trace !== null && seg.len > 0) {
    trace(tp.ns, "app.recv", seg.skb.dev?.name ?? "", seg.skb, { note: `TCP port ${tp.port}, ${seg.len} bytes`, conn: tp.conn, snapBytes: 2048 });
  }
}

/** tcp_event_data_recv: how fast the peer sends decides how long an acknowledgement may wait. */
function eventDataRecv(tp: Tcb, seg: RxSeg): void {
  const now = tp.ns.world.sim.nowNs;
  tp.ackScheduled = true;
  measureRcvMss(tp, seg);
  rcvRttMeasure(tp);
  if (tp.atoNs === 0) {
    incrQuickack(tp, 16);
    tp.atoNs = ATO_MIN_NS;
  } else {
    const gap = now - tp.lrcvTimeNs;
    if (gap <= ATO_MIN_NS / 2) tp.atoNs = Math.floor(tp.atoNs / 2) + ATO_MIN_NS / 2;
    else if (gap < tp.atoNs) tp.atoNs = Math.min(Math.floor(tp.atoNs / 2) + gap, tp.rtoNs);
    else if (gap > tp.rtoNs) incrQuickack(tp, 16);
  }
  tp.lrcvTimeNs = now;
  if (seg.len >= 128) growWindow(tp, seg);
}

/** tcp_fin: the peer has no more to send. */
export function tcpFin(tp: Tcb, seg: RxSeg): void {
  tp.ackScheduled = true;
  tp.rcvShutdown = true;
  tp.finReceived = true;
  switch (tp.state) {
    case "SYN_RECV": case "ESTABLISHED":
      setState(tp, "CLOSE_WAIT", seg.skb);
      tp.ackPingpong = tp.ns.sock.tcp.sysctl.pingpongThresh;
      break;
    case "FIN_WAIT1":
      // Both at once: our FIN is not acknowledged yet.
      sendAck(tp);
      setState(tp, "CLOSING", seg.skb);
      break;
    case "FIN_WAIT2":
      sendAck(tp);
      timeWait(tp, "TIME_WAIT", TIMEWAIT_NS, seg.skb);
      break;
    default:
      break;
  }
}

