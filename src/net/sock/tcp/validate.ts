import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../../../wire/tcp.ts";
import { drop } from "../../core/trace.ts";
import type { DropReason } from "../../uapi/trace.ts";
import { oowRateLimited, sendChallengeAck } from "./challenge.ts";
import { tcpReset } from "./close.ts";
import { enterQuickack } from "./delack.ts";
import { PAWS_24DAYS_NS } from "./minisock.ts";
import { dsackSet } from "./ofo.ts";
import { parseOptions } from "./options.ts";
import type { RxSeg } from "./segment.ts";
import { after, before } from "./seq.ts";
import type { Tcb } from "./tcb.ts";
import { sendDupack } from "./control.ts";
import { receiveWindow } from "./window.ts";

/* tcp_validate_incoming (RFC 9293 §3.10.7.4 first to fourth, RFC 5961, RFC 7323 §5). */

/** Reads the segment's options and says whether it may be worked on; otherwise it is gone. */
export function validateIncoming(tp: Tcb, seg: RxSeg): boolean {
  readOptions(tp, seg);
  const { flags } = seg;
  const isReset = (flags & TCP_RST) !== 0;
  const isSyn = (flags & TCP_SYN) !== 0;
  if (tp.rxOpt.sawTstamp && pawsDiscard(tp, seg) && !isReset) {
    if (isSyn) return challenge(tp, seg, "a SYN inside a connection");
    if (!oowRateLimited(tp, seg.len > 0)) sendDup(tp, seg, "an old timestamp (PAWS)");
    return lose(tp, seg, "TCP_RFC7323_PAWS");
  }
  const wrong = outOfWindow(tp, seg);
  if (wrong !== null) return refuseSequence(tp, seg, wrong);
  if (isReset) return takeReset(tp, seg);
  if (isSyn) {
    const crossed = tp.state === "SYN_RECV" && (flags & TCP_ACK) !== 0 && (seg.seq + 1) >>> 0 === seg.endSeq && (seg.seq + 1) >>> 0 === tp.rcvNxt && seg.ack === tp.sndNxt;
    if (!crossed) return challenge(tp, seg, "a SYN inside a connection");
  }
  return true;
}

export function readOptions(tp: Tcb, seg: RxSeg): void {
  const { rxOpt } = tp;
  parseOptions(seg, rxOpt, null);
  if (rxOpt.sawTstamp && rxOpt.rcvTsecr !== 0) rxOpt.rcvTsecr = (rxOpt.rcvTsecr - tp.tsOffset) >>> 0;
}

function lose(tp: Tcb, seg: RxSeg, reason: DropReason): false {
  drop(tp.ns, seg.skb, reason);
  return false;
}

function challenge(tp: Tcb, seg: RxSeg, why: string): false {
  sendChallengeAck(tp, why);
  return lose(tp, seg, "TCP_FLAGS");
}

/** tcp_paws_discard: an older timestamp, unless it is a pure acknowledgement that was overtaken, or weeks have passed. */
function pawsDiscard(tp: Tcb, seg: RxSeg): boolean {
  const { rxOpt } = tp;
  const late = (rxOpt.tsRecent - rxOpt.rcvTsval) | 0;
  if (late <= 0 || rxOpt.tsRecentStampNs === 0) return false;
  if (tp.ns.world.sim.nowNs - rxOpt.tsRecentStampNs >= PAWS_24DAYS_NS) return false;
  return !isOvertakenAck(tp, seg, late);
}

/** tcp_disordered_ack. */
function isOvertakenAck(tp: Tcb, seg: RxSeg, lateMs: number): boolean {
  const pure = (seg.flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) === TCP_ACK && seg.seq === seg.endSeq && seg.seq === tp.rcvNxt;
  if (!pure || seg.ack !== tp.sndUna) return false;
  const window = seg.window * 2 ** tp.rxOpt.sndWscale;
  const updatesWindow = after(seg.ack, tp.sndUna) || after(seg.seq, tp.sndWl1) || (seg.seq === tp.sndWl1 && window > tp.sndWnd);
  return !updatesWindow && lateMs <= Math.min(tp.rtoNs * 2, 1.2e9) / 1e6;
}

/** tcp_sequence: is any part of it within the window? */
function outOfWindow(tp: Tcb, seg: RxSeg): DropReason | null {
  if (before(seg.endSeq, tp.rcvWup)) return "TCP_OLD_DATA";
  if (after(seg.seq, (tp.rcvNxt + receiveWindow(tp)) >>> 0)) return "TCP_INVALID_SEQUENCE";
  return null;
}

function refuseSequence(tp: Tcb, seg: RxSeg, reason: DropReason): false {
  if ((seg.flags & TCP_RST) !== 0) {
    if (resetAfterFin(tp, seg)) {
      tcpReset(tp, seg.skb);
      return false;
    }
    return lose(tp, seg, reason);
  }
  if ((seg.flags & TCP_SYN) !== 0) return challenge(tp, seg, "a SYN inside a connection");
  if (!oowRateLimited(tp, seg.len > 0)) sendDup(tp, seg, reason === "TCP_OLD_DATA" ? "received before" : "outside the window");
  return lose(tp, seg, reason);
}

/** tcp_reset_check: a reset that follows the peer's FIN with the FIN's own number. */
const resetAfterFin = (tp: Tcb, seg: RxSeg): boolean =>
  seg.seq === (tp.rcvNxt - 1) >>> 0 && (tp.state === "CLOSE_WAIT" || tp.state === "LAST_ACK" || tp.state === "CLOSING");

/** RFC 5961 §3.2: only the very next number resets; others in the window are asked back. */
function takeReset(tp: Tcb, seg: RxSeg): boolean {
  const highest = tp.rxOpt.sackOk && tp.rxOpt.numSacks > 0 ? sackEdge(tp) : tp.rcvNxt;
  if (seg.seq === tp.rcvNxt || resetAfterFin(tp, seg) || seg.seq === highest) {
    tcpReset(tp, seg.skb);
    return false;
  }
  sendChallengeAck(tp, "a reset with a number that is not the next one");
  return lose(tp, seg, "TCP_RESET");
}

function sackEdge(tp: Tcb): number {
  let edge = tp.rcvNxt;
  for (let i = 0; i < tp.rxOpt.numSacks; i++) if (after(tp.selectiveAcks[i]!.endSeq, edge)) edge = tp.selectiveAcks[i]!.endSeq;
  return edge;
}

/** tcp_send_dupack: quick acknowledgements again, and a D-SACK for what came twice. */
function sendDup(tp: Tcb, seg: RxSeg, why: string): void {
  if (seg.endSeq !== seg.seq && before(seg.seq, tp.rcvNxt)) {
    enterQuickack(tp);
    const end = after(seg.endSeq, tp.rcvNxt) ? tp.rcvNxt : seg.endSeq;
    dsackSet(tp, seg.seq, end);
  }
  sendDupack(tp, why);
}
