// From recovery.ts, rack.ts and timer.ts: send again what is marked lost. Next output.ts.
import { TCP_PSH } from "../../../wire/tcp.ts";
import type { AckState } from "./ack-state.ts";
import { sameBufferLost, tsoSegs } from "./burst.ts";
import { inCwndReduction } from "./congestion.ts";
import { currentMss } from "./mtu.ts";
import { NAGLE_OFF, packetsInFlight, pushPendingFrames, retransmitSeg, sendStamp, writeXmit } from "./output.ts";
import { after, before } from "./seq.ts";
import { smallQueueFull } from "./small-queue.ts";
import type { Tcb } from "./tcb.ts";
import { resetXmitTimer } from "./timers.ts";
import { SACKED_ACKED, SACKED_LOST, SACKED_RETRANS, type TxSeg } from "./tx-queue.ts";

/** tcp_mark_skb_lost: it will be sent again; a retransmission that was lost too counts anew. */
export function markSegLost(tp: Tcb, seg: TxSeg): void {
  if ((seg.sacked & SACKED_ACKED) !== 0) return;
  const hint = tp.retransmitHint;
  if (hint === null ? tp.retransOut >= tp.lostOut : before(seg.seq, hint.seq)) tp.retransmitHint = seg;
  if ((seg.sacked & SACKED_LOST) === 0) {
    tp.lostOut++;
    tp.lost++;
    seg.sacked |= SACKED_LOST;
  } else if ((seg.sacked & SACKED_RETRANS) !== 0) {
    seg.sacked &= ~SACKED_RETRANS;
    tp.retransOut--;
    tp.lost++;
  }
}

/** Why a segment is sent again in this state, in words for the trace. */
function reason(tp: Tcb, seg: TxSeg): string {
  if (tp.caState === "Loss") return "slow start after a timeout: lost with the first one";
  if (!tp.rxOpt.sackOk) return tp.prrOut === 0 ? `fast retransmit: ${tp.sackedOut} duplicate acknowledgements` : "recovery: the next hole";
  const above = sackedAbove(tp, seg);
  return `fast retransmit: ${above} segment${above === 1 ? "" : "s"} above it ${above === 1 ? "was" : "were"} acknowledged`;
}

function sackedAbove(tp: Tcb, seg: TxSeg): number {
  let n = 0;
  for (let s = seg.next; s !== null; s = s.next) if ((s.sacked & SACKED_ACKED) !== 0) n++;
  return n;
}

/** tcp_xmit_retransmit_queue: lost segments in order, as many as the window lets. `why` goes into the trace, where it is not plain. */
export function xmitRetransmitQueue(tp: Tcb, why = ""): void {
  if (tp.packetsOut === 0) return;
  const head = tp.rtxQueue.head;
  let hole: TxSeg | null = null;
  let rearm = false;
  const most = tsoSegs(tp, currentMss(tp));
  let together = 0;
  let left = 0;
  let stampNs = 0;
  for (let seg = tp.retransmitHint ?? head; seg !== null; seg = seg.next) {
    if (hole === null) tp.retransmitHint = seg;
    if (tp.cwnd - packetsInFlight(tp) <= 0 || tp.retransOut >= tp.lostOut) break;
    if ((seg.sacked & SACKED_LOST) === 0) {
      if (hole === null && (seg.sacked & (SACKED_RETRANS | SACKED_ACKED)) === 0) hole = seg;
      continue;
    }
    if ((seg.sacked & (SACKED_ACKED | SACKED_RETRANS)) !== 0) continue;
    if (smallQueueFull(tp, seg.len, 1)) break;
    if (left === 0) {
      left = sameBufferLost(seg, Math.min(most, tp.cwnd - packetsInFlight(tp)));
      together = left;
      stampNs = sendStamp(tp);
    }
    const push = together > 1 && left === 1 ? TCP_PSH : 0;
    left--;
    if (retransmitSeg(tp, seg, why !== "" || tp.ns.world.trace === null ? why : reason(tp, seg), push, stampNs) !== undefined) break;
    if (tp.caState === "Loss") tp.ns.mib.tcpExt.TCPSlowStartRetrans++;
    else tp.ns.mib.tcpExt.TCPFastRetrans++;
    if (inCwndReduction(tp)) tp.prrOut++;
    if (seg === head && tp.pendingTimer !== "reoTimeout") rearm = true;
  }
  if (rearm) resetXmitTimer(tp, "retrans", tp.rtoNs);
}

/** tcp_tsq_write: segments have left the machine's queues, and others may follow. */
export function goOnAfterQueue(tp: Tcb): void {
  if (!TSQ_STATES.has(tp.state)) return;
  if (tp.lostOut > tp.retransOut && tp.cwnd > packetsInFlight(tp)) xmitRetransmitQueue(tp);
  if (tp.writeQueue.head !== null) writeXmit(tp, currentMss(tp), tp.nonagle, 0);
}

const TSQ_STATES: ReadonlySet<Tcb["state"]> = new Set(["ESTABLISHED", "FIN_WAIT1", "CLOSING", "CLOSE_WAIT", "LAST_ACK"]);

/** tcp_xmit_recovery: what recovery decided, after the window was adjusted. F-RTO sends new data first. */
export function xmitRecovery(tp: Tcb, st: AckState): void {
  if (st.rexmit === 0 || tp.state === "SYN_SENT") return;
  if (st.rexmit === 2) {
    pushPendingFrames(tp, currentMss(tp), NAGLE_OFF);
    if (after(tp.sndNxt, tp.highSeq)) return;
    tp.frto = false;
  }
  xmitRetransmitQueue(tp);
}
