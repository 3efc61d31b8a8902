// From input.ts: an answer to our SYN. Next output.ts with what waits to be sent.
import { JIFFY_NS } from "../../../sim/jiffies.ts";
import { TCP_ACK, TCP_RST, TCP_SYN } from "../../../wire/tcp.ts";
import { drop } from "../../core/trace.ts";
import { FLAG_SLOWPATH } from "./ack-state.ts";
import { storeTsRecent, tcpAck } from "./ack.ts";
import { tcpReset } from "./close.ts";
import { sendCrossedSynAck } from "./connect.ts";
import { sendAck } from "./control.ts";
import { DELACK_MAX_NS, enterQuickack, inPingpong } from "./delack.ts";
import { syncMss } from "./mtu.ts";
import { parseOptions } from "./options.ts";
import { initBufferSpace, initializeRcvMss } from "./rcvbuf.ts";
import { initRecovery } from "./recovery.ts";
import { sendReset } from "./reply.ts";
import type { RxSeg } from "./segment.ts";
import { after, between } from "./seq.ts";
import { setState } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { keepaliveTimeNs, resetXmitTimer, setDelackTimer } from "./timers.ts";
import { timestampOf } from "./transmit.ts";

/** TCP_TIMEOUT_MIN: two jiffies. */
const TIMEOUT_MIN_NS = 2 * JIFFY_NS;

/** tcp_rcv_synsent_state_process (RFC 9293 §3.10.7.3). */
export function synSentRcv(tp: Tcb, seg: RxSeg): void {
  const { rxOpt } = tp;
  const { ns } = tp;
  const saved = rxOpt.mssClamp;
  parseOptions(seg, rxOpt, ns.sock.tcp.sysctl);
  rxOpt.tstampOk = rxOpt.sawTstamp;
  if (rxOpt.sawTstamp && rxOpt.rcvTsecr !== 0) rxOpt.rcvTsecr = (rxOpt.rcvTsecr - tp.tsOffset) >>> 0;
  const hasAck = (seg.flags & TCP_ACK) !== 0;
  if (hasAck) {
    if (!after(seg.ack, tp.sndUna) || after(seg.ack, tp.sndNxt)) return badHandshakeAck(tp, seg, saved, "an acknowledgement of a SYN that was never sent");
    const now = timestampOf({ ns, tsOffset: 0 });
    const sent = Math.floor(tp.retransStampNs / 1e6) >>> 0;
    if (rxOpt.sawTstamp && rxOpt.rcvTsecr !== 0 && !between(rxOpt.rcvTsecr, sent, now)) return badHandshakeAck(tp, seg, saved, "a timestamp that was never sent");
    if ((seg.flags & TCP_RST) !== 0) return tcpReset(tp, seg.skb);
    if ((seg.flags & TCP_SYN) === 0) return lose(tp, seg, saved);
    return finishConnect(tp, seg);
  }
  if ((seg.flags & TCP_RST) !== 0 || (seg.flags & TCP_SYN) === 0) return lose(tp, seg, saved);
  simultaneousOpen(tp, seg);
}

function lose(tp: Tcb, seg: RxSeg, mssClamp: number): void {
  tp.rxOpt.mssClamp = mssClamp;
  drop(tp.ns, seg.skb, "TCP_FLAGS");
}

function badHandshakeAck(tp: Tcb, seg: RxSeg, mssClamp: number, why: string): void {
  tp.rxOpt.mssClamp = mssClamp;
  // Somebody there has a connection of old times; after the reset another SYN may do better, soon.
  if (tp.retransmits === 0) resetXmitTimer(tp, "retrans", TIMEOUT_MIN_NS);
  sendReset(tp.ns, seg, why);
  drop(tp.ns, seg.skb, "TCP_INVALID_ACK");
}

/** What the peer's SYN says of sizes and windows. */
function adoptSyn(tp: Tcb, seg: RxSeg): void {
  const { rxOpt } = tp;
  tp.rcvNxt = (seg.seq + 1) >>> 0;
  tp.rcvWup = tp.rcvNxt;
  tp.sndWnd = seg.window;
  if (!rxOpt.wscaleOk) {
    rxOpt.sndWscale = rxOpt.rcvWscale = 0;
    tp.windowClamp = Math.min(tp.windowClamp, 65535);
  }
  tp.tcpHeaderLen = rxOpt.sawTstamp ? 32 : 20;
  if (rxOpt.sawTstamp) storeTsRecent(tp);
}

/** The SYN-ACK came: the connection stands (tcp_finish_connect). */
function finishConnect(tp: Tcb, seg: RxSeg): void {
  tp.sndWl1 = seg.seq;
  tcpAck(tp, seg, FLAG_SLOWPATH);
  adoptSyn(tp, seg);
  if (tp.rxOpt.tstampOk) tp.advMss -= 12;
  tp.sndWl1 = seg.seq;
  syncMss(tp, tp.pmtuCookie);
  initializeRcvMss(tp);
  tp.copiedSeq = tp.rcvNxt;
  setState(tp, "ESTABLISHED", seg.skb);
  initTransfer(tp);
  tp.lsndTimeNs = tp.ns.world.sim.nowNs;
  tp.lrcvTimeNs = tp.lsndTimeNs;
  if (tp.options.SO_KEEPALIVE) tp.keepTimer.set(keepaliveTimeNs(tp));
  tp.ns.world.free(seg.skb);
  tp.waitQueue.wake();
  if (tp.writeQueue.head !== null || tp.options.TCP_DEFER_ACCEPT > 0 || inPingpong(tp)) return delayFirstAck(tp);
  sendAck(tp);
}

/** Somebody will send data soon; the acknowledgement can ride on it. */
function delayFirstAck(tp: Tcb): void {
  tp.ackScheduled = true;
  tp.lrcvTimeNs = tp.ns.world.sim.nowNs;
  enterQuickack(tp);
  setDelackTimer(tp, DELACK_MAX_NS);
}

/** Both called connect at the same time (RFC 9293 §3.5, figure 7). */
function simultaneousOpen(tp: Tcb, seg: RxSeg): void {
  setState(tp, "SYN_RECV", seg.skb);
  adoptSyn(tp, seg);
  tp.copiedSeq = tp.rcvNxt;
  tp.maxWindow = tp.sndWnd;
  tp.sndWl1 = seg.seq;
  syncMss(tp, tp.pmtuCookie);
  initializeRcvMss(tp);
  sendCrossedSynAck(tp);
  tp.ns.world.free(seg.skb);
}

/** tcp_init_transfer. */
export function initTransfer(tp: Tcb): void {
  initRecovery(tp);
  tp.cwnd = tp.totalRetrans > 1 && tp.undoMarker !== 0 ? 1 : tp.cwnd;
  tp.cwndStampNs = tp.ns.world.sim.nowNs;
  tp.ca.init?.(tp);
  initBufferSpace(tp);
}
