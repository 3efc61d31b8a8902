// From dev/veth.ts.
// Next core/rx.ts at the other end, after the cable's delay: the only place between two sockets where time passes.
import type { Netdev } from "./netdev.ts";
import { netifRx } from "./rx.ts";
import { type Skb, scrubPacket } from "./skb.ts";
import { drop } from "./trace.ts";

/** What lies between two veth ends. Delay in ns, one way. */
export interface Cable {
  delayNs: number;
  /** Cut by a fault: everything sent is lost. */
  cut: boolean;
}

/**
 * One way through a veth pair with what the receiver does about the frame. Chosen so that a warm ping between
 * pods on two workers (eight crossings) takes the 0.12 ms it takes on Linux 6.18; simulated CPUs cost no time elsewhere.
 */
export const VETH_DELAY_NS = 14_000;

/** Puts a frame on the cable; `peer` gets it after the delay. */
export function cableSend(cable: Cable, skb: Skb, peer: Netdev): void {
  if (cable.cut) return drop(skb.dev!.ns, skb, "CABLE_CUT");
  const world = peer.ns.world;
  if (world.capture !== null) world.capture(skb.dev!, skb.bytes(), true);
  scrubPacket(skb, skb.dev!.ns !== peer.ns);
  skb.priority = 0;
  skb.dev = peer;
  world.sim.after(cable.delayNs, arrive, skb);
}

function arrive(skb: Skb): void {
  netifRx(skb);
}
