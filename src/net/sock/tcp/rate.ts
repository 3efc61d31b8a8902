import type { AckState } from "./ack-state.ts";
import { after } from "./seq.ts";
import type { Tcb } from "./tcb.ts";
import { RETRANS_MASK, SACKED_ACKED, type TxSeg } from "./tx-queue.ts";

/* Delivery rate samples (net/ipv4/tcp_rate.c; Cheng and Cardwell, draft-cheng-iccrg-delivery-rate-estimation). */

/** Did the first of two transmissions happen after the second? The sequence number decides for equal times (tcp_skb_sent_after). */
export const sentAfter = (aNs: number, bNs: number, aEndSeq: number, bEndSeq: number): boolean => aNs > bNs || (aNs === bNs && after(aEndSeq, bEndSeq));

/** Before a segment leaves: what was delivered up to now. */
export function rateSegSent(tp: Tcb, seg: TxSeg): void {
  const now = tp.ns.world.sim.nowNs;
  if (tp.packetsOut === 0) {
    tp.firstTxNs = now;
    tp.deliveredNs = now;
  }
  seg.txFirstNs = tp.firstTxNs;
  seg.txDeliveredNs = tp.deliveredNs;
  seg.txDelivered = tp.delivered;
  seg.txAppLimited = tp.appLimited !== 0;
}

/** A segment was found to have arrived: the one sent last gives the sample. */
export function rateSegDelivered(tp: Tcb, seg: TxSeg, st: AckState): void {
  if (seg.txDeliveredNs === 0) return;
  if (st.ratePriorDelivered === 0 || sentAfter(seg.sentNs, tp.firstTxNs, seg.endSeq, st.rateLastEndSeq)) {
    st.ratePriorDelivered = seg.txDelivered;
    st.ratePriorNs = seg.txDeliveredNs;
    st.rateIsAppLimited = seg.txAppLimited;
    st.rateIsRetrans = (seg.sacked & RETRANS_MASK) !== 0;
    st.rateLastEndSeq = seg.endSeq;
    tp.firstTxNs = seg.sentNs;
    st.rateIntervalUs = Math.floor((seg.sentNs - seg.txFirstNs) / 1000);
  }
  if ((seg.sacked & SACKED_ACKED) !== 0) seg.txDeliveredNs = 0;
}

/** The sample of one acknowledgement: segments delivered in the longer of sending and acknowledging them. */
export function rateGen(tp: Tcb, st: AckState): void {
  const now = tp.ns.world.sim.nowNs;
  const delivered = tp.delivered - st.priorDelivered;
  st.rateLosses = tp.lost - st.priorLost;
  if (tp.appLimited !== 0 && tp.delivered > tp.appLimited) tp.appLimited = 0;
  if (delivered !== 0) tp.deliveredNs = now;
  if (st.ratePriorNs === 0 || tp.isSackReneg) return;
  st.rateDelivered = tp.delivered - st.ratePriorDelivered;
  st.rateIntervalUs = Math.max(st.rateIntervalUs, Math.floor((now - st.ratePriorNs) / 1000));
  if (st.rateIntervalUs < tp.minRttUs) return;
  if (!st.rateIsAppLimited || st.rateDelivered * tp.rateIntervalUs >= tp.rateDelivered * st.rateIntervalUs) {
    tp.rateDelivered = st.rateDelivered;
    tp.rateIntervalUs = st.rateIntervalUs;
    tp.rateAppLimited = st.rateIsAppLimited;
  }
}
