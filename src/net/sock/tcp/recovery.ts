// From ack.ts: an acknowledgement that is not plain progress; timer.ts: a timeout. Next retransmit.ts, prr.ts, undo.ts.
import {
  type AckState, FLAG_DATA_SACKED, FLAG_LOST_RETRANS, FLAG_ORIG_SACK_ACKED, FLAG_SACK_RENEGING, FLAG_SET_XMIT_TIMER, FLAG_SND_UNA_ADVANCED,
} from "./ack-state.ts";
import { currentSsthresh, inCwndReduction, initialCwnd, setCaState, updatePacingRate } from "./congestion.ts";
import { packetsInFlight, wndEnd } from "./output.ts";
import { endCwndReduction, initCwndReduction } from "./prr.ts";
import { rackMarkLost, rackTimeoutUs } from "./rack.ts";
import { addRenoSack } from "./reordering.ts";
import { initMetrics } from "./rtt.ts";
import { markSegLost } from "./retransmit.ts";
import { after, before } from "./seq.ts";
import type { Tcb } from "./tcb.ts";
import { resetXmitTimer } from "./timers.ts";
import { SACKED_ACKED, SACKED_LOST } from "./tx-queue.ts";
import { anyRetransDone, initUndo, tryKeepOpen, tryUndoDsack, tryUndoLoss, tryUndoPartial, tryUndoRecovery } from "./undo.ts";

/*
 * The state machine of loss recovery (tcp_fastretrans_alert):
 *
 *   Open ── duplicates or SACK ──> Disorder ── a loss is evident ──> Recovery ── all acknowledged ──> Open
 *     └──────────── retransmission timeout ────────────> Loss ── all acknowledged, or undone ─────────┘
 */

/** The handshake is over: what the connection begins with (tcp_init_metrics, tcp_init_cwnd). */
export function initRecovery(tp: Tcb): void {
  tp.reordering = tp.ns.sock.tcp.sysctl.reordering;
  tp.cwnd = initialCwnd(tp);
  initMetrics(tp);
  updatePacingRate(tp);
}

const lowState = (tp: Tcb): boolean => tp.caState === "Open" || tp.caState === "Disorder";

export function fastretransAlert(tp: Tcb, st: AckState, dupacks: number): void {
  if (tp.packetsOut === 0) tp.sackedOut = 0;
  if (checkReneging(tp, st)) return;
  if (tp.caState === "Open") tp.retransStampNs = 0;
  else if (!before(tp.sndUna, tp.highSeq) && leaveState(tp)) return;
  const { flag } = st;
  const advanced = (flag & FLAG_SND_UNA_ADVANCED) !== 0;
  if (tp.caState === "Recovery") {
    if (!advanced) {
      if (!tp.rxOpt.sackOk) addRenoSack(tp, dupacks);
    } else if (tryUndoPartial(tp, st.priorSndUna)) return;
    if (tryUndoDsack(tp)) tryToOpen(tp);
    identifyLoss(tp, st);
    if (tp.caState !== "Recovery") {
      if (tp.lostOut === 0) return;
      enterRecovery(tp);
    }
  } else if (tp.caState !== "Loss" || !stillInLoss(tp, st, dupacks)) {
    if (!orderOrRecover(tp, st, dupacks, advanced)) return;
  } else return;
  st.rexmit = 1;
}

/** Everything that was on the way when the state began is acknowledged. True = the alert ends here. */
function leaveState(tp: Tcb): boolean {
  if (tp.caState === "CWR" && tp.sndUna !== tp.highSeq) {
    endCwndReduction(tp);
    setCaState(tp, "Open");
  } else if (tp.caState === "Recovery") {
    if (!tp.rxOpt.sackOk) tp.sackedOut = 0;
    if (tryUndoRecovery(tp)) return true;
    endCwndReduction(tp);
  }
  return false;
}

/** Open, Disorder and CWR: true = recovery begins. */
function orderOrRecover(tp: Tcb, st: AckState, dupacks: number, advanced: boolean): boolean {
  if (!tp.rxOpt.sackOk) {
    if (advanced) tp.sackedOut = 0;
    addRenoSack(tp, dupacks);
  }
  if (lowState(tp)) tryUndoDsack(tp);
  identifyLoss(tp, st);
  if (tp.lostOut === 0) {
    tryToOpen(tp);
    return false;
  }
  enterRecovery(tp);
  return true;
}

/** True = nothing changed that would have to be looked at as in Open state. */
function stillInLoss(tp: Tcb, st: AckState, dupacks: number): boolean {
  processLoss(tp, st, dupacks);
  identifyLoss(tp, st);
  return tp.caState !== "Open" && (st.flag & FLAG_LOST_RETRANS) === 0;
}

/** tcp_try_to_open. */
function tryToOpen(tp: Tcb): void {
  if (!anyRetransDone(tp)) tp.retransStampNs = 0;
  if (tp.caState !== "CWR") tryKeepOpen(tp);
}

/** tcp_enter_recovery. */
export function enterRecovery(tp: Tcb): void {
  if (tp.rxOpt.sackOk) tp.ns.mib.tcpExt.TCPSackRecovery++;
  else tp.ns.mib.tcpExt.TCPRenoRecovery++;
  if (!anyRetransDone(tp)) tp.retransStampNs = 0;
  tp.priorSsthresh = 0;
  initUndo(tp);
  if (!inCwndReduction(tp)) {
    tp.priorSsthresh = currentSsthresh(tp);
    initCwndReduction(tp);
  }
  setCaState(tp, "Recovery");
}

/** tcp_identify_packet_loss: by time with SACK (RACK), by counting duplicates without (NewReno). */
function identifyLoss(tp: Tcb, st: AckState): void {
  if (tp.rtxQueue.head === null) return;
  if (!tp.rxOpt.sackOk) return newRenoMarkLost(tp, (st.flag & FLAG_SND_UNA_ADVANCED) !== 0);
  const prior = tp.retransOut;
  if (rackMarkLost(tp)) st.flag &= ~FLAG_SET_XMIT_TIMER;
  if (prior > tp.retransOut) st.flag |= FLAG_LOST_RETRANS;
}

function newRenoMarkLost(tp: Tcb, advanced: boolean): void {
  const head = tp.rtxQueue.head!;
  const evident = tp.caState === "Recovery" ? advanced : tp.caState !== "Loss" && tp.sackedOut >= tp.reordering;
  if (evident && (head.sacked & SACKED_LOST) === 0) markSegLost(tp, head);
}

/** The peer has thrown away what it had SACKed: a timeout soon, and all is sent again (tcp_check_sack_reneging). */
function checkReneging(tp: Tcb, st: AckState): boolean {
  if ((st.flag & FLAG_SACK_RENEGING) === 0 || (st.flag & FLAG_SND_UNA_ADVANCED) === 0) return false;
  resetXmitTimer(tp, "retrans", Math.max((tp.srttUs >>> 4) * 1000, 10_000_000));
  st.flag &= ~FLAG_SET_XMIT_TIMER;
  return true;
}

/** tcp_process_loss: after a timeout, with F-RTO (RFC 5682): were the segments lost at all, or the acknowledgements late? */
function processLoss(tp: Tcb, st: AckState, dupacks: number): void {
  const { flag } = st;
  const recovered = !before(tp.sndUna, tp.highSeq);
  const advanced = (flag & FLAG_SND_UNA_ADVANCED) !== 0;
  if (advanced && tryUndoLoss(tp, false)) return;
  if (tp.frto) {
    if ((flag & FLAG_ORIG_SACK_ACKED) !== 0 && tryUndoLoss(tp, true)) return;
    if (after(tp.sndNxt, tp.highSeq)) {
      if ((flag & FLAG_DATA_SACKED) !== 0 || dupacks > 0) tp.frto = false;
    } else if (advanced && !recovered) {
      tp.highSeq = tp.sndNxt;
      // New data tells more than old: what acknowledges it was not lost.
      if (tp.writeQueue.head !== null && after(wndEnd(tp), tp.sndNxt)) {
        st.rexmit = 2;
        return;
      }
      tp.frto = false;
    }
  }
  if (recovered) {
    tryUndoRecovery(tp);
    return;
  }
  if (!tp.rxOpt.sackOk) {
    if (after(tp.sndNxt, tp.highSeq) && dupacks > 0) addRenoSack(tp, dupacks);
    else if (advanced) tp.sackedOut = 0;
  }
  st.rexmit = 1;
}

/** tcp_enter_loss: the retransmission timeout: everything counts as lost but what RACK still expects; window of one. */
export function enterLoss(tp: Tcb): void {
  const { sysctl } = tp.ns.sock.tcp;
  const newRecovery = tp.caState !== "Recovery" && tp.caState !== "Loss";
  timeoutMarkLost(tp);
  if (lowState(tp) || !after(tp.highSeq, tp.sndUna) || (tp.caState === "Loss" && tp.retransmits === 0)) {
    tp.priorSsthresh = currentSsthresh(tp);
    tp.priorCwnd = tp.cwnd;
    tp.ssthresh = tp.ca.ssthresh(tp);
    tp.ca.cwndEvent?.(tp, "loss");
    initUndo(tp);
  }
  tp.cwnd = packetsInFlight(tp) + 1;
  tp.cwndCnt = 0;
  tp.cwndStampNs = tp.ns.world.sim.nowNs;
  if (lowState(tp) && tp.sackedOut >= sysctl.reordering) tp.reordering = Math.min(tp.reordering, sysctl.reordering);
  setCaState(tp, "Loss");
  tp.highSeq = tp.sndNxt;
  tp.tlpHighSeq = 0;
  tp.frto = sysctl.frto !== 0 && (newRecovery || tp.retransmits > 0);
}

function timeoutMarkLost(tp: Tcb): void {
  const head = tp.rtxQueue.head;
  const reneged = head !== null && (head.sacked & SACKED_ACKED) !== 0;
  if (reneged) {
    tp.sackedOut = 0;
    tp.isSackReneg = true;
  } else if (!tp.rxOpt.sackOk) tp.sackedOut = 0;
  for (let seg = head; seg !== null; seg = seg.next) {
    if (reneged) seg.sacked &= ~SACKED_ACKED;
    else if (seg !== head && rackTimeoutUs(tp, seg, 0) > 0) continue;
    markSegLost(tp, seg);
  }
  tp.lostHint = null;
  tp.retransmitHint = null;
}

