/** One tick of a kernel built with HZ=250. */
export const JIFFY_NS = 4_000_000;

/** A level of the timer wheel holds 64 buckets, one of them the current, each eight times coarser than the level below (kernel/time/timer.c). */
const LEVEL_JIFFIES = 63;
const LEVEL_FACTOR = 8;

/**
 * When a timer asked for `delayNs` from now really fires on Linux: delays count in jiffies and longer ones in coarser
 * buckets, always rounded up. A second becomes 1.000–1.032 s, 1.024 s when it is asked for again and again: the reason
 * why `ping -c 3` says "time 2048ms" and ARP asks every 1.024 s.
 */
export function wheelExpiryNs(nowNs: number, delayNs: number): number {
  const expires = Math.floor(nowNs / JIFFY_NS) + Math.ceil(delayNs / JIFFY_NS);
  // The wheel has already turned to the next jiffy when a timer is set: 63 jiffies still fit the finest level.
  const ahead = Math.ceil(delayNs / JIFFY_NS) - 1;
  let granularity = 1;
  for (let span = LEVEL_JIFFIES; ahead >= span; span *= LEVEL_FACTOR) granularity *= LEVEL_FACTOR;
  return (Math.floor(expires / granularity) + 1) * granularity * JIFFY_NS;
}
