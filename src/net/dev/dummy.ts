import { randomMac } from "../core/dev.ts";
import { type DeviceOps, IFF_BROADCAST, IFF_NOARP, Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";

/* A device that takes every frame and sends none (drivers/net/dummy.c). From: core/xmit.ts. */

const dummyOps: DeviceOps = {
  kind: "dummy",
  startXmit(dev: Netdev, skb: Skb): void {
    dev.stats.txPackets++;
    dev.stats.txBytes += skb.length;
    dev.ns.world.free(skb);
  },
};

/** Not yet registered. */
export function createDummy(ns: Netns, name: string): Netdev {
  const dev = new Netdev(ns, name, dummyOps, {});
  dev.flags = IFF_BROADCAST | IFF_NOARP;
  dev.minMtuBytes = 0;
  dev.maxMtuBytes = 0xffffffff;
  dev.mac = randomMac(ns);
  return dev;
}
