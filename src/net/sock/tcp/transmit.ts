// From output.ts and control.ts: what to send. Next ipv4/ip-output.ts.
import { IP4_ANY, writeU16, writeU32 } from "../../../wire/addr.ts";
import { IPPROTO_TCP, IP_DF, IP_DST, IP_HLEN, IP_SRC, writeIpv4 } from "../../../wire/ipv4.ts";
import {
  TCP_ACK, TCP_ACK_SEQ, TCP_DST, TCP_FLAGS, TCP_HLEN, TCP_OFF, TCP_SEQ, TCP_SRC, TCP_SYN, TCP_URG_PTR, TCP_WIN, setTcpChecksum,
} from "../../../wire/tcp.ts";
import type { Netns } from "../../core/netns.ts";
import type { Skb } from "../../core/skb.ts";
import { type IpSend, ipSendSkb } from "../../ipv4/ip-output.ts";
import { type Dst, dstMtu, routeOutput } from "../../ipv4/route.ts";
import type { Errno } from "../../uapi/errno.ts";
import { eventAckSent } from "./delack.ts";
import { synOptionBytes, writeAlignedTimestamp, writeSack, writeSynOptions } from "./options.ts";
import { advertiseMss } from "./mtu.ts";
import { selectWindow } from "./window.ts";
import { chargeSegment } from "./small-queue.ts";
import type { MutableIpSend, Tcb } from "./tcb.ts";
import type { TxSeg } from "./tx-queue.ts";

const EMPTY = new Uint8Array(0);
const MAX_WINDOW = 65535;
/** Option space after the timestamp, in SACK blocks. */
const MOST_SACKS_WITH_TS = 3;
const MOST_SACKS = 4;

/** The way out, asked for again when a table has changed (__sk_dst_check, inet_sk_rebuild_header). */
export function skRoute(tp: Tcb): Dst | Errno {
  const generation = tp.ns.sock.tcp.routeGeneration;
  if (tp.dst !== null && tp.dstGeneration === generation) return tp.dst;
  const dst = routeOutput(tp.ns, {
    daddr: tp.peer, saddr: tp.local, oif: tp.boundDev, mark: tp.options.SO_MARK, tos: tp.options.IP_TOS & 0x1c,
    protocol: IPPROTO_TCP, sport: tp.port, dport: tp.peerPort,
  });
  if (typeof dst === "string") {
    tp.dst = null;
    return dst;
  }
  tp.dst = dst;
  tp.dstGeneration = generation;
  tp.ipSend = null;
  return dst;
}

/** MTU of the path as this socket knows it. */
export const pathMtu = (tp: Tcb, dst: Dst): number => (tp.options.IP_MTU_DISCOVER === "probe" ? dst.dev.mtuBytes : dstMtu(tp.ns, dst, tp.peer));

function headerOf(tp: Tcb, dst: Dst): MutableIpSend {
  const { options: o } = tp;
  const df = o.IP_MTU_DISCOVER !== "dont" && (o.IP_MTU_DISCOVER !== "want" || tp.ns.ipv4.noPmtuDisc === 0);
  return {
    saddr: tp.local === IP4_ANY ? dst.saddr : tp.local, daddr: tp.peer, protocol: IPPROTO_TCP, tos: o.IP_TOS,
    ttl: o.IP_TTL === 0 ? tp.ns.ipv4.defaultTtl : o.IP_TTL, df, ignoreDf: false, id: 0,
    ...(o.IP_OPTIONS.length === 0 ? {} : { options: o.IP_OPTIONS }),
  };
}

/** Milliseconds with the connection's own offset (RFC 7323 §5.4, tcp_time_stamp_ms). */
export const timestampOf = (tp: { readonly ns: Tcb["ns"]; readonly tsOffset: number }): number =>
  (Math.floor(tp.ns.world.sim.nowNs / 1_000_000) + tp.tsOffset) >>> 0;

/** Bytes of options a segment after the handshake will have (tcp_established_options). */
export function establishedOptionBytes(tp: Tcb): number {
  const blocks = sackBlocks(tp);
  return (tp.rxOpt.tstampOk ? 12 : 0) + (blocks === 0 ? 0 : 4 + 8 * blocks);
}

function sackBlocks(tp: Tcb): number {
  const { rxOpt } = tp;
  const wanted = rxOpt.numSacks + (rxOpt.dsack ? 1 : 0);
  return wanted === 0 ? 0 : Math.min(wanted, rxOpt.tstampOk ? MOST_SACKS_WITH_TS : MOST_SACKS);
}

/** tcp_transmit_skb: builds the segment and hands it to IPv4. An error means that it did not leave. */
export function transmitSeg(tp: Tcb, seg: TxSeg, note: ((skb: Skb) => void) | null = null, moreFlags = 0): Errno | undefined {
  return transmit(tp, seg.seq, seg.flags | moreFlags, seg.buf, seg.at, seg.len, seg.journey, note);
}

/** The same without a segment of a queue: acknowledgements, probes, resets. */
export function transmitBare(tp: Tcb, seq: number, flags: number, note: ((skb: Skb) => void) | null = null): Errno | undefined {
  return transmit(tp, seq, flags, EMPTY, 0, 0, tp.journey, note);
}

function transmit(tp: Tcb, seq: number, flags: number, data: Uint8Array, at: number, len: number, journey: number, note: ((skb: Skb) => void) | null): Errno | undefined {
  const { ns } = tp;
  const dst = skRoute(tp);
  if (typeof dst === "string") return routeLost(tp, dst);
  const isSyn = (flags & TCP_SYN) !== 0;
  const syn = isSyn ? synOptionsOf(tp, flags) : null;
  const headerBytes = TCP_HLEN + (syn === null ? establishedOptionBytes(tp) : synOptionBytes(syn));
  const skb = ns.world.alloc(headerBytes + len);
  const { buf, start } = skb;
  writeTcpHeader(buf, start, tp.port, tp.peerPort, seq, (flags & TCP_ACK) !== 0 ? tp.rcvNxt : 0, headerBytes, flags);
  if (syn !== null) {
    writeSynOptions(buf, start + TCP_HLEN, syn);
    writeU16(buf, start + TCP_WIN, Math.min(tp.rcvWnd, MAX_WINDOW));
  } else {
    writeEstablishedOptions(tp, buf, start + TCP_HLEN);
    writeU16(buf, start + TCP_WIN, selectWindow(tp));
  }
  if (len > 0) buf.set(at === 0 && len === data.length ? data : data.subarray(at, at + len), start + headerBytes);
  if ((flags & TCP_ACK) !== 0) eventAckSent(tp);
  countOut(tp, len);
  skb.journey = journey;
  skb.conn = tp.conn;
  skb.mark = tp.options.SO_MARK;
  skb.priority = tp.options.SO_PRIORITY;
  skb.sk = tp;
  if (len > 0) chargeSegment(tp, skb, len);
  const send = (tp.ipSend ??= headerOf(tp, dst));
  send.id = send.df ? nextIpId(tp) : null;
  return finishAndSend(ns, skb, dst, send, note);
}

/** Identification of packets that must not be fragmented: the socket's own counter (ip_select_ident_segs). */
function nextIpId(tp: Tcb): number {
  const id = tp.ipId;
  tp.ipId = (id + 1) & 0xffff;
  return id;
}

/** No way out any more: the timers will try again (inet_sk_rebuild_header sets sk_err_soft). */
function routeLost(tp: Tcb, errno: Errno): Errno {
  tp.softError = errno;
  return errno;
}

function countOut(tp: Tcb, len: number): void {
  tp.segsOut++;
  if (len === 0) return;
  tp.dataSegsOut++;
  tp.bytesSent += len;
}

/** Checksum and down to IPv4; addresses are put where the IP header will have them, for the pseudo header. `note` tells the trace why it leaves. */
export function finishAndSend(ns: Netns, skb: Skb, dst: Dst, send: IpSend, note: ((skb: Skb) => void) | null = null): Errno | undefined {
  const ipAt = skb.start - IP_HLEN;
  writeU32(skb.buf, ipAt + IP_SRC, send.saddr);
  writeU32(skb.buf, ipAt + IP_DST, send.daddr);
  setTcpChecksum(skb.buf, skb.start, skb.end, ipAt);
  skb.trust = 1;
  ns.mib.tcp.OutSegs++;
  if (note !== null && ns.world.trace !== null) noteWithHeader(skb, send, note);
  return ipSendSkb(ns, skb, dst, send);
}

/** The trace shows packets: the IP header stands in front already, as IPv4 will write it. */
function noteWithHeader(skb: Skb, send: IpSend, note: (skb: Skb) => void): void {
  skb.netAt = skb.start - IP_HLEN;
  writeIpv4(skb.buf, skb.netAt, {
    tos: send.tos, totalBytes: skb.length + IP_HLEN, id: send.id ?? 0, frag: send.df ? IP_DF : 0, ttl: send.ttl, protocol: send.protocol, src: send.saddr, dst: send.daddr,
  });
  note(skb);
}

/** Header with zero window, checksum and urgent pointer; options and window are filled by the caller. */
export function writeTcpHeader(b: Uint8Array, at: number, sport: number, dport: number, seq: number, ack: number, headerBytes: number, flags: number): void {
  writeU16(b, at + TCP_SRC, sport);
  writeU16(b, at + TCP_DST, dport);
  writeU32(b, at + TCP_SEQ, seq);
  writeU32(b, at + TCP_ACK_SEQ, ack);
  b[at + TCP_OFF] = (headerBytes / 4) << 4;
  b[at + TCP_FLAGS] = flags;
  writeU16(b, at + TCP_WIN, 0);
  writeU16(b, at + TCP_URG_PTR, 0);
}

/** tcp_syn_options; a SYN-ACK of a simultaneous open offers what was agreed. */
function synOptionsOf(tp: Tcb, flags: number): Parameters<typeof writeSynOptions>[2] {
  const { sysctl } = tp.ns.sock.tcp;
  const { rxOpt } = tp;
  const answer = (flags & TCP_ACK) !== 0;
  const ts = answer ? rxOpt.tstampOk : sysctl.timestamps !== 0;
  return {
    mss: advertiseMss(tp),
    sackPermitted: answer ? rxOpt.sackOk : sysctl.sack !== 0,
    timestamp: ts ? { val: timestampOf(tp), ecr: rxOpt.tsRecent } : null,
    wscale: (answer ? rxOpt.wscaleOk : sysctl.windowScaling !== 0) ? rxOpt.rcvWscale : null,
  };
}

function writeEstablishedOptions(tp: Tcb, b: Uint8Array, from: number): void {
  const { rxOpt } = tp;
  let at = from;
  if (rxOpt.tstampOk) {
    writeAlignedTimestamp(b, at, timestampOf(tp), rxOpt.tsRecent);
    at += 12;
  }
  const blocks = sackBlocks(tp);
  if (blocks === 0) return;
  writeSack(b, at, rxOpt.dsack ? [tp.duplicateSack, ...tp.selectiveAcks] : tp.selectiveAcks, blocks);
  rxOpt.dsack = false;
}
