// From neigh/output.ts, dev/bridge.ts or tunnel/vxlan.ts: a frame with its Ethernet header.
// Next the device: dev/veth.ts, dev/bridge.ts, dev/loopback.ts or tunnel/vxlan.ts; or sched/dev-queue.ts, if `tc` put a queue before it.
import { ETH_P_ALL } from "../../wire/ethernet.ts";
import { runHooks } from "./hook.ts";
import type { Netdev } from "./netdev.ts";
import type { Netns } from "./netns.ts";
import type { Skb } from "./skb.ts";
import { drop, trace } from "./trace.ts";

/** Bridges over bridges and tunnels in tunnels: the kernel's XMIT_RECURSION_LIMIT, a little more generous. */
const MAX_DEPTH = 64;

/** Sends a frame [start, end) out of `skb.dev` (dev_queue_xmit): egress rules, the device's queue, then taps see it, counters count it. */
export function devQueueXmit(skb: Skb): void {
  const dev = skb.dev!;
  if (!dev.isUp) return drop(dev.ns, skb, "DEV_DOWN");
  if (++skb.depth > MAX_DEPTH) return drop(dev.ns, skb, "LOOP");
  if (dev.egressHooks.length > 0) {
    const state = { family: "netdev", point: "egress", indev: null, outdev: dev, next: (_ns: Netns, s: Skb): void => queueOrSend(s) } as const;
    if (runHooks(dev.ns, dev.egressHooks, skb, state) !== "accept") return;
  }
  queueOrSend(skb);
}

/** Through the queueing discipline, where there is one. Who made the packet may ask `world.xmitResult` how the first device's took it. */
function queueOrSend(skb: Skb): void {
  const { qdisc, ns } = skb.dev!;
  if (qdisc === null) return devHardStartXmit(skb);
  const isFirst = skb.depth === 1;
  const result = qdisc.xmit(skb);
  if (isFirst) ns.world.xmitResult = result;
}

/** dev_hard_start_xmit: onto the device itself. */
export function devHardStartXmit(skb: Skb): void {
  const dev = skb.dev!;
  if (dev.taps.length > 0 || dev.ns.taps.length > 0) deliverToTaps(skb, dev);
  if (dev.ns.world.trace !== null) trace(dev.ns, "l2.tx", dev.name, skb, {});
  dev.ops.startXmit(dev, skb);
}

/** dev_queue_xmit_nit: packet sockets see outgoing frames too. */
function deliverToTaps(skb: Skb, dev: Netdev): void {
  const before = skb.pktType;
  skb.pktType = "outgoing";
  for (const tap of dev.taps) if (tap.protocol === ETH_P_ALL) tap.deliver(skb, dev);
  for (const tap of dev.ns.taps) if (tap.protocol === ETH_P_ALL) tap.deliver(skb, dev);
  skb.pktType = before;
}
