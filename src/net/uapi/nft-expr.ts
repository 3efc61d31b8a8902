/**
 * The instructions of the nf_tables virtual machine (nf_tables.h), as typed values. A rule is a list of
 * them; programs compile their language to it and read it back, so a listing shows what the kernel holds.
 *
 * Registers: 64 bytes, addressed here by 32-bit word, 0–15. NFT_REG_1 … NFT_REG_4 are words 0, 4, 8, 12
 * (16 bytes each); NFT_REG32_00 … _15 are words 0 … 15. Data longer than a word fills the next words; the last
 * word is padded with zeroes. Packet fields sit in network order; meta and ct numbers in host order
 * (little endian, as on the machines we recorded), as in Linux.
 */
export type NftReg = number;

export type NftFamily = "ip" | "ip6" | "inet" | "arp" | "bridge" | "netdev";
export const NFT_FAMILIES: readonly NftFamily[] = ["inet", "ip", "arp", "netdev", "bridge", "ip6"];

export type NftVerdict =
  | { readonly code: "accept" | "drop" | "continue" | "break" | "return" }
  | { readonly code: "queue"; readonly from: number; readonly to: number; readonly flags: number }
  /** `chainId` names a chain of the same transaction that has no name (`jump { … }`). */
  | { readonly code: "jump" | "goto"; readonly chain: string; readonly chainId?: number };

export type NftCmpOp = "eq" | "neq" | "lt" | "lte" | "gt" | "gte";
export type NftPayloadBase = "ll" | "nh" | "th" | "inner";

/** NFT_META_*; numbers in host order unless stated. `protocol`, `vlan…`: network order. Names: 16 bytes, zero padded. */
export type NftMetaKey =
  | "len" | "protocol" | "priority" | "mark" | "iif" | "oif" | "iifname" | "oifname" | "iiftype" | "oiftype" | "skuid" | "skgid"
  | "nftrace" | "rtclassid" | "secmark" | "nfproto" | "l4proto" | "bri_iifname" | "bri_oifname" | "pkttype" | "cpu" | "iifgroup"
  | "oifgroup" | "cgroup" | "prandom" | "secpath" | "iifkind" | "oifkind" | "bri_iifpvid" | "bri_iifvproto" | "time_ns" | "time_day"
  | "time_hour" | "sdif" | "sdifname" | "broute";

/** NFT_CT_*. */
export type NftCtKey =
  | "state" | "direction" | "status" | "mark" | "secmark" | "expiration" | "helper" | "l3protocol" | "src" | "dst" | "protocol"
  | "proto_src" | "proto_dst" | "labels" | "pkts" | "bytes" | "avgpkt" | "zone" | "eventmask" | "src_ip" | "dst_ip" | "src_ip6"
  | "dst_ip6" | "id" | "timeout" | "expect" | "synproxy" | "notrack";
export type CtDir = "original" | "reply";

/** One instruction. `dreg`/`sreg` are words, `len` bytes, times ms, `invert` the F_INV flag. */
export type NftExpr =
  | { readonly op: "immediate"; readonly dreg: NftReg; readonly data: Uint8Array }
  | { readonly op: "verdict"; readonly verdict: NftVerdict }
  | { readonly op: "payload"; readonly base: NftPayloadBase; readonly offset: number; readonly len: number; readonly dreg: NftReg }
  | {
      readonly op: "payload.set"; readonly base: NftPayloadBase; readonly offset: number; readonly len: number; readonly sreg: NftReg;
      readonly csum: "none" | "inet" | "sctp"; readonly csumOffset: number;
      /** NFT_PAYLOAD_L4CSUM_PSEUDOHDR: the transport checksum covers this field too. */
      readonly pseudoHeader: boolean;
    }
  | { readonly op: "cmp"; readonly cmp: NftCmpOp; readonly sreg: NftReg; readonly data: Uint8Array }
  | { readonly op: "range"; readonly cmp: "eq" | "neq"; readonly sreg: NftReg; readonly from: Uint8Array; readonly to: Uint8Array }
  | { readonly op: "bitwise"; readonly sreg: NftReg; readonly dreg: NftReg; readonly len: number; readonly mask: Uint8Array; readonly xor: Uint8Array }
  | { readonly op: "shift"; readonly dir: "left" | "right"; readonly sreg: NftReg; readonly dreg: NftReg; readonly len: number; readonly bits: number }
  | { readonly op: "byteorder"; readonly to: "ntoh" | "hton"; readonly sreg: NftReg; readonly dreg: NftReg; readonly len: number; readonly size: number }
  /** `setId` names an anonymous set of the same transaction. A map writes its data to `dreg`, a verdict map (`dreg` "verdict") jumps. */
  | { readonly op: "lookup"; readonly set: string; readonly setId?: number; readonly sreg: NftReg; readonly dreg?: NftReg | "verdict"; readonly invert: boolean }
  | {
      readonly op: "dynset"; readonly cmd: "add" | "update" | "delete"; readonly set: string; readonly setId?: number; readonly sreg: NftReg;
      readonly sregData?: NftReg; readonly timeoutMs?: number; readonly exprs: readonly NftExpr[]; readonly invert: boolean;
    }
  | { readonly op: "meta"; readonly key: NftMetaKey; readonly dreg: NftReg }
  | { readonly op: "meta.set"; readonly key: NftMetaKey; readonly sreg: NftReg }
  | { readonly op: "ct"; readonly key: NftCtKey; readonly dir?: CtDir; readonly dreg: NftReg }
  | { readonly op: "ct.set"; readonly key: NftCtKey; readonly dir?: CtDir; readonly sreg: NftReg }
  | {
      readonly op: "exthdr"; readonly kind: "ipv6" | "tcpopt" | "ipv4opt" | "sctp"; readonly type: number; readonly offset: number;
      readonly len: number; readonly dreg: NftReg; /** NFT_EXTHDR_F_PRESENT: is it there? (one byte 0/1) */ readonly present: boolean;
    }
  | { readonly op: "exthdr.set"; readonly kind: "tcpopt"; readonly type: number; readonly offset: number; readonly len: number; readonly sreg: NftReg }
  /** `reset tcp option`: the option becomes NOPs. */
  | { readonly op: "exthdr.strip"; readonly kind: "tcpopt"; readonly type: number }
  | { readonly op: "rt"; readonly key: "classid" | "nexthop4" | "nexthop6" | "tcpmss" | "ipsec"; readonly dreg: NftReg }
  | { readonly op: "socket"; readonly key: "transparent" | "mark" | "wildcard" | "cgroupv2"; readonly level?: number; readonly dreg: NftReg }
  | { readonly op: "osf"; readonly dreg: NftReg; readonly ttl: number; readonly flags: number }
  | {
      readonly op: "fib"; readonly dreg: NftReg; readonly result: "oif" | "oifname" | "addrtype"; /** F_PRESENT: one byte 0/1 */ readonly present: boolean;
      readonly flags: readonly ("saddr" | "daddr" | "mark" | "iif" | "oif")[];
    }
  | { readonly op: "numgen"; readonly kind: "inc" | "random"; readonly modulus: number; readonly offset: number; readonly dreg: NftReg }
  /** `seed` absent: the kernel draws one when the rule is added (shown in no listing). */
  | { readonly op: "jhash"; readonly sreg: NftReg; readonly dreg: NftReg; readonly len: number; readonly modulus: number; readonly seed?: number; readonly offset: number }
  | { readonly op: "symhash"; readonly dreg: NftReg; readonly modulus: number; readonly offset: number }
  | { readonly op: "xfrm"; readonly dir: "in" | "out"; readonly key: string; readonly spnum: number; readonly dreg: NftReg }
  | { readonly op: "tunnel"; readonly key: "path" | "id"; readonly dreg: NftReg }
  | { readonly op: "counter"; readonly packets: number; readonly bytes: number }
  /** `rate` per `unitSec` seconds; of packets, or of bytes. */
  | { readonly op: "limit"; readonly kind: "packets" | "bytes"; readonly rate: number; readonly unitSec: number; readonly burst: number; readonly invert: boolean }
  | { readonly op: "quota"; readonly bytes: number; readonly used: number; readonly invert: boolean; readonly depleted?: boolean }
  | { readonly op: "connlimit"; readonly count: number; readonly invert: boolean }
  | { readonly op: "last"; /** ms since it matched; null = never. */ readonly usedMs: number | null }
  | {
      readonly op: "log"; readonly prefix?: string; readonly level?: number; /** NF_LOG_* bits */ readonly flags?: number;
      readonly group?: number; readonly snaplen?: number; readonly qthreshold?: number;
    }
  | { readonly op: "reject"; readonly kind: "icmp" | "tcp-reset" | "icmpx"; readonly code: number }
  | {
      readonly op: "nat"; readonly kind: "snat" | "dnat"; /** "inet": ports only, whatever IP. */ readonly family: "ip" | "ip6" | "inet"; readonly addrMin?: NftReg; readonly addrMax?: NftReg;
      readonly protoMin?: NftReg; readonly protoMax?: NftReg; /** NF_NAT_RANGE_* bits */ readonly flags: number;
    }
  | { readonly op: "masq" | "redir"; readonly protoMin?: NftReg; readonly protoMax?: NftReg; readonly flags: number }
  | { readonly op: "notrack" }
  | { readonly op: "dup"; readonly addr?: NftReg; readonly dev?: NftReg }
  | { readonly op: "fwd"; readonly dev: NftReg; readonly addr?: NftReg; readonly family?: "ip" | "ip6" }
  | { readonly op: "queue"; readonly num: number; readonly total: number; readonly flags: number; readonly sreg?: NftReg }
  | { readonly op: "tproxy"; readonly family: "ip" | "ip6" | "inet"; readonly addr?: NftReg; readonly port?: NftReg }
  | { readonly op: "synproxy"; readonly mss: number; readonly wscale: number; readonly flags: number }
  /** Named counter, quota, limit … by name, or out of a map by key. */
  | { readonly op: "objref"; readonly type: NftObjType; readonly name: string }
  | { readonly op: "objref.map"; readonly set: string; readonly setId?: number; readonly sreg: NftReg }
  | { readonly op: "flow_offload"; readonly table: string }
  /** xt_match and xt_target behind the compat layer (iptables-nft); `info` is the extension's own structure. */
  | { readonly op: "match" | "target"; readonly name: string; readonly rev: number; readonly info: NftCompatInfo };

/** What an iptables extension keeps, by its own field names: plain values that compare equal when printed as JSON. */
export type NftCompatInfo = Readonly<Record<string, string | number | boolean | readonly number[] | readonly string[]>>;

export type NftObjType = "counter" | "quota" | "limit" | "ct helper" | "ct timeout" | "ct expectation" | "secmark" | "synproxy" | "tunnel";

export const NF_LOG_TCPSEQ = 0x01;
export const NF_LOG_TCPOPT = 0x02;
export const NF_LOG_IPOPT = 0x04;
export const NF_LOG_UID = 0x08;
export const NF_LOG_MACDECODE = 0x20;
export const NF_LOG_MASK = 0x2f;

export const NF_NAT_RANGE_MAP_IPS = 0x01;
export const NF_NAT_RANGE_PROTO_SPECIFIED = 0x02;
export const NF_NAT_RANGE_PROTO_RANDOM = 0x04;
export const NF_NAT_RANGE_PERSISTENT = 0x08;
export const NF_NAT_RANGE_PROTO_RANDOM_FULLY = 0x10;
export const NF_NAT_RANGE_PROTO_OFFSET = 0x20;
export const NF_NAT_RANGE_NETMAP = 0x40;
