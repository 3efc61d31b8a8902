// From ipv4/ip-input.ts: an ICMP message for this machine.
// Next ipv4/ip-output.ts with the reply; an error goes to the socket whose packet it quotes.
import { readU16, writeU16 } from "../../wire/addr.ts";
import { checksum, patchWord } from "../../wire/checksum.ts";
import {
  ICMP_CODE, ICMP_CSUM, ICMP_ECHO, ICMP_ECHOREPLY, ICMP_HLEN, ICMP_SEQ,
  ICMP_TIMESTAMP, ICMP_TIMESTAMPREPLY, ICMP_TYPE, isIcmpError,
} from "../../wire/icmp.ts";
import { IPPROTO_ICMP, IP_TOS, ipDst, ipSrc } from "../../wire/ipv4.ts";
import type { Netns } from "../core/netns.ts";
import { KERNEL_SOCKET, type Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { ipSendSkb } from "./ip-output.ts";
import { countIcmpIn } from "./icmp-mib.ts";
import { icmpError } from "./icmp-error.ts";
import { echoOptions } from "./options.ts";
import { type Dst, routeOutput } from "./route.ts";

/** icmp_rcv (RFC 792): `start` is at the ICMP header. */
export function icmpRcv(ns: Netns, skb: Skb): void {
  ns.mib.icmp.InMsgs++;
  if (skb.length < ICMP_HLEN) return drop(ns, skb, "PKT_TOO_SMALL");
  if ((skb.trust & 1) === 0 && checksum(skb.buf, skb.start, skb.end) !== 0) return drop(ns, skb, "ICMP_CSUM");
  const type = skb.buf[skb.start + ICMP_TYPE]!;
  countIcmpIn(ns.mib, type);
  const isGroup = (skb.dst as Dst | null)?.type !== "local";
  if (isGroup && ns.ipv4.icmpEchoIgnoreBroadcasts === 1 && (type === ICMP_ECHO || type === ICMP_TIMESTAMP)) return drop(ns, skb, "ICMP_NOSOCK");
  if (type === ICMP_ECHO) return ns.ipv4.icmpEchoIgnoreAll === 1 ? drop(ns, skb, "ICMP_NOSOCK") : icmpEcho(ns, skb);
  if (type === ICMP_TIMESTAMP) return icmpTimestamp(ns, skb);
  if (isIcmpError(type)) return icmpError(ns, skb, type);
  const taken = type === ICMP_ECHOREPLY && ns.world.echoReply(ns, skb);
  if (taken || skb.rawTook) return ns.world.free(skb);
  drop(ns, skb, "ICMP_NOSOCK");
}

/** icmp_echo: the same data back. */
function icmpEcho(ns: Netns, skb: Skb): void {
  if (ns.world.trace !== null) trace(ns, "icmp.echo", skb.dev?.name ?? "", skb, { note: `echo request ${readU16(skb.buf, skb.start + ICMP_SEQ)} is answered` });
  reply(ns, skb, ICMP_ECHOREPLY);
}

/** icmp_timestamp: milliseconds since midnight UT, ours for receive and transmit. */
function icmpTimestamp(ns: Netns, skb: Skb): void {
  if (skb.length < ICMP_HLEN + 12) return drop(ns, skb, "PKT_TOO_SMALL");
  const ms = Math.floor(ns.world.sim.nowNs / 1_000_000) % 86_400_000;
  for (const at of [12, 16]) {
    writeU16(skb.buf, skb.start + at, ms >>> 16);
    writeU16(skb.buf, skb.start + at + 2, ms & 0xffff);
  }
  writeU16(skb.buf, skb.start + ICMP_CSUM, 0);
  writeU16(skb.buf, skb.start + ICMP_CSUM, checksum(skb.buf, skb.start, skb.end));
  reply(ns, skb, ICMP_TIMESTAMPREPLY);
}

/** icmp_reply: from the address that was asked, same TOS, fresh TTL. Takes the skb. */
function reply(ns: Netns, skb: Skb, type: number): void {
  const echoed = echoOptions(skb);
  const to = echoed?.via ?? ipSrc(skb.buf, skb.netAt);
  const local = (skb.dst as Dst | null)?.type === "local";
  const saddr = ipDst(skb.buf, skb.netAt);
  const tos = skb.buf[skb.netAt + IP_TOS]!;
  const dst = routeOutput(ns, local ? { daddr: to, saddr, tos: tos & 0x1c } : { daddr: to, tos: tos & 0x1c });
  if (typeof dst === "string") return drop(ns, skb, "IP_OUTNOROUTES");
  const out = copyOf(ns, skb, type);
  const send = { saddr: local ? saddr : dst.saddr, daddr: to, protocol: IPPROTO_ICMP, tos, ttl: ns.ipv4.defaultTtl, df: false, ignoreDf: false, id: null };
  ns.world.free(skb);
  ns.ipv4.icmpSending = true;
  ipSendSkb(ns, out, dst, echoed === null ? send : { ...send, options: echoed.bytes });
  ns.ipv4.icmpSending = false;
}

function copyOf(ns: Netns, skb: Skb, type: number): Skb {
  const out = ns.world.alloc(skb.length);
  out.buf.set(skb.bytes(), out.start);
  patchWord(out.buf, out.start + ICMP_TYPE, (type << 8) | skb.buf[skb.start + ICMP_CODE]!, out.start + ICMP_CSUM);
  out.trust = 1;
  out.sk = KERNEL_SOCKET;
  out.journey = skb.journey;
  out.parent = skb.id;
  return out;
}
