/** Sequence numbers are unsigned 32-bit integers that wrap (RFC 9293 §3.4). */

/** Is `a` earlier than `b`? */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
/** Is `a` later than `b`? */
export const after = (a: number, b: number): boolean => ((b - a) | 0) < 0;
/** Is `low <= seq <= high`? */
export const between = (seq: number, low: number, high: number): boolean => (high - low) >>> 0 >= (seq - low) >>> 0;
/** `a + n`, wrapped. */
export const seqAdd = (a: number, n: number): number => (a + n) >>> 0;
