import type { ProtoDesc } from "./proto.ts";
import { field, header, next } from "./proto-build.ts";
import { AH, COMP, DCCP, ESP, ICMP, ICMPV6, IGMP, SCTP, TCP, TH, UDP, UDPLITE } from "./proto-transport.ts";
import { NF_PROTO } from "./types-meta.ts";
import { ARP_OP, DSCP, ECN, ETHER_ADDR, ETHER_TYPE, INET_PROTO, IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";
import type { NftFamily } from "../../net/uapi/nft-expr.ts";

/** Headers of the link and the network, what follows what, and where a family begins. */

const aboveEther = [next(0x0800, () => IP), next(0x0806, () => ARP), next(0x86dd, () => IP6), next(0x8100, () => VLAN), next(0x88a8, () => VLAN)];

export const ETHER: ProtoDesc = header({
  name: "ether", base: "ll", protocolField: "type", next: aboveEther,
  fields: [field("daddr", 0, 48, ETHER_ADDR), field("saddr", 48, 48, ETHER_ADDR), field("type", 96, 16, ETHER_TYPE)],
});

export const VLAN: ProtoDesc = header({
  name: "vlan", base: "ll", protocolField: "type", next: aboveEther,
  fields: [field("pcp", 0, 3), field("dei", 3, 1), field("id", 4, 12), field("type", 16, 16, ETHER_TYPE)],
});

export const ARP: ProtoDesc = header({
  name: "arp", base: "nh",
  fields: [
    field("htype", 0, 16), field("ptype", 16, 16, ETHER_TYPE), field("hlen", 32, 8), field("plen", 40, 8), field("operation", 48, 16, ARP_OP),
    field("saddr ether", 64, 48, ETHER_ADDR), field("saddr ip", 112, 32, IPV4_ADDR), field("daddr ether", 144, 48, ETHER_ADDR), field("daddr ip", 192, 32, IPV4_ADDR),
  ],
});

const aboveIp = [
  next(1, () => ICMP), next(2, () => IGMP), next(50, () => ESP), next(51, () => AH), next(108, () => COMP), next(17, () => UDP),
  next(136, () => UDPLITE), next(6, () => TCP), next(33, () => DCCP), next(132, () => SCTP), next(58, () => ICMPV6),
];

export const IP: ProtoDesc = header({
  name: "ip", base: "nh", protocolField: "protocol", checksumField: "checksum", next: aboveIp,
  fields: [
    field("version", 0, 4), field("hdrlength", 4, 4), field("dscp", 8, 6, DSCP), field("ecn", 14, 2, ECN), field("length", 16, 16), field("id", 32, 16),
    field("frag-off", 48, 16), field("ttl", 64, 8), field("protocol", 72, 8, INET_PROTO, { metaKey: "l4proto" }), field("checksum", 80, 16),
    field("saddr", 96, 32, IPV4_ADDR), field("daddr", 128, 32, IPV4_ADDR),
  ],
});

export const IP6: ProtoDesc = header({
  name: "ip6", base: "nh", protocolField: "nexthdr", next: aboveIp,
  fields: [
    field("version", 0, 4), field("dscp", 4, 6, DSCP), field("ecn", 10, 2, ECN), field("flowlabel", 12, 20), field("length", 32, 16),
    field("nexthdr", 48, 8, INET_PROTO, { metaKey: "l4proto" }), field("hoplimit", 56, 8), field("saddr", 64, 128, IPV6_ADDR), field("daddr", 192, 128, IPV6_ADDR),
  ],
});

/** Family inet before anything is known: `meta nfproto` says which IP. */
export const INET: ProtoDesc = header({
  name: "inet", base: "ll", pseudo: true, protocolField: "nfproto", lenBits: 0, next: [next(2, () => IP), next(10, () => IP6)],
  fields: [field("nfproto", 0, 8, NF_PROTO, { metaKey: "nfproto", byteorder: "host" })],
});

/** A network header not known more closely: `meta l4proto` says what follows. */
export const INET_SERVICE_HEADER: ProtoDesc = header({
  name: "inet-service", base: "nh", pseudo: true, protocolField: "l4proto", lenBits: 0, next: aboveIp,
  fields: [field("l4proto", 0, 8, INET_PROTO, { metaKey: "l4proto", byteorder: "host" })],
});

/** Family netdev: `meta protocol` says which network header. */
export const NETDEV: ProtoDesc = header({
  name: "netdev", base: "ll", pseudo: true, protocolField: "protocol", lenBits: 0, next: aboveEther,
  fields: [field("protocol", 0, 16, ETHER_TYPE, { metaKey: "protocol" })],
});

/** No header that could be told: fields by offset alone (`@nh,8,16`). */
export const UNKNOWN: ProtoDesc = header({ name: "unknown", base: "nh", lenBits: 0, fields: [] });

/** Every header by its word in the language. */
export const HEADERS: readonly ProtoDesc[] = [ETHER, VLAN, ARP, IP, IP6, ICMP, ICMPV6, IGMP, UDP, UDPLITE, TCP, DCCP, SCTP, TH, ESP, AH, COMP];

export const headerNamed = (name: string): ProtoDesc | null => HEADERS.find((h) => h.name === name) ?? null;

/** Where a packet of the family begins (hook_proto_desc). */
export const FAMILY_HEADERS: Readonly<Record<NftFamily, ProtoDesc>> = { ip: IP, ip6: IP6, inet: INET, arp: ARP, bridge: ETHER, netdev: NETDEV };
