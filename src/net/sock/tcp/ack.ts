// From input.ts: the acknowledgement in a segment. Next recovery.ts and congestion.ts, then output.ts.
import { TCP_SYN } from "../../../wire/tcp.ts";
import {
  AckState, FLAG_ACKED, FLAG_ACK_MAYBE_DELAYED, FLAG_CA_ALERT, FLAG_DATA, FLAG_DATA_ACKED, FLAG_DSACKING_ACK, FLAG_NOT_DUP, FLAG_NO_CHALLENGE_ACK,
  FLAG_ORIG_SACK_ACKED, FLAG_RETRANS_DATA_ACKED, FLAG_SACK_RENEGING, FLAG_SET_XMIT_TIMER, FLAG_SND_UNA_ADVANCED, FLAG_SYN_ACKED,
  FLAG_UPDATE_TS_RECENT, FLAG_WIN_UPDATE,
} from "./ack-state.ts";
import { CHRONO_BUSY, CHRONO_SNDBUF_LIMITED, chronoStop } from "./chrono.ts";
import { sendChallengeAck } from "./challenge.ts";
import { wndEnd } from "./output.ts";
import { cwndRestartIfIdle } from "./congestion.ts";
import { congControl } from "./prr.ts";
import { rackAdvance, rackUpdateReoWnd } from "./rack.ts";
import { rateGen, rateSegDelivered } from "./rate.ts";
import { fastretransAlert } from "./recovery.ts";
import { removeRenoSacks, updateReordering } from "./reordering.ts";
import { xmitRecovery } from "./retransmit.ts";
import { processTlpAck, scheduleLossProbe } from "./tlp.ts";
import { ackUpdateRtt } from "./rtt.ts";
import { sacktagWriteQueue } from "./sack.ts";
import type { RxSeg } from "./segment.ts";
import { after, before } from "./seq.ts";
import { sndbufExpand } from "./rcvbuf.ts";
import { syncMss } from "./mtu.ts";
import type { Tcb } from "./tcb.ts";
import { clearXmitTimer, probe0When, rearmRto, resetXmitTimer, rtoMaxNs } from "./timers.ts";
import { RETRANS_MASK, SACKED_ACKED, SACKED_LOST, SACKED_RETRANS, type TxSeg } from "./tx-queue.ts";
import { echoBefore } from "./undo.ts";
import { releaseSeg, streamWritable } from "./write-queue.ts";

/* tcp_ack (net/ipv4/tcp_input.c, RFC 9293 §3.10.7.4). */

/** `1` = fine, `0` = old, negative = nonsense that may have been answered with a challenge. */
export type AckVerdict = 1 | 0 | "tooOld" | "unsent";

export function tcpAck(tp: Tcb, seg: RxSeg, flags: number): AckVerdict {
  const { ack } = seg;
  if (before(ack, tp.sndUna)) return oldAck(tp, seg, flags);
  if (after(ack, tp.sndNxt)) return "unsent";
  const st = new AckState(tp, seg, flags);
  if (after(ack, tp.sndUna)) {
    st.flag |= FLAG_SND_UNA_ADVANCED;
    tp.retransmits = 0;
  }
  if ((flags & FLAG_UPDATE_TS_RECENT) !== 0) replaceTsRecent(tp, seg);
  if (seg.len > 0 || seg.endSeq !== seg.seq) st.flag |= FLAG_DATA;
  updateWindow(tp, seg, st);
  if (tp.rxOpt.sack.length > 0) sacktagWriteQueue(tp, st);
  tp.softError = null;
  tp.probesOut = 0;
  tp.rcvTstampNs = tp.ns.world.sim.nowNs;
  if (st.priorPackets === 0) {
    if ((st.flag & FLAG_DSACKING_ACK) !== 0) fastretransAlert(tp, st, 0);
    ackProbe(tp);
  } else {
    cleanRtxQueue(tp, st);
    rackUpdateReoWnd(tp, st);
  }
  if (tp.tlpHighSeq !== 0) processTlpAck(tp, ack, st);
  if (st.priorPackets === 0) return 1;
  react(tp, st);
  return 1;
}

/** What follows from an acknowledgement of something that was on the way. */
function react(tp: Tcb, st: AckState): void {
  if (isDubious(tp, st)) fastretransAlert(tp, st, (st.flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DSACKING_ACK)) === 0 ? 1 : 0);
  if ((st.flag & FLAG_SET_XMIT_TIMER) !== 0) setXmitTimer(tp);
  rateGen(tp, st);
  tp.ns.mib.tcpExt.TCPDelivered += tp.delivered - st.priorDelivered;
  congControl(tp, st.seg.ack, tp.delivered - st.priorDelivered, st);
  xmitRecovery(tp, st);
}

/** tcp_ack_is_dubious. */
const isDubious = (tp: Tcb, st: AckState): boolean =>
  (st.flag & FLAG_NOT_DUP) === 0 || (st.flag & FLAG_CA_ALERT) !== 0 || tp.caState !== "Open";

/** Acknowledges less than is known already: SACK blocks may still be news; far too old is suspicious (RFC 5961 §5.2). */
function oldAck(tp: Tcb, seg: RxSeg, flags: number): AckVerdict {
  const oldest = (tp.sndUna - Math.min(tp.maxWindow, tp.bytesAcked)) >>> 0;
  if (before(seg.ack, oldest)) {
    if ((flags & FLAG_NO_CHALLENGE_ACK) === 0) sendChallengeAck(tp);
    return "tooOld";
  }
  if (tp.rxOpt.sack.length > 0) {
    const st = new AckState(tp, seg, flags);
    sacktagWriteQueue(tp, st);
    fastretransAlert(tp, st, 0);
    xmitRecovery(tp, st);
  }
  return 0;
}

/** tcp_replace_ts_recent: RFC 7323 §4.3. */
function replaceTsRecent(tp: Tcb, seg: RxSeg): void {
  const { rxOpt } = tp;
  if (!rxOpt.sawTstamp || after(seg.seq, tp.rcvWup)) return;
  const stale = ((rxOpt.tsRecent - rxOpt.rcvTsval) | 0) > 0;
  if (stale) return;
  storeTsRecent(tp);
}

export function storeTsRecent(tp: Tcb): void {
  tp.rxOpt.tsRecent = tp.rxOpt.rcvTsval;
  tp.rxOpt.tsRecentStampNs = tp.ns.world.sim.nowNs;
}

/** tcp_ack_update_window, with tcp_snd_una_update (RFC 9293 §3.10.7.4: SND.WL1, SND.WL2). */
function updateWindow(tp: Tcb, seg: RxSeg, st: AckState): void {
  const window = (seg.flags & TCP_SYN) !== 0 ? seg.window : seg.window * 2 ** tp.rxOpt.sndWscale;
  const newer = after(seg.ack, tp.sndUna) || after(seg.seq, tp.sndWl1) || (seg.seq === tp.sndWl1 && (window > tp.sndWnd || window === 0));
  if (newer) {
    st.flag |= FLAG_WIN_UPDATE;
    tp.sndWl1 = seg.seq;
    if (window !== tp.sndWnd) {
      tp.sndWnd = window;
      if (tp.writeQueue.head !== null) cwndRestartIfIdle(tp);
      if (window > tp.maxWindow) {
        tp.maxWindow = window;
        syncMss(tp, tp.pmtuCookie);
      }
    }
  }
  tp.bytesAcked += (seg.ack - tp.sndUna) >>> 0;
  tp.sndUna = seg.ack;
}

/** tcp_ack_probe: the window opened, or is still shut. */
function ackProbe(tp: Tcb): void {
  const head = tp.writeQueue.head;
  if (head === null) return;
  if (!after(head.endSeq, wndEnd(tp))) {
    tp.backoff = 0;
    tp.probesTstampNs = 0;
    if (tp.pendingTimer === "probe0") clearXmitTimer(tp);
  } else resetXmitTimer(tp, "probe0", probe0When(tp, rtoMaxNs(tp)));
}

/** tcp_set_xmit_timer: a probe of the tail if that comes earlier. */
function setXmitTimer(tp: Tcb): void {
  if (!scheduleLossProbe(tp, true)) rearmRto(tp);
}

/** When the first and the last segment that was sent once, and is acknowledged now, left; 0 = none. */
interface AckedTimes {
  firstNs: number;
  lastNs: number;
  pktsAcked: number;
}

/** tcp_clean_rtx_queue: takes what is acknowledged off the retransmit queue and measures the round trip. */
function cleanRtxQueue(tp: Tcb, st: AckState): void {
  const times: AckedTimes = { firstNs: 0, lastNs: 0, pktsAcked: 0 };
  const priorSacked = tp.sackedOut;
  // A segment of which only a part is acknowledged stays as it is; what is sent again of it will be the rest.
  for (let seg = tp.rtxQueue.head; seg !== null && !after(seg.endSeq, tp.sndUna); seg = tp.rtxQueue.head) {
    countAcked(tp, st, seg, times);
    dropAcked(tp, seg);
  }
  if (tp.rtxQueue.head !== null && (tp.rtxQueue.head.sacked & SACKED_ACKED) !== 0) st.flag |= FLAG_SACK_RENEGING;
  const fresh = times.firstNs !== 0 && (st.flag & FLAG_RETRANS_DATA_ACKED) === 0;
  // A lone runt: the peer has probably waited with its acknowledgement.
  const runt = times.pktsAcked === 1 && priorSacked === 0 && (tp.sndUna - st.priorSndUna) >>> 0 < tp.mssCache;
  if (fresh && runt && st.ratePriorDelivered + 1 === tp.delivered && (st.flag & (FLAG_CA_ALERT | FLAG_SYN_ACKED)) === 0) st.flag |= FLAG_ACK_MAYBE_DELAYED;
  measure(tp, st, fresh ? times : { firstNs: 0, lastNs: 0, pktsAcked: times.pktsAcked });
}

/** One segment that is acknowledged: out of the counters, into the samples. */
function countAcked(tp: Tcb, st: AckState, seg: TxSeg, times: AckedTimes): void {
  const { sacked } = seg;
  if ((sacked & RETRANS_MASK) !== 0) {
    if ((sacked & SACKED_RETRANS) !== 0) tp.retransOut--;
    st.flag |= FLAG_RETRANS_DATA_ACKED;
  } else if ((sacked & SACKED_ACKED) === 0) {
    times.lastNs = seg.sentNs;
    if (times.firstNs === 0) times.firstNs = seg.sentNs;
    if (before(seg.seq, st.reord)) st.reord = seg.seq;
    if (!after(seg.endSeq, tp.highSeq)) st.flag |= FLAG_ORIG_SACK_ACKED;
  }
  if ((sacked & SACKED_ACKED) !== 0) tp.sackedOut--;
  else if (tp.rxOpt.sackOk) {
    tp.delivered++;
    if ((sacked & RETRANS_MASK) === 0 || !echoBefore(tp, seg.sentNs)) rackAdvance(tp, sacked, seg.endSeq, seg.sentNs);
  }
  if ((sacked & SACKED_LOST) !== 0) tp.lostOut--;
  tp.packetsOut--;
  times.pktsAcked++;
  rateSegDelivered(tp, seg, st);
  if ((seg.flags & TCP_SYN) === 0) st.flag |= FLAG_DATA_ACKED;
  else {
    st.flag |= FLAG_SYN_ACKED;
    tp.retransStampNs = 0;
  }
}

/** Second half of tcp_clean_rtx_queue: round trip, timer, reordering, and the congestion algorithm hears of it. */
function measure(tp: Tcb, st: AckState, times: AckedTimes): void {
  const now = tp.ns.world.sim.nowNs;
  const us = (fromNs: number): number => (fromNs === 0 ? -1 : Math.floor((now - fromNs) / 1000));
  const sackRttUs = us(st.firstSackNs);
  const caRttUs = us(st.lastSackNs !== 0 ? st.lastSackNs : times.lastNs);
  const updated = ackUpdateRtt(tp, st.flag, us(times.firstNs), sackRttUs, caRttUs, st);
  const head = tp.rtxQueue.head;
  if ((st.flag & FLAG_ACKED) !== 0) {
    st.flag |= FLAG_SET_XMIT_TIMER;
    if (!tp.rxOpt.sackOk) {
      removeRenoSacks(tp, times.pktsAcked);
      if ((st.flag & FLAG_RETRANS_DATA_ACKED) !== 0) st.flag &= ~FLAG_ORIG_SACK_ACKED;
    } else if (before(st.reord, st.priorFack)) updateReordering(tp, st.reord);
  } else if (head !== null && updated && sackRttUs >= 0 && sackRttUs > us(head.sentNs)) st.flag |= FLAG_SET_XMIT_TIMER;
  const inFlight = tp.mssCache * (tp.delivered - st.ratePriorDelivered);
  tp.ca.pktsAcked?.(tp, { pktsAcked: times.pktsAcked, rttUs: st.rateRttUs, inFlight });
}

/** tcp_rtx_queue_unlink_and_free; hints that point to it are forgotten. */
function dropAcked(tp: Tcb, seg: TxSeg): void {
  if (tp.highestSack === seg) tp.highestSack = seg.next;
  if (tp.retransmitHint === seg) tp.retransmitHint = null;
  if (tp.lostHint === seg) tp.lostHint = null;
  tp.sentOrder.remove(seg);
  tp.rtxQueue.unlink(seg);
  releaseSeg(tp, seg);
  if (tp.rtxQueue.head === null) chronoStop(tp, CHRONO_BUSY);
}

/** tcp_check_space: acknowledged data made room: a writer that waits may go on. */
export function checkSpace(tp: Tcb): void {
  if (!tp.noSpace) return;
  if (shouldExpandSndbuf(tp)) {
    sndbufExpand(tp);
    tp.cwndStampNs = tp.ns.world.sim.nowNs;
  }
  if (!streamWritable(tp)) return;
  tp.noSpace = false;
  chronoStop(tp, CHRONO_SNDBUF_LIMITED);
  tp.waitQueue.wake();
}

const shouldExpandSndbuf = (tp: Tcb): boolean => !tp.sndBufLocked && tp.packetsOut - tp.sackedOut - tp.lostOut + tp.retransOut < tp.cwnd;

