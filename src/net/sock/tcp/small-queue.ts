import type { Skb } from "../../core/skb.ts";
import type { Tcb } from "./tcb.ts";
import { SEG_OVERHEAD } from "./write-queue.ts";

/*
 * TCP small queues (tcp_small_queue_check, tcp_wfree): a connection has about a millisecond's worth of bytes, or two
 * segments, in the queues of its own machine. The rest waits in its write queue, where it does not swell the
 * round-trip time: a slow tbf then holds the sender back instead of dropping its segments.
 */

/** sk_pacing_shift: 1/1024 of what leaves in a second. */
const PACING_DIVISOR = 1024;
/** net.ipv4.tcp_limit_output_bytes. */
const LIMIT_OUTPUT_BYTES = 4 << 20;

/** A segment goes down: it counts until it leaves the machine or is lost there. */
export function chargeSegment(tp: Tcb, skb: Skb, len: number): void {
  skb.charge = len + SEG_OVERHEAD;
  tp.wmemAlloc += skb.charge;
}

/** Must the next segment wait for earlier ones to leave? `factor` 1: retransmissions may have twice as much. */
export function smallQueueFull(tp: Tcb, len: number, factor: 0 | 1): boolean {
  const byRate = Math.min(tp.pacingRate / PACING_DIVISOR, LIMIT_OUTPUT_BYTES);
  const limit = Math.max(2 * (len + SEG_OVERHEAD), byRate) * (1 << factor);
  // One segment is always let out, whatever lies in the queues: its acknowledgement keeps the connection going.
  if (tp.wmemAlloc <= limit || tp.packetsOut <= 1) return false;
  tp.tsqThrottled = true;
  return true;
}

/** A segment has left. Who was held back goes on as soon as the CPU gets to it (the tasklet). */
export function segmentLeft(tp: Tcb, bytes: number, goOn: (tp: Tcb) => void): void {
  tp.wmemAlloc -= bytes;
  if (!tp.tsqThrottled) return;
  tp.tsqThrottled = false;
  tp.ns.world.sim.after(0, goOn, tp);
}
