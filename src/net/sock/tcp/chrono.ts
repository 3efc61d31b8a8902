import type { Tcb } from "./tcb.ts";

/* What a sender spends its time on, for TCP_INFO (tcp_chrono_start and kin, net/ipv4/tcp_output.c). */

/** A later one counts before an earlier: data under way; the peer's window is the limit; the send buffer is. */
export const CHRONO_NONE = 0;
export const CHRONO_BUSY = 1;
export const CHRONO_RWND_LIMITED = 2;
export const CHRONO_SNDBUF_LIMITED = 3;

function setChrono(tp: Tcb, type: number): void {
  const now = tp.ns.world.sim.nowNs;
  if (tp.chronoType !== CHRONO_NONE) tp.chronoNs[tp.chronoType]! += now - tp.chronoStartNs;
  tp.chronoStartNs = now;
  tp.chronoType = type;
}

export function chronoStart(tp: Tcb, type: number): void {
  if (type > tp.chronoType) setChrono(tp, type);
}

export function chronoStop(tp: Tcb, type: number): void {
  if (tp.rtxQueue.head === null && tp.writeQueue.head === null) {
    if (tp.chronoType !== CHRONO_NONE) setChrono(tp, CHRONO_NONE);
  } else if (type === tp.chronoType) setChrono(tp, CHRONO_BUSY);
}

/** tcp_get_info_chrono_stats, µs: busy takes in the other two. */
export function chronoUs(tp: Tcb): { readonly busyUs: number; readonly rwndLimitedUs: number; readonly sndbufLimitedUs: number } {
  const ns = (type: number): number => tp.chronoNs[type]! + (tp.chronoType === type ? tp.ns.world.sim.nowNs - tp.chronoStartNs : 0);
  const [busy, rwnd, sndbuf] = [ns(CHRONO_BUSY), ns(CHRONO_RWND_LIMITED), ns(CHRONO_SNDBUF_LIMITED)];
  return { busyUs: Math.floor((busy + rwnd + sndbuf) / 1000), rwndLimitedUs: Math.floor(rwnd / 1000), sndbufLimitedUs: Math.floor(sndbuf / 1000) };
}
