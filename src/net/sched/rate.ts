import { SEC } from "../../sim/sim.ts";

/** The kernel's scheduling clock: a tick is 64 ns, as /proc/net/psched says (0x40). Rates and bursts cross netlink in ticks. */
export const PSCHED_TICK_NS = 64;

/** A rate as disciplines use it (struct psched_ratecfg). */
export interface RateConfig {
  readonly bytesPerSec: number;
  /** Bytes added to each frame, and the least a frame counts. */
  readonly overhead: number;
  readonly mpu: number;
  readonly linklayer: "ethernet" | "atm";
}

/** psched_l2t_ns: how long a frame of `bytes` takes. On ATM it takes whole cells of 53 bytes that carry 48. */
export function lengthToNs(rate: RateConfig, bytes: number): number {
  const framed = Math.max(bytes + rate.overhead, rate.mpu);
  const onWire = rate.linklayer === "atm" ? Math.ceil(framed / 48) * 53 : framed;
  return Math.floor((onWire * SEC) / rate.bytesPerSec);
}
