// From listen.ts: the SYN queue is full, or an acknowledgement came that belongs to no handshake.
import type { Netns } from "../../core/netns.ts";
import { parseOptions } from "./options.ts";
import { RequestSock } from "./request.ts";
import type { RxSeg } from "./segment.ts";
import { RxOptions, type Tcb } from "./tcb.ts";
import { ehash } from "./tables.ts";

/*
 * SYN cookies (net/ipv4/syncookies.c): the answer's sequence number says all that must be remembered of a SYN, and the low bits
 * of its timestamp what options it had. The hash is ours; the layout is the kernel's: eight bits of minutes, 24 of hash and MSS.
 */

const MSS_TABLE = [536, 1300, 1440, 1460] as const;
const COOKIE_BITS = 24;
const MASK = 0xffffff;
const PERIOD_NS = 60_000_000_000;
/** A cookie is believed this many periods. */
const MAX_AGE = 2;

const TS_BITS = 0x3f;
const TS_WSCALE = 0xf;
const TS_SACK = 0x10;

const minutes = (ns: Netns): number => Math.floor(ns.world.sim.nowNs / PERIOD_NS);

function hash(ns: Netns, seg: RxSeg, salt: number): number {
  const h = Math.imul(ehash(seg.daddr, seg.dport, seg.saddr, seg.sport) ^ ns.world.hashSeed ^ Math.imul(salt + 1, 0x9e3779b1), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

/** cookie_v4_init_sequence: the sequence number to answer a SYN with; `mss` of the request becomes what the cookie can tell. */
export function cookieSequence(ns: Netns, seg: RxSeg, req: RequestSock): number {
  let index = MSS_TABLE.length - 1;
  while (index > 0 && MSS_TABLE[index]! > req.mss) index--;
  req.mss = MSS_TABLE[index]!;
  const count = minutes(ns) & 0xff;
  return (hash(ns, seg, 0) + seg.seq + count * 2 ** COOKIE_BITS + ((hash(ns, seg, count + 1) + index) & MASK)) >>> 0;
}

/** cookie_init_timestamp: the timestamp of a cookie's SYN-ACK carries window scale and SACK in its low bits. */
export function cookieTimestamp(tsval: number, opt: RxOptions): number {
  const bits = (opt.wscaleOk ? opt.sndWscale : TS_WSCALE) | (opt.sackOk ? TS_SACK : 0);
  const stamped = (tsval & ~TS_BITS) | bits;
  return (stamped > tsval ? stamped - (TS_BITS + 1) : stamped) >>> 0;
}

/** __cookie_v4_check: index into the MSS table, or null when this is no cookie of ours. */
function checkCookie(ns: Netns, seg: RxSeg): number | null {
  const peerSeq = (seg.seq - 1) >>> 0;
  const cookie = (seg.ack - 1 - hash(ns, seg, 0) - peerSeq) >>> 0;
  const age = (minutes(ns) - (cookie >>> COOKIE_BITS)) & 0xff;
  if (age >= MAX_AGE) return null;
  const index = ((cookie & MASK) - hash(ns, seg, ((minutes(ns) - age) & 0xff) + 1)) & MASK;
  return index < MSS_TABLE.length ? index : null;
}

/** cookie_v4_check: the handshake that the cookie tells of, as if it had been remembered. */
export function requestOfCookie(ns: Netns, tp: Tcb, seg: RxSeg, tsOffset: number): RequestSock | null {
  const index = checkCookie(ns, seg);
  if (index === null) return null;
  const rxOpt = new RxOptions();
  rxOpt.tstampOk = true;
  parseOptions(seg, rxOpt, null);
  const echoed = rxOpt.sawTstamp ? (rxOpt.rcvTsecr - tsOffset) >>> 0 : 0;
  rxOpt.tstampOk = rxOpt.sawTstamp;
  if (rxOpt.sawTstamp) {
    rxOpt.sackOk = (echoed & TS_SACK) !== 0;
    rxOpt.wscaleOk = (echoed & TS_WSCALE) !== TS_WSCALE;
    rxOpt.sndWscale = rxOpt.wscaleOk ? echoed & TS_WSCALE : 0;
    rxOpt.tsRecent = rxOpt.rcvTsval;
  }
  rxOpt.mssClamp = MSS_TABLE[index]!;
  const req = new RequestSock(tp, seg.daddr, seg.saddr, seg.sport, rxOpt);
  req.rcvIsn = (seg.seq - 1) >>> 0;
  req.rcvNxt = seg.seq;
  req.sntIsn = (seg.ack - 1) >>> 0;
  req.mss = MSS_TABLE[index]!;
  req.tsOffset = rxOpt.tstampOk ? tsOffset : 0;
  req.conn = seg.skb.conn === 0 ? ns.world.takeConn() : seg.skb.conn;
  req.journey = seg.skb.journey;
  return req;
}
