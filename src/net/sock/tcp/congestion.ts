// From ack.ts (an acknowledgement) and output.ts (something was sent). Next reno.ts or cubic.ts.
import { before } from "./seq.ts";
import type { CongestionOps } from "./congestion-ops.ts";
import { CUBIC } from "./cubic.ts";
import { RENO } from "./reno.ts";
import { type CaState, INIT_CWND, type Tcb } from "./tcb.ts";

/* net/ipv4/tcp_cong.c and the window's upkeep in tcp_output.c. Windows in segments. */

/** Algorithms by name, for sysctl and TCP_CONGESTION. */
export const ALGORITHMS: ReadonlyMap<string, CongestionOps> = new Map([["reno", RENO], ["cubic", CUBIC]]);
/** The algorithm of a name; undefined when there is none. */
export const congestionByName = (name: string): CongestionOps | undefined => ALGORITHMS.get(name);

export const inSlowStart = (tp: Tcb): boolean => tp.cwnd < tp.ssthresh;
/** The window is being reduced step by step (tcp_in_cwnd_reduction). */
export const inCwndReduction = (tp: Tcb): boolean => tp.caState === "CWR" || tp.caState === "Recovery";

/** One segment more an acknowledged segment, up to ssthresh; answers what is left of `acked`. */
export function slowStart(tp: Tcb, acked: number): number {
  const cwnd = Math.min(tp.cwnd + acked, tp.ssthresh);
  const left = acked - (cwnd - tp.cwnd);
  tp.cwnd = Math.min(cwnd, tp.cwndClamp);
  return left;
}

/** One segment more every `w` acknowledged segments (tcp_cong_avoid_ai). */
export function congAvoidAi(tp: Tcb, w: number, acked: number): void {
  if (tp.cwndCnt >= w) {
    tp.cwndCnt = 0;
    tp.cwnd++;
  }
  tp.cwndCnt += acked;
  if (tp.cwndCnt >= w) {
    const more = Math.floor(tp.cwndCnt / w);
    tp.cwndCnt -= more * w;
    tp.cwnd += more;
  }
  tp.cwnd = Math.min(tp.cwnd, tp.cwndClamp);
}

/** Has the window been what held the sender back? Only then may it grow (tcp_is_cwnd_limited). */
export function isCwndLimited(tp: Tcb): boolean {
  if (tp.isCwndLimited) return true;
  return inSlowStart(tp) && tp.cwnd < 2 * tp.maxPacketsOut;
}

export function setCaState(tp: Tcb, state: CaState): void {
  tp.ca.setState?.(tp, state);
  tp.caState = state;
}

/** ssthresh as it would be if the window were what is in use (tcp_current_ssthresh). */
export const currentSsthresh = (tp: Tcb): number =>
  inCwndReduction(tp) ? tp.ssthresh : Math.max(tp.ssthresh, (tp.cwnd >>> 1) + (tp.cwnd >>> 2));

/** RFC 6928: ten segments, or what the route says (tcp_init_cwnd). */
export function initialCwnd(tp: Tcb): number {
  const wanted = tp.dst?.route?.metrics.get("initcwnd") ?? 0;
  return Math.min(wanted === 0 ? INIT_CWND : wanted, tp.cwndClamp);
}

/** TCP_CONGESTION (tcp_reinit_congestion_control). */
export function changeAlgorithm(tp: Tcb, ops: CongestionOps): void {
  tp.ca = ops;
  tp.caPriv = null;
  if (tp.state !== "CLOSE" && tp.state !== "LISTEN") ops.init?.(tp);
}

/** tcp_cwnd_validate, after something was sent: remembers whether the window was full. */
export function cwndValidate(tp: Tcb, limited: boolean): void {
  const now = tp.ns.world.sim.nowNs;
  if (!before(tp.sndUna, tp.cwndUsageSeq) || limited || (!tp.isCwndLimited && tp.packetsOut > tp.maxPacketsOut)) {
    tp.isCwndLimited = limited;
    tp.maxPacketsOut = tp.packetsOut;
    tp.cwndUsageSeq = tp.sndNxt;
  }
  if (isCwndLimited(tp)) {
    tp.cwndUsed = 0;
    tp.cwndStampNs = now;
    return;
  }
  tp.cwndUsed = Math.max(tp.cwndUsed, tp.packetsOut);
  if (tp.ns.sock.tcp.sysctl.slowStartAfterIdle !== 0 && now - tp.cwndStampNs >= tp.rtoNs) applicationLimited(tp);
}

/** RFC 2861: a window that is not used for a timeout shrinks half way to what is used. */
function applicationLimited(tp: Tcb): void {
  if (tp.caState === "Open" && !tp.orphan && !tp.noSpace) {
    const used = Math.max(tp.cwndUsed, initialCwnd(tp));
    if (used < tp.cwnd) {
      tp.ssthresh = currentSsthresh(tp);
      tp.cwnd = (tp.cwnd + used) >>> 1;
    }
    tp.cwndUsed = 0;
  }
  tp.cwndStampNs = tp.ns.world.sim.nowNs;
}

/** tcp_slow_start_after_idle_check, before data is queued: nothing was sent for a timeout, so nobody knows what the path bears. */
export function cwndRestartIfIdle(tp: Tcb): void {
  if (tp.ns.sock.tcp.sysctl.slowStartAfterIdle === 0 || tp.packetsOut !== 0 || tp.lsndTimeNs === 0) return;
  const idle = tp.ns.world.sim.nowNs - tp.lsndTimeNs;
  if (idle > tp.rtoNs) cwndRestart(tp, idle);
}

/** tcp_cwnd_restart: half for each timeout that passed, not below the initial window. */
function cwndRestart(tp: Tcb, idleNs: number): void {
  const floor = Math.min(initialCwnd(tp), tp.cwnd);
  tp.ca.cwndEvent?.(tp, "cwndRestart");
  tp.ssthresh = currentSsthresh(tp);
  let { cwnd } = tp;
  for (let left = idleNs - tp.rtoNs; left > 0 && cwnd > floor; left -= tp.rtoNs) cwnd >>>= 1;
  tp.cwnd = Math.max(cwnd, floor);
  tp.cwndStampNs = tp.ns.world.sim.nowNs;
  tp.cwndUsed = 0;
}

const PACING_SS_PERCENT = 200;
const PACING_CA_PERCENT = 120;

/** tcp_update_pacing_rate, bytes a second: told by `ss`, used by HyStart; nobody paces without the fq queueing discipline. */
export function updatePacingRate(tp: Tcb): void {
  if (tp.srttUs === 0) return;
  const percent = tp.cwnd < tp.ssthresh / 2 ? PACING_SS_PERCENT : PACING_CA_PERCENT;
  tp.pacingRate = Math.floor((tp.mssCache * 10_000 * 8 * percent * Math.max(tp.cwnd, tp.packetsOut)) / tp.srttUs);
}
