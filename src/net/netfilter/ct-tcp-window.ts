import type { Netns } from "../core/netns.ts";
import type { Dir, TcpSide, TcpTrack } from "./ct-entry.ts";
import { FLAG_ACK, FLAG_RST, FLAG_SYN, TCP_ACK } from "./ct-tcp-table.ts";
import { type Segment, after, before } from "./ct-tcp-segment.ts";

/*
 * "Real stateful TCP packet filtering in IP Filter" (G. van Rooij): does a segment fit between what this side has sent
 * and what the other said it can take? tcp_in_window of nf_conntrack_proto_tcp.c.
 */

export const WINDOW_SCALE = 0x01;
export const SACK_PERM = 0x02;
export const CLOSE_INIT = 0x04;
export const BE_LIBERAL = 0x08;
export const DATA_UNACKED = 0x10;
export const MAXACK_SET = 0x20;
/** Flags of the flow's `lastFlags`. */
export const EXP_CHALLENGE_ACK = 0x40;
export const SIMULTANEOUS_OPEN = 0x80;

/** MAXACKWINCONST: an acknowledgement may lag this far behind at least. */
const LAG_BYTES = 66000;

export const newSide = (): TcpSide => ({ tdEnd: 0, tdMaxend: 0, tdMaxwin: 0, tdMaxack: 0, tdScale: 0, flags: 0 });

/** "ignore": let it pass without believing it. */
export type WindowVerdict = { readonly is: "accept" } | { readonly is: "ignore" | "invalid"; readonly why: string };
const FITS: WindowVerdict = { is: "accept" };

/** tcp_options: what a SYN promises. */
export function learnOptions(side: TcpSide, segment: Segment): void {
  side.tdScale = 0;
  side.flags &= BE_LIBERAL;
  if (segment.options.sackPermitted) side.flags |= SACK_PERM;
  if (segment.options.scale === null) return;
  side.tdScale = segment.options.scale;
  side.flags |= WINDOW_SCALE;
}

/** Numbers of a segment with what NAT, SACK and odd stacks do to them taken into account. */
interface View {
  readonly seq: number;
  readonly end: number;
  readonly ack: number;
  readonly sack: number;
}

export function tcpInWindow(ns: Netns, track: TcpTrack, dir: Dir, segment: Segment): WindowVerdict {
  const sender = track.seen[dir];
  const receiver = track.seen[dir === 0 ? 1 : 0];
  const sack = (receiver.flags & SACK_PERM) !== 0 && segment.sackHigh !== null && after(segment.sackHigh, segment.ack) ? segment.sackHigh : segment.ack;
  const seenFirst = meetSender(track, dir, segment, sender, receiver, sack);
  if (seenFirst) return FITS;
  const view = viewOf(track, segment, sender, receiver, sack);
  const wrong = compare(view, sender, receiver);
  if (wrong !== null) return isLiberal(ns, sender) ? FITS : wrong;
  believe(track, dir, segment, view, sender, receiver);
  return FITS;
}

const isLiberal = (ns: Netns, sender: TcpSide): boolean => ns.nf.ct.sysctl.tcpBeLiberal !== 0 || (sender.flags & BE_LIBERAL) !== 0;

/** The first segment of a side, or a SYN sent anew. True = simultaneous open, nothing more to compare. */
function meetSender(track: TcpTrack, dir: Dir, s: Segment, sender: TcpSide, receiver: TcpSide, sack: number): boolean {
  const isSyn = (s.flags & FLAG_SYN) !== 0;
  if (sender.tdMaxwin === 0) {
    if (!isSyn) {
      meetMidway(s, sender, receiver, sack);
      return false;
    }
    initSender(s, dir, sender, receiver);
    return (s.flags & FLAG_ACK) === 0;
  }
  const reopens = track.state === "SYN_SENT" || track.state === "SYN_RECV";
  if (!isSyn || !after(s.end, sender.tdEnd) || !reopens) return false;
  initSender(s, dir, sender, receiver);
  return dir === 1 && (s.flags & FLAG_ACK) === 0;
}

function initSender(s: Segment, dir: Dir, sender: TcpSide, receiver: TcpSide): void {
  sender.tdEnd = s.end;
  sender.tdMaxend = s.end;
  sender.tdMaxwin = s.win === 0 ? 1 : s.win;
  learnOptions(sender, s);
  if (dir === 1 && (sender.flags & receiver.flags & WINDOW_SCALE) === 0) {
    sender.tdScale = 0;
    receiver.tdScale = 0;
  }
}

/** Its history is lost to us: we take it as it comes. */
function meetMidway(s: Segment, sender: TcpSide, receiver: TcpSide, sack: number): void {
  const win = s.win * 2 ** sender.tdScale;
  sender.tdEnd = s.end;
  sender.tdMaxwin = win === 0 ? 1 : win;
  sender.tdMaxend = (s.end + sender.tdMaxwin) >>> 0;
  if (receiver.tdMaxwin === 0) {
    receiver.tdEnd = sack;
    receiver.tdMaxend = sack;
  } else if (sack === ((receiver.tdEnd + 1) >>> 0)) receiver.tdEnd = sack;
}

function viewOf(track: TcpTrack, s: Segment, sender: TcpSide, receiver: TcpSide, sack: number): View {
  const noAck = (s.flags & FLAG_ACK) === 0 || ((s.flags & FLAG_RST) !== 0 && s.ack === 0);
  const answersSyn = (s.flags & FLAG_RST) !== 0 && s.seq === 0 && track.state === "SYN_SENT";
  return {
    seq: answersSyn ? sender.tdEnd : s.seq, end: answersSyn ? sender.tdEnd : s.end,
    ack: noAck ? receiver.tdEnd : s.ack, sack: noAck ? receiver.tdEnd : sack,
  };
}

/** The four bounds. */
function compare(v: View, sender: TcpSide, receiver: TcpSide): WindowVerdict | null {
  const ackFloor = receiver.tdEnd - Math.max(sender.tdMaxwin, LAG_BYTES) - 1;
  if (!before(v.seq, sender.tdMaxend + 1)) return tooFar(v, sender, receiver, ackFloor);
  if (!before(v.sack, receiver.tdEnd + 1)) return { is: "invalid", why: "it acknowledges data that nobody sent" };
  const inReceiveWindow = receiver.tdMaxwin === 0 || after(v.end, sender.tdEnd - receiver.tdMaxwin - 1);
  if (!inReceiveWindow) return { is: "ignore", why: "data that was acknowledged long ago" };
  return after(v.sack, ackFloor) ? null : { is: "ignore", why: "an acknowledgement that comes very late" };
}

/** Over the window; a little too much is let through, so that its acknowledgement is understood. */
function tooFar(v: View, sender: TcpSide, receiver: TcpSide, ackFloor: number): WindowVerdict {
  const overshot = (v.end - sender.tdMaxend + 1) >>> 0;
  const inReceiveWindow = receiver.tdMaxwin !== 0 && after(v.end, sender.tdEnd - receiver.tdMaxwin - 1);
  const ackFits = after(v.sack, ackFloor) && before(v.sack, receiver.tdEnd + 1);
  if (!inReceiveWindow || !ackFits || overshot > receiver.tdMaxwin) return { is: "invalid", why: "its sequence number is over the window of the receiver" };
  sender.tdEnd = v.end;
  sender.flags |= DATA_UNACKED;
  return { is: "ignore", why: `${overshot} bytes more than the receiver's window` };
}

/** What both sides have shown is remembered. */
function believe(track: TcpTrack, dir: Dir, s: Segment, v: View, sender: TcpSide, receiver: TcpSide): void {
  const win = (s.flags & FLAG_SYN) !== 0 ? s.win : s.win * 2 ** sender.tdScale;
  sender.tdMaxwin = Math.max(sender.tdMaxwin, win + ((v.sack - v.ack) >>> 0));
  if (after(v.end, sender.tdEnd)) {
    sender.tdEnd = v.end;
    sender.flags |= DATA_UNACKED;
  }
  if ((s.flags & FLAG_ACK) !== 0 && ((sender.flags & MAXACK_SET) === 0 || after(v.ack, sender.tdMaxack))) {
    sender.tdMaxack = v.ack;
    sender.flags |= MAXACK_SET;
  }
  if (receiver.tdMaxwin !== 0 && after(v.end, sender.tdMaxend)) receiver.tdMaxwin += (v.end - sender.tdMaxend) >>> 0;
  const edge = (v.sack + win) >>> 0;
  if (after(edge, receiver.tdMaxend - 1)) receiver.tdMaxend = (edge + (win === 0 ? 1 : 0)) >>> 0;
  if (v.ack === receiver.tdEnd) receiver.flags &= ~DATA_UNACKED;
  if (s.kind === TCP_ACK) countRepeats(track, dir, s, v);
}

function countRepeats(track: TcpTrack, dir: Dir, s: Segment, v: View): void {
  const same = track.lastDir === dir && track.lastSeq === v.seq && track.lastAck === v.ack && track.lastEnd === v.end && track.lastWin === s.win;
  if (same) {
    track.retrans++;
    return;
  }
  track.lastDir = dir;
  track.lastSeq = v.seq;
  track.lastAck = v.ack;
  track.lastEnd = v.end;
  track.lastWin = s.win;
  track.retrans = 0;
}
