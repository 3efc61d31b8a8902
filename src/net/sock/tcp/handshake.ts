// From input.ts: a segment for a handshake in a SYN queue. Next input.ts with the child that it becomes.
import { TCP_ACK, TCP_RST, TCP_SYN } from "../../../wire/tcp.ts";
import type { Netns } from "../../core/netns.ts";
import { drop } from "../../core/trace.ts";
import { hashInsert } from "./hash.ts";
import { acceptQueueFull, deferRetrans, dropRequest, mssOffered, resendSynAck, setRequestTimer } from "./listen.ts";
import { inWindow } from "./minisock.ts";
import { syncMss } from "./mtu.ts";
import { parseOptions } from "./options.ts";
import { joinBucket } from "./ports.ts";
import { sendReply, sendReset } from "./reply.ts";
import type { RequestSock } from "./request.ts";
import type { RxSeg } from "./segment.ts";
import { after } from "./seq.ts";
import { tellTcp } from "./state.ts";
import type { Tcb } from "./tcb.ts";
import { pathMtu, skRoute, timestampOf } from "./transmit.ts";
import { initializeRcvMss } from "./rcvbuf.ts";
import { keepaliveTimeNs } from "./timers.ts";

/* tcp_check_req and tcp_create_openreq_child (net/ipv4/tcp_minisocks.c). */

/** The child when the handshake is complete; null when the segment was something else and is dealt with. */
export function checkReq(ns: Netns, req: RequestSock, seg: RxSeg): Tcb | null {
  const { skb, flags } = seg;
  const { rxOpt } = req;
  const recent = rxOpt.tsRecent;
  parseOptions(seg, rxOpt, null);
  if (rxOpt.sawTstamp && rxOpt.rcvTsecr !== 0) rxOpt.rcvTsecr = (rxOpt.rcvTsecr - req.tsOffset) >>> 0;
  const paws = rxOpt.sawTstamp && ((recent - rxOpt.rcvTsval) | 0) > 0 && (flags & TCP_RST) === 0;
  if (seg.seq === req.rcvIsn && (flags & (TCP_SYN | TCP_ACK | TCP_RST)) === TCP_SYN && !paws) {
    if (oowAllowed(ns, req) && resendSynAck(req)) setRequestTimer(req);
    return done(ns, seg);
  }
  if ((flags & TCP_ACK) !== 0 && seg.ack !== (req.sntIsn + 1) >>> 0) {
    sendReset(ns, seg, "an acknowledgement that does not fit the handshake");
    drop(ns, skb, "TCP_INVALID_ACK");
    return null;
  }
  if (paws || !inWindow(seg, req.rcvNxt, (req.rcvNxt + req.rsqRcvWnd) >>> 0)) {
    if ((flags & TCP_RST) === 0 && oowAllowed(ns, req)) requestAck(ns, req, seg);
    drop(ns, skb, paws ? "TCP_RFC7323_PAWS" : "TCP_OVERWINDOW");
    return null;
  }
  if (rxOpt.sawTstamp && !after(seg.seq, req.rcvNxt)) rxOpt.tsRecent = rxOpt.rcvTsval;
  const syn = (flags & TCP_SYN) !== 0 && seg.seq !== req.rcvIsn;
  if (syn || (flags & TCP_RST) !== 0) return embryonicReset(ns, req, seg);
  if ((flags & TCP_ACK) === 0) return done(ns, seg);
  return complete(ns, req, seg);
}

function done(ns: Netns, seg: RxSeg): null {
  ns.world.free(seg.skb);
  return null;
}

function complete(ns: Netns, req: RequestSock, seg: RxSeg): Tcb | null {
  const tp = req.listener;
  if (req.numTimeout < deferRetrans(tp) && seg.endSeq === (req.rcvIsn + 1) >>> 0) {
    req.acked = true;
    return done(ns, seg);
  }
  return openOrDrop(ns, req, seg);
}

/** The child, if there is room in the queue of those that wait for accept. */
export function openOrDrop(ns: Netns, req: RequestSock, seg: RxSeg): Tcb | null {
  const tp = req.listener;
  if (!acceptQueueFull(tp)) return openChild(req, seg);
  tp.drops++;
  if (ns.world.trace !== null) tellTcp(tp, "tcp.overflow", seg.skb, "the queue of connections to be accepted is full");
  if (ns.sock.tcp.sysctl.abortOnOverflow !== 0) return embryonicReset(ns, req, seg);
  req.acked = true;
  drop(ns, seg.skb, "TCP_LISTEN_OVERFLOW");
  return null;
}

function embryonicReset(ns: Netns, req: RequestSock, seg: RxSeg): null {
  const isReset = (seg.flags & TCP_RST) !== 0;
  if (!isReset) sendReset(ns, seg, "the handshake was broken off");
  dropRequest(req);
  drop(ns, seg.skb, isReset ? "TCP_RESET" : "TCP_FLAGS");
  return null;
}

/** Answers to what is out of the window: one in tcp_invalid_ratelimit. */
function oowAllowed(ns: Netns, req: RequestSock): boolean {
  const now = ns.world.sim.nowNs;
  if (req.lastOowAckNs !== 0 && now - req.lastOowAckNs < ns.sock.tcp.sysctl.invalidRatelimitMs * 1e6) return false;
  req.lastOowAckNs = now;
  return true;
}

/** tcp_v4_reqsk_send_ack. */
function requestAck(ns: Netns, req: RequestSock, seg: RxSeg): void {
  const timestamp = req.rxOpt.tstampOk ? { val: timestampOf({ ns, tsOffset: req.tsOffset }), ecr: req.rxOpt.tsRecent } : null;
  sendReply(ns, seg, {
    seq: (req.sntIsn + 1) >>> 0, ack: req.rcvNxt, flags: TCP_ACK, window: Math.min(65535, req.rsqRcvWnd >>> req.rxOpt.rcvWscale), timestamp,
    tos: req.tos, mark: req.mark, oif: req.boundDev, conn: req.conn,
  }, (skb) => tellTcp(req.listener, "tcp.dupack", skb, "not in the window of the handshake"));
}

/** tcp_v4_syn_recv_sock, inet_csk_complete_hashdance: the child takes the request's place and waits to be accepted. */
function openChild(req: RequestSock, seg: RxSeg): Tcb {
  const tp = req.listener;
  const child = tp.newChild();
  dropRequest(req);
  inherit(child, tp, req);
  startSequence(child, req, seg);
  joinBucket(child);
  hashInsert(tp.ns, child);
  const dst = skRoute(child);
  if (typeof dst !== "string") {
    syncMss(child, pathMtu(child, dst));
    child.advMss = mssOffered(tp, dst, child.peer);
  }
  initializeRcvMss(child);
  if (child.options.SO_KEEPALIVE) child.keepTimer.set(keepaliveTimeNs(child));
  child.listener = tp;
  tp.acceptQueue.push(child);
  return child;
}

function inherit(child: Tcb, tp: Tcb, req: RequestSock): void {
  Object.assign(child.options, tp.options);
  child.local = req.local;
  child.port = req.port;
  child.peer = req.peer;
  child.peerPort = req.peerPort;
  child.boundDev = tp.boundDev;
  child.program = tp.program;
  child.conn = req.conn;
  child.journey = req.journey;
  child.nonagle = tp.nonagle;
  child.linger2Ns = tp.linger2Ns;
  child.rcvBuf = tp.rcvBuf;
  child.rcvBufLocked = tp.rcvBufLocked;
  child.sndBuf = tp.sndBuf;
  child.sndBufLocked = tp.sndBufLocked;
  child.ca = tp.ca;
  child.connectState = "connected";
}

function startSequence(child: Tcb, req: RequestSock, seg: RxSeg): void {
  const { ns } = child;
  child.state = "SYN_RECV";
  ns.mib.tcp.PassiveOpens++;
  Object.assign(child.rxOpt, req.rxOpt, { sack: child.rxOpt.sack });
  child.rxOpt.mssClamp = req.mss;
  child.rcvNxt = child.copiedSeq = child.rcvWup = (req.rcvIsn + 1) >>> 0;
  child.sndUna = child.sndNxt = child.sndSml = child.writeSeq = child.pushedSeq = (req.sntIsn + 1) >>> 0;
  child.sndWl1 = req.rcvIsn;
  child.segsIn = 1;
  child.lsndTimeNs = ns.world.sim.nowNs;
  child.lrcvTimeNs = child.lsndTimeNs;
  child.totalRetrans = req.numRetrans;
  child.windowClamp = req.windowClamp;
  child.rcvSsthresh = req.rsqRcvWnd;
  child.rcvWnd = req.rsqRcvWnd;
  child.tsOffset = req.tsOffset;
  child.ipId = ns.world.sim.rng.u32() & 0xffff;
  if (!req.rxOpt.wscaleOk) {
    child.rxOpt.sndWscale = child.rxOpt.rcvWscale = 0;
    child.windowClamp = Math.min(child.windowClamp, 65535);
  }
  child.sndWnd = seg.window * 2 ** child.rxOpt.sndWscale;
  child.maxWindow = child.sndWnd;
  child.tcpHeaderLen = child.rxOpt.tstampOk ? 32 : 20;
  if (child.rxOpt.tstampOk) child.rxOpt.tsRecentStampNs = ns.world.sim.nowNs;
  child.synackStampNs = req.sntSynackNs;
}
