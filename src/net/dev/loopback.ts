import { MAC_ZERO } from "../../wire/addr.ts";
import { registerNetdevice } from "../core/dev.ts";
import { ARPHRD_LOOPBACK, type DeviceOps, IFF_LOOPBACK, Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import { netifRx } from "../core/rx.ts";
import type { Skb } from "../core/skb.ts";

/* From: core/xmit.ts. Next: core/rx.ts of the same device, as soon as the CPU gets to it. */

const LOOPBACK_DELAY_NS = 2_000;

const loopbackOps: DeviceOps = {
  kind: "loopback",
  startXmit(dev: Netdev, skb: Skb): void {
    dev.stats.txPackets++;
    dev.stats.txBytes += skb.length;
    dev.ns.world.sim.after(LOOPBACK_DELAY_NS, netifRx, skb);
  },
};

/** Makes `lo`: index 1, MTU 65536, down until somebody sets it up (drivers/net/loopback.c). */
export function createLoopback(ns: Netns): Netdev {
  const dev = new Netdev(ns, "lo", loopbackOps, {});
  dev.type = ARPHRD_LOOPBACK;
  dev.mac = MAC_ZERO;
  dev.broadcast = MAC_ZERO;
  dev.mtuBytes = 65536;
  dev.minMtuBytes = 0;
  dev.maxMtuBytes = 0xffffffff;
  dev.flags = IFF_LOOPBACK;
  registerNetdevice(dev);
  return dev;
}
