// From tcp-sock.ts: connect(2). Next transmit.ts with the SYN; the answer comes to input.ts.
import { IP4_ANY, ip4 } from "../../../wire/addr.ts";
import { IPPROTO_TCP } from "../../../wire/ipv4.ts";
import { TCP_ACK, TCP_SYN } from "../../../wire/tcp.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { InetAddr } from "../../uapi/socket.ts";
import { routeSend } from "../inet.ts";
import { disconnect } from "./close.ts";
import { initialSeq, mssOffered, tsOffsetOf } from "./listen.ts";
import { newDataSent } from "./output.ts";
import { syncMss } from "./mtu.ts";
import { hashConnect } from "./ports.ts";
import { initializeRcvMss } from "./rcvbuf.ts";
import { setState } from "./state.ts";
import { TIMEOUT_INIT_NS, type Tcb } from "./tcb.ts";
import { resetXmitTimer } from "./timers.ts";
import { pathMtu, skRoute, transmitSeg } from "./transmit.ts";
import { TxSeg } from "./tx-queue.ts";
import { fullSpace, selectInitialWindow } from "./window.ts";
import { appendToWriteQueue } from "./write-queue.ts";

/* tcp_v4_connect and tcp_connect. */

const EMPTY = new Uint8Array(0);

/** Sends a SYN; `EINPROGRESS` when it is on its way. */
export function tcpConnect(tp: Tcb, addr: InetAddr, journey: number): Errno | undefined {
  const { ns } = tp;
  // What an earlier connection chose by itself is chosen anew.
  if (!tp.portLocked && tp.peerPort !== 0) tp.port = 0;
  const daddr = addr.addr === IP4_ANY ? ip4(0x7f000001) : addr.addr;
  const found = routeSend(tp, { daddr, protocol: IPPROTO_TCP, sport: tp.port, dport: addr.port }, tp.options);
  if (found === "EACCES") return "ENETUNREACH";
  if (typeof found === "string") return found;
  if (found.type === "broadcast" || found.type === "multicast") return "ENETUNREACH";
  if (tp.local === IP4_ANY) tp.local = found.saddr;
  tp.peer = daddr;
  tp.peerPort = addr.port;
  tp.journey = journey;
  tp.conn = ns.world.takeConn();
  tp.active = true;
  if (tp.rxOpt.tsRecentStampNs === 0) tp.writeSeq = 0;
  setState(tp, "SYN_SENT");
  const error = hashConnect(tp);
  if (error !== undefined) return failed(tp, error);
  tp.dst = null;
  if (tp.writeSeq === 0) tp.writeSeq = initialSeq(ns, tp.local, tp.port, tp.peer, tp.peerPort) || 1;
  tp.tsOffset = tsOffsetOf(ns, tp.local, tp.peer);
  tp.ipId = ns.world.sim.rng.u32() & 0xffff;
  sendSyn(tp);
  return "EINPROGRESS";
}

function failed(tp: Tcb, error: Errno): Errno {
  disconnect(tp);
  return error;
}

/** tcp_connect_init: windows and sizes before anything is known of the peer. */
function connectInit(tp: Tcb): void {
  const { sysctl } = tp.ns.sock.tcp;
  const { rxOpt } = tp;
  const dst = skRoute(tp);
  tp.tcpHeaderLen = sysctl.timestamps !== 0 ? 32 : 20;
  rxOpt.userMss = tp.options.TCP_MAXSEG;
  rxOpt.mssClamp = rxOpt.userMss !== 0 ? rxOpt.userMss : 65535;
  rxOpt.sackOk = false;
  rxOpt.wscaleOk = false;
  rxOpt.tstampOk = false;
  tp.maxWindow = 0;
  if (typeof dst !== "string") {
    syncMss(tp, pathMtu(tp, dst));
    tp.advMss = mssOffered(tp, dst, tp.peer);
  }
  initializeRcvMss(tp);
  const rmemLimit = Math.max(sysctl.rmem[2]!, sysctl.rmemMax);
  const mss = tp.advMss - (rxOpt.tsRecentStampNs !== 0 ? tp.tcpHeaderLen - 20 : 0);
  if (tp.rcvBufLocked && (tp.windowClamp > fullSpace(tp) || tp.windowClamp === 0)) tp.windowClamp = fullSpace(tp);
  const chosen = selectInitialWindow(fullSpace(tp), mss, tp.windowClamp, sysctl.windowScaling !== 0, rmemLimit);
  rxOpt.rcvWscale = chosen.rcvWscale;
  tp.windowClamp = chosen.windowClamp;
  tp.rcvWnd = chosen.rcvWnd;
  tp.rcvSsthresh = chosen.rcvWnd;
  tp.sndWnd = 0;
  tp.sndWl1 = 0;
  tp.sndUna = tp.sndSml = tp.sndNxt = tp.writeSeq;
  tp.rcvNxt = tp.rcvWup = tp.copiedSeq = 0;
  tp.rtoNs = TIMEOUT_INIT_NS;
  tp.retransmits = 0;
  tp.totalRto = 0;
}

function sendSyn(tp: Tcb): void {
  connectInit(tp);
  // 0 stands for "never": a connection may begin with the world.
  const nowNs = Math.max(1, tp.ns.world.sim.nowNs);
  const syn = new TxSeg(tp.writeSeq, TCP_SYN, EMPTY, 0, 0, tp.journey);
  tp.writeSeq = syn.endSeq;
  tp.pushedSeq = tp.writeSeq;
  tp.retransStampNs = nowNs;
  appendToWriteQueue(tp, syn);
  syn.sentNs = nowNs;
  tp.sentOrder.moveToTail(syn);
  transmitSeg(tp, syn);
  newDataSent(tp, syn);
  resetXmitTimer(tp, "retrans", tp.rtoNs);
}

/** A SYN crossed ours: the SYN-ACK is the SYN once more with an acknowledgement (tcp_send_synack). */
export function sendCrossedSynAck(tp: Tcb): void {
  const syn = tp.rtxQueue.head;
  if (syn === null || (syn.flags & TCP_SYN) === 0) return;
  syn.flags |= TCP_ACK;
  transmitSeg(tp, syn);
}
