// From output.ts and ack.ts (when), timer.ts (the probe is due). Next output.ts.
import { type AckState, FLAG_DATA_SACKED, FLAG_DSACK_TLP, FLAG_NOT_DUP, FLAG_SND_UNA_ADVANCED } from "./ack-state.ts";
import { JIFFY_NS } from "../../../sim/jiffies.ts";
import { setCaState } from "./congestion.ts";
import { currentMss } from "./mtu.ts";
import { NAGLE_OFF, fitsPeerWindow, resendSeg, writeXmit } from "./output.ts";
import { endCwndReduction, initCwndReduction } from "./prr.ts";
import { jiffiesUpNs, rtoMinUs } from "./rtt.ts";
import { after, before } from "./seq.ts";
import { TIMEOUT_INIT_NS, type Tcb } from "./tcb.ts";
import { rearmRto, resetXmitTimer, rtoDeltaNs } from "./timers.ts";
import { tryKeepOpen } from "./undo.ts";

/* Tail loss probe (RFC 8985 §7): when the last segments of a burst are lost nobody acknowledges anything above them, so one is sent again early. */

const TIMEOUT_MIN_US = 2000;

/** tcp_schedule_loss_probe: two round trips from now, or when the retransmission timeout is due. False = no probe in this state. */
export function scheduleLossProbe(tp: Tcb, advancingRto: boolean): boolean {
  const { earlyRetrans } = tp.ns.sock.tcp.sysctl;
  if ((earlyRetrans !== 3 && earlyRetrans !== 4) || tp.packetsOut === 0 || !tp.rxOpt.sackOk) return false;
  if (tp.caState !== "Open" && tp.caState !== "CWR") return false;
  let delay = TIMEOUT_INIT_NS;
  // One segment alone may be waiting for the peer's delayed acknowledgement.
  if (tp.srttUs !== 0) delay = jiffiesUpNs((tp.srttUs >>> 2) + (tp.packetsOut === 1 ? rtoMinUs(tp) : TIMEOUT_MIN_US));
  const rto = advancingRto ? tp.rtoNs : rtoDeltaNs(tp);
  if (rto > 0) delay = Math.min(delay, Math.ceil(rto / JIFFY_NS) * JIFFY_NS);
  resetXmitTimer(tp, "lossProbe", delay);
  return true;
}

/** tcp_send_loss_probe: new data if there is some and the peer takes it, else the last segment again. */
export function sendLossProbe(tp: Tcb): void {
  if (tp.tlpHighSeq === 0 && probe(tp)) {
    tp.ns.mib.tcpExt.TCPLossProbes++;
    tp.tlpHighSeq = tp.sndNxt;
    // The retransmission timer counts anew from the probe.
    tp.pendingTimer = "none";
  }
  rearmRto(tp);
}

function probe(tp: Tcb): boolean {
  tp.tlpRetrans = false;
  const mss = currentMss(tp);
  const head = tp.writeQueue.head;
  if (head !== null && fitsPeerWindow(tp, head, mss)) {
    const { packetsOut } = tp;
    writeXmit(tp, mss, NAGLE_OFF, 2);
    return tp.packetsOut > packetsOut;
  }
  const last = tp.rtxQueue.tail;
  if (last === null || resendSeg(tp, last, "tail loss probe") !== undefined) return false;
  tp.tlpRetrans = true;
  return true;
}

/** tcp_process_tlp_ack: did the probe repair a loss? Then the window is reduced once, as after a fast recovery. */
export function processTlpAck(tp: Tcb, ack: number, st: AckState): void {
  if (before(ack, tp.tlpHighSeq)) return;
  if (!tp.tlpRetrans || (st.flag & FLAG_DSACK_TLP) !== 0) tp.tlpHighSeq = 0;
  else if (after(ack, tp.tlpHighSeq)) {
    initCwndReduction(tp);
    setCaState(tp, "CWR");
    endCwndReduction(tp);
    tryKeepOpen(tp);
  } else if ((st.flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DATA_SACKED)) === 0) tp.tlpHighSeq = 0;
}
