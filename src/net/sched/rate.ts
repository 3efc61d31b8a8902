import { SEC } from "../../sim/sim.ts";

/** The kernel's scheduling clock: a tick is 64 ns, as /proc/net/psched says (0x40). Rates and bursts cross netlink in ticks. */
export const PSCHED_TICK_NS = 64;

/** What a rate is asked to be. */
export interface RateSpec {
  readonly bytesPerSec: number;
  /** Bytes added to each frame, and the least a frame counts. */
  readonly overhead: number;
  readonly mpu: number;
  readonly linklayer: "ethernet" | "atm";
}

/** A rate as disciplines use it (struct psched_ratecfg): ns a byte as a fraction of 2^shift, rounded down as the kernel does. */
export interface RateConfig extends RateSpec {
  readonly mult: bigint;
  readonly shift: bigint;
}

/** psched_ratecfg_precompute: the largest factor that fits 32 bits. */
export function rateConfig(spec: RateSpec): RateConfig {
  let [factor, shift, mult] = [BigInt(SEC), 0n, 1n];
  for (;;) {
    mult = factor / BigInt(spec.bytesPerSec);
    if (mult >= 1n << 31n || factor >= 1n << 63n) return { ...spec, mult, shift };
    factor <<= 1n;
    shift++;
  }
}

/** psched_l2t_ns: how long a frame of `bytes` takes. On ATM it takes whole cells of 53 bytes that carry 48. */
export function lengthToNs(rate: RateConfig, bytes: number): number {
  const framed = Math.max(bytes + rate.overhead, rate.mpu);
  const onWire = rate.linklayer === "atm" ? Math.ceil(framed / 48) * 53 : framed;
  return Number((BigInt(onWire) * rate.mult) >> rate.shift);
}

export const nsToTicks = (ns: number): number => Math.floor(ns / PSCHED_TICK_NS);
