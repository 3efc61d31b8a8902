import { JIFFY_NS } from "../../../sim/jiffies.ts";
import { type AckState, FLAG_ACKED, FLAG_ACK_MAYBE_DELAYED } from "./ack-state.ts";
import { after } from "./seq.ts";
import type { Tcb } from "./tcb.ts";

/* Round trip and retransmission timeout: RFC 6298 as Linux has it (tcp_rtt_estimator, tcp_set_rto). Times in µs. */

/** The kernel counts in jiffies: what is waited for is rounded up to one. */
export const jiffiesUpNs = (us: number): number => Math.ceil((us * 1000) / JIFFY_NS) * JIFFY_NS;
export const rtoMinUs = (tp: Tcb): number => Math.floor(tp.rtoMinNs / 1000);
const minRttWindowNs = (tp: Tcb): number => tp.ns.sock.tcp.sysctl.minRttWlenSec * 1e9;

/** TCP_TIMEOUT_FALLBACK: RFC 6298 §5.7, the handshake gave no sample. */
export const TIMEOUT_FALLBACK_NS = 3_000_000_000;

/** One sample goes into the smoothed round trip and its variation; variation is held up for a round trip at least. */
export function rttEstimator(tp: Tcb, sampleUs: number): void {
  if (tp.srttUs === 0) return firstSample(tp, sampleUs);
  let error = sampleUs - (tp.srttUs >>> 3);
  const srtt = tp.srttUs + error;
  if (error < 0) {
    // A round trip that becomes shorter must not lengthen the timeout at once.
    error = -error - (tp.mdevUs >>> 2);
    if (error > 0) error >>= 3;
  } else error -= tp.mdevUs >>> 2;
  tp.mdevUs += error;
  if (tp.mdevUs > tp.mdevMaxUs) {
    tp.mdevMaxUs = tp.mdevUs;
    tp.rttvarUs = Math.max(tp.rttvarUs, tp.mdevMaxUs);
  }
  if (after(tp.sndUna, tp.rttSeq)) {
    if (tp.mdevMaxUs < tp.rttvarUs) tp.rttvarUs -= (tp.rttvarUs - tp.mdevMaxUs) >>> 2;
    tp.rttSeq = tp.sndNxt;
    tp.mdevMaxUs = rtoMinUs(tp);
  }
  tp.srttUs = Math.max(1, srtt);
}

function firstSample(tp: Tcb, sampleUs: number): void {
  tp.srttUs = Math.max(1, sampleUs * 8);
  tp.mdevUs = sampleUs * 2;
  tp.rttvarUs = Math.max(tp.mdevUs, rtoMinUs(tp));
  tp.mdevMaxUs = tp.rttvarUs;
  tp.rttSeq = tp.sndNxt;
}

/** Timeout = smoothed round trip + four variations, between 200 ms (by the variation's floor) and 120 s. */
export function setRto(tp: Tcb): void {
  tp.rtoNs = Math.min(jiffiesUpNs((tp.srttUs >>> 3) + tp.rttvarUs), tp.ns.sock.tcp.sysctl.rtoMaxMs * 1e6);
}

/** Shortest round trip of the last five minutes (tcp_update_rtt_min). */
export function updateRttMin(tp: Tcb, rttUs: number, maybeDelayed: boolean): void {
  if (maybeDelayed && rttUs > tp.minRttUs) return;
  const now = tp.ns.world.sim.nowNs;
  const sample = rttUs === 0 ? JIFFY_NS / 1000 : rttUs;
  if (sample > tp.minRttUs && now - tp.minRttStampNs <= minRttWindowNs(tp)) return;
  tp.minRttUs = sample;
  tp.minRttStampNs = now;
}

/** Round trip by the timestamp that came back, whole milliseconds and never nothing (tcp_rtt_tsopt_us); -1 = none. */
export function rttByTimestampUs(tp: Tcb): number {
  const { rxOpt } = tp;
  if (!rxOpt.sawTstamp || rxOpt.rcvTsecr === 0) return -1;
  const delta = (Math.floor(tp.ns.world.sim.nowNs / 1_000_000) - rxOpt.rcvTsecr) | 0;
  return delta < 0 || delta > 0x7fffffff / 1000 ? -1 : Math.max(1, delta) * 1000;
}

/**
 * tcp_ack_update_rtt. Samples in µs, -1 = none: of the oldest newly acknowledged segment, of the oldest newly SACKed, of the newest
 * of both. What the sender measured itself goes before timestamps; a segment sent twice gives no sample (Karn), unless its
 * timestamp tells. Answers whether there was a sample; `st.rateRttUs` is then what the congestion algorithm hears.
 */
export function ackUpdateRtt(tp: Tcb, flag: number, seqRttUs: number, sackRttUs: number, caRttUs: number, st: AckState): boolean {
  const measured = seqRttUs < 0 ? sackRttUs : seqRttUs;
  const us = measured < 0 && (flag & FLAG_ACKED) !== 0 ? rttByTimestampUs(tp) : measured;
  st.rateRttUs = measured < 0 ? us : caRttUs;
  if (us < 0) return false;
  updateRttMin(tp, st.rateRttUs, (flag & FLAG_ACK_MAYBE_DELAYED) !== 0);
  sampleRtt(tp, us);
  return true;
}

/** A sample sets the timeout anew; a valid one ends the back-off (RFC 6298 §5.7). */
export function sampleRtt(tp: Tcb, rttUs: number): void {
  rttEstimator(tp, rttUs);
  setRto(tp);
  tp.backoff = 0;
}

/** tcp_synack_rtt_meas: the round trip of a SYN-ACK that was sent once. */
export function synackRttMeas(tp: Tcb): void {
  const us = tp.synackStampNs === 0 ? rttByTimestampUs(tp) : Math.floor((tp.ns.world.sim.nowNs - tp.synackStampNs) / 1000);
  if (us < 0) return;
  updateRttMin(tp, us, false);
  sampleRtt(tp, us);
}

/** The handshake is over (tcp_init_metrics): without a sample the timeout falls back to three seconds. */
export function initMetrics(tp: Tcb): void {
  if (tp.srttUs !== 0) return;
  tp.rttvarUs = TIMEOUT_FALLBACK_NS / 1000;
  tp.mdevUs = tp.rttvarUs;
  tp.mdevMaxUs = tp.rttvarUs;
  tp.rtoNs = TIMEOUT_FALLBACK_NS;
}
