import { congAvoidAi, inSlowStart, isCwndLimited, slowStart } from "./congestion.ts";
import type { CongestionOps } from "./congestion-ops.ts";
import type { Tcb } from "./tcb.ts";

/** RFC 5681: doubles a round trip up to ssthresh, then one segment a round trip; a loss halves. */
export const RENO: CongestionOps = {
  name: "reno",
  ssthresh: (tp: Tcb): number => Math.max(tp.cwnd >>> 1, 2),
  congAvoid(tp: Tcb, _ack: number, acked: number): void {
    if (!isCwndLimited(tp)) return;
    const left = inSlowStart(tp) ? slowStart(tp, acked) : acked;
    if (left > 0) congAvoidAi(tp, tp.cwnd, left);
  },
  undoCwnd: (tp: Tcb): number => Math.max(tp.cwnd, tp.priorCwnd),
};
