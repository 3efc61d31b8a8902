import { readU16, writeU16 } from "../../wire/addr.ts";
import { SEC, type Timer } from "../../sim/sim.ts";
import { ICMP_EXC_FRAGTIME, ICMP_TIME_EXCEEDED } from "../../wire/icmp.ts";
import { ETH_HLEN } from "../../wire/ethernet.ts";
import { IP_DF, IP_FRAG, IP_HLEN, IP_ID, IP_LEN, IP_MF, IP_OFFSET_MASK, IP_PROTO, ipDst, ipHeaderBytes, ipSrc, setIpChecksum } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { icmpSend } from "./icmp-send.ts";

/* RFC 791 §3.2 and RFC 815, Linux net/ipv4/ip_fragment.c. From and to: ip-input.ts. */

interface Queue {
  readonly pieces: Skb[];
  /** Payload bytes of the whole packet, known once the last piece is here. */
  totalBytes: number | null;
  timer: Timer;
}

/** Packets being put together, by source, destination, protocol and id. */
export class FragmentQueues {
  readonly queues = new Map<string, Queue>();
}

/** At most this many packets are put together at once (ipfrag_high_thresh in spirit). */
const MAX_QUEUES = 256;
const MAX_PIECES = 8192;
const MAX_PACKET = 65535;

const offsetOf = (skb: Skb): number => (readU16(skb.buf, skb.netAt + IP_FRAG) & IP_OFFSET_MASK) * 8;
const payloadOf = (skb: Skb): number => skb.end - skb.netAt - ipHeaderBytes(skb.buf, skb.netAt);

/** ip_defrag: keeps the piece; returns the whole packet when this was the last one missing, else null. */
export function ipDefrag(ns: Netns, skb: Skb): Skb | null {
  ns.mib.ip.ReasmReqds++;
  const { queues } = ns.ipv4.fragments;
  const key = `${ipSrc(skb.buf, skb.netAt)} ${ipDst(skb.buf, skb.netAt)} ${skb.buf[skb.netAt + IP_PROTO]} ${readU16(skb.buf, skb.netAt + IP_ID)}`;
  const queue = queues.get(key) ?? open(ns, key);
  if (queue === null || !insert(queue, skb)) {
    drop(ns, skb, "FRAG_BAD");
    return null;
  }
  if (!isComplete(queue)) return null;
  queue.timer.cancel();
  queues.delete(key);
  ns.mib.ip.ReasmOKs++;
  return reassemble(ns, queue);
}

function open(ns: Netns, key: string): Queue | null {
  const { queues } = ns.ipv4.fragments;
  if (queues.size >= MAX_QUEUES) return null;
  const queue: Queue = { pieces: [], totalBytes: null, timer: ns.world.sim.after(ns.ipv4.ipfragTimeSec * SEC, () => expire(ns, key), undefined) };
  queues.set(key, queue);
  return queue;
}

/** ip_expire: an ICMP error goes out only if the first piece is here (RFC 1122 §3.2.2.4). */
function expire(ns: Netns, key: string): void {
  const queue = ns.ipv4.fragments.queues.get(key);
  if (queue === undefined) return;
  ns.ipv4.fragments.queues.delete(key);
  ns.mib.ip.ReasmTimeout++;
  ns.mib.ip.ReasmFails++;
  const first = queue.pieces[0];
  if (first !== undefined && offsetOf(first) === 0) icmpSend(ns, first, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
  for (const piece of queue.pieces) drop(ns, piece, "FRAG_REASM_TIMEOUT");
}

/** Keeps pieces in order; overlaps spoil the packet (as Linux does since RFC 5722's lesson), exact repeats are ignored. */
function insert(queue: Queue, skb: Skb): boolean {
  const offset = offsetOf(skb);
  const bytes = payloadOf(skb);
  const more = (readU16(skb.buf, skb.netAt + IP_FRAG) & IP_MF) !== 0;
  if (offset + bytes > MAX_PACKET - IP_HLEN || (more && bytes % 8 !== 0) || queue.pieces.length >= MAX_PIECES) return false;
  if (!more) queue.totalBytes = offset + bytes;
  const at = queue.pieces.findIndex((p) => offsetOf(p) >= offset);
  const index = at < 0 ? queue.pieces.length : at;
  const next = queue.pieces[index];
  const previous = queue.pieces[index - 1];
  if (next !== undefined && offset + bytes > offsetOf(next)) return false;
  if (previous !== undefined && offsetOf(previous) + payloadOf(previous) > offset) return false;
  queue.pieces.splice(index, 0, skb);
  return true;
}

function isComplete(queue: Queue): boolean {
  if (queue.totalBytes === null) return false;
  return queue.pieces.reduce((sum, p) => sum + payloadOf(p), 0) === queue.totalBytes;
}

function reassemble(ns: Netns, queue: Queue): Skb {
  const first = queue.pieces[0]!;
  const headerBytes = ipHeaderBytes(first.buf, first.netAt);
  const whole = ns.world.alloc(headerBytes + queue.totalBytes!);
  whole.buf.set(first.buf.subarray(first.netAt, first.netAt + headerBytes), whole.start);
  const largest = Math.max(...queue.pieces.map((p) => payloadOf(p) + ipHeaderBytes(p.buf, p.netAt)));
  for (const p of queue.pieces) whole.buf.set(p.buf.subarray(p.end - payloadOf(p), p.end), whole.start + headerBytes + offsetOf(p));
  finishWhole(whole, first, headerBytes);
  whole.fragMaxBytes = largest;
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
  writeU16(buf, start + IP_FRAG, readU16(buf, start + IP_FRAG) & IP_DF);
  setIpChecksum(buf, start);
}
