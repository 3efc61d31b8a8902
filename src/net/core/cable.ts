// From dev/veth.ts.
// Next core/rx.ts at the other end, after the cable's delay: the only place between two sockets where time passes.
import type { FaultyCable } from "./cable-fault.ts";
import type { Netdev } from "./netdev.ts";
import { netifRx } from "./rx.ts";
import { type Skb, orphan, scrubPacket } from "./skb.ts";

/** What lies between two veth ends. Delay in ns, one way. */
export interface Cable {
  delayNs: number;
  /** Pulled: both ends are without carrier. */
  cut: boolean;
  /** What is wrong with it; null = nothing, and frames pay no more than a look at this. */
  fault: FaultyCable | null;
}

/**
 * One way through a veth pair with what the receiver does about the frame. Chosen so that a warm ping between
 * pods on two workers (eight crossings) takes the 0.12 ms it takes on Linux 6.18; simulated CPUs cost no time elsewhere.
 */
export const VETH_DELAY_NS = 14_000;

/** Puts a frame on the cable; `peer` gets it after the delay, unless a fault says otherwise. */
export function cableSend(cable: Cable, skb: Skb, peer: Netdev): void {
  const world = peer.ns.world;
  if (world.capture !== null) world.capture(skb.dev!, skb.bytes(), true);
  if (cable.fault !== null) return cable.fault.send(skb, peer, cable.delayNs);
  crossOver(skb, peer);
  world.sim.after(cable.delayNs, arrive, skb);
}

/** What a frame leaves behind at the sender's end: routing, flow, owner; it is the receiver's from here on. */
export function crossOver(skb: Skb, peer: Netdev): void {
  if (skb.charge !== 0) orphan(skb);
  scrubPacket(skb, skb.dev!.ns !== peer.ns);
  skb.priority = 0;
  skb.dev = peer;
}

function arrive(skb: Skb): void {
  netifRx(skb);
}
