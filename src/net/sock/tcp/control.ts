import { TCP_ACK, TCP_PSH, TCP_RST } from "../../../wire/tcp.ts";
import { DELACK_MAX_NS } from "./delack.ts";
import { currentMss } from "./mtu.ts";
import { eventDataSent, newDataSent, wndEnd } from "./output.ts";
import { rateSegSent } from "./rate.ts";
import { before, seqAdd } from "./seq.ts";
import { tellTcp } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { setDelackTimer } from "./timers.ts";
import { transmitBare, transmitSeg } from "./transmit.ts";
import { fragmentSeg } from "./write-queue.ts";

/* Segments without new data: acknowledgements, probes, resets. */

/** SND.NXT, or the edge of a window that shrank (tcp_acceptable_seq). */
export function acceptableSeq(tp: Tcb): number {
  const edge = wndEnd(tp);
  if (!before(edge, tp.sndNxt)) return tp.sndNxt;
  const { sndWscale } = tp.rxOpt;
  return tp.rxOpt.wscaleOk && (tp.sndNxt - edge) >>> 0 < 2 ** sndWscale ? tp.sndNxt : edge;
}

/** tcp_send_ack: at once. */
export function sendAck(tp: Tcb): void {
  if (tp.state === "CLOSE") return;
  transmitBare(tp, acceptableSeq(tp), TCP_ACK);
  // It could not leave (no route): try again by the timer.
  if (tp.dst === null) setDelackTimer(tp, DELACK_MAX_NS);
}

/** An acknowledgement because something is missing or came twice; the trace says so (tcp_send_dupack). */
export function sendDupack(tp: Tcb, why: string): void {
  transmitBare(tp, acceptableSeq(tp), TCP_ACK, (skb) => tellTcp(tp, "tcp.dupack", skb, why));
}

/** tcp_send_active_reset: this end gives up. */
export function sendActiveReset(tp: Tcb, why: string): void {
  tp.ns.mib.tcp.OutRsts++;
  transmitBare(tp, acceptableSeq(tp), TCP_ACK | TCP_RST, (skb) => tellTcp(tp, "tcp.rst", skb, why));
}

/** tcp_xmit_probe_skb: an old sequence number, which the peer must answer. */
function sendProbe(tp: Tcb, why: string): void {
  transmitBare(tp, seqAdd(tp.sndUna, -1), TCP_ACK, (skb) => tellTcp(tp, "tcp.probe", skb, why));
}

/** tcp_write_wakeup: as much of what waits as the window takes, or else a probe. */
export function writeWakeup(tp: Tcb, why: string): void {
  if (tp.state === "CLOSE") return;
  const seg = tp.writeQueue.head;
  const edge = wndEnd(tp);
  if (seg === null || !before(seg.seq, edge)) return sendProbe(tp, why);
  const room = (edge - seg.seq) >>> 0;
  const mss = currentMss(tp);
  if (before(tp.pushedSeq, seg.endSeq)) tp.pushedSeq = seg.endSeq;
  if (room < (seg.endSeq - seg.seq) >>> 0 || seg.len > mss) fragmentSeg(tp, tp.writeQueue, seg, Math.min(room, mss, seg.len));
  seg.flags |= TCP_PSH;
  eventDataSent(tp);
  rateSegSent(tp, seg);
  tp.sentOrder.moveToTail(seg);
  seg.sentNs = tp.ns.world.sim.nowNs;
  if (transmitSeg(tp, seg) === undefined) newDataSent(tp, seg);
}

/** The program wants acknowledgements at once again (TCP_QUICKACK). */
export function setQuickack(tp: Tcb, on: boolean): void {
  if (!on) {
    tp.ackPingpong = tp.ns.sock.tcp.sysctl.pingpongThresh;
    return;
  }
  tp.ackPingpong = 0;
  if (tp.state !== "ESTABLISHED" && tp.state !== "CLOSE_WAIT") return;
  if (!tp.ackScheduled) return;
  tp.ackPushed = true;
  sendAck(tp);
}

