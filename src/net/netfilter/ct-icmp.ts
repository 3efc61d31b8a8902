import { checksum } from "../../wire/checksum.ts";
import { ICMP_ECHO, ICMP_HLEN, ICMP_TIMESTAMP, ICMP_TYPE, isIcmpError } from "../../wire/icmp.ts";
import { formatIp4 } from "../../wire/addr.ts";
import { ipDst } from "../../wire/ipv4.ts";
import { ctRefresh } from "./conntrack.ts";
import { type Conntrack, IP_CT_IS_REPLY, IP_CT_RELATED } from "./ct-entry.ts";
import { ACCEPT, type CtPacket, type CtVerdict, SEC_NS, invalid, wantsChecksum } from "./ct-l4.ts";
import type { Zone } from "./ct-table.ts";
import { invertTuple, newTuple, tupleOfPacket } from "./ct-tuple.ts";

/** The highest type there is (NR_ICMP_TYPES). */
const HIGHEST_TYPE = 18;
/** Questions, which may begin a flow: echo, timestamp, information, address mask. */
const QUESTIONS: readonly number[] = [ICMP_ECHO, ICMP_TIMESTAMP, 15, 17];

/** nf_conntrack_icmp_packet: a question and its answer are a flow; thirty seconds a packet. */
export function icmpPacket({ ns, skb }: CtPacket, ct: Conntrack): CtVerdict {
  const type = ct.original.dport >> 8;
  if (!ct.isConfirmed && !QUESTIONS.includes(type)) return invalid(`ICMP type ${type} begins no flow`);
  ctRefresh(ns, ct, skb, ns.nf.ct.sysctl.icmpTimeout * SEC_NS);
  return ACCEPT;
}

/**
 * nf_conntrack_icmpv4_error. null: not an error, track it as any packet. "accept": it speaks of a flow here, and is
 * RELATED to it now. Invalid otherwise.
 */
export function icmpErrorOf(packet: CtPacket, zone: Zone): CtVerdict | null {
  const { skb, at } = packet;
  if (skb.end - at < ICMP_HLEN) return invalid("ICMP header cut short");
  if (wantsChecksum(packet) && checksum(skb.buf, at, skb.end) !== 0) return invalid("ICMP checksum is wrong");
  const type = skb.buf[at + ICMP_TYPE]!;
  if (type > HIGHEST_TYPE) return invalid(`no such ICMP type: ${type}`);
  return isIcmpError(type) ? relatedTo(packet, zone) : null;
}

/** nf_conntrack_inet_error: the quoted packet went the other way, so its inverse is looked up. */
function relatedTo({ ns, skb, at }: CtPacket, zone: Zone): CtVerdict {
  const quoted = newTuple();
  const inner = newTuple();
  if (!tupleOfPacket(quoted, skb.buf, at + ICMP_HLEN, skb.end)) return invalid("the quoted packet is cut short");
  if (!invertTuple(inner, quoted)) return invalid("the quoted packet has no answer");
  const found = ns.nf.ct.table.find(inner, zone);
  if (found === null) return invalid("quotes a packet of no known flow");
  const wanted = found.tuple.dst;
  const daddr = ipDst(skb.buf, skb.netAt);
  if (daddr !== wanted) return invalid(`sent to ${formatIp4(daddr)}, but the quoted packet came from ${formatIp4(wanted)}`);
  skb.ct = found.ct;
  skb.ctinfo = IP_CT_RELATED + (found.dir === 1 ? IP_CT_IS_REPLY : 0);
  return ACCEPT;
}
