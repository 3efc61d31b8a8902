import type { Decision, DropReason, TableChange, TcpEnd } from "../net/uapi/trace.ts";

/**
 * Trace events on their way to the page: a struct of typed arrays, transferred, and handed back
 * empty as the acknowledgement (that is the back-pressure). Row i is the event `firstSeq + i`.
 */
export interface TraceBatch {
  readonly firstSeq: number;
  readonly count: number;
  readonly atNs: Float64Array;
  /** Index into TRACE_KINDS. */
  readonly kind: Uint8Array;
  /** Indexes into the string dictionary that grows with `strings`. */
  readonly place: Uint16Array;
  readonly dev: Uint16Array;
  readonly journey: Uint32Array;
  readonly skb: Uint32Array;
  readonly parent: Uint32Array;
  /** Slice of `blob`: the frame's first bytes (snapped at 256; `wireLength` tells the true size). */
  readonly bytesAt: Uint32Array;
  readonly bytesLength: Uint16Array;
  readonly wireLength: Uint32Array;
  readonly netOffset: Uint8Array;
  /** Connection id, 0 = none. */
  readonly conn: Uint32Array;
  /** Index into `details`, or -1. */
  readonly detail: Int32Array;
  readonly blob: Uint8Array;
  readonly details: readonly EventDetail[];
  /** Dictionary entries added since the last batch, in order. */
  readonly strings: readonly string[];
}

/** What only some events have. */
export interface EventDetail {
  readonly decision: Decision | null;
  readonly changes: readonly TableChange[];
  readonly drop: DropReason | null;
  readonly note: string;
  readonly tcp: TcpEnd | null;
}
