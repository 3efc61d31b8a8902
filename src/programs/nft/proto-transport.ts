import { field, header } from "./proto-build.ts";
import { BITMASK } from "./types-base.ts";
import { ICMP_CODE, ICMP_TYPE, ICMPV6_CODE, ICMPV6_TYPE, IGMP_TYPE } from "./types-icmp.ts";
import { DCCP_PKTTYPE, INET_PROTO, INET_SERVICE, TCP_FLAG } from "./types-net.ts";

/** Headers above IP. */
const ports = [field("sport", 0, 16, INET_SERVICE), field("dport", 16, 16, INET_SERVICE)];

/** Types of ICMP messages that have the fields of {@link ICMP}'s and {@link ICMPV6}'s second word (icmp_hdr_field_type). */
export const ICMP_DEPS: Readonly<Record<string, readonly number[]>> = {
  echo: [8, 0], mtu: [3], redirect: [5], "echo6": [128, 129], "packet-too-big": [2], "param-problem": [4], "mld-query": [130],
};

export const ICMP = header({
  name: "icmp", base: "th", checksumField: "checksum",
  fields: [
    field("type", 0, 8, ICMP_TYPE), field("code", 8, 8, ICMP_CODE), field("checksum", 16, 16), field("id", 32, 16, undefined, { icmpDep: "echo" }),
    field("sequence", 48, 16, undefined, { icmpDep: "echo" }), field("gateway", 32, 32, undefined, { icmpDep: "redirect" }),
    field("mtu", 48, 16, undefined, { icmpDep: "mtu" }),
  ],
});

export const ICMPV6 = header({
  name: "icmpv6", base: "th", checksumField: "checksum",
  fields: [
    field("type", 0, 8, ICMPV6_TYPE), field("code", 8, 8, ICMPV6_CODE), field("checksum", 16, 16),
    field("parameter-problem", 32, 32, undefined, { icmpDep: "param-problem" }), field("mtu", 32, 32, undefined, { icmpDep: "packet-too-big" }),
    field("id", 32, 16, undefined, { icmpDep: "echo6" }), field("sequence", 48, 16, undefined, { icmpDep: "echo6" }),
    field("max-delay", 32, 16, undefined, { icmpDep: "mld-query" }),
  ],
});

export const IGMP = header({
  name: "igmp", base: "th", checksumField: "checksum",
  fields: [field("type", 0, 8, IGMP_TYPE), field("mrt", 8, 8), field("checksum", 16, 16), field("group", 32, 32)],
});

export const UDP = header({ name: "udp", base: "th", checksumField: "checksum", fields: [...ports, field("length", 32, 16), field("checksum", 48, 16)] });
export const UDPLITE = header({ name: "udplite", base: "th", fields: [...ports, field("csumcov", 32, 16), field("checksum", 48, 16)] });

export const TCP = header({
  name: "tcp", base: "th", checksumField: "checksum",
  fields: [
    ...ports, field("sequence", 32, 32), field("ackseq", 64, 32), field("doff", 96, 4), field("reserved", 100, 4), field("flags", 104, 8, TCP_FLAG),
    field("window", 112, 16), field("checksum", 128, 16), field("urgptr", 144, 16),
  ],
});

export const DCCP = header({ name: "dccp", base: "th", fields: [...ports, field("type", 67, 4, DCCP_PKTTYPE)] });
export const SCTP = header({ name: "sctp", base: "th", fields: [...ports, field("vtag", 32, 32), field("checksum", 64, 32)] });
/** `th`: whatever has ports. */
export const TH = header({ name: "th", base: "th", fields: ports });

export const ESP = header({ name: "esp", base: "th", fields: [field("spi", 0, 32), field("sequence", 32, 32)] });
export const AH = header({
  name: "ah", base: "th", protocolField: "nexthdr",
  fields: [field("nexthdr", 0, 8, INET_PROTO), field("hdrlength", 8, 8), field("reserved", 16, 16), field("spi", 32, 32), field("sequence", 64, 32)],
});
export const COMP = header({
  name: "comp", base: "th", protocolField: "nexthdr",
  fields: [field("nexthdr", 0, 8, INET_PROTO), field("flags", 8, 8, BITMASK), field("cpi", 16, 16)],
});
