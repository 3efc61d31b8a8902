import { before } from "./seq.ts";
import type { Tcb } from "./tcb.ts";

/* How far segments overtake one another on this path, in segments (tp.reordering). */

/** The highest sequence number that a SACK block covered begins here; SND.UNA without any (tcp_highest_sack_seq). */
export function highestSackSeq(tp: Tcb): number {
  if (tp.sackedOut === 0) return tp.sndUna;
  return tp.highestSack === null ? tp.sndNxt : tp.highestSack.seq;
}

/** tcp_check_sack_reordering: `lowSeq` arrived after what lies above it. */
export function updateReordering(tp: Tcb, lowSeq: number): void {
  const high = highestSackSeq(tp);
  if (!before(lowSeq, high)) return;
  const bytes = (high - lowSeq) >>> 0;
  const mss = tp.mssCache;
  if (mss > 0 && bytes > tp.reordering * mss) tp.reordering = Math.min(Math.ceil(bytes / mss), tp.ns.sock.tcp.sysctl.maxReordering);
  tp.reordSeen++;
}

/* Connections without SACK: a duplicate acknowledgement stands for one segment that arrived somewhere above (NewReno, RFC 6582). */

/** tcp_add_reno_sack. */
export function addRenoSack(tp: Tcb, dupacks: number): void {
  if (dupacks === 0) return;
  const prior = tp.sackedOut;
  tp.sackedOut += dupacks;
  checkRenoReordering(tp, 0);
  tp.delivered += Math.max(0, tp.sackedOut - prior);
}

/** tcp_remove_reno_sacks: one acknowledgement filled the hole, the rest eat duplicates. */
export function removeRenoSacks(tp: Tcb, acked: number): void {
  if (acked > 0) {
    tp.delivered += Math.max(acked - tp.sackedOut, 1);
    tp.sackedOut = Math.max(0, tp.sackedOut - (acked - 1));
  }
  checkRenoReordering(tp, acked);
}

/** More duplicates than segments: they were reordered, not lost. */
function checkRenoReordering(tp: Tcb, acked: number): void {
  const holes = Math.min(Math.max(tp.lostOut, 1), tp.packetsOut);
  if (tp.sackedOut + holes <= tp.packetsOut) return;
  tp.sackedOut = tp.packetsOut - holes;
  tp.reordering = Math.min(tp.packetsOut + acked, tp.ns.sock.tcp.sysctl.maxReordering);
  tp.reordSeen++;
}
