import { IP4_ANY, type Ip4, isMulticastIp4, readU16, writeU16 } from "../../wire/addr.ts";
import { checksum } from "../../wire/checksum.ts";
import { ICMP_CODE, ICMP_CSUM, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_HLEN, ICMP_HOST_UNREACH, ICMP_MTU, ICMP_TYPE, isIcmpError } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IP_FRAG, IP_HLEN, IP_OFFSET_MASK, IP_PROTO, IP_TOS, ipDst, ipHeaderBytes, ipSrc } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import { KERNEL_SOCKET, type Skb, ctAttach } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { ipSendSkb } from "./ip-output.ts";
import { type Dst, routeOutput } from "./route.ts";

/* RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3. From: whoever cannot go on with a packet. Next: ip-output.ts. */

/** The whole error, headers included, stays below this (RFC 1812 §4.3.2.3). */
const MAX_ERROR_BYTES = 576;

/**
 * icmp_send: tells the sender of `skb` what became of it, quoting it. `info` fills the second word's
 * low half (next MTU). Sends nothing where RFC 1122 forbids it, the rate limit says no, or it is about an ICMP message that is just being sent. Does not take the skb.
 */
export function icmpSend(ns: Netns, skb: Skb, type: number, code: number, info: number): void {
  if (skb.netAt < 0 || ns.ipv4.icmpSending || !mayAnswer(skb)) return;
  const to = ipSrc(skb.buf, skb.netAt);
  const saddr = sourceOfError(skb);
  const tos = (skb.buf[skb.netAt + IP_TOS]! & 0x1e) | 0xc0;
  const dst = routeOutput(ns, saddr === IP4_ANY ? { daddr: to, tos: tos & 0x1c } : { daddr: to, saddr, tos: tos & 0x1c });
  if (typeof dst === "string" || !isAllowed(ns, dst, to, type, code)) return;
  const error = buildError(ns, skb, type, code, info);
  ctAttach(error, skb);
  error.sk = KERNEL_SOCKET;
  if (ns.world.trace !== null) trace(ns, "icmp.error", dst.dev.name, error, { note: errorName(type, code) });
  const from = saddr === IP4_ANY ? dst.saddr : saddr;
  ns.ipv4.icmpSending = true;
  ipSendSkb(ns, error, dst, { saddr: from, daddr: to, protocol: IPPROTO_ICMP, tos, ttl: ns.ipv4.defaultTtl, df: false, ignoreDf: false, id: null });
  ns.ipv4.icmpSending = false;
}

/** Not about broadcasts, later fragments, or other ICMP errors. */
function mayAnswer(skb: Skb): boolean {
  const { buf, netAt } = skb;
  if (skb.pktType !== "host") return false;
  const daddr = ipDst(buf, netAt);
  if (isMulticastIp4(daddr) || daddr === 0xffffffff || (skb.dst as Dst | null)?.type === "broadcast") return false;
  if ((readU16(buf, netAt + IP_FRAG) & IP_OFFSET_MASK) !== 0) return false;
  if (buf[netAt + IP_PROTO] !== IPPROTO_ICMP) return true;
  return !isIcmpError(buf[netAt + ipHeaderBytes(buf, netAt)]!);
}

/** The address the packet was sent to, if it is ours; else the routing decision back chooses. */
function sourceOfError(skb: Skb): Ip4 {
  const dst = skb.dst as Dst | null;
  return dst !== null && dst.type === "local" ? ipDst(skb.buf, skb.netAt) : IP4_ANY;
}

/** icmpv4_xrlim_allow: errors of the types in icmp_ratemask are limited a destination, except on loopback. */
function isAllowed(ns: Netns, dst: Dst, to: Ip4, type: number, code: number): boolean {
  if (((1 << type) & ns.ipv4.icmpRatemask) === 0 || dst.dev.isLoopback) return true;
  if (type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED) return true;
  return ns.ipv4.peers.allowIcmp(to, ns.world.sim.nowNs, ns.ipv4.icmpRatelimitMs);
}

function buildError(ns: Netns, about: Skb, type: number, code: number, info: number): Skb {
  const quoted = Math.min(about.end - about.netAt, MAX_ERROR_BYTES - IP_HLEN - ICMP_HLEN);
  const skb = ns.world.alloc(ICMP_HLEN + quoted);
  const { buf, start } = skb;
  buf.fill(0, start, start + ICMP_HLEN);
  buf[start + ICMP_TYPE] = type;
  buf[start + ICMP_CODE] = code;
  writeU16(buf, start + ICMP_MTU, info);
  buf.set(about.buf.subarray(about.netAt, about.netAt + quoted), start + ICMP_HLEN);
  writeU16(buf, start + ICMP_CSUM, checksum(buf, start, skb.end));
  skb.trust = 1;
  skb.journey = about.journey;
  skb.parent = about.id;
  return skb;
}

function errorName(type: number, code: number): string {
  if (type === 11) return code === 0 ? "time to live exceeded" : "fragment reassembly time exceeded";
  if (type !== ICMP_DEST_UNREACH) return `icmp type ${type} code ${code}`;
  const names = ["net", "host", "protocol", "port", "fragmentation needed"];
  return code === ICMP_FRAG_NEEDED ? "fragmentation needed" : `${names[code] ?? `code ${code}`} unreachable`;
}

/** ipv4_link_failure: nobody answered ARP for the next hop. Takes the skb. */
export function icmpLinkFailure(ns: Netns, skb: Skb): void {
  icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
  drop(ns, skb, "NEIGH_FAILED");
}
