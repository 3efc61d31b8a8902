import type { Tcb } from "./tcb.ts";

/* When an acknowledgement is sent: inet_connection_sock's icsk_ack, tcp_input.c. Times in ns. */

export const ATO_MIN_NS = 40_000_000;
export const DELACK_MIN_NS = 40_000_000;
export const DELACK_MAX_NS = 200_000_000;
const MAX_QUICKACKS = 16;

/** inet_csk_in_pingpong_mode: the program answers what it reads, so the acknowledgement may ride on the answer. */
export const inPingpong = (tp: Tcb): boolean => tp.ackPingpong >= tp.ns.sock.tcp.sysctl.pingpongThresh;

export const inQuickack = (tp: Tcb): boolean => tp.ackQuick > 0 && !inPingpong(tp);

/** tcp_incr_quickack: as many immediate acknowledgements as half the window has segments. */
export function incrQuickack(tp: Tcb, most: number): void {
  const half = Math.floor(tp.rcvWnd / (2 * tp.rcvMss));
  const wanted = Math.min(most, half === 0 ? 2 : half);
  if (wanted > tp.ackQuick) tp.ackQuick = wanted;
}

/** tcp_enter_quickack_mode. */
export function enterQuickack(tp: Tcb, most = MAX_QUICKACKS): void {
  incrQuickack(tp, most);
  tp.ackPingpong = 0;
  tp.atoNs = ATO_MIN_NS;
}

/** tcp_event_ack_sent: an acknowledgement is on its way, nothing more to delay. */
export function eventAckSent(tp: Tcb): void {
  if (tp.compressedAck > 0) {
    tp.compressedAck = 0;
    tp.compressedAckTimer?.stop();
  }
  if (tp.ackQuick > 0 && tp.ackScheduled) {
    if (tp.ackQuick === 1) tp.atoNs = ATO_MIN_NS;
    tp.ackQuick--;
  }
  clearAckTimer(tp);
}

/** inet_csk_clear_xmit_timer(ICSK_TIME_DACK). */
export function clearAckTimer(tp: Tcb): void {
  tp.ackScheduled = false;
  tp.ackTimerOn = false;
  tp.ackPushed = false;
  tp.ackPushed2 = false;
  tp.ackNow = false;
  tp.ackRetry = 0;
  tp.delackTimer.stop();
}
