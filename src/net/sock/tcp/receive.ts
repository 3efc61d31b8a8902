import { TCP_FIN } from "../../../wire/tcp.ts";
import { rcvSpaceAdjust } from "./rcvbuf.ts";
import type { RxSeg } from "./segment.ts";
import type { Tcb } from "./tcb.ts";

/* Receive queues: memory, and what a program reads. */

/** What a segment costs beside its payload: sk_buff, room for headers, shared info. */
const RX_OVERHEAD = 832;
/** MAX_SKB_FRAGS: so many segments share one sk_buff when they follow each other (tcp_try_coalesce). */
const MOST_COALESCED = 17;

/** Between namespaces of one kernel the sender's copy shares the bytes until it has seen the acknowledgement; nothing can join them before. */
const SENDER_HOLDS_NS = 200_000;

/** skb->truesize of a segment by itself. */
export const rxTruesize = (seg: RxSeg): number => seg.len + RX_OVERHEAD;

/** skb_set_owner_r; `behind` is the segment in front of it in the same queue, which takes it in when it fits. */
export function charge(tp: Tcb, seg: RxSeg, behind: RxSeg | undefined): void {
  const now = tp.ns.world.sim.nowNs;
  const joins = behind !== undefined && behind.endSeq === seg.seq && behind.coalesced < MOST_COALESCED && now - behind.groupAtNs >= SENDER_HOLDS_NS;
  seg.groupAtNs = joins ? behind.groupAtNs : now;
  seg.coalesced = joins ? behind.coalesced + 1 : 1;
  seg.truesize = joins ? seg.len : seg.len + RX_OVERHEAD;
  tp.rmemAlloc += seg.truesize;
}

export function freeSeg(tp: Tcb, seg: RxSeg): void {
  tp.rmemAlloc -= seg.truesize;
  tp.ns.world.free(seg.skb);
}

/** What was not read is thrown away; what waits behind a hole stays, and a reset still tells of it. */
export function freeUnread(tp: Tcb): void {
  for (let i = tp.rcvHead; i < tp.rcvQueue.length; i++) freeSeg(tp, tp.rcvQueue[i]!);
  tp.rcvQueue.length = 0;
  tp.rcvHead = 0;
}

export function freeReceiveQueues(tp: Tcb): void {
  freeUnread(tp);
  for (const seg of tp.ofoQueue) freeSeg(tp, seg);
  tp.ofoQueue.length = 0;
  tp.rxOpt.numSacks = 0;
  tp.rmemAlloc = 0;
}

/** Bytes that can be read now; a FIN at the end does not count (tcp_inq). */
export function readableBytes(tp: Tcb): number {
  const bytes = (tp.rcvNxt - tp.copiedSeq) >>> 0;
  const tail = tp.rcvQueue.length > tp.rcvHead ? tp.rcvQueue[tp.rcvQueue.length - 1]! : null;
  return bytes > 0 && tail !== null && (tail.flags & TCP_FIN) !== 0 ? bytes - 1 : bytes;
}

/** Copies up to `most` bytes out of the queue; with `peek` they stay. */
export function copyOut(tp: Tcb, most: number, peek: boolean): Uint8Array {
  const bytes = Math.min(most, readableBytes(tp));
  const out = new Uint8Array(bytes);
  let done = 0;
  let seq = tp.copiedSeq;
  let at = tp.rcvHead;
  while (done < bytes) {
    const seg = tp.rcvQueue[at]!;
    // What the kernel keeps in one sk_buff is read in one go; after each it looks at the buffer's size.
    if (!peek && seg.coalesced === 1 && done > 0) readUpTo(tp, seq);
    const offset = (seq - seg.seq) >>> 0;
    const n = Math.min(seg.len - offset, bytes - done);
    out.set(seg.skb.buf.subarray(seg.at + offset, seg.at + offset + n), done);
    done += n;
    seq = (seq + n) >>> 0;
    if (offset + n === seg.len) at++;
  }
  if (!peek) {
    readUpTo(tp, seq);
    dropRead(tp);
  }
  return out;
}

function readUpTo(tp: Tcb, seq: number): void {
  tp.copiedSeq = seq;
  rcvSpaceAdjust(tp);
}

/** tcp_eat_recv_skb: segments that were read to their end. A FIN is read with the last byte, or alone. */
export function dropRead(tp: Tcb): void {
  while (tp.rcvHead < tp.rcvQueue.length) {
    const seg = tp.rcvQueue[tp.rcvHead]!;
    const end = (seg.seq + seg.len) >>> 0;
    if (((end - tp.copiedSeq) | 0) > 0) break;
    if ((seg.flags & TCP_FIN) !== 0) tp.copiedSeq = seg.endSeq;
    freeSeg(tp, seg);
    tp.rcvHead++;
  }
  if (tp.rcvHead > 64 || tp.rcvHead === tp.rcvQueue.length) {
    tp.rcvQueue.splice(0, tp.rcvHead);
    tp.rcvHead = 0;
  }
}
