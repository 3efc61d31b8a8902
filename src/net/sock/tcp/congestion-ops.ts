import type { CaState, Tcb } from "./tcb.ts";

/** What a segment's acknowledgement tells an algorithm (struct ack_sample). */
export interface AckSample {
  readonly pktsAcked: number;
  /** -1 = no sample. */
  readonly rttUs: number;
  readonly inFlight: number;
}

export type CaEvent = "txStart" | "cwndRestart" | "completeCwr" | "loss" | "ecnNoCe" | "ecnIsCe";

/** A congestion control algorithm (struct tcp_congestion_ops). Its own numbers live in `tp.caPriv`. */
export interface CongestionOps {
  readonly name: string;
  init?(tp: Tcb): void;
  ssthresh(tp: Tcb): number;
  congAvoid(tp: Tcb, ack: number, acked: number): void;
  undoCwnd(tp: Tcb): number;
  setState?(tp: Tcb, state: CaState): void;
  cwndEvent?(tp: Tcb, event: CaEvent): void;
  pktsAcked?(tp: Tcb, sample: AckSample): void;
}
