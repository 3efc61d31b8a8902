// From recovery.ts and ack.ts. Next congestion.ts for the algorithm's ssthresh.
import { type AckState, FLAG_SND_UNA_ADVANCED } from "./ack-state.ts";
import { inCwndReduction, setCaState, updatePacingRate } from "./congestion.ts";
import { FLAG_DATA_ACKED, FLAG_FORWARD_PROGRESS } from "./ack-state.ts";
import { packetsInFlight } from "./output.ts";
import { INFINITE_SSTHRESH, type Tcb } from "./tcb.ts";

/* Proportional rate reduction (RFC 6937bis; tcp_cwnd_reduction) and who may change the window on an acknowledgement. */

/** tcp_init_cwnd_reduction. */
export function initCwndReduction(tp: Tcb): void {
  tp.highSeq = tp.sndNxt;
  tp.tlpHighSeq = 0;
  tp.cwndCnt = 0;
  tp.priorCwnd = tp.cwnd;
  tp.prrDelivered = 0;
  tp.prrOut = 0;
  tp.ssthresh = tp.ca.ssthresh(tp);
}

/** Sends in proportion to what arrives until the window is ssthresh; below it, about as much as arrives. */
export function cwndReduction(tp: Tcb, newlyDelivered: number, newlyLost: number, flag: number): void {
  if (newlyDelivered <= 0 || tp.priorCwnd === 0) return;
  const room = tp.ssthresh - packetsInFlight(tp);
  tp.prrDelivered += newlyDelivered;
  let count: number;
  if (room < 0) count = Math.floor((tp.ssthresh * tp.prrDelivered + tp.priorCwnd - 1) / tp.priorCwnd) - tp.prrOut;
  else {
    count = Math.max(tp.prrDelivered - tp.prrOut, newlyDelivered);
    if ((flag & FLAG_SND_UNA_ADVANCED) !== 0 && newlyLost === 0) count++;
    count = Math.min(room, count);
  }
  // The first retransmission goes in any case.
  tp.cwnd = packetsInFlight(tp) + Math.max(count, tp.prrOut !== 0 ? 0 : 1);
}

/** tcp_end_cwnd_reduction. */
export function endCwndReduction(tp: Tcb): void {
  if (tp.ssthresh < INFINITE_SSTHRESH && (tp.caState === "CWR" || tp.undoMarker !== 0)) {
    tp.cwnd = tp.ssthresh;
    tp.cwndStampNs = tp.ns.world.sim.nowNs;
  }
  tp.ca.cwndEvent?.(tp, "completeCwr");
}

/** tcp_enter_cwr: less, without loss (a local queue was full). */
export function enterCwr(tp: Tcb): void {
  tp.priorSsthresh = 0;
  if (tp.caState !== "Open" && tp.caState !== "Disorder") return;
  tp.undoMarker = 0;
  initCwndReduction(tp);
  setCaState(tp, "CWR");
}

/** tcp_cong_control: what an acknowledgement does to the window. */
export function congControl(tp: Tcb, ack: number, delivered: number, st: AckState): void {
  if (inCwndReduction(tp)) cwndReduction(tp, delivered, st.rateLosses, st.flag);
  else if (mayRaiseCwnd(tp, st.flag)) {
    tp.ca.congAvoid(tp, ack, delivered);
    tp.cwndStampNs = tp.ns.world.sim.nowNs;
  }
  updatePacingRate(tp);
}

/** Where reordering is usual, SACKed data counts as progress too (tcp_may_raise_cwnd). */
function mayRaiseCwnd(tp: Tcb, flag: number): boolean {
  const progress = tp.reordering > tp.ns.sock.tcp.sysctl.reordering ? FLAG_FORWARD_PROGRESS : FLAG_DATA_ACKED;
  return (flag & progress) !== 0;
}
