import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from "../../../wire/tcp.ts";
import type { Netns } from "../../core/netns.ts";
import type { Skb } from "../../core/skb.ts";
import { drop } from "../../core/trace.ts";
import { tcpDone } from "./close.ts";
import { hashInsert, hashRemove, lookupListener } from "./hash.ts";
import { LazyTimer } from "./lazy-timer.ts";
import { parseOptions } from "./options.ts";
import { joinBucket, leaveBucket } from "./ports.ts";
import { sendReply, sendReset } from "./reply.ts";
import type { RxSeg } from "./segment.ts";
import { after, before } from "./seq.ts";
import { tellState, tellTcp } from "./state.ts";
import { RxOptions, type Tcb } from "./tcb.ts";
import { TimewaitSock } from "./timewait.ts";
import { timestampOf } from "./transmit.ts";

/* TIME_WAIT (net/ipv4/tcp_minisocks.c, RFC 9293 §3.6.1, RFC 6191). */

export const TIMEWAIT_NS = 60_000_000_000;
export const PAWS_24DAYS_NS = 60 * 60 * 24 * 24 * 1e9;

/** tcp_time_wait: a small socket takes the connection's place for `ns` nanoseconds; the connection itself is done. */
export function timeWait(tp: Tcb, substate: "TIME_WAIT" | "FIN_WAIT2", lastsNs: number, skb: Skb | null = null): void {
  const { ns } = tp;
  const tables = ns.sock.tcp;
  const before = tp.state;
  if (tables.timewaitCount < tables.sysctl.maxTwBuckets) {
    const tw = new TimewaitSock(tp, substate);
    tw.timer = new LazyTimer(ns.world.sim, twExpire, tw);
    hashRemove(ns, tp);
    hashInsert(ns, tw);
    joinBucket(tw);
    tables.timewaitCount++;
    ns.mib.tcpExt.TW++;
    tw.timer.set(substate === "TIME_WAIT" ? TIMEWAIT_NS : Math.max(lastsNs, tp.rtoNs * 3.5));
    if (substate !== before) tellState(tw, before, substate, skb);
    // The state goes on in another body: the trace does not hear of a close.
    leaveBucket(tp);
    tp.state = "CLOSE";
  }
  tcpDone(tp, skb);
}

function twExpire(tw: TimewaitSock): void {
  tellState(tw, tw.substate, "CLOSE", null);
  twDestroy(tw);
}

/** inet_twsk_deschedule_put. */
export function twDestroy(tw: TimewaitSock): void {
  if (!hashRemove(tw.ns, tw)) return;
  leaveBucket(tw);
  tw.timer.destroy();
  tw.ns.sock.tcp.timewaitCount--;
}

/** tcp_twsk_unique: may a new connection with the same four numbers begin (tcp_tw_reuse)? Only timestamps make it safe; a program that bound the port itself need not wait. */
export function mayReuseTimewait(tp: Tcb, tw: TimewaitSock, ownPort: boolean): boolean {
  if (!tw.tstampOk || tw.tsRecentStampNs === 0) return false;
  if (!ownPort && !sysctlAllows(tp, tw)) return false;
  // Far enough from the old numbers for anything of the old connection to be out of the window.
  tp.writeSeq = (tw.sndNxt + 65535 + 2) >>> 0 || 1;
  tp.rxOpt.tsRecent = tw.tsRecent;
  tp.rxOpt.tsRecentStampNs = tw.tsRecentStampNs;
  return true;
}

function sysctlAllows(tp: Tcb, tw: TimewaitSock): boolean {
  const { twReuse, twReuseDelayMs } = tp.ns.sock.tcp.sysctl;
  const local = (tw.local >>> 24 === 127 && tw.peer >>> 24 === 127) || tw.local === tw.peer;
  if (twReuse === 0 || (twReuse === 2 && !local)) return false;
  return tp.ns.world.sim.nowNs - tw.tsRecentStampNs > twReuseDelayMs * 1e6;
}

/** tcp_timewait_state_process. Takes the skb; a SYN that may begin anew goes to `reopen`. */
export function timewaitRcv(ns: Netns, tw: TimewaitSock, seg: RxSeg, reopen: (listener: Tcb, isn: number) => void): void {
  const opt = new RxOptions();
  opt.tstampOk = tw.tstampOk;
  parseOptions(seg, opt, null);
  const { skb } = seg;
  if (skb.journey !== 0) tw.journey = skb.journey;
  const paws = opt.sawTstamp && pawsRejects(tw, opt.rcvTsval, seg);
  if (opt.sawTstamp && opt.rcvTsecr !== 0) opt.rcvTsecr = (opt.rcvTsecr - tw.tsOffset) >>> 0;
  if (tw.substate === "FIN_WAIT2") return finWait2Rcv(ns, tw, seg, opt, paws);
  const exact = seg.seq === tw.rcvNxt && (seg.seq === seg.endSeq || (seg.flags & TCP_RST) !== 0);
  if (!paws && exact) {
    if ((seg.flags & TCP_RST) !== 0) {
      if (ns.sock.tcp.sysctl.rfc1337 === 0) twKill(tw, skb);
    } else {
      tw.timer.set(TIMEWAIT_NS);
      remember(tw, opt);
    }
    return ns.world.free(skb);
  }
  const isSyn = (seg.flags & TCP_SYN) !== 0 && (seg.flags & (TCP_RST | TCP_ACK)) === 0;
  if (isSyn && !paws && (after(seg.seq, tw.rcvNxt) || (opt.sawTstamp && ((tw.tsRecent - opt.rcvTsval) | 0) < 0))) {
    const listener = lookupListener(ns, seg.daddr, seg.dport, seg.saddr, seg.sport, skb.iif);
    if (listener !== undefined) {
      const isn = (tw.sndNxt + 65535 + 2) >>> 0 || 1;
      twKill(tw, skb);
      return reopen(listener, isn);
    }
  }
  if ((seg.flags & TCP_RST) === 0) {
    if (paws || (seg.flags & TCP_ACK) !== 0) tw.timer.set(TIMEWAIT_NS);
    return twAck(ns, tw, seg, "a segment for a connection in TIME_WAIT");
  }
  drop(ns, skb, "TCP_CLOSE");
}

/** The peer may still send its FIN; data that nobody will read is answered with a reset. */
function finWait2Rcv(ns: Netns, tw: TimewaitSock, seg: RxSeg, opt: RxOptions, paws: boolean): void {
  const { skb } = seg;
  if (paws || !inWindow(seg, tw.rcvNxt, (tw.rcvNxt + tw.rcvWnd) >>> 0)) return twAck(ns, tw, seg, "not in the window");
  if ((seg.flags & TCP_RST) !== 0) {
    twKill(tw, skb);
    return drop(ns, skb, "TCP_RESET");
  }
  if ((seg.flags & TCP_SYN) !== 0 && !before(seg.seq, tw.rcvNxt)) return resetTimewait(ns, tw, seg, "a SYN inside the window");
  const isDuplicate = (seg.flags & TCP_ACK) === 0 || !after(seg.endSeq, tw.rcvNxt) || seg.endSeq === seg.seq;
  if (isDuplicate) return ns.world.free(skb);
  if ((seg.flags & TCP_FIN) === 0 || seg.endSeq !== (tw.rcvNxt + 1) >>> 0) return resetTimewait(ns, tw, seg, "data after close");
  tellState(tw, "FIN_WAIT2", "TIME_WAIT", skb);
  tw.substate = "TIME_WAIT";
  tw.rcvNxt = seg.endSeq;
  remember(tw, opt);
  tw.timer.set(TIMEWAIT_NS);
  twAck(ns, tw, seg, null);
}

function resetTimewait(ns: Netns, tw: TimewaitSock, seg: RxSeg, why: string): void {
  sendReset(ns, seg, why);
  twKill(tw, seg.skb);
  drop(ns, seg.skb, "TCP_CLOSE");
}

function twKill(tw: TimewaitSock, skb: Skb): void {
  tellState(tw, tw.substate, "CLOSE", skb);
  twDestroy(tw);
}

function remember(tw: TimewaitSock, opt: RxOptions): void {
  if (!opt.sawTstamp) return;
  tw.tsRecent = opt.rcvTsval;
  tw.tsRecentStampNs = tw.ns.world.sim.nowNs;
}

function pawsRejects(tw: TimewaitSock, tsval: number, seg: RxSeg): boolean {
  if (((tw.tsRecent - tsval) | 0) <= 0 || (seg.flags & TCP_RST) !== 0) return false;
  return tw.ns.world.sim.nowNs - tw.tsRecentStampNs < PAWS_24DAYS_NS;
}

/** tcp_in_window. */
export function inWindow(seg: RxSeg, start: number, end: number): boolean {
  if (seg.seq === start) return true;
  if (after(seg.endSeq, start) && before(seg.seq, end)) return true;
  return seg.seq === end && seg.seq === seg.endSeq;
}

/** tcp_v4_timewait_ack, at most two a second for what is out of the window. */
function twAck(ns: Netns, tw: TimewaitSock, seg: RxSeg, why: string | null): void {
  const timestamp = tw.tsRecentStampNs !== 0 ? { val: timestampOf(tw), ecr: tw.tsRecent } : null;
  sendReply(ns, seg, {
    seq: tw.sndNxt, ack: tw.rcvNxt, flags: TCP_ACK, window: Math.min(65535, tw.rcvWnd >>> tw.rcvWscale), timestamp, tos: tw.tos, mark: tw.mark,
    oif: tw.boundDev, conn: tw.conn,
  }, why === null ? null : (skb) => tellTcp(tw, "tcp.dupack", skb, why));
  ns.world.free(seg.skb);
}
