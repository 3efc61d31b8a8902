// From ack.ts: the SACK blocks of an acknowledgement. Next rack.ts (what arrived), reordering.ts.
import { type AckState, FLAG_DATA_SACKED, FLAG_DSACKING_ACK, FLAG_DSACK_TLP, FLAG_ORIG_SACK_ACKED } from "./ack-state.ts";
import { rackAdvance } from "./rack.ts";
import { rateSegDelivered } from "./rate.ts";
import { highestSackSeq, updateReordering } from "./reordering.ts";
import { after, before } from "./seq.ts";
import type { SackBlock, Tcb } from "./tcb.ts";
import { RETRANS_MASK, SACKED_ACKED, SACKED_LOST, SACKED_RETRANS, type TxSeg } from "./tx-queue.ts";

/* The scoreboard (RFC 6675, RFC 2018, RFC 2883; tcp_sacktag_write_queue). */

/** Marks what the blocks in `tp.rxOpt.sack` say has arrived. */
export function sacktagWriteQueue(tp: Tcb, st: AckState): void {
  if (tp.sackedOut === 0) tp.highestSack = tp.rtxQueue.head;
  const blocks = tp.rxOpt.sack;
  const dsack = checkDsack(tp, st, blocks) ? blocks[0]! : null;
  if (before(st.seg.ack, (st.priorSndUna - tp.maxWindow) >>> 0) || tp.packetsOut === 0) return;
  const used = blocks.filter((b, i) => isValid(tp, i === 0 && dsack !== null, b) && after(b.endSeq, st.priorSndUna));
  const sorted = [...used].sort((a, b) => (a.startSeq - b.startSeq) | 0);
  for (const block of sorted) walk(tp, st, block, dsack);
  tp.recvSackCache = sorted;
  if (tp.caState !== "Loss" || tp.undoMarker !== 0) updateReordering(tp, st.reord);
}

/** One block: from the segment where it begins to the first one behind it. A known block brings news only behind its known end. */
function walk(tp: Tcb, st: AckState, block: SackBlock, dsack: SackBlock | null): void {
  const known = tp.recvSackCache.find((k) => k.startSeq === block.startSeq && !after(k.endSeq, block.endSeq));
  const isDsack = dsack !== null && block.startSeq === dsack.startSeq && block.endSeq === dsack.endSeq;
  const overlapsDsack = dsack !== null && before(dsack.startSeq, block.endSeq) && after(dsack.endSeq, block.startSeq);
  const from = known === undefined || overlapsDsack ? block.startSeq : known.endSeq;
  if (known !== undefined && !overlapsDsack && known.endSeq === block.endSeq) return;
  for (let seg = firstFrom(tp, from); seg !== null && before(seg.seq, block.endSeq); seg = seg.next) {
    if (after(block.startSeq, seg.seq) || before(block.endSeq, seg.endSeq)) continue;
    const dup = isDsack || (dsack !== null && !after(dsack.startSeq, seg.seq) && !before(dsack.endSeq, seg.endSeq));
    tagSeg(tp, st, seg, dup);
  }
}

/** The first segment that ends after `seq`; blocks mostly grow at the top, so the highest known one is tried first. */
function firstFrom(tp: Tcb, seq: number): TxSeg | null {
  const hint = tp.highestSack;
  let seg = tp.sackedOut > 0 && hint !== null && !after(hint.seq, seq) ? hint : tp.rtxQueue.head;
  while (seg !== null && !after(seg.endSeq, seq)) seg = seg.next;
  return seg;
}

/** tcp_sacktag_one and what its caller does around it. */
function tagSeg(tp: Tcb, st: AckState, seg: TxSeg, dup: boolean): void {
  if (dup && (seg.sacked & RETRANS_MASK) !== 0) {
    if (tp.undoMarker !== 0 && tp.undoRetrans > 0 && after(seg.endSeq, tp.undoMarker)) tp.undoRetrans--;
    if ((seg.sacked & SACKED_ACKED) !== 0 && before(seg.seq, st.reord)) st.reord = seg.seq;
  }
  if (!after(seg.endSeq, tp.sndUna)) return;
  if ((seg.sacked & SACKED_ACKED) === 0) arrived(tp, st, seg);
  if (dup && (seg.sacked & SACKED_RETRANS) !== 0) {
    seg.sacked &= ~SACKED_RETRANS;
    tp.retransOut--;
  }
  rateSegDelivered(tp, seg, st);
  tp.sentOrder.remove(seg);
  if (!before(seg.seq, highestSackSeq(tp))) tp.highestSack = seg.next;
}

/** A segment is reported for the first time. */
function arrived(tp: Tcb, st: AckState, seg: TxSeg): void {
  rackAdvance(tp, seg.sacked, seg.endSeq, seg.sentNs);
  if ((seg.sacked & SACKED_RETRANS) !== 0) {
    // Not marked lost: the retransmission is believed to be still on its way.
    if ((seg.sacked & SACKED_LOST) !== 0) {
      seg.sacked &= ~(SACKED_LOST | SACKED_RETRANS);
      tp.lostOut--;
      tp.retransOut--;
    }
  } else {
    if ((seg.sacked & RETRANS_MASK) === 0) sampleOriginal(tp, st, seg);
    if ((seg.sacked & SACKED_LOST) !== 0) {
      seg.sacked &= ~SACKED_LOST;
      tp.lostOut--;
    }
  }
  seg.sacked |= SACKED_ACKED;
  st.flag |= FLAG_DATA_SACKED;
  tp.sackedOut++;
  tp.delivered++;
  st.sackDelivered++;
}

/** It was sent only once: overtaken by others if they are known already; and it tells the round trip. */
function sampleOriginal(tp: Tcb, st: AckState, seg: TxSeg): void {
  if (before(seg.seq, highestSackSeq(tp)) && before(seg.seq, st.reord)) st.reord = seg.seq;
  if (!after(seg.endSeq, tp.highSeq)) st.flag |= FLAG_ORIG_SACK_ACKED;
  if (st.firstSackNs === 0) st.firstSackNs = seg.sentNs;
  st.lastSackNs = seg.sentNs;
}

/** Is the first block a report of duplicates (RFC 2883)? Below the acknowledgement, or within the second block. */
function checkDsack(tp: Tcb, st: AckState, blocks: readonly SackBlock[]): boolean {
  const [first, second] = blocks;
  if (first === undefined) return false;
  if (!before(first.startSeq, st.seg.ack)) {
    if (second === undefined || after(first.endSeq, second.endSeq) || before(first.startSeq, second.startSeq)) return false;
  }
  const segments = dsackSeen(tp, st, first);
  if (segments === 0) return false;
  if (tp.undoMarker !== 0 && tp.undoRetrans > 0 && !after(first.endSeq, st.priorSndUna) && after(first.endSeq, tp.undoMarker)) {
    tp.undoRetrans = Math.max(0, tp.undoRetrans - segments);
  }
  return true;
}

/** tcp_dsack_seen: how many segments were duplicates; 0 = not to be believed. */
function dsackSeen(tp: Tcb, st: AckState, block: SackBlock): number {
  const bytes = (block.endSeq - block.startSeq) >>> 0;
  if (!before(block.startSeq, block.endSeq) || bytes > tp.maxWindow) return 0;
  const segments = bytes > tp.mssCache ? Math.ceil(bytes / tp.mssCache) : 1;
  if (segments === 1 && tp.tlpHighSeq !== 0 && tp.tlpHighSeq === block.endSeq) st.flag |= FLAG_DSACK_TLP;
  tp.dsackDups += segments;
  if (tp.dsackDups > tp.totalRetrans) return 0;
  if (tp.reordSeen !== 0 && (st.flag & FLAG_DSACK_TLP) === 0) tp.rackDsackSeen = true;
  st.flag |= FLAG_DSACKING_ACK;
  st.sackDelivered += segments;
  tp.delivered += segments;
  return segments;
}

/** tcp_is_sackblock_valid. */
function isValid(tp: Tcb, isDsack: boolean, b: SackBlock): boolean {
  if (after(b.endSeq, tp.sndNxt) || !before(b.startSeq, b.endSeq) || !before(b.startSeq, tp.sndNxt)) return false;
  if (after(b.startSeq, tp.sndUna)) return true;
  if (!isDsack || tp.undoMarker === 0 || after(b.endSeq, tp.sndUna)) return false;
  if (!before(b.startSeq, tp.undoMarker)) return true;
  return after(b.endSeq, tp.undoMarker) && !before(b.startSeq, (b.endSeq - tp.maxWindow) >>> 0);
}
