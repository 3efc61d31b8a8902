// From ack.ts, sack.ts (something arrived) and timer.ts (the reordering window is over). Next recovery.ts.
import { JIFFY_NS } from "../../../sim/jiffies.ts";
import type { AckState } from "./ack-state.ts";
import { packetsInFlight } from "./output.ts";
import { cwndReduction } from "./prr.ts";
import { sentAfter } from "./rate.ts";
import { enterRecovery } from "./recovery.ts";
import { markSegLost, xmitRetransmitQueue } from "./retransmit.ts";
import type { Tcb } from "./tcb.ts";
import { rearmRto, resetXmitTimer } from "./timers.ts";
import { RETRANS_MASK, SACKED_LOST, SACKED_RETRANS, type TxSeg } from "./tx-queue.ts";

/* RACK (RFC 8985, net/ipv4/tcp_recovery.c): a segment is lost when one that was sent after it has arrived, and a little time passed. */

const RACK_RECOVERY_THRESH = 16;
/** net.ipv4.tcp_recovery bits. */
const RACK_STATIC_REO_WND = 2;
const RACK_NO_DUPTHRESH = 4;
const TIMEOUT_MIN_US = 2000;

/** How long a segment may be overtaken before it counts as lost, µs (tcp_rack_reo_wnd). */
function reoWndUs(tp: Tcb): number {
  if (tp.reordSeen === 0) {
    if (tp.caState === "Recovery" || tp.caState === "Loss") return 0;
    if (tp.sackedOut >= tp.reordering && (tp.ns.sock.tcp.sysctl.recovery & RACK_NO_DUPTHRESH) === 0) return 0;
  }
  return Math.min((tp.minRttUs >>> 2) * tp.rackReoWndSteps, tp.srttUs >>> 3);
}

/** µs until the segment counts as lost; ≤ 0 = it does (tcp_rack_skb_timeout). */
export const rackTimeoutUs = (tp: Tcb, seg: TxSeg, reoWnd: number): number =>
  tp.rackRttUs + reoWnd - (tp.ns.world.sim.nowNs - seg.sentNs) / 1000;

/** Marks what is lost; answers the longest time, µs, that another must be waited for. */
function detectLoss(tp: Tcb): number {
  const reoWnd = reoWndUs(tp);
  let longest = 0;
  for (let seg = tp.sentOrder.head, next: TxSeg | null = null; seg !== null; seg = next) {
    next = seg.tsNext;
    if ((seg.sacked & SACKED_LOST) !== 0 && (seg.sacked & SACKED_RETRANS) === 0) continue;
    if (!sentAfter(tp.rackMstampNs, seg.sentNs, tp.rackEndSeq, seg.endSeq)) break;
    const left = rackTimeoutUs(tp, seg, reoWnd);
    if (left <= 0) {
      markSegLost(tp, seg);
      tp.sentOrder.remove(seg);
    } else longest = Math.max(longest, left);
  }
  return longest;
}

/** tcp_rack_mark_lost; true = the reordering timer runs. */
export function rackMarkLost(tp: Tcb): boolean {
  if (!tp.rackAdvanced) return false;
  tp.rackAdvanced = false;
  const leftUs = detectLoss(tp);
  if (leftUs === 0) return false;
  resetXmitTimer(tp, "reoTimeout", Math.ceil(((leftUs + TIMEOUT_MIN_US) * 1000) / JIFFY_NS) * JIFFY_NS);
  return true;
}

/** A segment arrived: remembers the one sent last (tcp_rack_advance). */
export function rackAdvance(tp: Tcb, sacked: number, endSeq: number, sentNs: number): void {
  const rttUs = (tp.ns.world.sim.nowNs - sentNs) / 1000;
  // Sooner than any round trip: it was the first transmission that arrived, not this one.
  if (rttUs < tp.minRttUs && (sacked & RETRANS_MASK) !== 0) return;
  tp.rackAdvanced = true;
  tp.rackRttUs = rttUs;
  if (sentAfter(sentNs, tp.rackMstampNs, endSeq, tp.rackEndSeq)) {
    tp.rackMstampNs = sentNs;
    tp.rackEndSeq = endSeq;
  }
}

/** tcp_rack_reo_timeout: nobody filled the hole in time. */
export function rackReoTimeout(tp: Tcb): void {
  const inFlight = packetsInFlight(tp);
  const lost = tp.lost;
  detectLoss(tp);
  if (inFlight !== packetsInFlight(tp)) {
    if (tp.caState !== "Recovery") {
      enterRecovery(tp);
      cwndReduction(tp, 1, tp.lost - lost, 0);
    }
    xmitRetransmitQueue(tp);
  }
  if (tp.pendingTimer !== "retrans") rearmRto(tp);
}

/** Duplicates reported by DSACK widen the window, a quarter of a round trip at a time; sixteen recoveries without narrow it again. */
export function rackUpdateReoWnd(tp: Tcb, st: AckState): void {
  if ((tp.ns.sock.tcp.sysctl.recovery & RACK_STATIC_REO_WND) !== 0 || st.ratePriorDelivered === 0) return;
  if (st.ratePriorDelivered < tp.rackLastDelivered) tp.rackDsackSeen = false;
  if (tp.rackDsackSeen) {
    tp.rackReoWndSteps = Math.min(0xff, tp.rackReoWndSteps + 1);
    tp.rackDsackSeen = false;
    tp.rackLastDelivered = tp.delivered;
    tp.rackReoWndPersist = RACK_RECOVERY_THRESH;
  } else if (tp.rackReoWndPersist === 0) tp.rackReoWndSteps = 1;
}
