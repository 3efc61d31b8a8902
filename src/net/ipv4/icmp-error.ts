// From ipv4/icmp.ts: an ICMP error for this machine.
// Next the socket whose packet it quotes; what it says about the way is kept with the nexthop (exception.ts).
import { IP4_ANY, IP4_BROADCAST, type Ip4, ip4, isMulticastIp4, readU16, readU32 } from "../../wire/addr.ts";
import { ICMP_CODE, ICMP_DEST_UNREACH, ICMP_EXC_FRAGTIME, ICMP_FRAG_NEEDED, ICMP_HLEN, ICMP_ID, ICMP_MTU, ICMP_PARAMETERPROB, ICMP_REDIRECT, ICMP_TIME_EXCEEDED } from "../../wire/icmp.ts";
import { IPPROTO_TCP, IP_HLEN, IP_PROTO, IP_TOS, IP_TTL, ipDst, ipHeaderBytes, ipSrc } from "../../wire/ipv4.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { isValid } from "../neigh/neigh.ts";
import { neighProbe } from "../neigh/nud.ts";
import { REDIRECT_LIFETIME_NS, findException, learnException } from "./exception.ts";
import { fibLookup } from "./fib-lookup.ts";
import type { FibResult } from "./fib.ts";
import { andConf, orConf } from "./in-device.ts";
import { isBogusError, logBadRedirect } from "./martian.ts";
import { type OutputKey, addrType, dstMtu, flowOf, onLink, routeOutput } from "./route.ts";

/** Codes of "destination unreachable" that are known. */
const NR_ICMP_UNREACH = 15;

/** icmp_unreach and icmp_redirect: the quoted packet says whose it was (RFC 1122 §3.2.2.1). `start` is at the ICMP header. */
export function icmpError(ns: Netns, skb: Skb, type: number): void {
  const innerAt = skb.start + ICMP_HLEN;
  if (skb.end - innerAt < IP_HLEN || skb.buf[innerAt]! >> 4 !== 4) return drop(ns, skb, "PKT_TOO_SMALL");
  const code = skb.buf[skb.start + ICMP_CODE]!;
  const info = infoOf(ns, skb, type, code, innerAt);
  const from = ipSrc(skb.buf, skb.netAt);
  const isBogus = type !== ICMP_REDIRECT && isBogusError(ns, { dev: skb.dev!, from, type, code, about: ipDst(skb.buf, innerAt) });
  if (info === null || isBogus) return ns.world.free(skb);
  const error = { type, code, info, offender: from, ttl: skb.buf[skb.netAt + IP_TTL]! };
  const gateway = ip4(readU32(skb.buf, skb.start + ICMP_ID));
  skb.start = innerAt;
  skb.netAt = innerAt;
  skb.transAt = innerAt + ipHeaderBytes(skb.buf, innerAt);
  if (type === ICMP_REDIRECT) {
    followRedirect(ns, skb, { code, from, gateway });
    return ns.world.free(skb);
  }
  if (type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED) updatePathMtu(ns, quotedKey(skb), info);
  ns.world.rawError(ns, skb, error);
  ns.world.icmpErrors.get(skb.buf[innerAt + IP_PROTO]!)?.(ns, skb, error);
  ns.world.free(skb);
}

/** What the second word tells sockets; null = the message is not for them. */
function infoOf(ns: Netns, skb: Skb, type: number, code: number, innerAt: number): number | null {
  if (type === ICMP_PARAMETERPROB) return skb.buf[skb.start + ICMP_ID]!;
  if (type === ICMP_TIME_EXCEEDED) return code === ICMP_EXC_FRAGTIME ? null : 0;
  if (type !== ICMP_DEST_UNREACH) return 0;
  if (code > NR_ICMP_UNREACH) return null;
  return code === ICMP_FRAG_NEEDED ? mtuTold(ns, skb, innerAt) : 0;
}

/** ip_no_pmtu_disc: 0 believe, 1 take the floor instead, 2 ignore, 3 believe only protocols that checked the quote (TCP). */
function mtuTold(ns: Netns, skb: Skb, innerAt: number): number | null {
  const mode = ns.ipv4.noPmtuDisc;
  if (mode === 2 || (mode === 3 && skb.buf[innerAt + IP_PROTO] !== IPPROTO_TCP)) return null;
  return mode === 1 ? 0 : readU16(skb.buf, skb.start + ICMP_MTU);
}

/** The quoted packet, as it was routed when it was made here. */
function quotedKey(skb: Skb): OutputKey {
  const { buf, netAt } = skb;
  return { daddr: ipDst(buf, netAt), saddr: ipSrc(buf, netAt), tos: buf[netAt + IP_TOS]! & 0x1c, protocol: buf[netAt + IP_PROTO]! };
}

/**
 * __ip_rt_update_pmtu (RFC 1191 §6.3): a smaller path MTU is kept for mtu_expires seconds. Below min_pmtu nothing is
 * believed: the floor is taken and locked, and packets are cut.
 */
export function updatePathMtu(ns: Netns, key: OutputKey, toldBytes: number): void {
  const dst = routeOutput(ns, key);
  if (typeof dst === "string" || dst.route === null || dst.route.locked.has("mtu")) return;
  const known = dst.nexthop === undefined ? null : findException(ns, dst.nexthop, key.daddr);
  const oldBytes = dstMtu(ns, dst, key.daddr);
  if (oldBytes < toldBytes || known?.mtuLocked === true) return;
  const mtuLocked = toldBytes < ns.ipv4.minPmtuBytes;
  const mtuBytes = mtuLocked ? Math.min(oldBytes, ns.ipv4.minPmtuBytes) : toldBytes;
  const lifeNs = ns.ipv4.mtuExpiresSec * 1e9;
  const { nowNs } = ns.world.sim;
  if (known?.mtuBytes === mtuBytes && !mtuLocked && nowNs < known.expiresNs - lifeNs / 2) return;
  const nexthops = dst.route.nexthops.length > 1 ? dst.route.nexthops : dst.nexthop === null || dst.nexthop === undefined ? [] : [dst.nexthop];
  for (const nexthop of nexthops) learnException(ns, nexthop, key.daddr, { mtuBytes, mtuLocked, expiresNs: nowNs + lifeNs });
}

interface Redirect {
  readonly code: number;
  /** Who sent it. */
  readonly from: Ip4;
  /** Whom to go by from now on. */
  readonly gateway: Ip4;
}

/** __ip_do_redirect (RFC 1122 §3.2.2.2): believed only from the gateway in use, about a neighbour, and where accept_redirects allows. */
function followRedirect(ns: Netns, skb: Skb, r: Redirect): void {
  const key = quotedKey(skb);
  const dev = skb.dev!;
  const dst = routeOutput(ns, key);
  if (r.code > 3 || typeof dst === "string" || dst.gateway !== r.from) return;
  if (!isCredible(ns, dev, r)) return logBadRedirect(ns, dev, { from: r.from, about: r.gateway, saddr: key.saddr ?? IP4_ANY, to: key.daddr });
  const entry = ns.neigh.lookup(r.gateway, dst.dev) ?? ns.neigh.create(r.gateway, dst.dev);
  if (!isValid(entry.state)) return neighProbe(ns, entry, skb.journey);
  const found: FibResult | string = fibLookup(ns, flowOf(key));
  if (typeof found === "string" || found.nexthop === null) return;
  learnException(ns, found.nexthop, key.daddr, { gateway: r.gateway, expiresNs: ns.world.sim.nowNs + REDIRECT_LIFETIME_NS });
  if (ns.world.trace !== null) trace(ns, "table", dst.dev.name, skb, { note: "a redirect: this destination has a better gateway from now on" });
}

/** IN_DEV_RX_REDIRECTS and where the new gateway may be: with shared_media anywhere, else in the subnet of the old one. */
function isCredible(ns: Netns, dev: Netdev, { from, gateway }: Redirect): boolean {
  const accepts = dev.in4?.conf.forwarding === 1 ? andConf(dev, "acceptRedirects") : orConf(dev, "acceptRedirects");
  if (!accepts || gateway === from || isMulticastIp4(gateway) || gateway === IP4_BROADCAST || gateway === IP4_ANY) return false;
  if (orConf(dev, "sharedMedia")) return addrType(ns, gateway) === "unicast";
  return onLink(dev, gateway, from) && !(orConf(dev, "secureRedirects") && !isKnownGateway(ns, dev, gateway));
}

/** ip_fib_check_default: is it the gateway of some route by this device? */
function isKnownGateway(ns: Netns, dev: Netdev, gateway: Ip4): boolean {
  return [...ns.ipv4.fib.tables.values()].some((t) => t.list().some((route) => route.nexthops.some((nh) => nh.dev === dev && nh.gateway === gateway)));
}
