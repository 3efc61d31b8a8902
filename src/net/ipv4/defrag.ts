import { readU16, writeU16 } from "../../wire/addr.ts";
import { wheelExpiryNs } from "../../sim/jiffies.ts";
import { SEC, type Timer } from "../../sim/sim.ts";
import { ICMP_EXC_FRAGTIME, ICMP_TIME_EXCEEDED } from "../../wire/icmp.ts";
import { ETH_HLEN } from "../../wire/ethernet.ts";
import { IP_DF, IP_FRAG, IP_ID, IP_LEN, IP_MF, IP_OFFSET_MASK, IP_PROTO, IP_TOS, ipDst, ipHeaderBytes, ipSrc, setIpChecksum } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { icmpSend } from "./icmp-send.ts";
import { routeInput } from "./route-input.ts";
import { dstOf } from "./route.ts";

/* RFC 791 §3.2 and RFC 815, Linux net/ipv4/ip_fragment.c. From and to: ip-input.ts. */

/** Who has packets put together (IP_DEFRAG_*): this machine as their end, or conntrack on their way. */
export type DefragUser = "local" | "conntrack";

interface Queue {
  readonly key: string;
  readonly user: DefragUser;
  /** In order of offset, none overlapping another. */
  pieces: Skb[];
  /** Payload bytes of the whole packet as far as known; sure once the last piece is here. */
  totalBytes: number;
  hasLast: boolean;
  /** Largest piece, and largest with DF, headers included. */
  mostBytes: number;
  mostDfBytes: number;
  /** One bit for each value of the ECN field that was seen. */
  ecnSeen: number;
  /** Counter of the source's pieces when this queue got its last one (inet_peer->rid). */
  lastPiece: number;
  memoryBytes: number;
  timer: Timer;
}

/** Packets being put together, by source, destination, protocol, id and user. */
export class FragmentQueues {
  readonly queues = new Map<string, Queue>();
  /** Pieces seen, by source. */
  readonly pieces = new Map<number, number>();
  memoryBytes = 0;
}

const MAX_PACKET = 65535;
/** sizeof(struct ipq), and what a buffer costs besides its bytes. */
const QUEUE_BYTES = 200;
const SKB_BYTES = 768;
const MAX_SOURCES = 65536;

const offsetOf = (skb: Skb): number => (readU16(skb.buf, skb.netAt + IP_FRAG) & IP_OFFSET_MASK) * 8;
const payloadOf = (skb: Skb): number => skb.end - skb.netAt - ipHeaderBytes(skb.buf, skb.netAt);
const endOf = (skb: Skb): number => offsetOf(skb) + payloadOf(skb);

/** ip_defrag: keeps the piece; returns the whole packet when this was the last one missing, else null. */
export function ipDefrag(ns: Netns, skb: Skb, user: DefragUser): Skb | null {
  ns.mib.ip.ReasmReqds++;
  const { buf, netAt } = skb;
  const key = `${user} ${ipSrc(buf, netAt)} ${ipDst(buf, netAt)} ${buf[netAt + IP_PROTO]} ${readU16(buf, netAt + IP_ID)}`;
  const queue = ns.ipv4.fragments.queues.get(key) ?? open(ns, key, user);
  if (queue === null) return refuse(ns, skb);
  if (isTooFar(ns, queue, ipSrc(buf, netAt))) restart(ns, queue);
  const kept = keep(ns, queue, skb);
  if (kept === "duplicate") return refuse(ns, skb);
  if (kept === "broken") {
    kill(ns, queue);
    return refuse(ns, skb);
  }
  return isComplete(queue) ? finish(ns, queue) : null;
}

function refuse(ns: Netns, skb: Skb): null {
  drop(ns, skb, "FRAG_BAD");
  return null;
}

/** inet_frag_find: no new packet is begun while pieces take more than ipfrag_high_thresh bytes. */
function open(ns: Netns, key: string, user: DefragUser): Queue | null {
  const { fragments, ipfragHighThresh } = ns.ipv4;
  if (fragments.memoryBytes > ipfragHighThresh || ipfragHighThresh === 0) return null;
  const queue: Queue = {
    key, user, pieces: [], totalBytes: 0, hasLast: false, mostBytes: 0, mostDfBytes: 0, ecnSeen: 0, lastPiece: 0, memoryBytes: 0, timer: startTimer(ns, key),
  };
  fragments.queues.set(key, queue);
  charge(ns, queue, QUEUE_BYTES);
  return queue;
}

function startTimer(ns: Netns, key: string): Timer {
  const { sim } = ns.world;
  return sim.after(wheelExpiryNs(sim.nowNs, ns.ipv4.ipfragTimeSec * SEC) - sim.nowNs, () => expire(ns, key), undefined);
}

function charge(ns: Netns, queue: Queue, bytes: number): void {
  queue.memoryBytes += bytes;
  ns.ipv4.fragments.memoryBytes += bytes;
}

/** ip_frag_too_far: many other pieces of the same source came in between, so its counter of ids may have gone round (ipfrag_max_dist). */
function isTooFar(ns: Netns, queue: Queue, source: number): boolean {
  const { fragments, ipfragMaxDist } = ns.ipv4;
  if (fragments.pieces.size > MAX_SOURCES) fragments.pieces.clear();
  const now = (fragments.pieces.get(source) ?? 0) + 1;
  fragments.pieces.set(source, now);
  const distance = now - queue.lastPiece;
  queue.lastPiece = now;
  return ipfragMaxDist > 0 && queue.pieces.length > 0 && distance > ipfragMaxDist;
}

/** ip_frag_reinit: what was there belonged to another packet. */
function restart(ns: Netns, queue: Queue): void {
  for (const piece of queue.pieces) drop(ns, piece, "FRAG_BAD");
  ns.ipv4.fragments.memoryBytes -= queue.memoryBytes - QUEUE_BYTES;
  queue.timer.cancel();
  Object.assign(queue, { pieces: [], totalBytes: 0, hasLast: false, mostBytes: 0, mostDfBytes: 0, ecnSeen: 0, memoryBytes: QUEUE_BYTES, timer: startTimer(ns, queue.key) });
}

/** inet_frag_kill. */
function kill(ns: Netns, queue: Queue): void {
  queue.timer.cancel();
  close(ns, queue);
  for (const piece of queue.pieces) drop(ns, piece, "FRAG_BAD");
}

function close(ns: Netns, queue: Queue): void {
  ns.ipv4.fragments.queues.delete(queue.key);
  ns.ipv4.fragments.memoryBytes -= queue.memoryBytes;
}

/** ip_expire: an ICMP error goes out only if the first piece is here, and only from the packet's end (RFC 792, RFC 1122 §3.2.2.4). */
function expire(ns: Netns, key: string): void {
  const queue = ns.ipv4.fragments.queues.get(key);
  if (queue === undefined) return;
  close(ns, queue);
  ns.mib.ip.ReasmTimeout++;
  ns.mib.ip.ReasmFails++;
  const [first, ...rest] = queue.pieces;
  for (const piece of rest) drop(ns, piece, "FRAG_REASM_TIMEOUT");
  if (first === undefined) return;
  if (offsetOf(first) === 0 && first.dev?.registered === true) {
    first.dst = null;
    if (!routeInput(ns, first)) return;
    if (queue.user === "local" || dstOf(first).type === "local") icmpSend(ns, first, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
  }
  drop(ns, first, "FRAG_REASM_TIMEOUT");
}

/** ip_frag_queue: what lies within what is there is a duplicate; what overlaps it in part, or does not fit the end, spoils the packet (RFC 5722's lesson). */
function keep(ns: Netns, queue: Queue, skb: Skb): "kept" | "duplicate" | "broken" {
  const offset = offsetOf(skb);
  const word = readU16(skb.buf, skb.netAt + IP_FRAG);
  const isLast = (word & IP_MF) === 0;
  if (!isLast && payloadOf(skb) % 8 !== 0) skb.end -= payloadOf(skb) % 8;
  const end = endOf(skb);
  if (end === offset || (isLast ? end < queue.totalBytes || (queue.hasLast && end !== queue.totalBytes) : queue.hasLast && end > queue.totalBytes)) return "broken";
  queue.totalBytes = Math.max(queue.totalBytes, end);
  queue.hasLast ||= isLast;
  const place = placeOf(queue.pieces, offset, end);
  if (typeof place !== "number") return place;
  queue.pieces.splice(place, 0, skb);
  charge(ns, queue, skb.length + SKB_BYTES);
  const bytes = skb.end - skb.netAt;
  queue.mostBytes = Math.max(queue.mostBytes, bytes);
  if ((word & IP_DF) !== 0) queue.mostDfBytes = Math.max(queue.mostDfBytes, bytes);
  queue.ecnSeen |= 1 << (skb.buf[skb.netAt + IP_TOS]! & 3);
  return "kept";
}

/** inet_frag_queue_insert: index of the gap that a piece fills. Pieces without a gap between them are one run. */
function placeOf(pieces: readonly Skb[], offset: number, end: number): number | "duplicate" | "broken" {
  const last = pieces[pieces.length - 1];
  if (last === undefined || offset >= endOf(last)) return pieces.length;
  const next = pieces.findIndex((p) => endOf(p) > offset);
  if (end <= offsetOf(pieces[next]!)) return next;
  let runEnd = endOf(pieces[next]!);
  for (let i = next + 1; i < pieces.length && offsetOf(pieces[i]!) === runEnd; i++) runEnd = endOf(pieces[i]!);
  return offset >= offsetOf(pieces[next]!) && end <= runEnd ? "duplicate" : "broken";
}

function isComplete(queue: Queue): boolean {
  return queue.hasLast && queue.pieces.reduce((sum, p) => sum + payloadOf(p), 0) === queue.totalBytes;
}

/** ip_frag_reasm. */
function finish(ns: Netns, queue: Queue): Skb | null {
  queue.timer.cancel();
  close(ns, queue);
  const ecn = mergedEcn(queue.ecnSeen);
  const first = queue.pieces[0]!;
  if (ecn === null || ipHeaderBytes(first.buf, first.netAt) + queue.totalBytes > MAX_PACKET) {
    for (const piece of queue.pieces) drop(ns, piece, "FRAG_BAD");
    return null;
  }
  ns.mib.ip.ReasmOKs++;
  return reassemble(ns, queue, ecn);
}

const NOT_ECT = 1 << 0;
const CE = 1 << 3;

/** RFC 3168 §5.3: one congested piece marks the packet; pieces with and without ECN do not belong together (null). */
function mergedEcn(seen: number): number | null {
  if (seen === NOT_ECT) return 0;
  if ((seen & NOT_ECT) !== 0) return null;
  return (seen & CE) !== 0 ? 3 : 0;
}

function reassemble(ns: Netns, queue: Queue, ecn: number): Skb {
  const first = queue.pieces[0]!;
  const headerBytes = ipHeaderBytes(first.buf, first.netAt);
  const whole = ns.world.alloc(headerBytes + queue.totalBytes);
  whole.buf.set(first.buf.subarray(first.netAt, first.netAt + headerBytes), whole.start);
  for (const p of queue.pieces) whole.buf.set(p.buf.subarray(p.end - payloadOf(p), p.end), whole.start + headerBytes + offsetOf(p));
  finishWhole(whole, first, headerBytes);
  // DF is set again only if the largest piece had it: else smaller ones would be refused that the sender allowed.
  writeU16(whole.buf, whole.start + IP_FRAG, queue.mostDfBytes === queue.mostBytes ? IP_DF : 0);
  whole.buf[whole.start + IP_TOS] = whole.buf[whole.start + IP_TOS]! | ecn;
  setIpChecksum(whole.buf, whole.start);
  whole.fragMaxBytes = queue.mostBytes;
  if (ns.world.trace !== null) trace(ns, "defrag", first.dev?.name ?? "", whole, { note: `${queue.pieces.length} pieces put together` });
  for (const p of queue.pieces) ns.world.free(p);
  return whole;
}

/** A bridge that had the pieces put together goes on with a frame. */
function keepEthernet(whole: Skb, first: Skb): void {
  whole.macAt = whole.start - ETH_HLEN;
  whole.buf.set(first.buf.subarray(first.macAt, first.macAt + ETH_HLEN), whole.macAt);
}

function finishWhole(whole: Skb, first: Skb, headerBytes: number): void {
  const { buf, start, end, id } = whole;
  Object.assign(whole, first, { buf, start, end, id, parent: first.id, macAt: -1, trust: 0, netAt: start, transAt: start + headerBytes });
  if (first.macAt >= 0 && first.netAt - first.macAt === ETH_HLEN) keepEthernet(whole, first);
  writeU16(buf, start + IP_LEN, end - start);
}
