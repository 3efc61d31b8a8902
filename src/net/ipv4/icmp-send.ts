import { IP4_ANY, IP4_BROADCAST, type Ip4, ip4, isMulticastIp4, readU16, writeU16, writeU32 } from "../../wire/addr.ts";
import { checksum } from "../../wire/checksum.ts";
import { ICMP_CODE, ICMP_CSUM, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, ICMP_HLEN, ICMP_HOST_UNREACH, ICMP_ID, ICMP_PARAMETERPROB, ICMP_REDIRECT, ICMP_TYPE, isIcmpError } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IP_FRAG, IP_HLEN, IP_OFFSET_MASK, IP_PROTO, IP_TOS, ipDst, ipHeaderBytes, ipSrc } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import { KERNEL_SOCKET, type Skb, ctAttach } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { SCOPE_LINK } from "./in-device.ts";
import { ipSendSkb } from "./ip-output.ts";
import { echoOptions } from "./options.ts";
import { type Dst, dstMtu, routeOutput, selectAddr } from "./route.ts";

/* RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3. From: whoever cannot go on with a packet. Next: ip-output.ts. */

/** The whole error, headers included, stays below this (RFC 1812 §4.3.2.3). */
const MAX_ERROR_BYTES = 576;
/** RFC 7600: who has no address at all speaks from this one. */
const INADDR_DUMMY = ip4(0xc0000008);

/**
 * icmp_send: tells the sender of `skb` what became of it, quoting it. `info` is the second word: next MTU, gateway,
 * or pointer << 24. Sends nothing where RFC 1122 forbids it, a rate limit says no, or it is about an ICMP message
 * that is just being sent. Does not take the skb.
 */
export function icmpSend(ns: Netns, skb: Skb, type: number, code: number, info: number): void {
  if (skb.netAt < 0 || ns.ipv4.icmpSending || !mayAnswer(skb)) return;
  const limited = isLimited(ns, skb, type, code);
  if (limited && !ns.ipv4.icmpBudget.allow(ns.world.sim.nowNs, ns.ipv4.icmpMsgsPerSec, ns.ipv4.icmpMsgsBurst)) return;
  const to = ipSrc(skb.buf, skb.netAt);
  const saddr = sourceOfError(ns, skb);
  const tos = (skb.buf[skb.netAt + IP_TOS]! & 0x1e) | 0xc0;
  const mark = ns.ipv4.fwmarkReflect === 1 ? skb.mark : 0;
  // What cannot be read is not echoed.
  const echoed = type === ICMP_PARAMETERPROB ? null : echoOptions(skb);
  const daddr = echoed?.via ?? to;
  const dst = routeOutput(ns, { daddr, saddr, mark, tos: tos & 0x1c, protocol: IPPROTO_ICMP });
  if (typeof dst === "string" || (limited && !takeToken(ns, dst, to))) return;
  const room = Math.min(MAX_ERROR_BYTES, dstMtu(ns, dst, daddr)) - IP_HLEN - (echoed?.bytes.length ?? 0) - ICMP_HLEN;
  if (room <= IP_HLEN) return;
  const error = buildError(ns, skb, { type, code, info, room });
  ctAttach(error, skb);
  error.sk = KERNEL_SOCKET;
  error.mark = mark;
  if (ns.world.trace !== null) trace(ns, "icmp.error", dst.dev.name, error, { note: errorName(type, code) });
  const from = saddr !== IP4_ANY ? saddr : dst.saddr === IP4_ANY ? INADDR_DUMMY : dst.saddr;
  ns.ipv4.icmpSending = true;
  const send = { saddr: from, daddr, protocol: IPPROTO_ICMP, tos, ttl: ns.ipv4.defaultTtl, df: false, ignoreDf: false, id: null };
  ipSendSkb(ns, error, dst, echoed === null ? send : { ...send, options: echoed.bytes });
  ns.ipv4.icmpSending = false;
}

/** The highest ICMP type that is known; what is beyond is taken for an error. */
const NR_ICMP_TYPES = 18;

/** Not about broadcasts, later fragments, or other ICMP errors. */
function mayAnswer(skb: Skb): boolean {
  const { buf, netAt } = skb;
  const dst = skb.dst as Dst | null;
  if (skb.pktType !== "host" || dst?.type === "broadcast" || dst?.type === "multicast" || isGroup(ipDst(buf, netAt))) return false;
  if ((readU16(buf, netAt + IP_FRAG) & IP_OFFSET_MASK) !== 0) return false;
  if (buf[netAt + IP_PROTO] !== IPPROTO_ICMP) return true;
  const type = buf[netAt + ipHeaderBytes(buf, netAt)]!;
  return type <= NR_ICMP_TYPES && !isIcmpError(type);
}

const isGroup = (a: Ip4): boolean => isMulticastIp4(a) || a === IP4_BROADCAST;

/** The address the packet was sent to, if it is ours; else the routing decision back chooses, or the device it came in by. */
function sourceOfError(ns: Netns, skb: Skb): Ip4 {
  if ((skb.dst as Dst | null)?.type === "local") return ipDst(skb.buf, skb.netAt);
  const inbound = ns.ipv4.icmpErrorsUseInbound === 1 && skb.iif !== 0 ? ns.byIndex.get(skb.iif) : undefined;
  return inbound === undefined ? IP4_ANY : selectAddr(ns, inbound, ipSrc(skb.buf, skb.netAt), SCOPE_LINK);
}

/** icmpv4_mask_allow: types in icmp_ratemask are limited, but never path MTU discovery, nor what came through lo. */
function isLimited(ns: Netns, skb: Skb, type: number, code: number): boolean {
  if (skb.dev?.isLoopback === true || (type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED)) return false;
  return ((1 << type) & ns.ipv4.icmpRatemask) !== 0;
}

/** icmpv4_xrlim_allow: so many a destination, and what is sent counts for the whole machine. */
function takeToken(ns: Netns, dst: Dst, to: Ip4): boolean {
  const { ipv4, world } = ns;
  const allowed = dst.dev.isLoopback || ipv4.peers.allowIcmp(to, world.sim.nowNs, ipv4.icmpRatelimitMs);
  if (allowed) ipv4.icmpBudget.consume(world.sim.rng.below(3));
  return allowed;
}

function buildError(ns: Netns, about: Skb, e: { readonly type: number; readonly code: number; readonly info: number; readonly room: number }): Skb {
  const quoted = Math.min(about.end - about.netAt, e.room);
  const skb = ns.world.alloc(ICMP_HLEN + quoted);
  const { buf, start } = skb;
  buf.fill(0, start, start + ICMP_HLEN);
  buf[start + ICMP_TYPE] = e.type;
  buf[start + ICMP_CODE] = e.code;
  writeU32(buf, start + ICMP_ID, e.info);
  buf.set(about.buf.subarray(about.netAt, about.netAt + quoted), start + ICMP_HLEN);
  writeU16(buf, start + ICMP_CSUM, checksum(buf, start, skb.end));
  skb.trust = 1;
  skb.journey = about.journey;
  skb.parent = about.id;
  return skb;
}

function errorName(type: number, code: number): string {
  if (type === 11) return code === 0 ? "time to live exceeded" : "fragment reassembly time exceeded";
  if (type === 12) return "parameter problem";
  if (type === ICMP_REDIRECT) return "redirect";
  if (type !== ICMP_DEST_UNREACH) return `icmp type ${type} code ${code}`;
  const names = ["net", "host", "protocol", "port", "fragmentation needed", "source route"];
  return code === ICMP_FRAG_NEEDED ? "fragmentation needed" : `${names[code] ?? `code ${code}`} unreachable`;
}

/** ipv4_link_failure: nobody answered ARP for the next hop. Takes the skb. */
export function icmpLinkFailure(ns: Netns, skb: Skb): void {
  icmpSend(ns, skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
  drop(ns, skb, "NEIGH_FAILED");
}
