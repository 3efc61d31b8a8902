// From ipv4/ip-input.ts (protocol 6). Next ack.ts and data.ts for a connection, listen.ts, handshake.ts or minisock.ts for the others.
import { TCP_ACK, TCP_FIN, TCP_HLEN, TCP_RST, TCP_SYN, tcpChecksumOk, tcpHeaderBytes } from "../../../wire/tcp.ts";
import type { Netns } from "../../core/netns.ts";
import type { Skb } from "../../core/skb.ts";
import { drop } from "../../core/trace.ts";
import { ackSndCheck } from "./ack-check.ts";
import { FLAG_NO_CHALLENGE_ACK, FLAG_SLOWPATH, FLAG_UPDATE_TS_RECENT } from "./ack-state.ts";
import { checkSpace, tcpAck } from "./ack.ts";
import { sendChallengeAck } from "./challenge.ts";
import { finWait2Orphan, tcpDone } from "./close.ts";
import { dataQueue } from "./data.ts";
import { checkReq, openOrDrop } from "./handshake.ts";
import { lookupEstablished, lookupListener } from "./hash.ts";
import { cookieRequest, listenRcv } from "./listen.ts";
import { timeWait, timewaitRcv, TIMEWAIT_NS } from "./minisock.ts";
import { parseOptions } from "./options.ts";
import { pushAfterAck } from "./output.ts";
import { initializeRcvMss, rcvRttMeasureTs } from "./rcvbuf.ts";
import { sendReset } from "./reply.ts";
import { RequestSock } from "./request.ts";
import { synackRttMeas } from "./rtt.ts";
import { RxSeg } from "./segment.ts";
import { after, before } from "./seq.ts";
import { setState } from "./state.ts";
import { initTransfer, synSentRcv } from "./syn-sent.ts";
import type { Tcb } from "./tcb.ts";
import { TimewaitSock } from "./timewait.ts";
import { validateIncoming } from "./validate.ts";

/* tcp_v4_rcv, tcp_rcv_established, tcp_rcv_state_process (RFC 9293 §3.10.7). */

/** tcp_v4_rcv: `start` is at the TCP header. */
export function tcpV4Rcv(ns: Netns, skb: Skb): void {
  if (skb.pktType !== "host") return drop(ns, skb, "OTHERHOST");
  ns.mib.tcp.InSegs++;
  if (skb.length < TCP_HLEN) return drop(ns, skb, "PKT_TOO_SMALL");
  const headerBytes = tcpHeaderBytes(skb.buf, skb.start);
  if (headerBytes < TCP_HLEN || headerBytes > skb.length) return drop(ns, skb, "PKT_TOO_SMALL");
  if ((skb.trust & 1) === 0 && !tcpChecksumOk(skb.buf, skb.start, skb.end, skb.netAt)) return drop(ns, skb, "TCP_CSUM");
  const seg = new RxSeg(skb);
  const { daddr, saddr, dport, sport } = seg;
  const found = lookupEstablished(ns, daddr, dport, saddr, sport, skb.iif);
  if (found === undefined) return toListener(ns, seg);
  if (found instanceof TimewaitSock) return timewaitRcv(ns, found, seg, (listener, isn) => listenRcv(ns, listener, seg, isn));
  if (found instanceof RequestSock) return toRequest(ns, found, seg);
  rcvConnection(found, seg);
}

function toListener(ns: Netns, seg: RxSeg): void {
  const listener = lookupListener(ns, seg.daddr, seg.dport, seg.saddr, seg.sport, seg.skb.iif);
  if (listener !== undefined) {
    const cookie = cookieRequest(ns, listener, seg);
    return cookie === null ? listenRcv(ns, listener, seg) : toChild(cookie, openOrDrop(ns, cookie, seg), seg);
  }
  sendReset(ns, seg, "no program listens on this port");
  drop(ns, seg.skb, "TCP_NOSOCK");
}

function toRequest(ns: Netns, req: RequestSock, seg: RxSeg): void {
  if (req.listener.state !== "LISTEN") {
    sendReset(ns, seg, "the listener is gone");
    return drop(ns, seg.skb, "TCP_NOSOCK");
  }
  toChild(req, checkReq(ns, req, seg), seg);
}

function toChild(req: RequestSock, child: Tcb | null, seg: RxSeg): void {
  if (child === null) return;
  rcvConnection(child, seg);
  // tcp_child_process: accept may return.
  req.listener.waitQueue.wake();
}

function rcvConnection(tp: Tcb, seg: RxSeg): void {
  tp.segsIn++;
  if (seg.len > 0) tp.dataSegsIn++;
  if (tp.state === "ESTABLISHED") return rcvEstablished(tp, seg);
  if (tp.state === "SYN_SENT") return synSentRcv(tp, seg);
  if (tp.state === "CLOSE") return drop(tp.ns, seg.skb, "TCP_CLOSE");
  rcvStateProcess(tp, seg);
}

/** tcp_rcv_established. */
function rcvEstablished(tp: Tcb, seg: RxSeg): void {
  if ((seg.flags & (TCP_ACK | TCP_RST | TCP_SYN)) === 0) {
    readTimestamp(tp, seg);
    return drop(tp.ns, seg.skb, "TCP_FLAGS");
  }
  if (!validateIncoming(tp, seg)) return;
  if ((seg.flags & TCP_ACK) === 0) return drop(tp.ns, seg.skb, "TCP_FLAGS");
  const verdict = tcpAck(tp, seg, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT);
  if (verdict === "tooOld" || verdict === "unsent") {
    if (verdict === "unsent") sendChallengeAck(tp, "an acknowledgement of data never sent");
    return drop(tp.ns, seg.skb, "TCP_INVALID_ACK");
  }
  if (tp.rxOpt.tstampOk) rcvRttMeasureTs(tp, seg);
  dataQueue(tp, seg);
  afterSegment(tp);
}

function readTimestamp(tp: Tcb, seg: RxSeg): void {
  parseOptions(seg, tp.rxOpt, null);
}

/** tcp_data_snd_check, tcp_ack_snd_check. */
function afterSegment(tp: Tcb): void {
  if (tp.state === "CLOSE") return;
  pushAfterAck(tp);
  checkSpace(tp);
  ackSndCheck(tp);
}

/** tcp_rcv_state_process: every state but LISTEN, SYN_SENT and ESTABLISHED. */
function rcvStateProcess(tp: Tcb, seg: RxSeg): void {
  if ((seg.flags & (TCP_ACK | TCP_RST | TCP_SYN)) === 0) return drop(tp.ns, seg.skb, "TCP_FLAGS");
  if (!validateIncoming(tp, seg)) return;
  if ((seg.flags & TCP_ACK) === 0) return drop(tp.ns, seg.skb, "TCP_FLAGS");
  const verdict = tcpAck(tp, seg, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT | FLAG_NO_CHALLENGE_ACK);
  if (verdict !== 1) {
    if (tp.state === "SYN_RECV") {
      sendReset(tp.ns, seg, "an acknowledgement that does not fit the handshake");
      return drop(tp.ns, seg.skb, "TCP_INVALID_ACK");
    }
    if (verdict !== 0) {
      sendChallengeAck(tp);
      return drop(tp.ns, seg.skb, "TCP_INVALID_ACK");
    }
  }
  if (!advance(tp, seg)) return;
  textAndFin(tp, seg);
}

/** What the acknowledgement does to the state; false when the segment is gone. */
function advance(tp: Tcb, seg: RxSeg): boolean {
  switch (tp.state) {
    case "SYN_RECV":
      synRecvAcked(tp, seg);
      return true;
    case "FIN_WAIT1":
      return tp.sndUna !== tp.writeSeq || finAcked(tp, seg);
    case "CLOSING":
      if (tp.sndUna !== tp.writeSeq) return true;
      timeWait(tp, "TIME_WAIT", TIMEWAIT_NS, seg.skb);
      tp.ns.world.free(seg.skb);
      return false;
    case "LAST_ACK":
      if (tp.sndUna !== tp.writeSeq) return true;
      tcpDone(tp, seg.skb);
      tp.ns.world.free(seg.skb);
      return false;
    default:
      return true;
  }
}

function synRecvAcked(tp: Tcb, seg: RxSeg): void {
  tp.delivered++;
  tp.ns.mib.tcpExt.TCPDelivered++;
  if (tp.srttUs === 0) synackRttMeas(tp);
  if (tp.rxOpt.tstampOk) tp.advMss -= 12;
  tp.retransStampNs = 0;
  initTransfer(tp);
  tp.copiedSeq = tp.rcvNxt;
  setState(tp, "ESTABLISHED", seg.skb);
  tp.sndUna = seg.ack;
  tp.sndWnd = seg.window * 2 ** tp.rxOpt.sndWscale;
  tp.sndWl1 = seg.seq;
  tp.lsndTimeNs = tp.ns.world.sim.nowNs;
  initializeRcvMss(tp);
  tp.waitQueue.wake();
}

/** Our FIN is acknowledged; without a program FIN_WAIT2 does not last for ever. False when the segment is gone. */
function finAcked(tp: Tcb, seg: RxSeg): boolean {
  setState(tp, "FIN_WAIT2", seg.skb);
  tp.sndShutdown = true;
  if (!tp.orphan) {
    tp.waitQueue.wake();
    return true;
  }
  const dataAfterClose = seg.endSeq !== seg.seq && after((seg.endSeq - (seg.flags & TCP_FIN)) >>> 0, tp.rcvNxt);
  if (tp.linger2Ns < 0 || dataAfterClose) {
    if (dataAfterClose) sendReset(tp.ns, seg, "data for a socket that is closed");
    tcpDone(tp, seg.skb);
    drop(tp.ns, seg.skb, "TCP_CLOSE");
    return false;
  }
  if ((seg.flags & TCP_FIN) !== 0) return true;
  finWait2Orphan(tp);
  tp.ns.world.free(seg.skb);
  return false;
}

/** Seventh: the text, and the FIN (tcp_data_queue), unless nobody reads any more. */
function textAndFin(tp: Tcb, seg: RxSeg): void {
  switch (tp.state) {
    case "CLOSE_WAIT": case "CLOSING": case "LAST_ACK":
      if (!before(seg.seq, tp.rcvNxt)) {
        tp.ns.world.free(seg.skb);
        break;
      }
      dataQueue(tp, seg);
      break;
    case "FIN_WAIT1": case "FIN_WAIT2":
      if (tp.orphan && seg.endSeq !== seg.seq && after((seg.endSeq - (seg.flags & TCP_FIN)) >>> 0, tp.rcvNxt)) {
        sendReset(tp.ns, seg, "data for a socket that is closed");
        tcpDone(tp, seg.skb);
        return drop(tp.ns, seg.skb, "TCP_CLOSE");
      }
      dataQueue(tp, seg);
      break;
    default:
      dataQueue(tp, seg);
  }
  afterSegment(tp);
}

