import { TCP_FIN, TCP_PSH } from "../../../wire/tcp.ts";
import { CHRONO_BUSY, chronoStart, chronoStop } from "./chrono.ts";
import { seqAdd } from "./seq.ts";
import type { Tcb } from "./tcb.ts";
import { SACKED_ACKED, SACKED_LOST, SACKED_RETRANS, type TxQueue, TxSeg } from "./tx-queue.ts";

/* Memory and cutting of segments that wait to be sent or acknowledged. */

/** What a segment costs besides its bytes (struct sk_buff, headers' room, shared info), as `ss -m` shows it on a real kernel. */
export const SEG_OVERHEAD = 832;

export const truesizeOf = (seg: TxSeg): number => seg.len + SEG_OVERHEAD;

export function appendToWriteQueue(tp: Tcb, seg: TxSeg): void {
  tp.nonagle &= 3;
  tp.writeQueue.append(seg);
  if (tp.writeQueue.head === seg) chronoStart(tp, CHRONO_BUSY);
  tp.wmemQueued += truesizeOf(seg);
}

/** Is there room for at least something (sk_stream_memory_free)? TCP_NOTSENT_LOWAT narrows it. */
export function memoryFree(tp: Tcb): boolean {
  if (tp.wmemQueued >= tp.sndBuf) return false;
  const { TCP_NOTSENT_LOWAT: own } = tp.options;
  const lowat = own === 0xffffffff ? tp.ns.sock.tcp.sysctl.notsentLowat : own;
  return lowat === 0xffffffff || (tp.writeSeq - tp.sndNxt) >>> 0 < lowat;
}

/** sk_stream_is_writable: a third of the buffer is free. */
export const streamWritable = (tp: Tcb): boolean => tp.sndBuf - tp.wmemQueued >= Math.floor(tp.wmemQueued / 2) && memoryFree(tp);

/** A segment is done with: its memory is free, and a writer may go on (sk_stream_write_space). */
export function releaseSeg(tp: Tcb, seg: TxSeg): void {
  tp.wmemQueued -= truesizeOf(seg);
}

/** tcp_fragment, tso_fragment: cuts `seg` behind its first `bytes` bytes; the rest follows in the same queue. */
export function fragmentSeg(tp: Tcb, queue: TxQueue, seg: TxSeg, bytes: number): TxSeg {
  const rest = new TxSeg(seqAdd(seg.seq, bytes), seg.flags, seg.buf, seg.at + bytes, seg.len - bytes, seg.journey);
  seg.len = bytes;
  seg.flags &= ~(TCP_FIN | TCP_PSH);
  seg.endSeq = rest.seq;
  rest.sacked = seg.sacked;
  rest.sentNs = seg.sentNs;
  rest.txDelivered = seg.txDelivered;
  rest.txDeliveredNs = seg.txDeliveredNs;
  rest.txFirstNs = seg.txFirstNs;
  rest.txInFlight = seg.txInFlight;
  rest.txAppLimited = seg.txAppLimited;
  rest.eor = seg.eor;
  rest.burst = seg.burst;
  seg.eor = false;
  tp.wmemQueued += SEG_OVERHEAD;
  queue.insertAfter(rest, seg);
  if (queue === tp.rtxQueue) countPieces(tp, seg, rest);
  return rest;
}

/** One segment on the way became two (tcp_adjust_pcount with the opposite sign). */
function countPieces(tp: Tcb, seg: TxSeg, rest: TxSeg): void {
  tp.packetsOut++;
  if ((seg.sacked & SACKED_ACKED) !== 0) tp.sackedOut++;
  if ((seg.sacked & SACKED_RETRANS) !== 0) tp.retransOut++;
  if ((seg.sacked & SACKED_LOST) !== 0) tp.lostOut++;
  tp.sentOrder.insertAfter(rest, seg);
}

/** Throws away everything that was to be sent (tcp_write_queue_purge). */
export function purgeWriteQueue(tp: Tcb): void {
  tp.writeQueue.clear();
  tp.rtxQueue.clear();
  chronoStop(tp, CHRONO_BUSY);
  tp.sentOrder.clear();
  tp.wmemQueued = 0;
  tp.packetsOut = 0;
  tp.sackedOut = 0;
  tp.lostOut = 0;
  tp.retransOut = 0;
  tp.highestSack = null;
  tp.retransmitHint = null;
  tp.lostHint = null;
  tp.backoff = 0;
}
