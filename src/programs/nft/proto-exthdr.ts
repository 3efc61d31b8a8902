import type { Datatype } from "./datatype.ts";
import type { ProtoField } from "./proto.ts";
import { field } from "./proto-build.ts";
import { INVALID } from "./types-base.ts";
import { INET_PROTO, IPV6_ADDR, MH_TYPE } from "./types-net.ts";

/** One extension header, option or chunk: how the language calls it, its number on the wire, its fields. */
export interface OptionDesc {
  readonly name: string;
  readonly type: number;
  readonly fields: readonly ProtoField[];
}

const nexthdr = field("nexthdr", 0, 8, INET_PROTO);
const hdrlength = field("hdrlength", 8, 8);
const rt = [nexthdr, hdrlength, field("type", 16, 8), field("seg-left", 24, 8)];

/** IPv6 extension headers. Several with one number (rt, rt0, rt2, srh) differ by `rtType`; `field[n]` is the n-th of a list, 1 first. */
export const IP6_EXTHDRS: readonly (OptionDesc & { readonly rtType?: number })[] = [
  { name: "hbh", type: 0, fields: [nexthdr, hdrlength] },
  { name: "rt", type: 43, fields: rt },
  { name: "rt0", type: 43, rtType: 0, fields: [field("reserved", 32, 32), ...listOf("addr", 64, 128, IPV6_ADDR, 16)] },
  { name: "rt2", type: 43, rtType: 2, fields: [field("reserved", 32, 32), field("addr", 64, 128, INVALID)] },
  { name: "srh", type: 43, rtType: 4, fields: [field("last-entry", 32, 8), field("flags", 40, 8), field("tag", 48, 16), ...listOf("sid", 64, 128, IPV6_ADDR, 16)] },
  {
    name: "frag", type: 44,
    fields: [nexthdr, field("reserved", 8, 8), field("frag-off", 16, 13), field("reserved2", 29, 2), field("more-fragments", 31, 1), field("id", 32, 32)],
  },
  { name: "dst", type: 60, fields: [nexthdr, hdrlength] },
  { name: "mh", type: 135, fields: [nexthdr, hdrlength, field("type", 16, 8, MH_TYPE), field("reserved", 24, 8), field("checksum", 32, 16)] },
];

function listOf(token: string, offset: number, len: number, dtype: Datatype, count: number): ProtoField[] {
  return Array.from({ length: count }, (_, i) => field(`${token}[${i + 1}]`, offset + i * len, len, dtype));
}

const kindLen = [field("kind", 0, 8), field("length", 8, 8)];
const sackBlock = (i: number): ProtoField[] => [...kindLen, field("left", 16 + i * 64, 32), field("right", 48 + i * 64, 32)];

/** TCP options (RFC 9293, RFC 7323, RFC 2018, RFC 2385, RFC 8684, RFC 7413). `sack` and `sack0` are one; listings say `sack`. */
export const TCP_OPTIONS: readonly OptionDesc[] = [
  { name: "eol", type: 0, fields: [field("kind", 0, 8)] },
  { name: "nop", type: 1, fields: [field("kind", 0, 8)] },
  { name: "maxseg", type: 2, fields: [...kindLen, field("size", 16, 16)] },
  { name: "window", type: 3, fields: [...kindLen, field("count", 16, 8)] },
  { name: "sack-perm", type: 4, fields: kindLen },
  { name: "sack", type: 5, fields: sackBlock(0) },
  { name: "sack0", type: 5, fields: sackBlock(0) },
  { name: "sack1", type: 5, fields: sackBlock(1) },
  { name: "sack2", type: 5, fields: sackBlock(2) },
  { name: "sack3", type: 5, fields: sackBlock(3) },
  { name: "timestamp", type: 8, fields: [...kindLen, field("tsval", 16, 32), field("tsecr", 48, 32)] },
  { name: "md5sig", type: 19, fields: kindLen },
  { name: "mptcp", type: 30, fields: [...kindLen, field("subtype", 16, 4)] },
  { name: "fastopen", type: 34, fields: kindLen },
];

const route = [field("type", 0, 8), field("length", 8, 8), field("ptr", 16, 8), field("addr", 24, 32)];

/** IPv4 options (RFC 791, RFC 2113). */
export const IP4_OPTIONS: readonly OptionDesc[] = [
  { name: "lsrr", type: 131, fields: route },
  { name: "rr", type: 7, fields: route },
  { name: "ssrr", type: 137, fields: route },
  { name: "ra", type: 148, fields: [field("type", 0, 8), field("length", 8, 8), field("value", 16, 16)] },
];

const chunk = [field("type", 0, 8), field("flags", 8, 8), field("length", 16, 16)];
const words = (...tokens: string[]): ProtoField[] => tokens.map((token, i) => field(token, 32 + i * 32, 32));
const init = [
  ...chunk, field("init-tag", 32, 32), field("a-rwnd", 64, 32), field("num-outbound-streams", 96, 16), field("num-inbound-streams", 112, 16), field("initial-tsn", 128, 32),
];

/** SCTP chunks (RFC 9260, RFC 5061, RFC 3758). */
export const SCTP_CHUNKS: readonly OptionDesc[] = [
  { name: "data", type: 0, fields: [...chunk, field("tsn", 32, 32), field("stream", 64, 16), field("ssn", 80, 16), field("ppid", 96, 32)] },
  { name: "init", type: 1, fields: init },
  { name: "init-ack", type: 2, fields: init },
  { name: "sack", type: 3, fields: [...chunk, ...words("cum-tsn-ack", "a-rwnd"), field("num-gap-ack-blocks", 96, 16), field("num-dup-tsns", 112, 16)] },
  { name: "heartbeat", type: 4, fields: chunk },
  { name: "heartbeat-ack", type: 5, fields: chunk },
  { name: "abort", type: 6, fields: chunk },
  { name: "shutdown", type: 7, fields: [...chunk, ...words("cum-tsn-ack")] },
  { name: "shutdown-ack", type: 8, fields: chunk },
  { name: "error", type: 9, fields: chunk },
  { name: "cookie-echo", type: 10, fields: chunk },
  { name: "cookie-ack", type: 11, fields: chunk },
  { name: "ecne", type: 12, fields: [...chunk, ...words("lowest-tsn")] },
  { name: "cwr", type: 13, fields: [...chunk, ...words("lowest-tsn")] },
  { name: "shutdown-complete", type: 14, fields: chunk },
  { name: "asconf-ack", type: 128, fields: [...chunk, ...words("seqno")] },
  { name: "forward-tsn", type: 192, fields: [...chunk, ...words("new-cum-tsn")] },
  { name: "asconf", type: 193, fields: [...chunk, ...words("seqno")] },
];

export type OptionKind = "ipv6" | "tcpopt" | "ipv4opt" | "sctp";
export const OPTIONS: Readonly<Record<OptionKind, readonly OptionDesc[]>> = { ipv6: IP6_EXTHDRS, tcpopt: TCP_OPTIONS, ipv4opt: IP4_OPTIONS, sctp: SCTP_CHUNKS };

export const optionNamed = (kind: OptionKind, name: string): OptionDesc | null => OPTIONS[kind].find((o) => o.name === name) ?? null;
