import { DELACK_MAX_NS, DELACK_MIN_NS, ATO_MIN_NS, inPingpong } from "./delack.ts";
import { JIFFY_NS } from "../../../sim/jiffies.ts";
import type { PendingTimer, Tcb } from "./tcb.ts";

/* When a socket's timers are set (include/net/tcp.h, inet_connection_sock.h). What they do is in timer.ts. Times in ns. */

export const RTO_MIN_NS = 200_000_000;

export const rtoMaxNs = (tp: Tcb): number => tp.ns.sock.tcp.sysctl.rtoMaxMs * 1_000_000;

/** tcp_reset_xmit_timer: the one timer for retransmission, probes and loss detection. */
export function resetXmitTimer(tp: Tcb, what: PendingTimer, delayNs: number): void {
  const delay = Math.min(delayNs, rtoMaxNs(tp));
  tp.pendingTimer = what;
  tp.retransTimer.set(delay);
  tp.timeoutNs = tp.retransTimer.expiresNs;
}

export function clearXmitTimer(tp: Tcb): void {
  tp.pendingTimer = "none";
  tp.retransTimer.stop();
}

/** tcp_rearm_rto: something new was acknowledged or sent (RFC 6298 §5). */
export function rearmRto(tp: Tcb): void {
  if (tp.packetsOut === 0) {
    if (tp.pendingTimer !== "probe0") clearXmitTimer(tp);
    return;
  }
  let delay = tp.rtoNs;
  if (tp.pendingTimer === "reoTimeout" || tp.pendingTimer === "lossProbe") delay = Math.max(JIFFY_NS, rtoDeltaNs(tp));
  resetXmitTimer(tp, "retrans", delay);
}

/** How much of the retransmission timeout is left for the oldest segment (tcp_rto_delta_us). */
export function rtoDeltaNs(tp: Tcb): number {
  const head = tp.rtxQueue.head;
  return head === null ? tp.rtoNs : head.sentNs + tp.rtoNs - tp.ns.world.sim.nowNs;
}

/** tcp_check_probe_timer: something waits, nothing is on the way: the peer's window must be asked for. */
export function checkProbeTimer(tp: Tcb): void {
  if (tp.packetsOut === 0 && tp.pendingTimer === "none") resetXmitTimer(tp, "probe0", probe0Base(tp));
}

export const probe0Base = (tp: Tcb): number => Math.max(tp.rtoNs, RTO_MIN_NS);

/** tcp_probe0_when: doubles with every probe. */
export function probe0When(tp: Tcb, mostNs: number): number {
  const most = Math.floor(Math.log2(rtoMaxNs(tp) / RTO_MIN_NS)) + 1;
  return Math.min(mostNs, probe0Base(tp) * 2 ** Math.min(most, tp.backoff));
}

/** tcp_send_delayed_ack: by and by, together with data if there is some. */
export function sendDelayedAck(tp: Tcb): void {
  let ato = tp.atoNs;
  if (ato > DELACK_MIN_NS) {
    let most = inPingpong(tp) || tp.ackPushed ? DELACK_MAX_NS : 500_000_000;
    if (tp.srttUs !== 0) most = Math.min(most, Math.max((tp.srttUs >> 3) * 1000, ATO_MIN_NS));
    ato = Math.min(ato, most);
  }
  ato = Math.min(ato, DELACK_MAX_NS);
  setDelackTimer(tp, ato);
}

/** An acknowledgement is owed at most this much later; one that is owed earlier stays. */
export function setDelackTimer(tp: Tcb, delayNs: number): void {
  const now = tp.ns.world.sim.nowNs;
  tp.ackScheduled = true;
  if (tp.ackTimerOn && tp.ackTimeoutNs <= now + delayNs) return;
  tp.ackTimerOn = true;
  tp.delackTimer.set(delayNs);
  tp.ackTimeoutNs = tp.delackTimer.expiresNs;
}

const FIN_RTO_FACTOR = 3.5;

/** tcp_fin_time: how long FIN_WAIT2 lasts when no program is there. */
export function finTimeNs(tp: Tcb): number {
  const set = tp.linger2Ns !== 0 ? tp.linger2Ns : tp.ns.sock.tcp.sysctl.finTimeoutSec * 1e9;
  return Math.max(set, Math.floor(tp.rtoNs * FIN_RTO_FACTOR));
}

export const keepaliveTimeNs = (tp: Tcb): number => tp.options.TCP_KEEPIDLE;
export const keepaliveIntvlNs = (tp: Tcb): number => tp.options.TCP_KEEPINTVL;

/** tcp_clear_xmit_timers: the socket may be used again. */
export function stopTimers(tp: Tcb): void {
  tp.pendingTimer = "none";
  tp.ackTimerOn = false;
  tp.retransTimer.stop();
  tp.delackTimer.stop();
  tp.keepTimer.stop();
  tp.compressedAckTimer?.stop();
}

/** All three, for good. */
export function destroyTimers(tp: Tcb): void {
  tp.pendingTimer = "none";
  tp.ackTimerOn = false;
  tp.retransTimer.destroy();
  tp.delackTimer.destroy();
  tp.keepTimer.destroy();
  tp.compressedAckTimer?.destroy();
}
