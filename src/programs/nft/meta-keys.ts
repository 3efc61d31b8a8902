import type { NftMetaKey } from "../../net/uapi/nft-expr.ts";
import type { Byteorder, Datatype } from "./datatype.ts";
import { HOST_INTEGER } from "./types-base.ts";
import { BOOLEAN, CLASSID, DEVGROUP, GID, IFACE_INDEX, IFACE_TYPE, IFNAME, MARK, NF_PROTO, PKT_TYPE, REALM, UID } from "./types-meta.ts";
import { ETHER_TYPE, INET_PROTO } from "./types-net.ts";
import { TIME_DATE, TIME_DAY, TIME_HOUR } from "./types-time.ts";

/** What `meta KEY` is (nft(8) META EXPRESSIONS). `len` in bits. */
export interface MetaKeyDesc {
  readonly key: NftMetaKey;
  readonly token: string;
  readonly dtype: Datatype;
  readonly len: number;
  readonly byteorder: Byteorder;
  /** Listed without the word `meta`: `iif`, `oifname` … */
  readonly unqualified: boolean;
}

const meta = (key: NftMetaKey, token: string, dtype: Datatype, len: number, byteorder: Byteorder = "host", unqualified = false): MetaKeyDesc =>
  ({ key, token, dtype, len, byteorder, unqualified });
const bare = (key: NftMetaKey, token: string, dtype: Datatype, len: number): MetaKeyDesc => meta(key, token, dtype, len, "host", true);

/** In the order in which the error of an unknown key lists them. */
export const META_KEYS: readonly MetaKeyDesc[] = [
  meta("len", "length", HOST_INTEGER, 32), meta("protocol", "protocol", ETHER_TYPE, 16, "big"), meta("priority", "priority", CLASSID, 32),
  meta("mark", "mark", MARK, 32), bare("iif", "iif", IFACE_INDEX, 32), bare("oif", "oif", IFACE_INDEX, 32), bare("iifname", "iifname", IFNAME, 128),
  bare("oifname", "oifname", IFNAME, 128), meta("iiftype", "iiftype", IFACE_TYPE, 16), meta("oiftype", "oiftype", IFACE_TYPE, 16),
  meta("skuid", "skuid", UID, 32), meta("skgid", "skgid", GID, 32), meta("nftrace", "nftrace", HOST_INTEGER, 1), meta("rtclassid", "rtclassid", REALM, 32),
  meta("secmark", "secmark", HOST_INTEGER, 32), meta("nfproto", "nfproto", NF_PROTO, 8), meta("l4proto", "l4proto", INET_PROTO, 8),
  meta("bri_iifname", "ibrname", IFNAME, 128), meta("bri_oifname", "obrname", IFNAME, 128), meta("pkttype", "pkttype", PKT_TYPE, 8),
  meta("cpu", "cpu", HOST_INTEGER, 32), bare("iifgroup", "iifgroup", DEVGROUP, 32), bare("oifgroup", "oifgroup", DEVGROUP, 32),
  meta("cgroup", "cgroup", HOST_INTEGER, 32), meta("prandom", "random", HOST_INTEGER, 32, "big"), meta("secpath", "ipsec", BOOLEAN, 8),
  meta("iifkind", "iifkind", IFNAME, 128), meta("oifkind", "oifkind", IFNAME, 128), meta("bri_iifpvid", "ibrpvid", HOST_INTEGER, 16),
  meta("bri_iifvproto", "ibrvproto", ETHER_TYPE, 16, "big"), meta("time_ns", "time", TIME_DATE, 64), meta("time_day", "day", TIME_DAY, 8),
  meta("time_hour", "hour", TIME_HOUR, 32), meta("sdif", "sdif", IFACE_INDEX, 32), meta("sdifname", "sdifname", IFNAME, 128),
];

/** Older words for the same keys. */
const ALIASES: Readonly<Record<string, string>> = { ibriport: "ibrname", obriport: "obrname", secpath: "ipsec" };

const BY_KEY: ReadonlyMap<NftMetaKey, MetaKeyDesc> = new Map(META_KEYS.map((d) => [d.key, d]));

/** The key of a word after `meta`; null = unknown. */
export const metaKeyNamed = (token: string): MetaKeyDesc | null => META_KEYS.find((d) => d.token === (ALIASES[token] ?? token)) ?? null;

/** The description of a key the kernel named; null = one that nft 1.0.6 does not know (broute). */
export const metaKeyDesc = (key: NftMetaKey): MetaKeyDesc | null => BY_KEY.get(key) ?? null;
