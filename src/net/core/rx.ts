// From core/cable.ts: a frame arrived; or dev/loopback.ts, dev/bridge.ts (local delivery), tunnel/vxlan.ts (unwrapped).
// Next dev/bridge.ts if the device is a bridge port, else ipv4/ip-input.ts or ipv4/arp.ts by EtherType.
import { MAC_BROADCAST, isMulticastMac, readMac, readU16 } from "../../wire/addr.ts";
import { ETH_DST, ETH_HLEN, ETH_P_ALL, ETH_TYPE } from "../../wire/ethernet.ts";
import { runHooks } from "./hook.ts";
import type { Netdev } from "./netdev.ts";
import type { Netns } from "./netns.ts";
import { type Skb, orphan } from "./skb.ts";
import { drop, trace } from "./trace.ts";

/** A frame [start, end), Ethernet header first, arrives at `skb.dev` (netif_rx + eth_type_trans). Who crossed a border has been scrubbed; loopback keeps mark and flow. */
export function netifRx(skb: Skb): void {
  const dev = skb.dev!;
  if (!dev.isUp || !dev.registered) return drop(dev.ns, skb, "DEV_DOWN");
  if (skb.length < ETH_HLEN) return drop(dev.ns, skb, "PKT_TOO_SMALL");
  dev.stats.rxPackets++;
  dev.stats.rxBytes += skb.length;
  skb.dst = null;
  if (skb.charge !== 0) orphan(skb);
  skb.sk = null;
  skb.ignoreDf = false;
  skb.depth = 0;
  ethTypeTrans(skb, dev);
  skb.iif = dev.ifindex;
  netifReceiveSkb(skb);
}

/** Reads the Ethernet header, moves `start` behind it and says who the frame is for. */
export function ethTypeTrans(skb: Skb, dev: Netdev): void {
  skb.macAt = skb.start;
  skb.protocol = readU16(skb.buf, skb.start + ETH_TYPE);
  const dst = readMac(skb.buf, skb.start + ETH_DST);
  if (dst === dev.mac) skb.pktType = "host";
  else if (dst === MAC_BROADCAST) skb.pktType = "broadcast";
  else if (isMulticastMac(dst)) skb.pktType = "multicast";
  else skb.pktType = "otherhost";
  if (skb.pktType === "multicast" || skb.pktType === "broadcast") dev.stats.multicast += skb.pktType === "multicast" ? 1 : 0;
  skb.pull(ETH_HLEN);
  skb.netAt = skb.start;
}

/** Taps, then ingress rules, then the bridge if this is one of its ports, then the protocol (__netif_receive_skb_core). */
export function netifReceiveSkb(skb: Skb): void {
  const dev = skb.dev!;
  const ns = dev.ns;
  if (ns.world.trace !== null) trace(ns, "l2.rx", dev.name, skb, {});
  if (dev.taps.length > 0) for (const tap of dev.taps) if (tap.protocol === ETH_P_ALL || tap.protocol === skb.protocol) tap.deliver(skb, dev);
  if (ns.taps.length > 0) for (const tap of ns.taps) if (tap.protocol === ETH_P_ALL || tap.protocol === skb.protocol) tap.deliver(skb, dev);
  if (dev.ingressHooks.length > 0) {
    const state = { family: "netdev", point: "ingress", indev: dev, outdev: null, next: receive } as const;
    if (runHooks(ns, dev.ingressHooks, skb, state) !== "accept") return;
  }
  receive(ns, skb);
}

function receive(ns: Netns, skb: Skb): void {
  const dev = skb.dev!;
  if (dev.rxHandler !== null) return dev.rxHandler(skb);
  const handler = ns.world.ethertypes.get(skb.protocol);
  if (handler === undefined) return dropUnhandled(skb, dev);
  handler(ns, skb);
}

function dropUnhandled(skb: Skb, dev: Netdev): void {
  dev.stats.rxDropped++;
  drop(dev.ns, skb, skb.pktType === "otherhost" ? "OTHERHOST" : "UNHANDLED_PROTO");
}
