import { type Ip4, ip4, writeU16 } from "../../wire/addr.ts";
import { IP_HLEN, IPPROTO_UDP, writeIpv4 } from "../../wire/ipv4.ts";
import { UDP_HLEN, writeUdp } from "../../wire/udp.ts";
import type { HookPoint, HookState } from "../core/hook.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { ipRcv } from "../ipv4/ip-input.ts";
import { NF_NAT_RANGE_MAP_IPS, NF_NAT_RANGE_PROTO_SPECIFIED } from "../uapi/nft-expr.ts";
import { ctNetnsGet } from "./conntrack.ts";
import { type Conntrack, ctOf } from "./ct-entry.ts";
import { ctText } from "./ct-event.ts";
import { type Manip, type NatRange, type NatVerdict, natSetupInfo, registerNatHook } from "./nat.ts";

/* For tests: NAT chains of one statement, without nf_tables; packets made by hand. */

/** A nat chain; `decide` speaks for the first packet of a flow, null = no rule matches. */
export function natChain(ns: Netns, point: HookPoint, decide: (skb: Skb, ct: Conntrack, state: HookState) => NatVerdict | null): () => void {
  ctNetnsGet(ns, "ip");
  return registerNatHook(ns, "ip", point, { priority: 0, name: "test", run: (_ns, skb, state) => decide(skb, ctOf(skb)!, state) ?? "accept" });
}

/** `dnat to A[:p]`, `snat to A[:p]`. */
export const natTo = (ns: Netns, ct: Conntrack, manip: Manip, address: Ip4, port?: number): NatVerdict => natSetupInfo(ns, ct, rangeTo(address, port), manip);

export const rangeTo = (address: Ip4, port?: number): NatRange => ({
  flags: NF_NAT_RANGE_MAP_IPS | (port === undefined ? 0 : NF_NAT_RANGE_PROTO_SPECIFIED), minAddr: address, maxAddr: address, minProto: port ?? 0, maxProto: port ?? 0,
});

/** The flows as `conntrack -L` shows them. */
export const flows = (ns: Netns): readonly string[] => [...ns.nf.ct.table.entries()].map((ct) => ctText(ns, ct));

/** An IPv4 packet with a UDP datagram. */
export function udpSkb(ns: Netns, src: Ip4, sport: number, dst: Ip4, dport: number, payload = 4): Skb {
  const skb = ns.world.alloc(IP_HLEN + UDP_HLEN + payload);
  skb.buf.fill(7, skb.start, skb.end);
  skb.netAt = skb.start;
  skb.transAt = skb.start + IP_HLEN;
  writeIpv4(skb.buf, skb.start, { tos: 0, totalBytes: skb.length, id: 1, frag: 0, ttl: 64, protocol: IPPROTO_UDP, src, dst });
  writeUdp(skb.buf, skb.transAt, skb.netAt, sport, dport, UDP_HLEN + payload);
  return skb;
}

/** What a TCP segment may say. */
export interface TcpSay {
  readonly flags: number;
  readonly seq: number;
  readonly ack?: number;
  readonly win?: number;
  readonly data?: number;
  readonly options?: readonly number[];
}

/** An IPv4 packet with a TCP segment, checksum left to `trust`. */
export function tcpSkb(ns: Netns, src: Ip4, sport: number, dst: Ip4, dport: number, say: TcpSay): Skb {
  const options = say.options ?? [];
  const headerBytes = 20 + options.length;
  const skb = ns.world.alloc(IP_HLEN + headerBytes + (say.data ?? 0));
  skb.buf.fill(0, skb.start, skb.end);
  skb.netAt = skb.start;
  skb.transAt = skb.start + IP_HLEN;
  skb.trust = 1;
  writeIpv4(skb.buf, skb.start, { tos: 0, totalBytes: skb.length, id: 1, frag: 0, ttl: 64, protocol: 6, src, dst });
  const { buf, transAt: at } = skb;
  writeU16(buf, at, sport);
  writeU16(buf, at + 2, dport);
  writeU16(buf, at + 4, say.seq >>> 16);
  writeU16(buf, at + 6, say.seq & 0xffff);
  writeU16(buf, at + 8, (say.ack ?? 0) >>> 16);
  writeU16(buf, at + 10, (say.ack ?? 0) & 0xffff);
  buf[at + 12] = (headerBytes / 4) << 4;
  buf[at + 13] = say.flags;
  writeU16(buf, at + 14, say.win ?? 64000);
  buf.set(options, at + 20);
  return skb;
}

/** Lets a packet arrive at a device as if it had come off its cable. */
export function arrive(ns: Netns, dev: string, skb: Skb): void {
  skb.dev = ns.device(dev)!;
  skb.iif = skb.dev.ifindex;
  skb.protocol = 0x0800;
  ipRcv(ns, skb);
}

export const addr = (a: number, b: number, c: number, d: number): Ip4 => ip4((a << 24) | (b << 16) | (c << 8) | d);
