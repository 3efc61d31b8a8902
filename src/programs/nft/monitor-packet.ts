import type { NftTraceMsg } from "../../net/uapi/nft.ts";
import type { Expr, PayloadExpr } from "./ast.ts";
import { numberFromMsbFirst } from "./bytes.ts";
import { metaOf, payloadField, rawPayloadOf } from "./nodes-keys.ts";
import { noLoc, valueOf } from "./nodes.ts";
import { printExpr, type Printing } from "./print-expr.ts";
import type { ProtoDesc, ProtoField } from "./proto.ts";
import { ARP, ETHER, IP, IP6 } from "./proto-headers.ts";

/** The headers of a traced packet in the words of rules (trace_print_packet). */

/** Fields that are shown, in this order (proto_desc.format). Checksums, lengths of headers and sequence numbers are not. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  ether: ["saddr", "daddr"], vlan: ["id", "pcp", "dei", "type"], arp: ["operation"],
  ip: ["saddr", "daddr", "dscp", "ecn", "ttl", "id", "protocol", "length"],
  ip6: ["saddr", "daddr", "dscp", "ecn", "hoplimit", "flowlabel", "nexthdr", "length"],
  icmp: ["type", "code", "id", "sequence"], icmpv6: ["type", "code", "parameter-problem"], igmp: ["type", "mrt", "group"],
  udp: ["sport", "dport", "length"], udplite: ["sport", "dport", "csumcov"], tcp: ["sport", "dport", "flags", "window"],
  sctp: ["sport", "dport", "vtag"], dccp: ["sport", "dport", "type"], esp: ["spi", "sequence"], ah: ["nexthdr", "hdrlength", "spi", "sequence"], comp: ["nexthdr", "flags", "cpi"],
};

const ARPHRD_ETHER = 1;

type Packet = NonNullable<NftTraceMsg["packet"]>;

interface Words { readonly p: Printing; readonly family: NftTraceMsg["family"]; readonly out: string[] }

export function packetWords(msg: NftTraceMsg, packet: Packet, p: Printing): string {
  const words: Words = { p, family: msg.family, out: [] };
  if (packet.iif !== 0) device(words, "iif", packet.iif);
  if (packet.oif !== 0) device(words, "oif", packet.oif);
  linkWords(words, packet);
  const network = networkHeader(packet.nh, packet.nfproto, packet.ll);
  if (network === null) return done(words);
  header(words, network, packet.nh);
  transportWords(words, network, packet);
  return done(words);
}

const done = (words: Words): string => words.out.map((word) => `${word} `).join("");

function device(words: Words, key: "iif" | "oif", index: number): void {
  const meta = metaOf(noLoc, key);
  words.out.push(`${printExpr(meta, words.p)} ${printExpr(valueOf(meta.dtype, index), words.p)}`);
}

function linkWords(words: Words, packet: Packet): void {
  if (packet.ll.length === 0) return;
  const type = packet.iif !== 0 ? packet.iiftype : packet.oiftype;
  if (type === ARPHRD_ETHER) return header(words, ETHER, packet.ll);
  raw(words, "ll", 0, packet.ll);
}

const ETHERTYPE_ARP = 0x0806;

function networkHeader(nh: Uint8Array, nfproto: number, ll: Uint8Array): ProtoDesc | null {
  if (nh.length === 0) return null;
  const ethertype = ll.length >= 14 ? ((ll[12] ?? 0) << 8) | (ll[13] ?? 0) : 0;
  if (nfproto === 3 || ethertype === ETHERTYPE_ARP) return ARP;
  const version = (nh[0] ?? 0) >> 4;
  return version === 4 ? IP : version === 6 ? IP6 : null;
}

const fieldValue = (bytes: Uint8Array, field: ProtoField): bigint => {
  const all = numberFromMsbFirst(bytes);
  return (all >> BigInt(bytes.length * 8 - field.offset - field.len)) & ((1n << BigInt(field.len)) - 1n);
};

/** In ip and ip6 tables the transport header's own words say which protocol it is. */
const hidesProtocol = (words: Words, desc: ProtoDesc): boolean => (desc === IP && words.family === "ip") || (desc === IP6 && words.family === "ip6");

function header(words: Words, desc: ProtoDesc, bytes: Uint8Array): void {
  for (const token of SHOWN[desc.name] ?? []) {
    const field = desc.fields.find((f) => f.token === token);
    if (field === undefined || field.offset + field.len > bytes.length * 8) continue;
    if (token === desc.protocolField && hidesProtocol(words, desc)) continue;
    words.out.push(fieldWords(words.p, payloadField(noLoc, desc, field), fieldValue(bytes, field)));
  }
}

function fieldWords(p: Printing, e: PayloadExpr, value: bigint): string {
  const constant: Expr = { ...valueOf(e.dtype, value, noLoc, e.len), byteorder: e.byteorder };
  const equals = e.dtype.name === "tcp_flag" ? "== " : "";
  return `${printExpr(e, p)} ${equals}${printExpr(constant, p)}`;
}

function transportWords(words: Words, network: ProtoDesc, packet: Packet): void {
  if (packet.th.length === 0) return;
  const field = network.fields.find((f) => f.token === network.protocolField);
  const number = field === undefined ? -1 : Number(fieldValue(packet.nh, field));
  const desc = network.next.find((n) => n.value === number)?.desc() ?? null;
  if (desc === null) return raw(words, "th", 0, packet.th);
  header(words, desc, packet.th);
  const rest = packet.th.length - desc.lenBits / 8;
  if (rest > 0) raw(words, "th", desc.lenBits, packet.th.slice(desc.lenBits / 8));
}

function raw(words: Words, base: "ll" | "th", offset: number, bytes: Uint8Array): void {
  const e = rawPayloadOf(noLoc, base, offset, bytes.length * 8);
  words.out.push(`${printExpr(e, words.p)} 0x${numberFromMsbFirst(bytes).toString(16)}`);
}
