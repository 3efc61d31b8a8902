import { type Ip4, IP4_ANY, IP4_BROADCAST, MAC_BROADCAST, MAC_ZERO, type Mac, formatIp4, inPrefix, isMulticastIp4, mac } from "../../wire/addr.ts";
import { ARPOP_REPLY, ARPOP_REQUEST, ARP_BYTES, type Arp, parseArp, writeArp } from "../../wire/arp.ts";
import { ETH_HLEN, ETH_P_ARP, writeEthernet } from "../../wire/ethernet.ts";
import { ipSrc } from "../../wire/ipv4.ts";
import { nfHook } from "../core/hook.ts";
import { IFF_NOARP, type Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { devQueueXmit } from "../core/xmit.ts";
import { type NeighEntry, type NeighOps, isValid, parmsOf } from "../neigh/neigh.ts";
import { neighUpdate } from "../neigh/nud.ts";
import { icmpLinkFailure } from "./icmp-send.ts";
import { SCOPE_LINK, maxConf } from "./in-device.ts";
import { addrType, flowOf, routeOutput, selectAddr } from "./route.ts";
import { fibLookup } from "./fib-lookup.ts";

/*
 * RFC 826 as net/ipv4/arp.c does it. From: core/rx.ts (EtherType 0x0806), neigh/nud.ts (solicit).
 * Next: core/xmit.ts for requests and replies, neigh/nud.ts with what was learned.
 * Stands beside the routes and not in neigh/, as in the kernel: whom to answer is a routing question.
 */

/** arp_rcv: who ARP is not for never sees its rules. */
export function arpRcv(ns: Netns, skb: Skb): void {
  const dev = skb.dev!;
  if (skb.pktType === "otherhost") return drop(ns, skb, "OTHERHOST");
  if ((dev.flags & IFF_NOARP) !== 0) return drop(ns, skb, "ARP_IGNORED");
  nfHook(ns, "arp", "input", skb, dev, null, arpProcess);
}

function arpProcess(ns: Netns, skb: Skb): void {
  const dev = skb.dev!;
  const arp = parseArp(skb.buf, skb.start, skb.end);
  if (arp === null) return drop(ns, skb, "ARP_IGNORED");
  if (isMulticastIp4(arp.target) || arp.target >>> 24 === 127) return drop(ns, skb, "ARP_IGNORED");
  if (arp.op === ARPOP_REQUEST && wantsAnswer(ns, dev, arp, skb)) return answer(ns, dev, arp, skb);
  if (arp.op !== ARPOP_REQUEST && arp.op !== ARPOP_REPLY) return drop(ns, skb, "ARP_IGNORED");
  learnFromKnown(ns, dev, arp, skb);
}

/** The asked address is ours to answer for: local and not hidden by arp_ignore / arp_filter, or proxied. */
function wantsAnswer(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): boolean {
  const type = addrType(ns, arp.target);
  if (type === "local") return !isIgnored(ns, dev, arp) && !(maxConf(dev, "arpFilter") === 1 && isFiltered(ns, dev, arp));
  return type === "unicast" && skb.pktType !== "otherhost" && isProxied(ns, dev, arp);
}

/** arp_ignore (ip-sysctl.rst): 1 own device only, 2 also same subnet, 8 never. Local addresses on any device answer by default. */
function isIgnored(_ns: Netns, dev: Netdev, arp: Arp): boolean {
  const level = maxConf(dev, "arpIgnore");
  if (level === 0) return false;
  const own = (dev.in4?.addrs ?? []).find((a) => a.local === arp.target);
  if (level === 1) return own === undefined;
  if (level === 2) return own === undefined || !inPrefix(arp.sender, own.local, own.prefixLen);
  return level === 8;
}

function isFiltered(ns: Netns, dev: Netdev, arp: Arp): boolean {
  const dst = routeOutput(ns, { daddr: arp.sender, saddr: arp.target });
  return typeof dst === "string" || dst.dev !== dev;
}

/** Proxy ARP: forwarding is on, and the way to the address leads out of another device. */
function isProxied(ns: Netns, dev: Netdev, arp: Arp): boolean {
  const on = ns.ipv4.confAll.proxyArp === 1 || dev.in4?.conf.proxyArp === 1;
  if (!on || dev.in4?.conf.forwarding !== 1) return false;
  const found = fibLookup(ns, flowOf({ daddr: arp.target, saddr: arp.sender }, dev.ifindex));
  return typeof found !== "string" && found.nexthop?.dev !== dev;
}

/** neigh_event_ns, then the reply: who asks tells where he is, and is believed, but as STALE. */
function answer(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): void {
  if (ns.world.trace !== null) {
    const row = `${formatIp4(arp.target)} is an address of this machine`;
    trace(ns, "arp.reply", dev.name, skb, { decision: { table: "addr", row, losers: [] } });
  }
  if (arp.sender !== IP4_ANY) {
    const entry = ns.neigh.create(arp.sender, dev);
    neighUpdate(ns, entry, { mac: arp.senderMac, state: "stale", override: true, admin: false, journey: skb.journey });
  }
  sendArp(ns, dev, { op: ARPOP_REPLY, senderMac: dev.mac, sender: arp.target, targetMac: arp.senderMac, target: arp.sender }, arp.senderMac, skb.journey, skb.id);
  ns.world.free(skb);
}

/** Replies and broadcasts refresh entries that exist; new ones are made only for arp_accept. */
function learnFromKnown(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): void {
  const gratuitous = arp.sender === arp.target;
  let entry = ns.neigh.lookup(arp.sender, dev);
  if (entry === undefined && arp.sender !== IP4_ANY && dev.in4?.conf.arpAccept === 1 && gratuitous) entry = ns.neigh.create(arp.sender, dev);
  if (entry === undefined) return drop(ns, skb, "ARP_IGNORED");
  const override = gratuitous || ns.world.sim.nowNs > entry.updatedNs + parmsOf(entry).locktimeNs || !isValid(entry.state);
  const toMe = arp.op === ARPOP_REPLY && skb.pktType === "host";
  neighUpdate(ns, entry, { mac: arp.senderMac, state: toMe ? "reachable" : "stale", override, admin: false, journey: skb.journey });
  ns.world.free(skb);
}

/** Builds and sends one ARP message (arp_send). */
export function sendArp(ns: Netns, dev: Netdev, arp: Arp, to: Mac, journey: number, parent = 0): void {
  const skb = ns.world.alloc(ETH_HLEN + ARP_BYTES);
  skb.macAt = skb.start;
  skb.netAt = skb.start + ETH_HLEN;
  skb.protocol = ETH_P_ARP;
  skb.journey = journey;
  skb.parent = parent;
  skb.dev = dev;
  writeEthernet(skb.buf, skb.macAt, to, dev.mac, ETH_P_ARP);
  writeArp(skb.buf, skb.netAt, arp);
  nfHook(ns, "arp", "output", skb, null, dev, arpXmitFinish);
}

function arpXmitFinish(_ns: Netns, skb: Skb): void {
  devQueueXmit(skb);
}

/** Address resolution's part of the neighbour table. */
export const arpOps: NeighOps = {
  solicit: arpSolicit,
  errorReport: (ns, _entry, skb) => icmpLinkFailure(ns, skb),
  construct: arpConstruct,
};

/** arp_constructor: no asking on devices without ARP, nor for group addresses. */
function arpConstruct(_ns: Netns, entry: NeighEntry): void {
  const { dev } = entry;
  if (dev.isLoopback || (dev.flags & IFF_NOARP) !== 0) return fixed(entry, dev.isLoopback ? MAC_ZERO : dev.mac);
  if (isMulticastIp4(entry.ip)) return fixed(entry, multicastMac(entry.ip));
  const isBroadcast = entry.ip === IP4_BROADCAST || (dev.in4?.addrs ?? []).some((a) => a.broadcast === entry.ip)
    || addrType(dev.ns, entry.ip) === "broadcast";
  if (isBroadcast) fixed(entry, MAC_BROADCAST);
}

function fixed(entry: NeighEntry, address: Mac): void {
  entry.state = "noarp";
  entry.mac = address;
}

/** RFC 1112 §6.4: the low 23 bits behind 01:00:5e. */
const multicastMac = (a: Ip4): Mac => mac(0x01005e000000 + (a & 0x7fffff));

/** arp_solicit: first unicast to the known MAC, then ask the daemon (app_solicit), then broadcast. */
function arpSolicit(ns: Netns, entry: NeighEntry, waiting: Skb | undefined): void {
  const parms = parmsOf(entry);
  const { dev } = entry;
  if (entry.probes < parms.ucastSolicit) {
    return sendRequest(ns, entry, entry.mac, waiting);
  }
  if (entry.probes < parms.ucastSolicit + parms.appSolicit) return askDaemon(ns, entry, waiting);
  sendRequest(ns, entry, dev.broadcast, waiting);
}

/** neigh_app_ns: RTM_GETNEIGH to whoever listens: flanneld's L3 miss. */
function askDaemon(ns: Netns, entry: NeighEntry, waiting: Skb | undefined): void {
  const journey = waiting?.journey ?? 0;
  if (ns.world.trace !== null) {
    trace(ns, "ctl.miss", entry.dev.name, waiting ?? null, { note: `L3 miss: who has ${formatIp4(entry.ip)}? (netlink, to the daemon)`, journey });
  }
  ns.tell({ group: "neigh", is: "get", row: entry, journey });
}

function sendRequest(ns: Netns, entry: NeighEntry, to: Mac, waiting: Skb | undefined): void {
  const { dev } = entry;
  const sender = sourceFor(ns, entry, waiting);
  const request: Arp = { op: ARPOP_REQUEST, senderMac: dev.mac, sender, targetMac: MAC_ZERO, target: entry.ip };
  if (ns.world.trace !== null) trace(ns, "arp.request", dev.name, null, { note: `who has ${formatIp4(entry.ip)}? tell ${formatIp4(sender)}`, journey: waiting?.journey ?? 0 });
  sendArp(ns, dev, request, to, waiting?.journey ?? 0, waiting?.id ?? 0);
}

/** arp_announce 0: the waiting packet's source if it is ours, else an address of the device. */
function sourceFor(ns: Netns, entry: NeighEntry, waiting: Skb | undefined): Ip4 {
  const announce = maxConf(entry.dev, "arpAnnounce");
  const saddr = waiting === undefined ? IP4_ANY : ipSrc(waiting.buf, waiting.netAt);
  if (announce < 2 && waiting !== undefined && addrType(ns, saddr) === "local") {
    if (announce === 0 || (entry.dev.in4?.addrs ?? []).some((a) => inPrefix(entry.ip, a.local, a.prefixLen))) return saddr;
  }
  return selectAddr(ns, entry.dev, entry.ip, SCOPE_LINK);
}
