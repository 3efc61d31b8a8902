// From core/xmit.ts.
// Next core/cable.ts, where time passes, then core/rx.ts of the other end.
import { type Cable, VETH_DELAY_NS, cableSend } from "../core/cable.ts";
import { FaultyCable } from "../core/cable-fault.ts";
import { randomMac, setCarrier, unregisterNetdevice } from "../core/dev.ts";
import { type DeviceOps, IFF_BROADCAST, IFF_MULTICAST, Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop } from "../core/trace.ts";
import { type CableFault, NO_FAULT } from "../uapi/cable.ts";

/** One end of a pair; both ends share the cable. */
export interface VethPriv {
  peer: Netdev | null;
  readonly cable: Cable;
}

export const vethPriv = (dev: Netdev): VethPriv => dev.priv as VethPriv;

const vethOps: DeviceOps = {
  kind: "veth",
  startXmit: vethXmit,
  open(dev: Netdev): undefined {
    const { peer, cable } = vethPriv(dev);
    const joined = peer !== null && peer.isUp && !cable.cut;
    setCarrier(dev, joined);
    if (joined) setCarrier(peer, true);
  },
  stop(dev: Netdev): void {
    const { peer } = vethPriv(dev);
    setCarrier(dev, false);
    if (peer !== null) setCarrier(peer, false);
  },
  /** Deleting one end deletes the other (veth_dellink). */
  uninit(dev: Netdev): void {
    const { peer } = vethPriv(dev);
    vethPriv(dev).peer = null;
    if (peer === null) return;
    vethPriv(peer).peer = null;
    unregisterNetdevice(peer);
  },
  iflink: (dev: Netdev): number => vethPriv(dev).peer?.ifindex ?? 0,
};

/** veth_xmit: the peer takes frames up to its own MTU plus headers and a VLAN tag (is_skb_forwardable). */
function vethXmit(dev: Netdev, skb: Skb): void {
  const { peer, cable } = vethPriv(dev);
  if (peer === null || !peer.isUp || cable.cut) {
    dev.stats.txDropped++;
    return drop(dev.ns, skb, cable.cut ? "CABLE_CUT" : "NO_CARRIER");
  }
  const bytes = skb.length;
  if (bytes > peer.mtuBytes + peer.hardHeaderBytes + 4) {
    peer.stats.rxDropped++;
    // Refused on the spot: who made the packet hears of it (NET_XMIT_DROP).
    if (skb.depth === 1) dev.ns.world.xmitResult = "drop";
    return drop(dev.ns, skb, "PKT_TOO_BIG");
  }
  dev.stats.txPackets++;
  dev.stats.txBytes += bytes;
  cableSend(cable, skb, peer);
}

/** Two ends, not yet registered; they may belong to different namespaces. */
export function createVethPair(ns: Netns, name: string, peerNs: Netns, peerName: string): readonly [Netdev, Netdev] {
  const cable: Cable = { delayNs: VETH_DELAY_NS, cut: false, fault: null };
  const a = vethEnd(ns, name, cable);
  const b = vethEnd(peerNs, peerName, cable);
  vethPriv(a).peer = b;
  vethPriv(b).peer = a;
  return [a, b];
}

function vethEnd(ns: Netns, name: string, cable: Cable): Netdev {
  const priv: VethPriv = { peer: null, cable };
  const dev = new Netdev(ns, name, vethOps, priv);
  dev.flags = IFF_BROADCAST | IFF_MULTICAST;
  dev.carrier = false;
  dev.operstate = "down";
  dev.carrierChanges = 1;
  dev.mac = randomMac(ns);
  return dev;
}

/** Pulls the cable of a veth pair (`dev` is either end): both lose their carrier, and what is on the cable is lost. */
export function cutCable(dev: Netdev): void {
  const { cable, peer } = vethPriv(dev);
  if (cable.cut) return;
  cable.cut = true;
  cable.fault?.loseAll();
  for (const end of [dev, peer]) if (end !== null && end.carrier) setCarrier(end, false);
}

/** Plugs it in again; the faults that it had stay. */
export function mendCable(dev: Netdev): void {
  const { cable, peer } = vethPriv(dev);
  if (!cable.cut) return;
  cable.cut = false;
  if (peer === null || !dev.isUp || !peer.isUp) return;
  setCarrier(dev, true);
  setCarrier(peer, true);
}

/** Changes what is wrong with the cable of a veth pair; what is not mentioned stays. {@link NO_FAULT} makes it good. */
export function setCableFault(dev: Netdev, change: Partial<CableFault>): void {
  const { cable } = vethPriv(dev);
  const spec = { ...cableFaultOf(dev), ...change };
  const fault = cable.fault ?? new FaultyCable(cable);
  fault.spec = spec;
  cable.fault = isGood(spec) && !fault.busy ? null : fault;
}

function isGood(s: CableFault): boolean {
  const chances = s.lossPercent + s.duplicatePercent + s.reorderPercent + s.corruptPercent;
  return chances + s.delayNs + s.jitterNs + s.rateBitsPerSec + s.mtuBytes === 0;
}

export const cableFaultOf = (dev: Netdev): CableFault => vethPriv(dev).cable.fault?.spec ?? NO_FAULT;
