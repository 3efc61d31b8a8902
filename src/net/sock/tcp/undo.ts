// From recovery.ts: the window was reduced, and now it turns out that nothing was lost.
import { setCaState } from "./congestion.ts";
import { updateReordering } from "./reordering.ts";
import { before } from "./seq.ts";
import type { CaState, Tcb } from "./tcb.ts";
import { EVER_RETRANS, SACKED_LOST } from "./tx-queue.ts";

/* Eifel detection by timestamps (RFC 3522), by DSACK (RFC 3708): tcp_try_undo_*. */

const RACK_RECOVERY_THRESH = 16;

/** Is something on the way that was sent more than once? (tcp_any_retrans_done) */
export const anyRetransDone = (tp: Tcb): boolean => tp.retransOut !== 0 || (tp.rtxQueue.head !== null && (tp.rtxQueue.head.sacked & EVER_RETRANS) !== 0);

/** Does the timestamp that came back say that the segment left before `whenNs`? */
export function echoBefore(tp: Tcb, whenNs: number): boolean {
  const { rxOpt } = tp;
  if (!rxOpt.sawTstamp || rxOpt.rcvTsecr === 0) return false;
  return before(rxOpt.rcvTsecr, Math.floor(whenNs / 1_000_000) >>> 0);
}

/** The first transmission was only late (tcp_packet_delayed). */
function packetDelayed(tp: Tcb): boolean {
  if (tp.retransStampNs !== 0) return echoBefore(tp, tp.retransStampNs);
  // Nothing was sent again yet; but without SACK the stamp is cleared where the recovery ends.
  if (!tp.rxOpt.sackOk && !before(tp.sndUna, tp.highSeq)) return false;
  return tp.state !== "SYN_SENT";
}

const mayUndo = (tp: Tcb): boolean => tp.undoMarker !== 0 && (tp.undoRetrans === 0 || packetDelayed(tp));

/** tcp_init_undo: remembers what to go back to; -1 = something must be retransmitted before anything can be undone. */
export function initUndo(tp: Tcb): void {
  // Sequence number 0 would mean "no marker".
  tp.undoMarker = tp.sndUna === 0 ? 1 : tp.sndUna;
  tp.undoRetrans = tp.retransOut + (tp.tlpHighSeq !== 0 && tp.tlpRetrans ? 1 : 0);
  if (tp.undoRetrans === 0) tp.undoRetrans = -1;
}

/** tcp_undo_cwnd_reduction. */
function undoCwndReduction(tp: Tcb, unmarkLoss: boolean): void {
  if (unmarkLoss) {
    for (let seg = tp.rtxQueue.head; seg !== null; seg = seg.next) seg.sacked &= ~SACKED_LOST;
    tp.lostOut = 0;
    tp.lostHint = null;
    tp.retransmitHint = null;
  }
  if (tp.priorSsthresh !== 0) {
    tp.cwnd = tp.ca.undoCwnd(tp);
    tp.ssthresh = Math.max(tp.ssthresh, tp.priorSsthresh);
  }
  tp.cwndStampNs = tp.ns.world.sim.nowNs;
  tp.undoMarker = 0;
  tp.rackAdvanced = true;
}

/** Without SACK the old state is held until something above high_seq is acknowledged (RFC 6582 §3.2). */
function nonSackHolds(tp: Tcb): boolean {
  if (tp.sndUna !== tp.highSeq || tp.rxOpt.sackOk) return false;
  if (!anyRetransDone(tp)) tp.retransStampNs = 0;
  return true;
}

/** tcp_try_undo_recovery; true = stay as we are. */
export function tryUndoRecovery(tp: Tcb): boolean {
  if (mayUndo(tp)) undoCwndReduction(tp, false);
  else if (tp.rackReoWndPersist > 0) tp.rackReoWndPersist--;
  if (nonSackHolds(tp)) return true;
  setCaState(tp, "Open");
  tp.isSackReneg = false;
  return false;
}

/** Every retransmission was reported as a duplicate: none was needed. */
export function tryUndoDsack(tp: Tcb): boolean {
  if (tp.undoMarker === 0 || tp.undoRetrans !== 0) return false;
  tp.rackReoWndPersist = Math.min(RACK_RECOVERY_THRESH, tp.rackReoWndPersist + 1);
  undoCwndReduction(tp, false);
  return true;
}

/** tcp_try_undo_loss: the timeout was spurious. */
export function tryUndoLoss(tp: Tcb, frtoUndo: boolean): boolean {
  if (!frtoUndo && !mayUndo(tp)) return false;
  undoCwndReduction(tp, true);
  tp.retransmits = 0;
  if (nonSackHolds(tp)) return true;
  if (frtoUndo || tp.rxOpt.sackOk) {
    setCaState(tp, "Open");
    tp.isSackReneg = false;
  }
  return true;
}

/** tcp_try_undo_partial: a hole was filled by a late segment, not by its retransmission. True = send nothing more for now. */
export function tryUndoPartial(tp: Tcb, priorSndUna: number): boolean {
  if (tp.undoMarker === 0 || !packetDelayed(tp)) return false;
  updateReordering(tp, priorSndUna);
  if (tp.retransOut !== 0) return true;
  if (!anyRetransDone(tp)) tp.retransStampNs = 0;
  undoCwndReduction(tp, true);
  tryKeepOpen(tp);
  return false;
}

/** tcp_try_keep_open. */
export function tryKeepOpen(tp: Tcb): void {
  const state: CaState = tp.sackedOut + tp.lostOut > 0 || anyRetransDone(tp) ? "Disorder" : "Open";
  if (tp.caState === state) return;
  setCaState(tp, state);
  tp.highSeq = tp.sndNxt;
}
