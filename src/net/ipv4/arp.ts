import { type Ip4, IP4_ANY, IP4_BROADCAST, MAC_BROADCAST, MAC_ZERO, type Mac, formatIp4, inPrefix, isLoopbackIp4, isMulticastIp4, mac } from "../../wire/addr.ts";
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
import { SCOPE_HOST, SCOPE_LINK, maxConf, orConf } from "./in-device.ts";
import { decideInput, isRefusal } from "./route-input.ts";
import { type Dst, addrType, flowOf, routeOutput, selectAddr } from "./route.ts";

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

/** arp_process: what RFC 826 asks of a receiver, and who may be answered. */
function arpProcess(ns: Netns, skb: Skb): void {
  const dev = skb.dev!;
  const arp = parseArp(skb.buf, skb.start, skb.end);
  if (arp === null || (arp.op !== ARPOP_REQUEST && arp.op !== ARPOP_REPLY) || isBadTarget(dev, arp)) return drop(ns, skb, "ARP_IGNORED");
  if (arp.sender === arp.target && orConf(dev, "dropGratuitousArp")) return drop(ns, skb, "ARP_IGNORED");
  if (arp.sender === IP4_ANY) return answerProbe(ns, dev, arp, skb);
  const decision = arp.op === ARPOP_REQUEST ? decideInput(ns, dev, flowOf({ daddr: arp.target, saddr: arp.sender }, dev.ifindex)) : null;
  if (decision === null || isRefusal(decision)) return learnFromKnown(ns, dev, arp, skb);
  if (decision.dst.type === "local") return isHidden(ns, dev, arp) ? drop(ns, skb, "ARP_IGNORED") : answer(ns, dev, arp, skb);
  if (isProxied(ns, dev, arp, decision.dst)) return answerAsProxy(ns, dev, arp, skb);
  learnFromKnown(ns, dev, arp, skb);
}

const isBadTarget = (dev: Netdev, arp: Arp): boolean => isMulticastIp4(arp.target) || (isLoopbackIp4(arp.target) && !orConf(dev, "routeLocalnet"));

/** Duplicate address detection (RFC 5227): whoever asks has no address yet, so nothing is learned. */
function answerProbe(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): void {
  if (arp.op !== ARPOP_REQUEST || addrType(ns, arp.target) !== "local" || isIgnored(ns, dev, arp)) return drop(ns, skb, "ARP_IGNORED");
  reply(ns, dev, arp, skb);
  ns.world.free(skb);
}

const isHidden = (ns: Netns, dev: Netdev, arp: Arp): boolean => isIgnored(ns, dev, arp) || (orConf(dev, "arpFilter") && isFiltered(ns, dev, arp));

/** arp_ignore (ip-sysctl.rst): 1 own device only, 2 also same subnet, 3 not for addresses of host scope, 8 never. Local addresses on any device answer by default. */
function isIgnored(ns: Netns, dev: Netdev, arp: Arp): boolean {
  const level = maxConf(dev, "arpIgnore");
  if (level === 1) return !confirmAddr([dev], IP4_ANY, arp.target, SCOPE_HOST);
  if (level === 2) return !confirmAddr([dev], arp.sender, arp.target, SCOPE_HOST);
  if (level === 3) return !confirmAddr(ns.devicesInOrder(), IP4_ANY, arp.target, SCOPE_LINK);
  return level === 8;
}

/** inet_confirm_addr: a device has the address (0.0.0.0 = any) with that reach, and a subnet that holds it and `dst` (0.0.0.0 = any). */
function confirmAddr(devices: readonly Netdev[], dst: Ip4, local: Ip4, scope: number): boolean {
  return devices.some((dev) => {
    const addrs = dev.in4?.addrs ?? [];
    const holds = (a: Ip4, ifa: { readonly peer: Ip4; readonly prefixLen: number }): boolean => a === IP4_ANY || inPrefix(a, ifa.peer, ifa.prefixLen);
    return addrs.some((a) => (local === IP4_ANY || a.local === local) && a.scope <= scope) && addrs.some((a) => holds(local, a) && holds(dst, a));
  });
}

function isFiltered(ns: Netns, dev: Netdev, arp: Arp): boolean {
  const dst = routeOutput(ns, { daddr: arp.sender, saddr: arp.target });
  return typeof dst === "string" || dst.dev !== dev;
}

/** Proxy ARP: the way to the address leads out of another device (proxy_arp, or a row of `ip neigh add proxy`), or back by the same for proxy_arp_pvlan. */
function isProxied(ns: Netns, dev: Netdev, arp: Arp, dst: Dst): boolean {
  if (dst.type !== "unicast") return false;
  if (dst.dev === dev) return arp.sender !== arp.target && dev.in4?.conf.proxyArpPvlan === 1;
  return orConf(dev, "proxyArp") || ns.neigh.isProxy(arp.target, dev);
}

/** pneigh_enqueue: a proxy that was asked by broadcast lets the owner answer first, up to proxy_delay. */
function answerAsProxy(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): void {
  const { proxyDelayNs } = dev.neighParms ?? ns.neigh.defaults;
  learnSender(ns, dev, arp, skb);
  if (skb.pktType === "host" || proxyDelayNs === 0) reply(ns, dev, arp, skb);
  else ns.world.sim.after(ns.world.sim.rng.below(proxyDelayNs), () => replyLater(ns, dev, arp, skb.journey), undefined);
  ns.world.free(skb);
}

function replyLater(ns: Netns, dev: Netdev, arp: Arp, journey: number): void {
  if (dev.ns !== ns || !dev.isUp || !dev.registered) return;
  sendArp(ns, dev, { op: ARPOP_REPLY, senderMac: dev.mac, sender: arp.target, targetMac: arp.senderMac, target: arp.sender }, arp.senderMac, journey);
}

/** neigh_event_ns, then the reply: who asks tells where he is, and is believed, but as STALE. */
function answer(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): void {
  if (ns.world.trace !== null) {
    const row = `${formatIp4(arp.target)} is an address of this machine`;
    trace(ns, "arp.reply", dev.name, skb, { decision: { table: "addr", row, losers: [] } });
  }
  learnSender(ns, dev, arp, skb);
  reply(ns, dev, arp, skb);
  ns.world.free(skb);
}

function learnSender(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): void {
  const entry = ns.neigh.create(arp.sender, dev);
  neighUpdate(ns, entry, { mac: arp.senderMac, state: "stale", override: true, admin: false, journey: skb.journey });
}

function reply(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): void {
  sendArp(ns, dev, { op: ARPOP_REPLY, senderMac: dev.mac, sender: arp.target, targetMac: arp.senderMac, target: arp.sender }, arp.senderMac, skb.journey, skb.id);
}

/** Replies and broadcasts refresh entries that exist; new ones are made only for arp_accept. */
function learnFromKnown(ns: Netns, dev: Netdev, arp: Arp, skb: Skb): void {
  const gratuitous = isGratuitous(ns, arp);
  let entry = ns.neigh.lookup(arp.sender, dev);
  const mayMake = gratuitous || (arp.op === ARPOP_REPLY && addrType(ns, arp.sender) === "unicast");
  if (entry === undefined && mayMake && acceptsStrangers(dev, arp.sender)) entry = ns.neigh.create(arp.sender, dev);
  if (entry === undefined) return drop(ns, skb, "ARP_IGNORED");
  const override = gratuitous || ns.world.sim.nowNs > entry.updatedNs + parmsOf(entry).locktimeNs || !isValid(entry.state);
  const toMe = arp.op === ARPOP_REPLY && skb.pktType === "host";
  neighUpdate(ns, entry, { mac: arp.senderMac, state: toMe ? "reachable" : "stale", override, admin: false, journey: skb.journey });
  ns.world.free(skb);
}

/** arp_is_garp: about himself; a reply must name him as target too. */
const isGratuitous = (ns: Netns, arp: Arp): boolean =>
  arp.sender === arp.target && (arp.op !== ARPOP_REPLY || arp.senderMac === arp.targetMac) && addrType(ns, arp.sender) === "unicast";

/** arp_accept: 1 anybody, 2 only who is in a subnet of the device. */
function acceptsStrangers(dev: Netdev, sender: Ip4): boolean {
  const level = maxConf(dev, "arpAccept");
  return level === 1 || (level === 2 && confirmAddr([dev], sender, IP4_ANY, SCOPE_LINK));
}

/** inetdev_send_gratuitous_arp: the device came up or has another MAC, and arp_notify wants everybody to know. */
export function announceAddresses(ns: Netns, dev: Netdev): void {
  if (maxConf(dev, "arpNotify") === 0 || (dev.flags & IFF_NOARP) !== 0) return;
  for (const { local } of dev.in4?.addrs ?? []) sendArp(ns, dev, { op: ARPOP_REQUEST, senderMac: dev.mac, sender: local, targetMac: MAC_ZERO, target: local }, dev.broadcast, 0);
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
