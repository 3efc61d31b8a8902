import type { Datatype } from "./datatype.ts";
import { BITMASK, INTEGER, STRING, VERDICT } from "./types-base.ts";
import { CT_DIR, CT_EVENT, CT_LABEL, CT_STATE, CT_STATUS } from "./types-ct.ts";
import { ICMP_CODE, ICMP_TYPE, ICMPV6_CODE, ICMPV6_TYPE, ICMPX_CODE, IGMP_TYPE } from "./types-icmp.ts";
import { BOOLEAN, CGROUPV2, CLASSID, DEVGROUP, FIB_ADDR, GID, IFACE_INDEX, IFACE_TYPE, IFNAME, MARK, NF_PROTO, PKT_TYPE, REALM, UID } from "./types-meta.ts";
import { ARP_OP, DCCP_PKTTYPE, DSCP, ECN, ETHER_ADDR, ETHER_TYPE, INET_PROTO, INET_SERVICE, IPV4_ADDR, IPV6_ADDR, LLADDR, MH_TYPE, TCP_FLAG } from "./types-net.ts";
import { TIME, TIME_DATE, TIME_DAY, TIME_HOUR } from "./types-time.ts";

/** All types that a set may name or the kernel's numbers lead to, in the order of their numbers. */
export const DATATYPES: readonly Datatype[] = [
  VERDICT, NF_PROTO, BITMASK, INTEGER, STRING, LLADDR, IPV4_ADDR, IPV6_ADDR, ETHER_ADDR, ETHER_TYPE, ARP_OP, INET_PROTO, INET_SERVICE, ICMP_TYPE,
  TCP_FLAG, DCCP_PKTTYPE, MH_TYPE, TIME, MARK, IFACE_INDEX, IFACE_TYPE, REALM, CLASSID, UID, GID, CT_STATE, CT_DIR, CT_STATUS, ICMPV6_TYPE,
  PKT_TYPE, ICMP_CODE, ICMPV6_CODE, ICMPX_CODE, DEVGROUP, DSCP, ECN, FIB_ADDR, BOOLEAN, IFNAME, IGMP_TYPE, TIME_DATE, TIME_HOUR, TIME_DAY, CGROUPV2,
];

/** Known by number, but by no name: `type ct_label` is an unknown datatype. */
const NAMELESS: readonly Datatype[] = [CT_LABEL, CT_EVENT];

/** `type NAME` (datatype_lookup_byname). */
export const typeNamed = (name: string): Datatype | null => DATATYPES.find((d) => d.name === name) ?? null;

/** By the kernel's number of a single type (datatype_lookup). */
export const typeById = (id: number): Datatype | null => DATATYPES.find((d) => d.id === id) ?? NAMELESS.find((d) => d.id === id) ?? null;

/** Six bits a field in a concatenation's number. */
export const CONCAT_BITS = 6;
const CONCAT_MASK = 0x3f;
/** At most so many fields (NFT_REG32_COUNT), and six of them in a number. */
export const MAX_CONCAT = 5;

/** The type of fields side by side (concat_type_alloc). Ids beyond 32 bits wrap as in the kernel's attribute. */
export function concatType(subtypes: readonly Datatype[]): Datatype {
  const id = subtypes.reduce((sum, d) => ((sum << CONCAT_BITS) | d.id) >>> 0, 0);
  return {
    id, name: subtypes.map((d) => d.name).join(" . "), desc: `concatenation of (${subtypes.map((d) => d.desc).join(", ")})`,
    byteorder: "invalid", size: subtypes.reduce((sum, d) => sum + Math.ceil(d.size / 32) * 32, 0), basetype: null, symbols: null, prefix: false, subtypes,
  };
}

/** Back from the number: one type, or a concatenation; null = a number nft does not know. */
export function typeFromId(id: number): Datatype | null {
  if (id <= CONCAT_MASK) return typeById(id);
  const fields: Datatype[] = [];
  for (let rest = id; rest !== 0; rest >>>= CONCAT_BITS) {
    const field = typeById(rest & CONCAT_MASK);
    if (field === null) return null;
    fields.unshift(field);
  }
  return concatType(fields);
}
