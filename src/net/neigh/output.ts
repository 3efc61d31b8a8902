// From ipv4/ip-output.ts, with the next hop's address.
// Next core/xmit.ts with an Ethernet header; or the entry's queue, while ipv4/arp.ts asks.
import type { Ip4 } from "../../wire/addr.ts";
import { ETH_HLEN, writeEthernet } from "../../wire/ethernet.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import { devQueueXmit } from "../core/xmit.ts";
import { type NeighEntry, isConnected, neighRow } from "./neigh.ts";
import { neighEventSend } from "./nud.ts";

/** neigh_output: finds the next hop's MAC and sends, or lets the packet wait. `start` is at the IP header. */
export function neighOutput(ns: Netns, nextHop: Ip4, dev: Netdev, skb: Skb): void {
  const entry = ns.neigh.lookup(nextHop, dev) ?? ns.neigh.create(nextHop, dev);
  skb.dev = dev;
  if (!isConnected(entry.state) && neighEventSend(ns, entry, skb) !== "send") return;
  if (ns.world.trace !== null && entry.state !== "noarp") {
    trace(ns, "neigh.hit", dev.name, skb, { decision: { table: "neigh", row: neighRow(entry), losers: [] } });
  }
  sendResolved(ns, entry, skb);
}

/** dev_hard_header, then out. */
export function sendResolved(_ns: Netns, entry: NeighEntry, skb: Skb): void {
  entry.hasHeader = true;
  skb.ensureHeadroom(ETH_HLEN);
  skb.macAt = skb.push(ETH_HLEN);
  writeEthernet(skb.buf, skb.macAt, entry.mac, entry.dev.mac, skb.protocol);
  skb.dev = entry.dev;
  devQueueXmit(skb);
}
