import type { Netdev } from "../core/netdev.ts";
import type { NetWorld } from "../core/world.ts";
import { DevQueue } from "./dev-queue.ts";
import type { Qdisc } from "./qdisc.ts";

/** The device's tree, null while it has the default that queues nothing. */
export const queueOf = (dev: Netdev): DevQueue | null => (dev.qdisc instanceof DevQueue ? dev.qdisc : null);

/** The discipline beside the root, if somebody made one. */
export const ingressOf = (dev: Netdev): Qdisc | null => dev.ingressQdisc as Qdisc | null;

/** Makes `make(queue)` the root; what waits in the old tree is lost. */
export function attachRoot(dev: Netdev, root: Qdisc): void {
  queueOf(dev)?.reset();
  root.place.queue.root = root;
  dev.qdisc = root.place.queue;
}

/** Back to the default: "noqueue" on a device that is up, else "noop" until it is. */
export function detachRoot(dev: Netdev): void {
  queueOf(dev)?.reset();
  dev.qdisc = null;
  dev.activated = dev.isUp;
}

/** All disciplines of a device, parents first (struct net_device qdisc_hash). */
export function allQdiscs(dev: Netdev): readonly Qdisc[] {
  const found: Qdisc[] = [];
  const visit = (q: Qdisc): void => {
    found.push(q);
    for (const minor of q.classes() ?? []) {
      const leaf = q.leaf(minor);
      if (leaf !== null) visit(leaf);
    }
  };
  const root = queueOf(dev)?.root;
  if (root !== undefined) visit(root);
  const ingress = ingressOf(dev);
  if (ingress !== null) found.push(ingress);
  return found;
}

/** Handles 8001:, 8002: … for those who name none; one counter a kernel (qdisc_alloc_handle). */
export function takeHandle(dev: Netdev): number {
  const { world } = dev.ns;
  const taken = new Set(allQdiscs(dev).map((q) => q.place.handle));
  do world.qdiscHandle = world.qdiscHandle === 0xfffe0000 ? 0x80010000 : world.qdiscHandle + 0x10000;
  while (taken.has(world.qdiscHandle));
  return world.qdiscHandle;
}

/** Queues follow their devices: what waits is lost when a device goes down or its cable does, and all is gone with the device. */
export function watchQueues(world: NetWorld): void {
  world.notifiers.push((dev, event) => {
    if (event === "down" || (event === "carrier" && !dev.carrier)) dev.qdisc?.reset();
    if (event !== "unregister") return;
    detachRoot(dev);
    dev.activated = false;
    dev.ingressQdisc = null;
  });
}
