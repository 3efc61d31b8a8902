import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { type CtTcpState, IPS_ASSURED, IPS_SEEN_REPLY } from "../uapi/conntrack.ts";
import { ctDelete, ctRefresh } from "./conntrack.ts";
import { type Conntrack, type Dir, type TcpTrack, dirOf } from "./ct-entry.ts";
import { IPCT_UPDATE } from "./ct-event.ts";
import { ACCEPT, type CtPacket, type CtVerdict, DROP, REPEAT, SEC_NS, invalid } from "./ct-l4.ts";
import { type Segment, before, readSegment } from "./ct-tcp-segment.ts";
import { TCP_ACK, TCP_NONE, TCP_RST, TCP_SYN, TCP_SYNACK, type TcpArrow, tcpArrow } from "./ct-tcp-table.ts";
import {
  BE_LIBERAL, CLOSE_INIT, DATA_UNACKED, EXP_CHALLENGE_ACK, MAXACK_SET, SACK_PERM, SIMULTANEOUS_OPEN, WINDOW_SCALE, learnOptions, newSide, tcpInWindow,
} from "./ct-tcp-window.ts";

/* nf_conntrack_proto_tcp.c: the state of a connection as seen from the middle of its way. */

/** nf_conntrack_tcp_packet. */
export function tcpPacket(packet: CtPacket, ct: Conntrack): CtVerdict {
  const segment = readSegment(packet);
  if (typeof segment === "string") return invalid(segment);
  const { ns, skb } = packet;
  if (!ct.isConfirmed && !begin(ns, ct, segment)) return invalid("no SYN, and the connection is not known");
  const track = ct.tcp!;
  const dir = dirOf(skb.ctinfo);
  const old = track.state;
  const step = judge(ns, ct, track, dir, segment, tcpArrow(dir, segment.kind, old));
  if (step.verdict !== null) return step.verdict;
  if (!step.trusted) {
    const window = tcpInWindow(ns, track, dir, segment);
    if (window.is === "invalid") return invalid(window.why);
    if (window.is === "ignore") return ACCEPT;
  }
  return enter(ns, ct, skb, segment, dir, step.from ?? old, step.to);
}

/** tcp_new: a SYN, or, with nf_conntrack_tcp_loose, whatever may be the middle of a connection. */
function begin(ns: Netns, ct: Conntrack, s: Segment): boolean {
  const state = tcpArrow(0, s.kind, "NONE");
  if (state === "INVALID" || state === "IGNORE") return false;
  if (state !== "SYN_SENT" && ns.nf.ct.sysctl.tcpLoose === 0) return false;
  const first = newSide();
  const other = newSide();
  first.tdEnd = s.end;
  first.tdMaxwin = s.win === 0 ? 1 : s.win;
  if (state === "SYN_SENT") {
    first.tdMaxend = s.end;
    learnOptions(first, s);
  } else {
    first.tdMaxend = (s.end + first.tdMaxwin) >>> 0;
    first.flags = SACK_PERM | BE_LIBERAL;
    other.flags = SACK_PERM | BE_LIBERAL;
  }
  ct.tcp = newTrack("NONE", first, other);
  return true;
}

/** A connection of which nothing was seen yet. */
export const newTrack = (state: CtTcpState, first = newSide(), other = newSide()): TcpTrack =>
  ({ state, seen: [first, other], lastDir: 0, retrans: 0, lastIndex: TCP_NONE, lastSeq: 0, lastAck: 0, lastEnd: 0, lastWin: 0, lastWscale: 0, lastFlags: 0 });

/** `verdict` ends the matter; else the flow goes `to` its next state, `trusted` = without a look at the window. */
interface Step {
  readonly verdict: CtVerdict | null;
  readonly to: CtTcpState;
  readonly trusted: boolean;
  /** The state it is taken to have been in. */
  readonly from?: CtTcpState;
}
const done = (verdict: CtVerdict): Step => ({ verdict, to: "NONE", trusted: false });
const go = (to: CtTcpState, trusted = false): Step => ({ verdict: null, to, trusted });

function judge(ns: Netns, ct: Conntrack, track: TcpTrack, dir: Dir, s: Segment, arrow: TcpArrow): Step {
  const old = track.state;
  if (arrow === "SYN_SENT" && isOver(old)) return reopen(ns, ct, track, dir, s);
  if (arrow === "IGNORE") return ignore(track, dir, s);
  if (arrow === "INVALID") return done(invalid(`such a segment cannot be in state ${old}`));
  if (arrow === "TIME_WAIT" && isChallengeAck(track, dir, s)) {
    track.lastFlags &= ~EXP_CHALLENGE_ACK;
    return done(ACCEPT);
  }
  if (arrow === "SYN_SENT2") track.lastFlags |= SIMULTANEOUS_OPEN;
  if (arrow === "SYN_RECV" && dir === 1 && s.kind === TCP_ACK && (track.lastFlags & SIMULTANEOUS_OPEN) !== 0) return go("ESTABLISHED");
  if (arrow === "CLOSE" && s.kind === TCP_RST) return reset(ns, ct, track, dir, s);
  return go(arrow);
}

const isOver = (state: CtTcpState): boolean => state === "TIME_WAIT" || state === "CLOSE" || state === "SYN_SENT2";

/** A SYN over a connection that was closed or aborted: the old flow goes, a new one begins with this packet. */
function reopen(ns: Netns, ct: Conntrack, track: TcpTrack, dir: Dir, s: Segment): Step {
  const closed = ((track.seen[0].flags | track.seen[1].flags) & CLOSE_INIT) !== 0;
  const aborted = track.lastDir === dir && track.lastIndex === TCP_RST;
  if (!closed && !aborted) return ignore(track, dir, s);
  return done(ctDelete(ns, ct, "ended: its ports are used anew") ? REPEAT : DROP);
}

/** The segment passes, the state stays; what a later SYN/ACK needs is remembered. */
function ignore(track: TcpTrack, dir: Dir, s: Segment): Step {
  if (s.kind === TCP_SYNACK && track.lastIndex === TCP_SYN && track.lastDir !== dir && s.ack === track.lastEnd) return resync(track, dir);
  const old = track.state;
  track.lastIndex = s.kind;
  track.lastDir = dir;
  track.lastSeq = s.seq;
  track.lastEnd = s.end;
  track.lastWin = s.win;
  if (s.kind === TCP_SYN && dir === 0) noteSyn(track, s, old);
  if (old === "SYN_SENT" && s.kind === TCP_ACK && dir === 1) track.lastAck = s.ack;
  return done(ACCEPT);
}

/** Client and server agree on the SYN that we ignored: we follow them. */
function resync(track: TcpTrack, dir: Dir): Step {
  track.lastFlags &= ~EXP_CHALLENGE_ACK;
  Object.assign(track.seen[track.lastDir], {
    tdEnd: track.lastEnd, tdMaxend: track.lastEnd, tdMaxwin: track.lastWin === 0 ? 1 : track.lastWin, tdScale: track.lastWscale, flags: track.lastFlags, tdMaxack: 0,
  });
  Object.assign(track.seen[dir], newSide());
  track.state = "SYN_SENT";
  return { verdict: null, to: "SYN_RECV", trusted: false, from: "SYN_SENT" };
}

function noteSyn(track: TcpTrack, s: Segment, old: CtTcpState): void {
  track.lastWscale = s.options.scale ?? 0;
  track.lastFlags = (s.options.scale === null ? 0 : WINDOW_SCALE) | (s.options.sackPermitted ? SACK_PERM : 0) | (old === "LAST_ACK" ? EXP_CHALLENGE_ACK : 0);
}

/** RFC 5961 §4: the answer to a SYN in the middle of a connection is an ACK that acknowledges no FIN. */
const isChallengeAck = (track: TcpTrack, dir: Dir, s: Segment): boolean =>
  track.state === "LAST_ACK" && s.kind === TCP_ACK && track.lastDir !== dir && track.lastIndex === TCP_SYN && (track.lastFlags & EXP_CHALLENGE_ACK) !== 0;

const isClosing = (state: CtTcpState): boolean =>
  state === "FIN_WAIT" || state === "CLOSE_WAIT" || state === "LAST_ACK" || state === "TIME_WAIT" || state === "CLOSE";

/** An RST ends the connection, if it stands at the right place in the stream (RFC 5961 §3). */
function reset(ns: Netns, ct: Conntrack, track: TcpTrack, dir: Dir, s: Segment): Step {
  if (isClosing(track.state)) return go("CLOSE", true);
  const peer = track.seen[dir === 0 ? 1 : 0];
  let to: CtTcpState = "CLOSE";
  if ((peer.flags & MAXACK_SET) !== 0 && track.lastIndex !== TCP_SYN) {
    const established = track.state === "ESTABLISHED" && ct.has(IPS_ASSURED);
    if (s.seq === 0 && !established) return go(to);
    if (before(s.seq, peer.tdMaxack) && ns.nf.ct.sysctl.tcpIgnoreInvalidRst === 0) return done(invalid("an RST for data that was acknowledged long ago"));
    if (!established || s.seq === peer.tdMaxack) return go(to);
    if (track.lastIndex === TCP_ACK && track.lastDir === dir && s.seq === track.lastEnd) return go(to);
    to = track.state;
  }
  const answersChallenge = track.state === "SYN_SENT" && track.lastIndex === TCP_ACK && track.lastDir === 1 && s.seq === track.lastAck;
  const afterIgnored = (ct.has(IPS_SEEN_REPLY) && track.lastIndex === TCP_SYN) || (!ct.has(IPS_ASSURED) && track.lastIndex === TCP_ACK);
  return go(to, answersChallenge || (afterIgnored && s.ack === track.lastEnd));
}

/** The segment is good: the flow takes its new state and lives as long as that allows. */
function enter(ns: Netns, ct: Conntrack, skb: Skb, s: Segment, dir: Dir, old: CtTcpState, to: CtTcpState): CtVerdict {
  const track = ct.tcp!;
  track.lastIndex = s.kind;
  track.lastDir = dir;
  track.state = to;
  if (old !== to && to === "FIN_WAIT") track.seen[dir].flags |= CLOSE_INIT;
  if (old !== to) ct.pending |= IPCT_UPDATE;
  let timeoutSec = timeoutOf(ns, track, s, to);
  if (!ct.has(IPS_SEEN_REPLY)) {
    if (s.kind === TCP_RST) {
      ctDelete(ns, ct, "ended: the only answer is an RST");
      return ACCEPT;
    }
    if (to === "ESTABLISHED") timeoutSec = Math.min(timeoutSec, ns.nf.ct.sysctl.tcpTimeoutUnacknowledged);
  } else if (!ct.has(IPS_ASSURED) && (old === "SYN_RECV" || old === "ESTABLISHED") && to === "ESTABLISHED") {
    ct.status |= IPS_ASSURED;
    ct.pending |= IPCT_UPDATE;
  }
  ctRefresh(ns, ct, skb, timeoutSec * SEC_NS);
  return ACCEPT;
}

function timeoutOf(ns: Netns, track: TcpTrack, s: Segment, state: CtTcpState): number {
  const c = ns.nf.ct.sysctl;
  const usual = stateTimeout(ns, state);
  if (track.retrans >= c.tcpMaxRetrans && usual > c.tcpTimeoutMaxRetrans) return c.tcpTimeoutMaxRetrans;
  if (s.kind === TCP_RST) return c.tcpTimeoutClose;
  const unacked = ((track.seen[0].flags | track.seen[1].flags) & DATA_UNACKED) !== 0;
  if (unacked && usual > c.tcpTimeoutUnacknowledged) return c.tcpTimeoutUnacknowledged;
  if (track.lastWin === 0 && usual > c.tcpTimeoutMaxRetrans) return c.tcpTimeoutMaxRetrans;
  return usual;
}

/** Which of net.netfilter.nf_conntrack_tcp_timeout_* a state has. */
const TIMEOUTS = {
  NONE: "tcpTimeoutSynSent", SYN_SENT: "tcpTimeoutSynSent", SYN_RECV: "tcpTimeoutSynRecv", ESTABLISHED: "tcpTimeoutEstablished",
  FIN_WAIT: "tcpTimeoutFinWait", CLOSE_WAIT: "tcpTimeoutCloseWait", LAST_ACK: "tcpTimeoutLastAck", TIME_WAIT: "tcpTimeoutTimeWait",
  CLOSE: "tcpTimeoutClose", SYN_SENT2: "tcpTimeoutSynSent",
} as const satisfies Readonly<Record<CtTcpState, string>>;

/** Seconds. */
export const stateTimeout = (ns: Netns, state: CtTcpState): number => ns.nf.ct.sysctl[TIMEOUTS[state]];
