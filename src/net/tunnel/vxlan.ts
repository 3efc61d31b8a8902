import { IP4_ANY, type Ip4, type Mac, MAC_ZERO, formatIp4, isMulticastIp4, readMac, writeU16, writeU32 } from "../../wire/addr.ts";
import { ETH_DST, ETH_HLEN, ETH_SRC } from "../../wire/ethernet.ts";
import { IPPROTO_UDP, IP_TOS, IP_TTL, ipSrc } from "../../wire/ipv4.ts";
import { UDP_CSUM, UDP_DST, UDP_HLEN, UDP_LEN, UDP_SRC, setUdpChecksum } from "../../wire/udp.ts";
import { VXLAN_HLEN, parseVxlan, writeVxlan } from "../../wire/vxlan.ts";
import { randomMac } from "../core/dev.ts";
import { type DeviceOps, IFF_BROADCAST, IFF_MULTICAST, Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import { netifRx } from "../core/rx.ts";
import { type Skb, scrubPacket } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { ipSendSkb } from "../ipv4/ip-output.ts";
import { routeOutput } from "../ipv4/route.ts";
import { udpListen, udpUnlisten } from "../sock/udp-ports.ts";
import type { Errno } from "../uapi/errno.ts";
import { type VxlanRemote, vxlanFdbFind, vxlanFdbRow, vxlanLearn } from "./vxlan-fdb.ts";
import { VxlanPriv, vxlanOf } from "./vxlan-priv.ts";
import { flowHash } from "./flow-hash.ts";

/*
 * RFC 7348, Linux drivers/net/vxlan. From: core/xmit.ts (inner frame), sock/udp.ts (outer datagram).
 * Next: ipv4/ip-output.ts with the outer packet, core/rx.ts with the unwrapped frame.
 */

const vxlanOps: DeviceOps = { kind: "vxlan", startXmit: vxlanXmit, open: vxlanOpen, stop: vxlanStop, changeMtu: vxlanChangeMtu, iflink: (dev) => vxlanOf(dev).lowerIndex || dev.ifindex };

/** What `ip link add type vxlan` may say; see VxlanPriv for units. */
export type VxlanConfig = Partial<Pick<VxlanPriv, "vni" | "group" | "local" | "lowerIndex" | "dstPort" | "portLow" | "portHigh" | "ttl" | "tos" | "learning" | "ageingNs" | "l2miss" | "l3miss" | "proxy" | "rsc" | "udpChecksum" | "df" | "maxAddresses">>;

/** Not yet registered. MTU is 50 below the lower device's. */
export function createVxlan(ns: Netns, name: string, config: VxlanConfig): Netdev {
  const priv = Object.assign(new VxlanPriv(ns), config);
  const dev = new Netdev(ns, name, vxlanOps, priv);
  dev.flags = IFF_BROADCAST | IFF_MULTICAST;
  dev.mac = randomMac(ns);
  const lower = priv.lowerIndex === 0 ? undefined : ns.byIndex.get(priv.lowerIndex);
  if (lower !== undefined) dev.mtuBytes = lower.mtuBytes - OVERHEAD;
  return dev;
}

/** Outer IPv4, UDP, VXLAN and inner Ethernet. */
const OVERHEAD = 50;

function vxlanChangeMtu(dev: Netdev, mtuBytes: number): Errno | undefined {
  const lower = vxlanOf(dev).underlay.byIndex.get(vxlanOf(dev).lowerIndex);
  return lower !== undefined && mtuBytes > lower.mtuBytes - OVERHEAD ? "EINVAL" : undefined;
}

/** Opening the device opens its UDP port; several VNIs share one. */
function vxlanOpen(dev: Netdev): Errno | undefined {
  const priv = vxlanOf(dev);
  const port = priv.listenerOf(priv.dstPort);
  if (port === null) return "EADDRINUSE";
  if (port.devices.has(priv.vni)) return "EEXIST";
  if (port.devices.size === 0) udpListen(priv.underlay, priv.dstPort, port);
  port.devices.set(priv.vni, dev);
  port.receive = vxlanRcv;
  return undefined;
}

function vxlanStop(dev: Netdev): void {
  const priv = vxlanOf(dev);
  const port = priv.listenerOf(priv.dstPort);
  if (port === null || port.devices.get(priv.vni) !== dev) return;
  port.devices.delete(priv.vni);
  if (port.devices.size === 0) udpUnlisten(priv.underlay, priv.dstPort, port);
}

/** vxlan_xmit: which machine has this MAC? One copy for each remote the fdb names. */
function vxlanXmit(dev: Netdev, skb: Skb): void {
  const priv = vxlanOf(dev);
  const dst = readMac(skb.buf, skb.start + ETH_DST);
  const remotes = remotesFor(priv, dst);
  if (remotes.length === 0) return noRemote(dev, skb, dst);
  for (const remote of remotes.slice(1)) vxlanXmitOne(dev, dev.ns.world.clone(skb), dst, remote);
  vxlanXmitOne(dev, skb, dst, remotes[0]!);
}

/** The row for the MAC, else the rows for 00:00:00:00:00:00, else the device's default remote. */
function remotesFor(priv: VxlanPriv, dst: Mac): readonly VxlanRemote[] {
  const row = vxlanFdbFind(priv, dst) ?? vxlanFdbFind(priv, MAC_ZERO);
  if (row !== undefined) return row.remotes;
  if (priv.group === IP4_ANY) return [];
  return [{ ip: priv.group, port: priv.dstPort, vni: priv.vni, ifindex: priv.lowerIndex }];
}

function noRemote(dev: Netdev, skb: Skb, dst: Mac): void {
  dev.stats.txDropped++;
  const row = `no fdb entry for ${dst.toString(16).padStart(12, "0").replace(/(..)(?=.)/g, "$1:")} on ${dev.name}`;
  drop(dev.ns, skb, "VXLAN_NO_REMOTE", { table: "fdb", row, losers: [] });
}

/** vxlan_xmit_one: VXLAN and UDP headers in front, then out as any packet of this machine. */
function vxlanXmitOne(dev: Netdev, skb: Skb, dst: Mac, remote: VxlanRemote): void {
  const priv = vxlanOf(dev);
  const { underlay } = priv;
  const bytes = skb.length;
  const sport = sourcePort(priv, skb);
  const route = routeOutput(underlay, { daddr: remote.ip, saddr: priv.local, oif: remote.ifindex, mark: skb.mark, protocol: IPPROTO_UDP, sport, dport: remote.port });
  if (typeof route === "string") return tunnelError(dev, skb, "TUNNEL_NOROUTE");
  if (route.dev === dev) return tunnelError(dev, skb, "TUNNEL_LOOP");
  const inner = skb.netAt;
  const tos = priv.tos === 1 ? skb.buf[inner + IP_TOS]! : priv.tos;
  const ttl = priv.ttl === 0 ? (isMulticastIp4(remote.ip) ? 1 : underlay.ipv4.defaultTtl) : priv.ttl === -1 ? skb.buf[inner + IP_TTL]! : priv.ttl;
  const saddr = priv.local === IP4_ANY ? route.saddr : priv.local;
  wrap(skb, remote, sport, saddr, priv.udpChecksum);
  dev.stats.txPackets++;
  dev.stats.txBytes += bytes;
  scrubPacket(skb, underlay !== dev.ns);
  const built = dev.ns.world.trace === null ? {} : { built: () => traceEncap(dev, skb, dst, remote, bytes) };
  ipSendSkb(underlay, skb, route, { saddr, daddr: remote.ip, protocol: IPPROTO_UDP, tos, ttl, df: priv.df === 1, ignoreDf: false, id: null, ...built });
}

function tunnelError(dev: Netdev, skb: Skb, reason: "TUNNEL_NOROUTE" | "TUNNEL_LOOP"): void {
  dev.stats.txErrors++;
  if (reason === "TUNNEL_NOROUTE") dev.stats.txCarrierErrors++;
  drop(dev.ns, skb, reason);
}

function wrap(skb: Skb, remote: VxlanRemote, sport: number, saddr: Ip4, withChecksum: boolean): void {
  skb.ensureHeadroom(VXLAN_HLEN + UDP_HLEN + 20 + ETH_HLEN);
  writeVxlan(skb.buf, skb.push(VXLAN_HLEN), remote.vni);
  const at = skb.push(UDP_HLEN);
  const { buf } = skb;
  writeU16(buf, at + UDP_SRC, sport);
  writeU16(buf, at + UDP_DST, remote.port);
  writeU16(buf, at + UDP_LEN, skb.length);
  writeU16(buf, at + UDP_CSUM, 0);
  skb.macAt = -1;
  skb.trust = (skb.trust << 1) | 1;
  if (!withChecksum) return;
  writeU32(buf, at - 8, saddr);
  writeU32(buf, at - 4, remote.ip);
  setUdpChecksum(buf, at, at - 20);
}

/** udp_flow_src_port: a hash of the inner flow, so that routers on the way spread flows and keep each in order (RFC 7348 §5). */
function sourcePort(priv: VxlanPriv, skb: Skb): number {
  const low = priv.portLow === 0 ? priv.underlay.ipv4.localPortLow : priv.portLow;
  const high = priv.portHigh === 0 ? priv.underlay.ipv4.localPortHigh : priv.portHigh;
  const hash = flowHash(skb, skb.start, priv.underlay.world.hashSeed);
  return low + Math.floor((hash * (high - low + 1)) / 0x100000000);
}

function traceEncap(dev: Netdev, skb: Skb, dst: Mac, remote: VxlanRemote, innerBytes: number): void {
  const priv = vxlanOf(dev);
  const known = vxlanFdbFind(priv, dst);
  const row = known === undefined ? `default remote ${formatIp4(remote.ip)}` : vxlanFdbRow(dev, known, remote);
  const losers = [...priv.fdb.values()].filter((e) => e !== known).slice(0, 8).map((e) => ({ row: vxlanFdbRow(dev, e, e.remotes[0]!), why: "another MAC" }));
  const note = `VNI ${remote.vni}, ${innerBytes} → ${innerBytes + OVERHEAD} bytes`;
  trace(dev.ns, "encap", dev.name, skb, { decision: { table: "fdb", row, losers, note }, note });
}

/** vxlan_rcv: outer headers off, the inner frame arrives at the device of its VNI. `start` is at the UDP header. */
function vxlanRcv(ns: Netns, skb: Skb, devices: ReadonlyMap<number, Netdev>): void {
  const remoteIp = ipSrc(skb.buf, skb.netAt);
  const vni = parseVxlan(skb.buf, skb.start + UDP_HLEN, skb.end);
  if (vni === null) return drop(ns, skb, "VXLAN_INVALID_HDR");
  const dev = devices.get(vni) ?? devices.get(0);
  if (dev === undefined || !dev.isUp) return drop(ns, skb, "VXLAN_VNI_NOT_FOUND");
  skb.pull(UDP_HLEN + VXLAN_HLEN);
  skb.trust >>= 1;
  if (skb.length < ETH_HLEN) return drop(ns, skb, "PKT_TOO_SMALL");
  const src = readMac(skb.buf, skb.start + ETH_SRC);
  if (src === dev.mac) return drop(ns, skb, "VXLAN_ENTRY_EXISTS");
  skb.macAt = skb.start;
  skb.netAt = skb.start + ETH_HLEN;
  if (ns.world.trace !== null) {
    const decision = { table: "link", row: `${dev.name}: vxlan id ${vni} dstport ${vxlanOf(dev).dstPort}`, losers: [] } as const;
    trace(dev.ns, "decap", dev.name, skb, { decision, note: `VNI ${vni}, from ${formatIp4(remoteIp)}` });
  }
  if (vxlanOf(dev).learning) vxlanLearn(dev, src, remoteIp, skb);
  scrubPacket(skb, ns !== dev.ns);
  skb.dev = dev;
  receiveInner(dev, skb);
}

/** The tunnel counts without the Ethernet header, as vxlan_rcv does after eth_type_trans. */
function receiveInner(dev: Netdev, skb: Skb): void {
  dev.stats.rxBytes -= ETH_HLEN;
  netifRx(skb);
}

