import { JIFFY_NS } from "../../../sim/jiffies.ts";
import { congAvoidAi, inSlowStart, isCwndLimited, slowStart } from "./congestion.ts";
import type { AckSample, CaEvent, CongestionOps } from "./congestion-ops.ts";
import { after } from "./seq.ts";
import type { CaState, Tcb } from "./tcb.ts";

/*
 * CUBIC (RFC 9438; Ha, Rhee and Xu 2008) with the integer units of net/ipv4/tcp_cubic.c, and HyStart. After a loss the
 * window W follows C·(t - K)³ + Wmax: fast at first, flat near the window where the loss was, then ever faster.
 */

const JIFFY_US = JIFFY_NS / 1000;
const HZ = 1e9 / JIFFY_NS;
/** Multiplicative decrease 717/1024 = 0.7. */
const BETA = 717;
const BETA_SCALE = 1024;
/** Time inside the cubic function is in 1/1024 s. */
const CUBIC_TIME_SHIFT = 10;
/** C = 41·10/1024 = 0.4 of RFC 9438. */
const CUBE_SCALE = 410;
const CUBE_SHIFT = 2 ** (10 + 3 * CUBIC_TIME_SHIFT);
/** Acknowledged segments for one more segment of a Reno sender with this β, in eighths of a window. */
const FRIENDLY_SCALE = Math.floor(Math.floor((8 * (BETA_SCALE + BETA)) / 3) / (BETA_SCALE - BETA));

const HYSTART_LOW_WINDOW = 16;
const HYSTART_ACK_DELTA_US = 2000;
const HYSTART_MIN_SAMPLES = 8;
const HYSTART_DELAY_MIN_US = 4000;
const HYSTART_DELAY_MAX_US = 16000;
/** sk_gso_max_size: how much one burst may hold. */
const GSO_MAX_BYTES = 65536;

/** struct bictcp. Times in jiffies but where the name says µs. */
class Bictcp {
  /** Acknowledged segments for one segment more. */
  cnt = 0;
  lastMaxCwnd = 0;
  lastCwnd = 0;
  lastTime = 0;
  originPoint = 0;
  /** When the curve is back at the origin point, 1/1024 s after the epoch's start. */
  k = 0;
  delayMinUs = 0;
  epochStart = 0;
  ackCnt = 0;
  tcpCwnd = 0;
  sampleCnt = 0;
  found = false;
  roundStartUs = 0;
  endSeq = 0;
  lastAckUs = 0;
  currRttUs = 0xffffffff;
}

const stateOf = (tp: Tcb): Bictcp => (tp.caPriv instanceof Bictcp ? tp.caPriv : (tp.caPriv = new Bictcp()) as Bictcp);
/** Zero means "no epoch", so the clock begins at one. */
const jiffies = (tp: Tcb): number => Math.floor(tp.ns.world.sim.nowNs / JIFFY_NS) + 1;
const clockUs = (tp: Tcb): number => Math.floor(tp.ns.world.sim.nowNs / 1000);

function hystartReset(tp: Tcb, ca: Bictcp): void {
  ca.roundStartUs = clockUs(tp);
  ca.lastAckUs = ca.roundStartUs;
  ca.endSeq = tp.sndNxt;
  ca.currRttUs = 0xffffffff;
  ca.sampleCnt = 0;
}

/** Largest whole n with n³ ≤ a. */
function cubeRoot(a: number): number {
  let n = Math.floor(Math.cbrt(a));
  while (n * n * n > a) n--;
  while ((n + 1) ** 3 <= a) n++;
  return n;
}

/** bictcp_update: how many acknowledgements make one segment more, now. */
function update(tp: Tcb, ca: Bictcp, acked: number): void {
  const { cwnd } = tp;
  const now = jiffies(tp);
  ca.ackCnt += acked;
  if (ca.lastCwnd === cwnd && now - ca.lastTime <= Math.floor(HZ / 32)) return;
  if (ca.epochStart === 0 || now !== ca.lastTime) {
    ca.lastCwnd = cwnd;
    ca.lastTime = now;
    if (ca.epochStart === 0) beginEpoch(ca, cwnd, acked, now);
    ca.cnt = cubicCount(ca, cwnd, now);
  }
  ca.cnt = Math.max(friendlyCount(ca, cwnd), 2);
}

function beginEpoch(ca: Bictcp, cwnd: number, acked: number, now: number): void {
  ca.epochStart = now;
  ca.ackCnt = acked;
  ca.tcpCwnd = cwnd;
  const below = ca.lastMaxCwnd - cwnd;
  ca.k = below <= 0 ? 0 : cubeRoot(Math.floor(CUBE_SHIFT / CUBE_SCALE) * below);
  ca.originPoint = below <= 0 ? cwnd : ca.lastMaxCwnd;
}

function cubicCount(ca: Bictcp, cwnd: number, now: number): number {
  const elapsed = now - ca.epochStart + Math.ceil(ca.delayMinUs / JIFFY_US);
  const t = Math.floor((elapsed * 2 ** CUBIC_TIME_SHIFT) / HZ);
  const delta = Math.floor((CUBE_SCALE * Math.abs(t - ca.k) ** 3) / CUBE_SHIFT);
  const target = t < ca.k ? ca.originPoint - delta : ca.originPoint + delta;
  const cnt = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd;
  // Before the first loss the curve knows nothing: at least 5 % a round trip.
  return ca.lastMaxCwnd === 0 && cnt > 20 ? 20 : cnt;
}

/** Never slower than Reno would be: tcpCwnd is Reno's window. */
function friendlyCount(ca: Bictcp, cwnd: number): number {
  const acksForOne = (cwnd * FRIENDLY_SCALE) >>> 3;
  while (ca.ackCnt > acksForOne) {
    ca.ackCnt -= acksForOne;
    ca.tcpCwnd++;
  }
  return ca.tcpCwnd > cwnd ? Math.min(ca.cnt, Math.floor(cwnd / (ca.tcpCwnd - cwnd))) : ca.cnt;
}

/** Leaves slow start before the queue overflows: when acknowledgements of one window spread over half a round trip, or delay grows. */
function hystartUpdate(tp: Tcb, ca: Bictcp, delayUs: number): void {
  if (after(tp.sndUna, ca.endSeq)) hystartReset(tp, ca);
  if (tp.cwnd < HYSTART_LOW_WINDOW) return;
  const now = clockUs(tp);
  if (now - ca.lastAckUs <= HYSTART_ACK_DELTA_US) {
    ca.lastAckUs = now;
    const threshold = (ca.delayMinUs + burstDelayUs(tp)) >>> 1;
    if (now - ca.roundStartUs > threshold) leaveSlowStart(tp, ca);
  }
  ca.currRttUs = Math.min(ca.currRttUs, delayUs);
  if (ca.sampleCnt < HYSTART_MIN_SAMPLES) ca.sampleCnt++;
  else if (ca.currRttUs > ca.delayMinUs + Math.min(HYSTART_DELAY_MAX_US, Math.max(HYSTART_DELAY_MIN_US, ca.delayMinUs >>> 3))) leaveSlowStart(tp, ca);
}

function leaveSlowStart(tp: Tcb, ca: Bictcp): void {
  ca.found = true;
  tp.ssthresh = tp.cwnd;
}

/** hystart_ack_delay: time that one burst takes at the pacing rate, at most a millisecond. */
const burstDelayUs = (tp: Tcb): number =>
  tp.pacingRate > 0 && tp.pacingRate < Infinity ? Math.min(1000, Math.floor((GSO_MAX_BYTES * 4 * 1e6) / tp.pacingRate)) : 0;

export const CUBIC: CongestionOps = {
  name: "cubic",
  init(tp: Tcb): void {
    tp.caPriv = new Bictcp();
    hystartReset(tp, stateOf(tp));
  },
  ssthresh(tp: Tcb): number {
    const ca = stateOf(tp);
    ca.epochStart = 0;
    // Fast convergence: a window that was lower than last time makes room for newcomers.
    ca.lastMaxCwnd = tp.cwnd < ca.lastMaxCwnd ? Math.floor((tp.cwnd * (BETA_SCALE + BETA)) / (2 * BETA_SCALE)) : tp.cwnd;
    return Math.max(Math.floor((tp.cwnd * BETA) / BETA_SCALE), 2);
  },
  congAvoid(tp: Tcb, _ack: number, acked: number): void {
    if (!isCwndLimited(tp)) return;
    const left = inSlowStart(tp) ? slowStart(tp, acked) : acked;
    if (left <= 0) return;
    const ca = stateOf(tp);
    update(tp, ca, left);
    congAvoidAi(tp, ca.cnt, left);
  },
  undoCwnd: (tp: Tcb): number => Math.max(tp.cwnd, tp.priorCwnd),
  setState(tp: Tcb, state: CaState): void {
    if (state !== "Loss") return;
    tp.caPriv = new Bictcp();
    hystartReset(tp, stateOf(tp));
  },
  cwndEvent(tp: Tcb, event: CaEvent): void {
    const ca = stateOf(tp);
    if (event !== "txStart" || ca.epochStart === 0) return;
    const idle = jiffies(tp) - (Math.floor(tp.lsndTimeNs / JIFFY_NS) + 1);
    if (idle > 0) ca.epochStart = Math.min(ca.epochStart + idle, jiffies(tp));
  },
  pktsAcked(tp: Tcb, sample: AckSample): void {
    const ca = stateOf(tp);
    if (sample.rttUs < 0 || (ca.epochStart !== 0 && jiffies(tp) - ca.epochStart < HZ)) return;
    const delayUs = Math.max(1, sample.rttUs);
    if (ca.delayMinUs === 0 || ca.delayMinUs > delayUs) ca.delayMinUs = delayUs;
    if (!ca.found && inSlowStart(tp)) hystartUpdate(tp, ca, delayUs);
  },
};
