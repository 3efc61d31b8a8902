// From ipv4/ip-input.ts: a UDP datagram for this machine, or an ICMP error about one sent from here.
// Next sock/udp.ts of the socket that fits best.
import { IP4_ANY, IP4_BROADCAST, type Ip4, isMulticastIp4, readU16 } from "../../wire/addr.ts";
import { ICMP_DEST_UNREACH, ICMP_PORT_UNREACH } from "../../wire/icmp.ts";
import { ipDst, ipSrc } from "../../wire/ipv4.ts";
import { UDP_DST, UDP_HLEN, UDP_LEN, UDP_SRC, udpChecksumOk } from "../../wire/udp.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop } from "../core/trace.ts";
import type { IcmpErrorInfo } from "../core/world.ts";
import { icmpSend } from "../ipv4/icmp-send.ts";
import type { Dst } from "../ipv4/route.ts";
import type { UdpListener } from "./tables.ts";

/* RFC 768, Linux net/ipv4/udp.c. */

/** Both ends of a datagram as the receiving machine sees them. */
interface Ends {
  readonly daddr: Ip4;
  readonly dport: number;
  readonly saddr: Ip4;
  readonly sport: number;
  readonly iif: number;
}

const endsOf = (skb: Skb): Ends => ({
  daddr: ipDst(skb.buf, skb.netAt), dport: readU16(skb.buf, skb.start + UDP_DST), saddr: ipSrc(skb.buf, skb.netAt), sport: readU16(skb.buf, skb.start + UDP_SRC), iif: skb.iif,
});

/** udp_rcv: `start` is at the UDP header. */
export function udpRcv(ns: Netns, skb: Skb): void {
  const length = readU16(skb.buf, skb.start + UDP_LEN);
  if (skb.length < UDP_HLEN || length < UDP_HLEN || length > skb.length) return drop(ns, skb, "PKT_TOO_SMALL");
  skb.trim(length);
  if ((skb.trust & 1) === 0 && !udpChecksumOk(skb.buf, skb.start, skb.netAt)) return drop(ns, skb, "UDP_CSUM");
  const ends = endsOf(skb);
  const type = (skb.dst as Dst | null)?.type;
  if (isMulticastIp4(ends.daddr) || ends.daddr === IP4_BROADCAST || type === "broadcast") return deliverToGroup(ns, skb, ends);
  const listener = udpLookup(ns, ends);
  if (listener !== undefined) return listener.udpDeliver(ns, skb);
  icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
  drop(ns, skb, "UDP_NOSOCK");
}

/** __udp4_lib_mcast_deliver: a copy for everybody who is bound to the group, to the broadcast address or to nothing. */
function deliverToGroup(ns: Netns, skb: Skb, ends: Ends): void {
  const fits = (ns.sock.udp.get(ends.dport) ?? []).filter((l) => (l.local === IP4_ANY || l.local === ends.daddr) && score(l, ends) >= 0);
  if (fits.length === 0) return drop(ns, skb, "UDP_NOSOCK");
  for (const listener of fits) listener.udpDeliver(ns, ns.world.clone(skb));
  ns.world.free(skb);
}

/** __udp4_lib_lookup: sockets bound to the very address come before those bound to none. */
export function udpLookup(ns: Netns, ends: Ends): UdpListener | undefined {
  const list = ns.sock.udp.get(ends.dport);
  if (list === undefined) return undefined;
  if (list.length === 1 && list[0]!.local === IP4_ANY) return score(list[0]!, ends) >= 0 ? list[0] : undefined;
  return best(ns, list, ends, ends.daddr) ?? best(ns, list, ends, IP4_ANY);
}

/** udp4_lib_lookup2: of those with this address the one that names most of the packet; the newest of equals. */
function best(ns: Netns, list: readonly UdpListener[], ends: Ends, local: Ip4): UdpListener | undefined {
  let found: UdpListener | undefined;
  let points = -1;
  for (const listener of list) {
    const mine = listener.local === local ? score(listener, ends) : -1;
    if (mine <= points) continue;
    found = listener;
    points = mine;
  }
  return found?.reusePort === true && found.peerPort === 0 ? shareOf(ns, list, found, ends) : found;
}

/** compute_score; -1 = does not fit. */
function score(l: UdpListener, ends: Ends): number {
  let points = 2;
  if (l.peerPort !== 0) {
    if (l.peer !== ends.saddr || l.peerPort !== ends.sport) return -1;
    points += 8;
  }
  if (l.boundDev !== 0) {
    if (l.boundDev !== ends.iif) return -1;
    points += 4;
  }
  return points;
}

/** reuseport_select_sock: sockets that share a port with SO_REUSEPORT take flows by hash; in the order they were bound. */
function shareOf(ns: Netns, list: readonly UdpListener[], one: UdpListener, ends: Ends): UdpListener | undefined {
  const group = list.filter((l) => l.reusePort && l.peerPort === 0 && l.local === one.local && l.boundDev === one.boundDev);
  const scaled = Math.floor((flowHash(ns.world.hashSeed, ends) / 0x1_0000_0000) * group.length);
  return group[group.length - 1 - scaled];
}

/** A well mixed 32-bit number of both ends (udp_ehashfn has a secret of its own, too). */
function flowHash(seed: number, { saddr, sport, daddr, dport }: Ends): number {
  let h = seed | 0;
  for (const word of [daddr, saddr, (sport << 16) | dport]) {
    h = Math.imul(h ^ word, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
    h ^= h >>> 13;
  }
  return h >>> 0;
}

/** __udp4_lib_err: `skb` starts at the quoted IP header: our own packet, so its source is our end. */
export function udpErr(ns: Netns, skb: Skb, info: IcmpErrorInfo): void {
  const { buf, netAt, transAt } = skb;
  const ends = { daddr: ipSrc(buf, netAt), dport: readU16(buf, transAt + UDP_SRC), saddr: ipDst(buf, netAt), sport: readU16(buf, transAt + UDP_DST), iif: skb.iif };
  udpLookup(ns, ends)?.udpError?.(skb, info);
}
