// From data.ts: a segment behind a hole. It waits here, and the peer is told by SACK (RFC 2018, RFC 2883).
import { TCP_FIN } from "../../../wire/tcp.ts";
import { drop } from "../../core/trace.ts";
import { queueRcv, trimFront } from "./data.ts";
import { measureRcvMss } from "./rcvbuf.ts";
import { charge, freeSeg, rxTruesize } from "./receive.ts";
import type { RxSeg } from "./segment.ts";
import { after, before } from "./seq.ts";
import type { SackBlock, Tcb } from "./tcb.ts";

const MOST_BLOCKS = 4;

/** tcp_data_queue_ofo. Takes the segment. */
export function queueOfo(tp: Tcb, seg: RxSeg): void {
  tp.ackScheduled = true;
  if (tp.rmemAlloc + rxTruesize(seg) > tp.rcvBuf + Math.floor(tp.rcvBuf / 2)) return drop(tp.ns, seg.skb, "TCP_OFO_DROP");
  tp.ns.mib.tcpExt.TCPOFOQueue++;
  measureRcvMss(tp, seg);
  const at = placeFor(tp.ofoQueue, seg.seq);
  const before1 = tp.ofoQueue[at - 1];
  if (before1 !== undefined && !before(before1.endSeq, seg.endSeq)) {
    // All of it is here already; its block comes first again.
    dsackSet(tp, seg.seq, seg.endSeq);
    if (tp.rxOpt.sackOk) sackNew(tp, seg.seq, seg.endSeq);
    return drop(tp.ns, seg.skb, "TCP_OLD_DATA");
  }
  if (before1 !== undefined && after(before1.endSeq, seg.seq)) dsackSet(tp, seg.seq, before1.endSeq);
  tp.ofoQueue.splice(at, 0, seg);
  charge(tp, seg, tp.ofoQueue[at - 1]);
  dropCovered(tp, at);
  if (tp.rxOpt.sackOk) sackNew(tp, seg.seq, seg.endSeq);
}

/** Index of the first segment that begins after `seq`. */
function placeFor(queue: readonly RxSeg[], seq: number): number {
  let at = queue.length;
  while (at > 0 && after(queue[at - 1]!.seq, seq)) at--;
  return at;
}

/** Segments that the new one covers are of no more use. */
function dropCovered(tp: Tcb, at: number): void {
  const seg = tp.ofoQueue[at]!;
  for (let next = tp.ofoQueue[at + 1]; next !== undefined && after(seg.endSeq, next.seq); next = tp.ofoQueue[at + 1]) {
    if (before(seg.endSeq, next.endSeq)) return dsackExtend(tp, next.seq, seg.endSeq);
    dsackExtend(tp, next.seq, next.endSeq);
    tp.ofoQueue.splice(at + 1, 1);
    freeSeg(tp, next);
  }
}

/** tcp_ofo_queue: the hole has closed; what follows without a gap goes to the receive queue. */
export function ofoQueue(tp: Tcb, onFin: (tp: Tcb, seg: RxSeg) => void): void {
  let dsackHigh = tp.rcvNxt;
  while (tp.ofoQueue.length > 0 && !after(tp.ofoQueue[0]!.seq, tp.rcvNxt)) {
    const seg = tp.ofoQueue.shift()!;
    if (before(seg.seq, dsackHigh)) {
      const high = before(seg.endSeq, dsackHigh) ? seg.endSeq : dsackHigh;
      dsackHigh = high;
      dsackExtend(tp, seg.seq, high);
    }
    if (!after(seg.endSeq, tp.rcvNxt)) {
      freeSeg(tp, seg);
      continue;
    }
    tp.rmemAlloc -= seg.truesize;
    if (before(seg.seq, tp.rcvNxt)) trimFront(tp, seg);
    queueRcv(tp, seg);
    if ((seg.flags & TCP_FIN) !== 0) onFin(tp, seg);
  }
  sackRemove(tp);
}

/** tcp_dsack_set: the next acknowledgement begins with "this came twice". */
export function dsackSet(tp: Tcb, seq: number, endSeq: number): void {
  if (!tp.rxOpt.sackOk || tp.ns.sock.tcp.sysctl.dsack === 0) return;
  tp.rxOpt.dsack = true;
  tp.duplicateSack.startSeq = seq;
  tp.duplicateSack.endSeq = endSeq;
}

/** tcp_dsack_extend. */
function dsackExtend(tp: Tcb, seq: number, endSeq: number): void {
  if (!tp.rxOpt.dsack) return dsackSet(tp, seq, endSeq);
  extend(tp.duplicateSack, seq, endSeq);
}

/** tcp_sack_extend: true when the range touches the block, which then covers both. */
function extend(block: SackBlock, seq: number, endSeq: number): boolean {
  if (after(seq, block.endSeq) || after(block.startSeq, endSeq)) return false;
  if (before(seq, block.startSeq)) block.startSeq = seq;
  if (after(endSeq, block.endSeq)) block.endSeq = endSeq;
  return true;
}

/** tcp_sack_new_ofo_skb: the block that has just changed comes first. */
function sackNew(tp: Tcb, seq: number, endSeq: number): void {
  const blocks = tp.selectiveAcks;
  for (let i = 0; i < tp.rxOpt.numSacks; i++) {
    const block = blocks[i]!;
    if (!extend(block, seq, endSeq)) continue;
    blocks.splice(i, 1);
    blocks.unshift(block);
    return mergeBlocks(tp);
  }
  blocks.length = Math.min(tp.rxOpt.numSacks, MOST_BLOCKS - 1);
  blocks.unshift({ startSeq: seq, endSeq });
  tp.rxOpt.numSacks = blocks.length;
}

/** tcp_sack_maybe_coalesce: the first may have grown into others. */
function mergeBlocks(tp: Tcb): void {
  const blocks = tp.selectiveAcks;
  for (let i = 1; i < tp.rxOpt.numSacks; ) {
    if (!extend(blocks[0]!, blocks[i]!.startSeq, blocks[i]!.endSeq)) {
      i++;
      continue;
    }
    blocks.splice(i, 1);
    tp.rxOpt.numSacks--;
    i = 1;
  }
}

/** tcp_sack_remove: blocks below RCV.NXT are no news any more. */
function sackRemove(tp: Tcb): void {
  if (tp.ofoQueue.length === 0) {
    tp.rxOpt.numSacks = 0;
    tp.selectiveAcks.length = 0;
    return;
  }
  const kept = tp.selectiveAcks.slice(0, tp.rxOpt.numSacks).filter((b) => before(tp.rcvNxt, b.startSeq));
  tp.selectiveAcks.splice(0, tp.selectiveAcks.length, ...kept);
  tp.rxOpt.numSacks = kept.length;
}
