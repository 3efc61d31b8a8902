import { formatIp4, formatMac, readIp4, readMac, readU16, readU32 } from "../../../wire/addr.ts";
import type { NftPayloadBase } from "../../uapi/nft-expr.ts";
import { payloadBase } from "./expr-payload.ts";
import type { NftPkt } from "./model.ts";

/** How the trace names parts of packets and writes their values, in nft's words. */

type Format = (b: Uint8Array, at: number, len: number) => string;

/** A header field: [offset, bytes, name, how it is written]. */
type Field = readonly [offset: number, len: number, name: string, format: Format];

const decimal: Format = (b, at, len) => String(len === 1 ? b[at]! : len === 2 ? readU16(b, at) : readU32(b, at));
const hex: Format = (b, at, len) => `0x${[...b.subarray(at, at + len)].map((x) => x.toString(16).padStart(2, "0")).join("")}`;
const ip4: Format = (b, at) => formatIp4(readIp4(b, at));
const ip6: Format = (b, at) => Array.from({ length: 8 }, (_, i) => readU16(b, at + i * 2).toString(16)).join(":");
const mac: Format = (b, at) => formatMac(readMac(b, at));

const PROTOCOLS: Readonly<Record<number, string>> =
  { 1: "icmp", 2: "igmp", 4: "ipencap", 6: "tcp", 17: "udp", 33: "dccp", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp", 132: "sctp", 136: "udplite" };
export const protocolName = (n: number): string => PROTOCOLS[n] ?? String(n);
const protocol: Format = (b, at) => protocolName(b[at]!);

const ETHERTYPES: Readonly<Record<number, string>> = { 0x0800: "ip", 0x0806: "arp", 0x86dd: "ip6", 0x8100: "8021q" };
const ethertype: Format = (b, at) => ETHERTYPES[readU16(b, at)] ?? hex(b, at, 2);

const ICMP_TYPES: Readonly<Record<number, string>> = {
  0: "echo-reply", 3: "destination-unreachable", 4: "source-quench", 5: "redirect", 8: "echo-request", 9: "router-advertisement",
  10: "router-solicitation", 11: "time-exceeded", 12: "parameter-problem", 13: "timestamp-request", 14: "timestamp-reply",
};
const icmpType: Format = (b, at) => ICMP_TYPES[b[at]!] ?? String(b[at]!);

const FLAG_NAMES = ["fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"] as const;
const tcpFlags: Format = (b, at) => FLAG_NAMES.filter((_, bit) => (b[at]! & (1 << bit)) !== 0).join(",") || "0x0";

const IP: readonly Field[] = [
  [0, 1, "ip version and hdrlength", hex], [1, 1, "ip dscp and ecn", hex], [2, 2, "ip length", decimal], [4, 2, "ip id", decimal], [6, 2, "ip frag-off", hex],
  [8, 1, "ip ttl", decimal], [9, 1, "ip protocol", protocol], [10, 2, "ip checksum", hex], [12, 4, "ip saddr", ip4], [16, 4, "ip daddr", ip4],
];
const IP6: readonly Field[] = [
  [4, 2, "ip6 length", decimal], [6, 1, "ip6 nexthdr", protocol], [7, 1, "ip6 hoplimit", decimal], [8, 16, "ip6 saddr", ip6], [24, 16, "ip6 daddr", ip6],
];
const ARP: readonly Field[] = [
  [0, 2, "arp htype", decimal], [2, 2, "arp ptype", ethertype], [4, 1, "arp hlen", decimal], [5, 1, "arp plen", decimal], [6, 2, "arp operation", decimal],
  [8, 6, "arp saddr ether", mac], [14, 4, "arp saddr ip", ip4], [18, 6, "arp daddr ether", mac], [24, 4, "arp daddr ip", ip4],
];
const ETHER: readonly Field[] = [[0, 6, "ether daddr", mac], [6, 6, "ether saddr", mac], [12, 2, "ether type", ethertype]];
const ports = (name: string): readonly Field[] => [[0, 2, `${name} sport`, decimal], [2, 2, `${name} dport`, decimal]];
const TCP: readonly Field[] = [
  ...ports("tcp"), [4, 4, "tcp sequence", decimal], [8, 4, "tcp ackseq", decimal], [13, 1, "tcp flags", tcpFlags], [14, 2, "tcp window", decimal],
  [16, 2, "tcp checksum", hex], [18, 2, "tcp urgptr", decimal],
];
const UDP: readonly Field[] = [...ports("udp"), [4, 2, "udp length", decimal], [6, 2, "udp checksum", hex]];
const ICMP: readonly Field[] = [
  [0, 1, "icmp type", icmpType], [1, 1, "icmp code", decimal], [2, 2, "icmp checksum", hex], [4, 2, "icmp id", decimal], [6, 2, "icmp sequence", decimal],
];
const TRANSPORTS: Readonly<Record<number, readonly Field[]>> = { 1: ICMP, 6: TCP, 17: UDP };

function fieldsOf(base: NftPayloadBase, pkt: NftPkt): readonly Field[] {
  if (base === "ll") return ETHER;
  if (base === "th") return TRANSPORTS[pkt.l4proto] ?? ports("th");
  if (base !== "nh" || pkt.skb.netAt < 0) return [];
  if (pkt.skb.protocol === 0x0806) return ARP;
  return pkt.skb.buf[pkt.skb.netAt]! >> 4 === 6 ? IP6 : IP;
}

/** A field's name and value. */
export interface Said {
  readonly name: string;
  readonly value: string;
}

/** "ip daddr" and "10.0.0.2" for bytes of a header, of which a rule may look at a part only; several fields are several answers. */
export function sayPayload(base: NftPayloadBase, offset: number, len: number, pkt: NftPkt): readonly Said[] {
  const at = payloadBase(base, pkt);
  const { buf, end } = pkt.skb;
  if (at < 0) return [];
  const said = fieldsOf(base, pkt)
    .filter(([from, bytes]) => from < offset + len && from + bytes > offset && at + from + bytes <= end)
    .map(([from, bytes, name, format]) => ({ name, value: format(buf, at + from, bytes) }));
  return said.length > 0 ? said : [{ name: `@${base},${offset * 8},${len * 8}`, value: hex(buf, at + offset, len) }];
}
