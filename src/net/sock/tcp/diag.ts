import type { Netns } from "../../core/netns.ts";
import type { InetDiagRow, SockMem, SockTimer, TcpInfo } from "../../uapi/sock-diag.ts";
import { chronoUs } from "./chrono.ts";
import { RequestSock } from "./request.ts";
import type { EhashEntry } from "./tables.ts";
import type { Tcb } from "./tcb.ts";
import { TimewaitSock } from "./timewait.ts";

/* What ss sees: tcp_get_info, inet_diag_msg. */

/** tcp_get_info. */
export const tcpInfo = (tp: Tcb): TcpInfo => (tp.state === "LISTEN" ? { ...connectionInfo(tp), ...OF_NO_LISTENER } : connectionInfo(tp));

/** A listener has a window to give to its children, and nothing of a connection. */
const OF_NO_LISTENER = {
  rtoUs: 0, atoUs: 0, sndMss: 0, rcvMss: 0, advMss: 0, pmtu: 0, rttUs: 0, rttvarUs: 0, minRttUs: 0, rcvRttUs: 0, ssthresh: 0x7fffffff, rcvSpace: 0, rcvSsthresh: 0,
  sndWnd: 0, rcvWnd: 0, lastDataSentMs: 0, lastDataRecvMs: 0, lastAckRecvMs: 0, segsOut: 0, segsIn: 0, delivered: 0, appLimited: false,
} as const;

function connectionInfo(tp: Tcb): TcpInfo {
  const now = tp.ns.world.sim.nowNs;
  const { rxOpt } = tp;
  const listening = tp.state === "LISTEN";
  const since = (ns: number): number => Math.floor((now - ns) / 1e6);
  return {
    state: tp.state, caState: tp.caState, congestion: tp.ca.name, timestamps: rxOpt.tstampOk, sack: rxOpt.sackOk, ecn: false,
    sndWscale: rxOpt.wscaleOk ? rxOpt.sndWscale : 0, rcvWscale: rxOpt.wscaleOk ? rxOpt.rcvWscale : 0,
    rtoUs: tp.rtoNs / 1000, atoUs: Math.floor(tp.atoNs / 1000), sndMss: tp.mssCache, rcvMss: tp.rcvMss, advMss: tp.advMss, pmtu: tp.pmtuCookie,
    rttUs: tp.srttUs >> 3, rttvarUs: tp.mdevUs >> 2, minRttUs: tp.minRttUs, rcvRttUs: tp.rcvRttUs >> 3, cwnd: tp.cwnd, ssthresh: tp.ssthresh,
    rcvSpace: tp.rcvqSpace, rcvSsthresh: tp.rcvSsthresh, sndWnd: tp.sndWnd, rcvWnd: tp.rcvWnd,
    unacked: listening ? tp.acceptQueue.length : tp.packetsOut, sacked: listening ? tp.maxAckBacklog : tp.sackedOut, lost: tp.lostOut,
    retrans: tp.retransOut, totalRetrans: tp.totalRetrans, retransmits: tp.retransmits, probes: tp.probesOut, backoff: tp.backoff,
    reordering: tp.reordering, lastDataSentMs: since(tp.lsndTimeNs), lastDataRecvMs: since(tp.lrcvTimeNs), lastAckRecvMs: since(tp.rcvTstampNs),
    bytesSent: tp.bytesSent, bytesAcked: tp.bytesAcked, bytesReceived: tp.bytesReceived, bytesRetrans: tp.bytesRetrans, segsOut: tp.segsOut,
    segsIn: tp.segsIn, dataSegsOut: tp.dataSegsOut, dataSegsIn: tp.dataSegsIn, notSentBytes: Math.max(0, (tp.writeSeq - tp.sndNxt) | 0),
    dsackDups: tp.dsackDups, reordSeen: tp.reordSeen, deliveryRate: deliveryRate(tp), delivered: tp.delivered, pacingRate: Number.isFinite(tp.pacingRate) ? tp.pacingRate : 0,
    appLimited: tp.rateAppLimited, ...chronoUs(tp),
  };
}

/** tcp_compute_delivery_rate, bytes a second. */
const deliveryRate = (tp: Tcb): number =>
  tp.rateDelivered > 0 && tp.rateIntervalUs > 0 ? Math.floor((tp.rateDelivered * tp.mssCache * 1e6) / tp.rateIntervalUs) : 0;

const NO_MEM: SockMem = { rmemAlloc: 0, rcvbuf: 0, wmemAlloc: 0, sndbuf: 0, fwdAlloc: 0, wmemQueued: 0, optmem: 0, backlog: 0, drops: 0 };

/** All TCP sockets of a namespace: listeners first, then connections, handshakes and TIME_WAIT. */
export function tcpDiagRows(ns: Netns): readonly InetDiagRow[] {
  const listeners = [...ns.sock.tcp.listeners.values()].flat();
  const others = [...ns.sock.tcp.established.values()].flat();
  return [...listeners.map(sockRow), ...others.map(entryRow)];
}

function entryRow(e: EhashEntry): InetDiagRow {
  if (e instanceof TimewaitSock) return timewaitRow(e);
  return e instanceof RequestSock ? requestRow(e) : sockRow(e);
}

/** The row of one socket. */
export function sockRow(tp: Tcb): InetDiagRow {
  const listening = tp.state === "LISTEN";
  return {
    family: "inet", type: "stream", protocol: 6, state: tp.state, local: tp.local, localPort: tp.port, remote: tp.peer, remotePort: tp.peerPort,
    ifindex: tp.boundDev, rqueue: listening ? tp.acceptQueue.length : unreadBytes(tp),
    wqueue: listening ? tp.maxAckBacklog : (tp.writeSeq - tp.sndUna) >>> 0, uid: tp.uid, inode: tp.ino, cookie: tp.cookie, timer: timerOf(tp),
    mark: tp.options.SO_MARK, tos: tp.options.IP_TOS, mem: memOf(tp), info: tcpInfo(tp),
  };
}

/** What came in order and was not read: a FIN counts as a byte until the program has seen the end. */
const unreadBytes = (tp: Tcb): number => Math.max(0, (tp.rcvNxt - tp.copiedSeq) | 0);

function memOf(tp: Tcb): SockMem {
  return {
    rmemAlloc: tp.rmemAlloc, rcvbuf: tp.rcvBuf, wmemAlloc: 0, sndbuf: tp.sndBuf, fwdAlloc: 0, wmemQueued: tp.wmemQueued, optmem: 0, backlog: 0, drops: tp.drops,
  };
}

function timerOf(tp: Tcb): SockTimer | null {
  const now = tp.ns.world.sim.nowNs;
  if (tp.pendingTimer === "retrans" || tp.pendingTimer === "reoTimeout" || tp.pendingTimer === "lossProbe") {
    return { is: "on", expiresInNs: tp.retransTimer.wantedNs - now, retransmits: tp.retransmits };
  }
  if (tp.pendingTimer === "probe0") return { is: "persist", expiresInNs: tp.retransTimer.wantedNs - now, retransmits: tp.probesOut };
  if (tp.keepTimer.pending) return { is: "keepalive", expiresInNs: tp.keepTimer.wantedNs - now, retransmits: tp.probesOut };
  return null;
}

function timewaitRow(tw: TimewaitSock): InetDiagRow {
  const expiresInNs = tw.timer.wantedNs - tw.ns.world.sim.nowNs;
  return {
    family: "inet", type: "stream", protocol: 6, state: tw.substate, local: tw.local, localPort: tw.port, remote: tw.peer, remotePort: tw.peerPort,
    ifindex: tw.boundDev, rqueue: 0, wqueue: 0, uid: 0, inode: 0, cookie: tw.cookie, timer: { is: "timewait", expiresInNs, retransmits: 0 }, mark: tw.mark,
    tos: tw.tos, mem: NO_MEM, info: null,
  };
}

function requestRow(req: RequestSock): InetDiagRow {
  const { ns } = req.listener;
  const expiresInNs = (req.timer?.wantedNs ?? 0) - ns.world.sim.nowNs;
  return {
    family: "inet", type: "stream", protocol: 6, state: "SYN_RECV", local: req.local, localPort: req.port, remote: req.peer, remotePort: req.peerPort,
    ifindex: req.boundDev, rqueue: 0, wqueue: 0, uid: 0, inode: 0, cookie: req.cookie, timer: { is: "on", expiresInNs, retransmits: req.numTimeout },
    mark: req.mark, tos: req.tos, mem: NO_MEM, info: null,
  };
}

