// From core/xmit.ts.
// Next core/cable.ts, where time passes, then core/rx.ts of the other end.
import { type Cable, VETH_DELAY_NS, cableSend } from "../core/cable.ts";
import { randomMac, setCarrier, unregisterNetdevice } from "../core/dev.ts";
import { type DeviceOps, IFF_BROADCAST, IFF_MULTICAST, Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop } from "../core/trace.ts";

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
    const { peer } = vethPriv(dev);
    const both = peer !== null && peer.isUp;
    setCarrier(dev, both);
    if (both) setCarrier(peer, true);
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
  if (peer === null || !peer.isUp) {
    dev.stats.txDropped++;
    return drop(dev.ns, skb, "NO_CARRIER");
  }
  const bytes = skb.length;
  if (bytes > peer.mtuBytes + peer.hardHeaderBytes + 4) {
    peer.stats.rxDropped++;
    return drop(dev.ns, skb, "PKT_TOO_BIG");
  }
  dev.stats.txPackets++;
  dev.stats.txBytes += bytes;
  cableSend(cable, skb, peer);
}

/** Two ends, not yet registered; they may belong to different namespaces. */
export function createVethPair(ns: Netns, name: string, peerNs: Netns, peerName: string): readonly [Netdev, Netdev] {
  const cable: Cable = { delayNs: VETH_DELAY_NS, cut: false };
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
