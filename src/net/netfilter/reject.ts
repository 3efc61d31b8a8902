// From nft/expr-reject.ts and the REJECT target: a packet is refused, and its sender is told. Next: ipv4/ip-output.ts, or the device for frames.
import { readU16, readU32, writeU16, writeU32 } from "../../wire/addr.ts";
import { checksum, fold16, pseudoSum, sum16 } from "../../wire/checksum.ts";
import { ETH_DST, ETH_HLEN, ETH_P_IP, ETH_SRC } from "../../wire/ethernet.ts";
import { ICMP_CODE, ICMP_CSUM, ICMP_DEST_UNREACH, ICMP_HLEN, ICMP_TYPE } from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IP_DF, IP_FRAG, IP_HLEN, IP_OFFSET_MASK, IP_PROTO, ipDst, ipHeaderBytes, ipSrc, ipTotalBytes, writeIpv4 } from "../../wire/ipv4.ts";
import type { HookPoint } from "../core/hook.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import { type Skb, ctAttach } from "../core/skb.ts";
import { devQueueXmit } from "../core/xmit.ts";
import { icmpSend } from "../ipv4/icmp-send.ts";
import { ipLocalOut } from "../ipv4/ip-output.ts";
import { type Dst, routeOutput } from "../ipv4/route.ts";

/* net/ipv4/netfilter/nf_reject_ipv4.c, net/bridge/netfilter/nft_reject_bridge.c. */

const TCP_HLEN = 20;
const TCP_ACK = 0x10;
const TCP_RST = 0x04;
const TCP_SYN = 0x02;
const TCP_FIN = 0x01;

/** nf_send_unreach: "destination unreachable" with this code, unless the packet is a later fragment or its checksum is wrong. */
export function sendUnreach(ns: Netns, skb: Skb, code: number): void {
  const { buf, netAt } = skb;
  if ((readU16(buf, netAt + IP_FRAG) & IP_OFFSET_MASK) !== 0 || !transportSumOk(skb)) return;
  icmpSend(ns, skb, ICMP_DEST_UNREACH, code, 0);
}

/** nf_ip_checksum, where the kernel verifies at all (nf_reject_verify_csum). */
function transportSumOk(skb: Skb): boolean {
  const { buf, netAt } = skb;
  const protocol = buf[netAt + IP_PROTO]!;
  const at = netAt + ipHeaderBytes(buf, netAt);
  const end = Math.min(skb.end, netAt + ipTotalBytes(buf, netAt));
  if ((skb.trust & 1) !== 0) return true;
  if (protocol === IPPROTO_ICMP) return checksum(buf, at, end) === 0;
  if (protocol !== IPPROTO_TCP && protocol !== IPPROTO_UDP) return true;
  if (protocol === IPPROTO_UDP && readU16(buf, at + 6) === 0) return true;
  return fold16(sum16(buf, at, end, pseudoSum(buf, netAt, protocol, end - at))) === 0;
}

/** nf_send_reset: a TCP reset to whoever sent the segment; none for resets, fragments, broken segments and broadcasts. */
export function sendReset(ns: Netns, skb: Skb, point: HookPoint): void {
  const { buf, netAt } = skb;
  if (!mayReset(skb)) return;
  const old = skb.dst as Dst | null;
  if (point !== "prerouting" && point !== "ingress" && old !== null && (old.type === "broadcast" || old.type === "multicast")) return;
  const to = ipSrc(buf, netAt);
  const dst = routeOutput(ns, { daddr: to, saddr: ipDst(buf, netAt), protocol: IPPROTO_TCP });
  if (typeof dst === "string") return;
  const reset = buildReset(ns, skb, ns.ipv4.defaultTtl);
  reset.dst = dst;
  ctAttach(reset, skb);
  ipLocalOut(ns, reset);
}

/** nf_reject_ip_tcphdr_get. */
function mayReset(skb: Skb): boolean {
  const { buf, netAt, end } = skb;
  const at = netAt + ipHeaderBytes(buf, netAt);
  if ((readU16(buf, netAt + IP_FRAG) & IP_OFFSET_MASK) !== 0 || buf[netAt + IP_PROTO] !== IPPROTO_TCP) return false;
  return at + TCP_HLEN <= end && (buf[at + 13]! & TCP_RST) === 0 && transportSumOk(skb);
}

/** nf_reject_iphdr_put and nf_reject_ip_tcphdr_put: forty bytes that answer the segment in `skb`. */
function buildReset(ns: Netns, skb: Skb, ttl: number): Skb {
  const reset = ns.world.alloc(IP_HLEN + TCP_HLEN);
  const { buf, start } = reset;
  const src = ipDst(skb.buf, skb.netAt);
  const dst = ipSrc(skb.buf, skb.netAt);
  writeIpv4(buf, start, { tos: 0, totalBytes: IP_HLEN + TCP_HLEN, id: 0, frag: IP_DF, ttl, protocol: IPPROTO_TCP, src, dst });
  writeReset(buf, start + IP_HLEN, start, skb);
  reset.netAt = start;
  reset.transAt = start + IP_HLEN;
  reset.protocol = ETH_P_IP;
  reset.trust = 1;
  reset.journey = skb.journey;
  reset.parent = skb.id;
  return reset;
}

function writeReset(b: Uint8Array, at: number, ipAt: number, skb: Skb): void {
  const { buf, netAt } = skb;
  const from = netAt + ipHeaderBytes(buf, netAt);
  const flags = buf[from + 13]!;
  const hasAck = (flags & TCP_ACK) !== 0;
  b.fill(0, at, at + TCP_HLEN);
  writeU16(b, at, readU16(buf, from + 2));
  writeU16(b, at + 2, readU16(buf, from));
  if (hasAck) writeU32(b, at + 4, readU32(buf, from + 8));
  else writeU32(b, at + 8, (readU32(buf, from + 4) + segmentLength(skb, from, flags)) >>> 0);
  b[at + 12] = (TCP_HLEN / 4) << 4;
  b[at + 13] = hasAck ? TCP_RST : TCP_RST | TCP_ACK;
  writeU16(b, at + 16, fold16(sum16(b, at, at + TCP_HLEN, pseudoSum(b, ipAt, IPPROTO_TCP, TCP_HLEN))));
}

/** Sequence numbers that the segment takes: its bytes, SYN and FIN. */
function segmentLength(skb: Skb, tcpAt: number, flags: number): number {
  const { buf, netAt } = skb;
  const bytes = netAt + ipTotalBytes(buf, netAt) - tcpAt - (buf[tcpAt + 12]! >> 4) * 4;
  return bytes + ((flags & TCP_SYN) !== 0 ? 1 : 0) + ((flags & TCP_FIN) !== 0 ? 1 : 0);
}

/**
 * The same for frames, where no IP stack has looked yet (nf_reject_skb_v4_unreach, nf_reject_skb_v4_tcp_reset): the answer
 * leaves by the device that the frame came in by, with the addresses of its Ethernet header swapped.
 */
export function rejectFrame(ns: Netns, skb: Skb, dev: Netdev, how: { readonly reset: true } | { readonly code: number }): void {
  if (skb.protocol !== ETH_P_IP || skb.macAt < 0 || !isAnswerable(skb)) return;
  const answer = "reset" in how ? (mayReset(skb) ? buildReset(ns, skb, ns.ipv4.defaultTtl) : null) : buildUnreach(ns, skb, how.code);
  if (answer === null) return;
  const { buf } = answer;
  answer.macAt = answer.push(ETH_HLEN);
  buf.set(skb.buf.subarray(skb.macAt + ETH_SRC, skb.macAt + ETH_SRC + 6), answer.macAt + ETH_DST);
  buf.set(skb.buf.subarray(skb.macAt + ETH_DST, skb.macAt + ETH_DST + 6), answer.macAt + ETH_SRC);
  writeU16(buf, answer.macAt + 12, ETH_P_IP);
  answer.dev = dev;
  devQueueXmit(answer);
}

/** nf_reject_iphdr_validate: a whole header of a packet that is no later fragment. */
function isAnswerable(skb: Skb): boolean {
  const { buf, netAt, end } = skb;
  if (end - netAt < IP_HLEN || buf[netAt]! >> 4 !== 4 || ipHeaderBytes(buf, netAt) < IP_HLEN) return false;
  const total = ipTotalBytes(buf, netAt);
  return total <= end - netAt && total >= ipHeaderBytes(buf, netAt) && (readU16(buf, netAt + IP_FRAG) & IP_OFFSET_MASK) === 0;
}

/** "At most 576 bytes", RFC 1122 §3.2.2: here without the Ethernet header. */
const MOST_QUOTED = 536;

function buildUnreach(ns: Netns, about: Skb, code: number): Skb | null {
  if (!transportSumOk(about)) return null;
  const { buf: from, netAt } = about;
  const quoted = Math.min(ipTotalBytes(from, netAt), MOST_QUOTED);
  const skb = ns.world.alloc(IP_HLEN + ICMP_HLEN + quoted);
  const { buf, start } = skb;
  const totalBytes = IP_HLEN + ICMP_HLEN + quoted;
  writeIpv4(buf, start, { tos: 0, totalBytes, id: 0, frag: IP_DF, ttl: ns.ipv4.defaultTtl, protocol: IPPROTO_ICMP, src: ipDst(from, netAt), dst: ipSrc(from, netAt) });
  const at = start + IP_HLEN;
  buf.fill(0, at, at + ICMP_HLEN);
  buf[at + ICMP_TYPE] = ICMP_DEST_UNREACH;
  buf[at + ICMP_CODE] = code;
  buf.set(from.subarray(netAt, netAt + quoted), at + ICMP_HLEN);
  writeU16(buf, at + ICMP_CSUM, checksum(buf, at, skb.end));
  Object.assign(skb, { netAt: start, transAt: at, protocol: ETH_P_IP, trust: 1, journey: about.journey, parent: about.id });
  return skb;
}

