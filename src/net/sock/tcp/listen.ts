// From input.ts: a SYN for a listening socket. Next reply by ipv4/ip-output.ts, and handshake.ts when the third segment comes.
import type { Ip4 } from "../../../wire/addr.ts";
import { writeU16 } from "../../../wire/addr.ts";
import { IPPROTO_TCP } from "../../../wire/ipv4.ts";
import { TCP_ACK, TCP_FIN, TCP_HLEN, TCP_RST, TCP_SYN, TCP_WIN } from "../../../wire/tcp.ts";
import type { Netns } from "../../core/netns.ts";
import type { Skb } from "../../core/skb.ts";
import { drop } from "../../core/trace.ts";
import { type Dst, routeOutput } from "../../ipv4/route.ts";
import type { Errno } from "../../uapi/errno.ts";
import { sendActiveReset } from "./control.ts";
import { destroySock, tcpDone } from "./close.ts";
import { hashInsert, hashRemove, listenInsert } from "./hash.ts";
import { LazyTimer } from "./lazy-timer.ts";
import { dstAdvMss } from "./mtu.ts";
import { parseOptions, synOptionBytes, writeSynOptions } from "./options.ts";
import { getPort, mayListen } from "./ports.ts";
import { sendReset } from "./reply.ts";
import { RequestSock } from "./request.ts";
import type { RxSeg } from "./segment.ts";
import { setState, tellTcp } from "./state.ts";
import { ehash } from "./tables.ts";
import { RxOptions, TIMEOUT_INIT_NS, type Tcb } from "./tcb.ts";
import { rtoMaxNs } from "./timers.ts";
import { finishAndSend, timestampOf, writeTcpHeader } from "./transmit.ts";
import { cookieSequence, cookieTimestamp, requestOfCookie } from "./syncookie.ts";
import { fullSpace, selectInitialWindow } from "./window.ts";

/* net/ipv4/inet_connection_sock.c, tcp_conn_request. */

/** tcp_synq_no_recent_overflow: cookies are believed this long after the last was made. */
const COOKIE_LIFE_NS = 120_000_000_000;

/** inet_csk_listen_start. */
export function startListening(tp: Tcb, backlog: number): Errno | undefined {
  tp.maxAckBacklog = Math.min(backlog >>> 0, tp.ns.sock.tcp.sysctl.somaxconn);
  if (tp.state === "LISTEN") return undefined;
  if (tp.state !== "CLOSE" || tp.connectState !== "unconnected") return "EINVAL";
  if (tp.port === 0) {
    const error = getPort(tp, tp.local, 0);
    if (error !== undefined) return error;
  } else if (!mayListen(tp)) return "EADDRINUSE";
  setState(tp, "LISTEN");
  listenInsert(tp);
  return undefined;
}

/** inet_csk_listen_stop: half-open connections are forgotten, those that nobody accepted are reset. */
export function stopListening(tp: Tcb): void {
  setState(tp, "CLOSE");
  for (const req of [...tp.synQueue]) dropRequest(req);
  for (const child of tp.acceptQueue.splice(0)) {
    child.listener = null;
    child.orphan = true;
    if (child.state === "CLOSE") destroySock(child);
    else {
      sendActiveReset(child, "the listener was closed before this connection was accepted");
      tcpDone(child);
    }
  }
  tp.waitQueue.wake();
}

/** sk_acceptq_is_full: one more than the backlog may wait. */
export const acceptQueueFull = (tp: Tcb): boolean => tp.acceptQueue.length > tp.maxAckBacklog;

/** A segment for a listener that belongs to no handshake (tcp_rcv_state_process, LISTEN). */
export function listenRcv(ns: Netns, tp: Tcb, seg: RxSeg, isn: number | null = null): void {
  const { flags, skb } = seg;
  if ((flags & TCP_ACK) !== 0) {
    sendReset(ns, seg, "an acknowledgement of a connection that does not exist");
    return drop(ns, skb, "TCP_FLAGS");
  }
  if ((flags & TCP_RST) !== 0) return drop(ns, skb, "TCP_RESET");
  if ((flags & TCP_SYN) === 0 || (flags & TCP_FIN) !== 0) return drop(ns, skb, "TCP_FLAGS");
  connRequest(ns, tp, seg, isn);
}

/** tcp_conn_request: remembers the handshake and answers it. Takes the skb. */
function connRequest(ns: Netns, tp: Tcb, seg: RxSeg, isn: number | null): void {
  const { skb } = seg;
  const { syncookies } = ns.sock.tcp.sysctl;
  const full = tp.synQueue.size > tp.maxAckBacklog;
  if (full && syncookies === 0) return overflow(ns, tp, skb, "the queue of half-open connections is full");
  if (acceptQueueFull(tp)) return overflow(ns, tp, skb, "the queue of connections to be accepted is full");
  const rxOpt = new RxOptions();
  rxOpt.userMss = tp.options.TCP_MAXSEG;
  parseOptions(seg, rxOpt, ns.sock.tcp.sysctl);
  rxOpt.tstampOk = rxOpt.sawTstamp;
  const req = newRequest(tp, seg, rxOpt, isn);
  const dst = routeRequest(req);
  if (typeof dst === "string") return drop(ns, skb, "IP_OUTNOROUTES");
  if (syncookies === 2 || (full && isn === null)) answerByCookie(ns, req, seg);
  else remember(ns, req);
  openWindow(req, dst);
  sendSynAck(req, dst);
  ns.world.free(skb);
}

function remember(ns: Netns, req: RequestSock): void {
  req.listener.synQueue.add(req);
  hashInsert(ns, req);
  req.timer = new LazyTimer(ns.world.sim, requestTimer, req);
  req.timer.set(TIMEOUT_INIT_NS);
}

/** No room to remember it: the answer itself carries what is needed. */
function answerByCookie(ns: Netns, req: RequestSock, seg: RxSeg): void {
  req.cookieMade = true;
  req.sntIsn = cookieSequence(ns, seg, req);
  req.listener.synOverflowNs = Math.max(1, ns.world.sim.nowNs);
  if (ns.world.trace !== null) tellTcp(req.listener, "tcp.overflow", seg.skb, "the queue of half-open connections is full: the answer is a SYN cookie");
}

/** An acknowledgement that answers a cookie: the handshake that it completes, or null. */
export function cookieRequest(ns: Netns, tp: Tcb, seg: RxSeg): RequestSock | null {
  if ((seg.flags & (TCP_ACK | TCP_SYN | TCP_RST)) !== TCP_ACK || tp.synOverflowNs === 0) return null;
  if (ns.world.sim.nowNs - tp.synOverflowNs > COOKIE_LIFE_NS || ns.sock.tcp.sysctl.syncookies === 0) return null;
  const req = requestOfCookie(ns, tp, seg, tsOffsetOf(ns, seg.daddr, seg.saddr));
  if (req === null) return null;
  const dst = routeRequest(req);
  if (typeof dst === "string") return null;
  req.mark = tp.options.SO_MARK;
  req.tos = tp.options.IP_TOS;
  openWindow(req, dst);
  return req;
}

function overflow(ns: Netns, tp: Tcb, skb: Skb, why: string): void {
  tp.drops++;
  if (ns.world.trace !== null) tellTcp(tp, "tcp.overflow", skb, why);
  drop(ns, skb, "TCP_LISTEN_OVERFLOW");
}

function newRequest(tp: Tcb, seg: RxSeg, rxOpt: RxOptions, isn: number | null): RequestSock {
  const { ns } = tp;
  const req = new RequestSock(tp, seg.daddr, seg.saddr, seg.sport, rxOpt);
  req.rcvIsn = seg.seq;
  req.rcvNxt = (seg.seq + 1) >>> 0;
  req.sntIsn = isn ?? initialSeq(ns, req.local, req.port, req.peer, req.peerPort);
  req.mss = rxOpt.mssClamp;
  req.tsOffset = rxOpt.tstampOk ? tsOffsetOf(ns, seg.daddr, seg.saddr) : 0;
  rxOpt.tsRecent = rxOpt.sawTstamp ? rxOpt.rcvTsval : 0;
  req.conn = seg.skb.conn === 0 ? ns.world.takeConn() : seg.skb.conn;
  req.journey = seg.skb.journey;
  req.mark = tp.options.SO_MARK;
  req.tos = tp.options.IP_TOS;
  return req;
}

/** secure_tcp_seq (RFC 6528): hard to guess, and for the same four numbers always ahead of what an earlier connection used. */
export function initialSeq(ns: Netns, local: Ip4, port: number, peer: Ip4, peerPort: number): number {
  const h = Math.imul(ehash(local, port, peer, peerPort) ^ ns.world.hashSeed, 0xc2b2ae35);
  return ((h ^ (h >>> 16)) + Math.floor(ns.world.sim.nowNs / 64)) >>> 0;
}

/** secure_tcp_ts_off: the same for both addresses, so that time never runs backwards between two machines. */
export function tsOffsetOf(ns: Netns, local: Ip4, peer: Ip4): number {
  if (ns.sock.tcp.sysctl.timestamps !== 1) return 0;
  const h = Math.imul(local ^ ns.world.hashSeed, 0x9e3779b1) ^ Math.imul(peer, 0x85ebca6b);
  return Math.imul(h ^ (h >>> 15), 0xc2b2ae35) >>> 0;
}

function routeRequest(req: RequestSock): Dst | Errno {
  const { ns } = req.listener;
  return routeOutput(ns, {
    daddr: req.peer, saddr: req.local, oif: req.boundDev, mark: req.mark, tos: req.tos & 0x1c, protocol: IPPROTO_TCP, sport: req.port, dport: req.peerPort,
  });
}

/** tcp_openreq_init_rwin. */
function openWindow(req: RequestSock, dst: Dst): void {
  const tp = req.listener;
  const mss = mssOffered(tp, dst, req.peer) - (req.rxOpt.tstampOk ? 12 : 0);
  const clamp = tp.rcvBufLocked && (tp.windowClamp > fullSpace(tp) || tp.windowClamp === 0) ? fullSpace(tp) : tp.windowClamp;
  const rmemLimit = Math.max(tp.ns.sock.tcp.sysctl.rmem[2]!, tp.ns.sock.tcp.sysctl.rmemMax);
  const chosen = selectInitialWindow(fullSpace(tp), mss, clamp, req.rxOpt.wscaleOk, rmemLimit);
  req.rsqRcvWnd = chosen.rcvWnd;
  req.windowClamp = chosen.windowClamp;
  req.rxOpt.rcvWscale = chosen.rcvWscale;
}

export function mssOffered(tp: Tcb, dst: Dst, peer: Ip4): number {
  const mss = dstAdvMss(tp.ns, dst, peer);
  const { TCP_MAXSEG: user } = tp.options;
  return user !== 0 && user < mss ? user : mss;
}

/** tcp_v4_send_synack. */
export function sendSynAck(req: RequestSock, dst: Dst): void {
  const tp = req.listener;
  const { ns } = tp;
  const { rxOpt } = req;
  const options = {
    mss: mssOffered(tp, dst, req.peer), sackPermitted: rxOpt.sackOk, timestamp: rxOpt.tstampOk ? { val: synAckTimestamp(req), ecr: rxOpt.tsRecent } : null,
    wscale: rxOpt.wscaleOk ? rxOpt.rcvWscale : null,
  };
  const headerBytes = TCP_HLEN + synOptionBytes(options);
  const skb = ns.world.alloc(headerBytes);
  writeTcpHeader(skb.buf, skb.start, req.port, req.peerPort, req.sntIsn, req.rcvNxt, headerBytes, TCP_SYN | TCP_ACK);
  writeU16(skb.buf, skb.start + TCP_WIN, Math.min(req.rsqRcvWnd, 65535));
  writeSynOptions(skb.buf, skb.start + TCP_HLEN, options);
  skb.journey = req.journey;
  skb.conn = req.conn;
  skb.mark = req.mark;
  skb.sk = tp;
  req.sntSynackNs = req.numRetrans === 0 ? ns.world.sim.nowNs : 0;
  const ttl = tp.options.IP_TTL === 0 ? ns.ipv4.defaultTtl : tp.options.IP_TTL;
  finishAndSend(ns, skb, dst, { saddr: req.local, daddr: req.peer, protocol: IPPROTO_TCP, tos: req.tos, ttl, df: true, ignoreDf: false, id: 0 },
    req.numRetrans === 0 ? null : (again) => tellTcp(tp, "tcp.retransmit", again, "no answer to the SYN-ACK"));
}

function synAckTimestamp(req: RequestSock): number {
  const { ns } = req.listener;
  if (!req.cookieMade) return timestampOf({ ns, tsOffset: req.tsOffset });
  return (cookieTimestamp(timestampOf({ ns, tsOffset: 0 }), req.rxOpt) + req.tsOffset) >>> 0;
}

/** inet_rtx_syn_ack: `false` when there is no way to the peer. */
export function resendSynAck(req: RequestSock): boolean {
  const dst = routeRequest(req);
  if (typeof dst === "string") return false;
  req.numRetrans++;
  sendSynAck(req, dst);
  return true;
}

/** reqsk_timer_handler: again after 1, 2, 4 … seconds, tcp_synack_retries times. */
function requestTimer(req: RequestSock): void {
  const tp = req.listener;
  const { synackRetries } = tp.ns.sock.tcp.sysctl;
  const most = tp.options.TCP_SYNCNT !== 6 ? tp.options.TCP_SYNCNT : synackRetries;
  const deferCount = deferRetrans(tp);
  const expired = deferCount === 0 ? req.numTimeout >= most : req.numTimeout >= most && (!req.acked || req.numTimeout >= deferCount);
  const resend = deferCount === 0 || !req.acked || req.numTimeout >= deferCount - 1;
  if (tp.state !== "LISTEN" || expired || (resend && !resendSynAck(req) && !req.acked)) return dropRequest(req);
  req.numTimeout++;
  setRequestTimer(req);
}

/** tcp_reqsk_timeout. */
export function setRequestTimer(req: RequestSock): void {
  req.timer?.set(Math.min(TIMEOUT_INIT_NS * 2 ** req.numTimeout, rtoMaxNs(req.listener)));
}

/** secs_to_retrans: TCP_DEFER_ACCEPT's time as a number of SYN-ACKs. */
export function deferRetrans(tp: Tcb): number {
  const ns = tp.options.TCP_DEFER_ACCEPT;
  if (ns <= 0) return 0;
  let count = 1;
  for (let wait = TIMEOUT_INIT_NS, period = wait; ns > period && count < 255; count++) {
    wait = Math.min(wait * 2, rtoMaxNs(tp));
    period += wait;
  }
  return count;
}

/** inet_csk_reqsk_queue_drop. */
export function dropRequest(req: RequestSock): void {
  req.timer?.destroy();
  req.listener.synQueue.delete(req);
  hashRemove(req.listener.ns, req);
}
