import { sendAck } from "./control.ts";
import { clearAckTimer } from "./delack.ts";
import { tellTcp } from "./state.ts";
import type { Tcb } from "./tcb.ts";

/* Answers to segments that cannot be right (RFC 5961), and their limits. */

/** tcp_oow_rate_limited: a connection answers nonsense once in tcp_invalid_ratelimit. True = say nothing. */
export function oowRateLimited(tp: Tcb, hasData: boolean): boolean {
  const now = tp.ns.world.sim.nowNs;
  if (hasData) return false;
  if (tp.lastOowAckNs !== 0 && now - tp.lastOowAckNs < tp.ns.sock.tcp.sysctl.invalidRatelimitMs * 1e6) return true;
  tp.lastOowAckNs = now;
  return false;
}

/** tcp_send_challenge_ack: "is this really you?" The trace hears of it as a duplicate acknowledgement. */
export function sendChallengeAck(tp: Tcb, why = "a challenge: the segment does not fit the connection"): void {
  const now = tp.ns.world.sim.nowNs;
  const tables = tp.ns.sock.tcp;
  if (oowRateLimited(tp, false)) return;
  const second = Math.floor(now / 1e9);
  if (tables.challengeAt !== second) {
    tables.challengeAt = second;
    tables.challengeCount = 0;
  }
  if (tables.challengeCount++ >= tables.sysctl.challengeAckLimit) return;
  if (tp.ns.world.trace !== null) tellTcp(tp, "tcp.dupack", null, why);
  clearAckTimer(tp);
  sendAck(tp);
}
