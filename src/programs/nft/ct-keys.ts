import type { NftCtKey } from "../../net/uapi/nft-expr.ts";
import type { Byteorder, Datatype } from "./datatype.ts";
import { HOST_INTEGER, INVALID, STRING } from "./types-base.ts";
import { CT_DIR, CT_EVENT, CT_LABEL, CT_STATE, CT_STATUS } from "./types-ct.ts";
import { CGROUPV2, FIB_ADDR, IFACE_INDEX, BOOLEAN, MARK, NF_PROTO, REALM } from "./types-meta.ts";
import { INET_PROTO, INET_SERVICE, IPV4_ADDR, IPV6_ADDR } from "./types-net.ts";
import { TIME } from "./types-time.ts";

/** What a key of ct, rt, socket, fib … is. `len` in bits, 0 = by family. */
export interface KeyDesc<K extends string> {
  readonly key: K;
  readonly token: string;
  readonly dtype: Datatype;
  readonly len: number;
  readonly byteorder: Byteorder;
}

const desc = <K extends string>(key: K, token: string, dtype: Datatype, len: number, byteorder: Byteorder = "host"): KeyDesc<K> => ({ key, token, dtype, len, byteorder });

/** nft(8) CONNTRACK EXPRESSIONS. `saddr` and `proto-src` learn their type from the rule around them. */
export const CT_KEYS: readonly KeyDesc<NftCtKey>[] = [
  desc("state", "state", CT_STATE, 32), desc("direction", "direction", CT_DIR, 8), desc("status", "status", CT_STATUS, 32), desc("mark", "mark", MARK, 32),
  desc("expiration", "expiration", TIME, 32), desc("helper", "helper", STRING, 128), desc("l3protocol", "l3proto", NF_PROTO, 8),
  desc("src", "saddr", INVALID, 0, "big"), desc("dst", "daddr", INVALID, 0, "big"), desc("protocol", "protocol", INET_PROTO, 8, "big"),
  desc("proto_src", "proto-src", INVALID, 16, "big"), desc("proto_dst", "proto-dst", INVALID, 16, "big"), desc("labels", "label", CT_LABEL, 128),
  desc("pkts", "packets", HOST_INTEGER, 64), desc("bytes", "bytes", HOST_INTEGER, 64), desc("avgpkt", "avgpkt", HOST_INTEGER, 64),
  desc("zone", "zone", HOST_INTEGER, 16), desc("eventmask", "event", CT_EVENT, 32), desc("src_ip", "ip saddr", IPV4_ADDR, 32, "big"),
  desc("dst_ip", "ip daddr", IPV4_ADDR, 32, "big"), desc("src_ip6", "ip6 saddr", IPV6_ADDR, 128, "big"), desc("dst_ip6", "ip6 daddr", IPV6_ADDR, 128, "big"),
  desc("secmark", "secmark", HOST_INTEGER, 32), desc("id", "id", HOST_INTEGER, 32, "big"),
];

const CT_BY_KEY: ReadonlyMap<NftCtKey, KeyDesc<NftCtKey>> = new Map(CT_KEYS.map((d) => [d.key, d]));
export const ctKeyNamed = (token: string): KeyDesc<NftCtKey> | null => CT_KEYS.find((d) => d.token === token) ?? null;
export const ctKeyDesc = (key: NftCtKey): KeyDesc<NftCtKey> | null => CT_BY_KEY.get(key) ?? null;

export type RtKey = "classid" | "nexthop4" | "nexthop6" | "tcpmss" | "ipsec";
export const RT_KEYS: readonly KeyDesc<RtKey>[] = [
  desc("classid", "classid", REALM, 32), desc("nexthop4", "nexthop", IPV4_ADDR, 32, "big"), desc("nexthop6", "nexthop", IPV6_ADDR, 128, "big"),
  desc("tcpmss", "mtu", HOST_INTEGER, 16), desc("ipsec", "ipsec", BOOLEAN, 8),
];

export type SocketKey = "transparent" | "mark" | "wildcard" | "cgroupv2";
export const SOCKET_KEYS: readonly KeyDesc<SocketKey>[] = [
  desc("transparent", "transparent", HOST_INTEGER, 8), desc("mark", "mark", MARK, 32), desc("wildcard", "wildcard", HOST_INTEGER, 8),
  desc("cgroupv2", "cgroupv2", CGROUPV2, 64),
];

export type FibResult = "oif" | "oifname" | "type";
/** `exists` asks for one bit of {@link BOOLEAN} instead. */
export const FIB_RESULTS: readonly KeyDesc<FibResult>[] = [
  desc("oif", "oif", IFACE_INDEX, 32), desc("oifname", "oifname", STRING, 128), desc("type", "type", FIB_ADDR, 32),
];

/** Type of ports in a conntrack tuple, once the rule named a transport. */
export const CT_PORT = INET_SERVICE;
