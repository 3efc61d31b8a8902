import { JIFFY_NS } from "../../../sim/jiffies.ts";
import { tcpDone, writeErr } from "./close.ts";
import { sendActiveReset, sendAck, writeWakeup } from "./control.ts";
import { ATO_MIN_NS, inPingpong } from "./delack.ts";
import { LazyTimer } from "./lazy-timer.ts";
import { timeWait, TIMEWAIT_NS } from "./minisock.ts";
import { retransmitSeg } from "./output.ts";
import { rackReoTimeout } from "./rack.ts";
import { enterLoss } from "./recovery.ts";
import { sendLossProbe } from "./tlp.ts";
import type { Tcb } from "./tcb.ts";
import { finTimeNs, keepaliveIntvlNs, keepaliveTimeNs, probe0When, resetXmitTimer, RTO_MIN_NS, rtoMaxNs } from "./timers.ts";

/* What happens when a timer goes off (net/ipv4/tcp_timer.c). Times in ns. */

/** tcp_init_xmit_timers. */
export function initTimers(tp: Tcb): void {
  const { sim } = tp.ns.world;
  tp.retransTimer = new LazyTimer(sim, writeTimer, tp);
  tp.delackTimer = new LazyTimer(sim, delackTimer, tp);
  tp.keepTimer = new LazyTimer(sim, keepaliveTimer, tp);
}

function writeTimer(tp: Tcb): void {
  const what = tp.pendingTimer;
  if (tp.state === "CLOSE" || tp.state === "LISTEN" || what === "none") return;
  if (what === "reoTimeout") return rackReoTimeout(tp);
  if (what === "lossProbe") return sendLossProbe(tp);
  tp.pendingTimer = "none";
  if (what === "retrans") retransmitTimer(tp);
  else probeTimer(tp);
}

const isHandshake = (tp: Tcb): boolean => tp.state === "SYN_SENT" || tp.state === "SYN_RECV";

/** tcp_retransmit_timer: the oldest segment again, and twice as long a wait. */
export function retransmitTimer(tp: Tcb): void {
  const head = tp.rtxQueue.head;
  if (tp.packetsOut === 0 || head === null) return;
  if (tp.sndWnd === 0 && !tp.orphan && !isHandshake(tp)) return windowShrank(tp);
  tp.ns.mib.tcpExt.TCPTimeouts++;
  if (writeTimeout(tp)) return;
  enterLoss(tp);
  tp.retransmits++;
  tp.totalRto++;
  retransmitSeg(tp, tp.rtxQueue.head ?? head, rtoWords(tp));
  backOff(tp);
}

const rtoWords = (tp: Tcb): string => `no acknowledgement for ${tp.rtoNs / 1e6} ms, attempt ${tp.retransmits}`;

function backOff(tp: Tcb): void {
  const linear = tp.state === "SYN_SENT" && tp.totalRto <= tp.ns.sock.tcp.sysctl.synLinearTimeouts;
  if (!linear) {
    tp.backoff++;
    tp.rtoNs = Math.min(tp.rtoNs * 2, rtoMaxNs(tp));
  }
  resetXmitTimer(tp, "retrans", clampToUserTimeout(tp, tp.rtoNs));
}

/** The peer closed its window over what is on the way: treat it as a probe that repeats data. */
function windowShrank(tp: Tcb): void {
  const now = tp.ns.world.sim.nowNs;
  if (now - tp.rcvTstampNs > rtoMaxNs(tp) * 2 && tp.retransStampNs !== 0 && now - tp.retransStampNs > rtoMaxNs(tp)) return writeErr(tp);
  enterLoss(tp);
  if (tp.rtxQueue.head !== null) retransmitSeg(tp, tp.rtxQueue.head, "the peer's window is zero over what was sent");
  tp.backoff++;
  tp.rtoNs = Math.min(tp.rtoNs * 2, rtoMaxNs(tp));
  resetXmitTimer(tp, "retrans", tp.rtoNs);
}

/** TCP_USER_TIMEOUT cuts the last wait short (tcp_clamp_rto_to_user_timeout). */
function clampToUserTimeout(tp: Tcb, rtoNs: number): number {
  const user = tp.options.TCP_USER_TIMEOUT;
  if (user === 0 || tp.retransStampNs === 0) return rtoNs;
  const left = user - (tp.ns.world.sim.nowNs - tp.retransStampNs);
  return left <= 0 ? JIFFY_NS : Math.min(rtoNs, left);
}

/** tcp_write_timeout: true when it is time to give up, and that was done. */
function writeTimeout(tp: Tcb): boolean {
  const { sysctl } = tp.ns.sock.tcp;
  let retries = sysctl.retries2;
  let expired = false;
  if (isHandshake(tp)) {
    retries = tp.options.TCP_SYNCNT !== 6 ? tp.options.TCP_SYNCNT : sysctl.synRetries;
    expired = tp.retransmits >= retries + (tp.state === "SYN_SENT" ? sysctl.synLinearTimeouts : 0);
  } else {
    // Something on the way may have changed: ask for the route again.
    if (retransmitsTimedOut(tp, sysctl.retries1, 0)) tp.dst = null;
    if (tp.orphan) retries = orphanRetries(tp, tp.rtoNs < rtoMaxNs(tp));
  }
  if (!expired) expired = retransmitsTimedOut(tp, retries, tp.options.TCP_USER_TIMEOUT);
  if (expired) writeErr(tp);
  return expired;
}

/** retransmits_timed_out: have `boundary` retransmissions with doubling waits had their time since the first? */
function retransmitsTimedOut(tp: Tcb, boundary: number, timeoutNs: number): boolean {
  if (tp.retransmits === 0) return false;
  const base = isHandshake(tp) ? 1_000_000_000 : RTO_MIN_NS;
  const wait = timeoutNs !== 0 ? timeoutNs : modelTimeout(tp, boundary, base);
  return tp.ns.world.sim.nowNs - tp.retransStampNs >= wait;
}

/** tcp_model_timeout. */
function modelTimeout(tp: Tcb, boundary: number, baseNs: number): number {
  const most = rtoMaxNs(tp);
  const doublings = Math.floor(Math.log2(most / baseNs));
  if (boundary <= doublings) return (2 ** (boundary + 1) - 1) * baseNs;
  return (2 ** (doublings + 1) - 1) * baseNs + (boundary - doublings) * most;
}

function orphanRetries(tp: Tcb, alive: boolean): number {
  const retries = tp.softError !== null && !alive ? 0 : tp.ns.sock.tcp.sysctl.orphanRetries;
  return retries === 0 && alive ? 8 : retries;
}

/** tcp_probe_timer: the peer's window is shut; ask. */
function probeTimer(tp: Tcb): void {
  const now = tp.ns.world.sim.nowNs;
  if (tp.packetsOut > 0 || tp.writeQueue.head === null) {
    tp.probesOut = 0;
    tp.probesTstampNs = 0;
    return;
  }
  if (tp.probesTstampNs === 0) tp.probesTstampNs = now;
  else if (tp.options.TCP_USER_TIMEOUT !== 0 && now - tp.probesTstampNs >= tp.options.TCP_USER_TIMEOUT) return writeErr(tp);
  let most = tp.ns.sock.tcp.sysctl.retries2;
  if (tp.orphan) {
    const alive = tp.rtoNs * 2 ** tp.backoff < rtoMaxNs(tp);
    most = orphanRetries(tp, alive);
    if (!alive && tp.backoff >= most) return writeErr(tp);
  }
  if (tp.probesOut >= most) return writeErr(tp);
  sendProbe0(tp);
}

/** tcp_send_probe0. */
function sendProbe0(tp: Tcb): void {
  writeWakeup(tp, "is the window still zero?");
  if (tp.packetsOut > 0 || tp.writeQueue.head === null) {
    tp.probesOut = 0;
    tp.backoff = 0;
    tp.probesTstampNs = 0;
    return;
  }
  tp.probesOut++;
  if (tp.backoff < tp.ns.sock.tcp.sysctl.retries2) tp.backoff++;
  resetXmitTimer(tp, "probe0", probe0When(tp, rtoMaxNs(tp)));
}

/** tcp_delack_timer_handler. */
function delackTimer(tp: Tcb): void {
  if (tp.state === "CLOSE" || tp.state === "LISTEN" || !tp.ackTimerOn) return;
  tp.ackTimerOn = false;
  if (!tp.ackScheduled) return;
  if (!inPingpong(tp)) tp.atoNs = Math.min(tp.atoNs * 2, tp.rtoNs);
  else {
    tp.ackPingpong = 0;
    tp.atoNs = ATO_MIN_NS;
  }
  tp.ns.mib.tcpExt.DelayedACKs++;
  sendAck(tp);
}

/** tcp_keepalive_timer: three jobs, one timer. */
function keepaliveTimer(tp: Tcb): void {
  if (tp.state === "FIN_WAIT2" && tp.orphan) return finWait2Over(tp);
  if (!tp.options.SO_KEEPALIVE || tp.state === "CLOSE" || tp.state === "SYN_SENT" || tp.state === "LISTEN") return;
  const idle = keepaliveTimeNs(tp);
  if (tp.packetsOut > 0 || tp.writeQueue.head !== null) return tp.keepTimer.set(idle);
  const now = tp.ns.world.sim.nowNs;
  const elapsed = Math.min(now - tp.lrcvTimeNs, now - tp.rcvTstampNs);
  if (elapsed < idle) return tp.keepTimer.set(idle - elapsed);
  const user = tp.options.TCP_USER_TIMEOUT;
  const gaveUp = user !== 0 ? elapsed >= user && tp.probesOut > 0 : tp.probesOut >= tp.options.TCP_KEEPCNT;
  if (gaveUp) {
    sendActiveReset(tp, "no answer to keep-alive probes");
    return writeErr(tp);
  }
  tp.ns.mib.tcpExt.TCPKeepAlive++;
  writeWakeup(tp, "keep-alive: are you still there?");
  tp.probesOut++;
  tp.keepTimer.set(keepaliveIntvlNs(tp));
}

function finWait2Over(tp: Tcb): void {
  const left = finTimeNs(tp) - TIMEWAIT_NS;
  if (tp.linger2Ns >= 0 && left > 0) return timeWait(tp, "FIN_WAIT2", left);
  sendActiveReset(tp, "nobody waits for the other half any more");
  tcpDone(tp);
}

