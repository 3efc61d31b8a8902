// From input.ts: what came may have to be acknowledged. Next control.ts, or a timer.
import { sendAck, sendDupack } from "./control.ts";
import { inQuickack } from "./delack.ts";
import { LazyTimer } from "./lazy-timer.ts";
import type { Tcb } from "./tcb.ts";
import { sendDelayedAck } from "./timers.ts";
import { windowWanted } from "./window.ts";

/** __tcp_ack_snd_check: at once when two full segments came, in quick mode, or out of order; else later. */
export function ackSndCheck(tp: Tcb): void {
  if (!tp.ackScheduled) return;
  const unacked = (tp.rcvNxt - tp.rcvWup) >>> 0;
  const full = unacked > tp.rcvMss && (((tp.rcvNxt - tp.copiedSeq) >>> 0) < tp.rcvMss * 2 || windowWanted(tp) >= tp.rcvWnd);
  if (full || inQuickack(tp) || tp.ackNow) return sendAckTold(tp);
  if (tp.ofoQueue.length === 0) return sendDelayedAck(tp);
  compressSack(tp);
}

function sendAckTold(tp: Tcb): void {
  if (tp.ofoQueue.length === 0 && !tp.rxOpt.dsack) return sendAck(tp);
  sendDupack(tp, tp.rxOpt.dsack ? "data came twice" : "data is missing before what came");
}

const FASTRETRANS_THRESH = 3;

/** Acknowledgements with the same SACK news are thinned out (tcp_comp_sack_*); the first three after a hole always go. */
function compressSack(tp: Tcb): void {
  const { compSackNr, compSackDelayNs } = tp.ns.sock.tcp.sysctl;
  if (!tp.rxOpt.sackOk || tp.compressedAck >= compSackNr) return sendAckTold(tp);
  if (tp.compressedAckRcvNxt !== tp.rcvNxt) {
    tp.compressedAckRcvNxt = tp.rcvNxt;
    tp.dupAckCounter = 0;
  }
  if (tp.dupAckCounter < FASTRETRANS_THRESH) {
    tp.dupAckCounter++;
    return sendAckTold(tp);
  }
  tp.compressedAck++;
  tp.compressedAckTimer ??= new LazyTimer(tp.ns.world.sim, compressedAckKick, tp, true);
  if (tp.compressedAckTimer.pending) return;
  const rttUs = tp.srttUs !== 0 && tp.srttUs < tp.rcvRttUs ? tp.srttUs : tp.rcvRttUs;
  tp.compressedAckTimer.set(Math.min(compSackDelayNs, (rttUs * 125) / 20));
}

/** tcp_compressed_ack_kick. */
function compressedAckKick(tp: Tcb): void {
  if (tp.compressedAck === 0 || tp.state === "CLOSE") return;
  tp.compressedAck--;
  sendAckTold(tp);
}
