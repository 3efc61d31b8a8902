import type { NftCompatInfo } from "./nft-expr.ts";

/**
 * What each iptables extension keeps in a compat `match` or `target` instruction (linux/netfilter/xt_*.h), as
 * typed values. iptables writes these, the kernel evaluates them, iptables and nft read them back.
 *
 * Every field is always there, as in the C structures. Addresses, masks and marks are unsigned 32-bit numbers,
 * ports and other ranges are `[lowest, highest]`, both inclusive. `invert` means "!", of the whole match or, where
 * it is a list, of the named parts. Rules that 1.8.9 writes natively never come here: `-m mark`, `-m limit`, tcp and
 * udp ports and flags without `--tcp-option`, verdicts, TRACE.
 */
type Range = readonly [min: number, max: number];
type AddrMask = readonly [addr: number, mask: number];

/** `tcp` rev 0. Only with `--tcp-option`, or with nothing to test. A fragment that is not the first never matches. */
export type XtTcp = {
  readonly sports: Range;
  readonly dports: Range;
  /** A TCP option that must be there; 0 = none asked for. */
  readonly option: number;
  /** (flags & flagsMask) == flagsCmp, over byte 13 of the header. */
  readonly flagsMask: number;
  readonly flagsCmp: number;
  readonly invert: readonly ("sport" | "dport" | "flags" | "option")[];
};

/** `udp` rev 0. Only with nothing to test. */
export type XtUdp = { readonly sports: Range; readonly dports: Range; readonly invert: readonly ("sport" | "dport")[] };

/** `icmp` rev 0. Type 255 = any. */
export type XtIcmp = { readonly type: number; readonly codes: Range; readonly invert: boolean };

/** `comment` rev 0: always matches. */
export type XtComment = { readonly comment: string };

export type XtCtState = "INVALID" | "NEW" | "RELATED" | "ESTABLISHED" | "UNTRACKED" | "SNAT" | "DNAT";
export type XtCtStatus = "NONE" | "EXPECTED" | "SEEN_REPLY" | "ASSURED" | "CONFIRMED";
export type XtCtPart =
  | "state" | "status" | "direction" | "l4proto" | "origSrc" | "origDst" | "replSrc" | "replDst"
  | "origSport" | "origDport" | "replSport" | "replDport" | "expires";
/**
 * `conntrack` rev 3; also what `-m state` becomes. SNAT and DNAT match the status bits (IPS_SRC_NAT, IPS_DST_NAT).
 * Without an entry only the state is compared (UNTRACKED or INVALID).
 */
export type XtConntrack = {
  /** Parts that are compared: all must hold. */
  readonly match: readonly XtCtPart[];
  readonly invert: readonly XtCtPart[];
  readonly state: readonly XtCtState[];
  readonly status: readonly XtCtStatus[];
  readonly direction: "ORIGINAL" | "REPLY";
  readonly l4proto: number;
  readonly origSrc: AddrMask;
  readonly origDst: AddrMask;
  readonly replSrc: AddrMask;
  readonly replDst: AddrMask;
  readonly origSport: Range;
  readonly origDport: Range;
  readonly replSport: Range;
  readonly replDport: Range;
  /** Seconds left. */
  readonly expires: Range;
  /** XT_CONNTRACK_STATE_ALIAS: it was spelled `-m state --state`. */
  readonly alias: boolean;
};

export type XtAddrType =
  | "UNSPEC" | "UNICAST" | "LOCAL" | "BROADCAST" | "ANYCAST" | "MULTICAST" | "BLACKHOLE" | "UNREACHABLE" | "PROHIBIT" | "THROW" | "NAT" | "XRESOLVE";
/** `addrtype` rev 1 (inet_addr_type of the address, or of it on the incoming or outgoing device). Empty list: not asked. */
export type XtAddrtype = {
  readonly src: readonly XtAddrType[];
  readonly dst: readonly XtAddrType[];
  readonly invertSrc: boolean;
  readonly invertDst: boolean;
  readonly limitIn: boolean;
  readonly limitOut: boolean;
};

/**
 * `statistic` rev 0. random: matches when the lower 31 bits of a random number are < `probability` (2^31 = always).
 * nth: a counter of the rule starts at `count`; each packet sets it to 0 if it equals `every`, else adds 1; matches when the new value is 0.
 */
export type XtStatistic = {
  readonly mode: "random" | "nth";
  readonly invert: boolean;
  readonly probability: number;
  /** `--every` minus 1. */
  readonly every: number;
  readonly packet: number;
  readonly count: number;
};

/** `connmark` rev 1: (ct mark & mask) == mark; no entry, no match. */
export type XtConnmark = { readonly mark: number; readonly mask: number; readonly invert: boolean };

/** `multiport` rev 1. */
export type XtMultiport = {
  readonly which: "source" | "destination" | "either";
  readonly ports: readonly number[];
  /** 1 where `ports[i]` and `ports[i + 1]` are the ends of a range. */
  readonly rangeStart: readonly number[];
  readonly invert: boolean;
};

/** `physdev` rev 0: the bridge ports that a bridged packet came in and goes out by (skb's nf_bridge). */
export type XtPhysdev = {
  /** Names as typed, "+" at the end = any that starts so. */
  readonly in: string;
  readonly out: string;
  /** "in"/"out" compare names; "isIn", "isOut", "isBridged" ask whether there is one, and whether it is bridged, not routed. */
  readonly match: readonly ("in" | "out" | "isIn" | "isOut" | "isBridged")[];
  readonly invert: readonly ("in" | "out" | "isIn" | "isOut" | "isBridged")[];
};

/** `iprange` rev 1. */
export type XtIprange = { readonly match: readonly ("src" | "dst")[]; readonly invert: readonly ("src" | "dst")[]; readonly src: Range; readonly dst: Range };

/** `mac` rev 0: source address of the Ethernet header, lower case with colons. */
export type XtMac = { readonly src: string; readonly invert: boolean };

/** `ttl` rev 0. */
export type XtTtl = { readonly mode: "eq" | "ne" | "lt" | "gt"; readonly ttl: number };

/** `length` rev 0: bytes of the IP packet. */
export type XtLength = { readonly length: Range; readonly invert: boolean };

/** `pkttype` rev 0. A multicast or broadcast destination of a looped-back packet counts as such (xt_pkttype). */
export type XtPkttype = { readonly type: "unicast" | "broadcast" | "multicast"; readonly invert: boolean };

/** `owner` rev 1: of the local socket that sent it. */
export type XtOwner = {
  readonly match: readonly ("uid" | "gid" | "socket")[];
  readonly invert: readonly ("uid" | "gid" | "socket")[];
  readonly uid: Range;
  readonly gid: Range;
};

/** `REJECT` rev 0. */
export type XtReject = {
  readonly with:
    | "icmp-net-unreachable" | "icmp-host-unreachable" | "icmp-port-unreachable" | "icmp-proto-unreachable" | "icmp-net-prohibited"
    | "icmp-host-prohibited" | "tcp-reset" | "icmp-admin-prohibited";
};

/** `LOG` rev 0. Flags: the NF_LOG_* bits. */
export type XtLog = { readonly level: number; readonly flags: number; readonly prefix: string };

/** `MARK` rev 2: mark = (mark & ~mask) ^ value. */
export type XtMark = { readonly mark: number; readonly mask: number };

/**
 * `CONNMARK` rev 2. set: ct = (ct & ~ctmask) ^ ctmark; save: ct = (ct & ~ctmask) ^ (mark & nfmask);
 * restore: mark = (mark & ~nfmask) ^ (ct & ctmask).
 */
export type XtConnmarkTarget = { readonly mode: "set" | "save" | "restore"; readonly ctmark: number; readonly ctmask: number; readonly nfmask: number };

/** `SNAT` rev 0, `DNAT` rev 2, `MASQUERADE` rev 0, `REDIRECT` rev 0, `NETMAP` rev 0: one nf_nat_range2. Flags: NF_NAT_RANGE_* bits. */
export type XtNat = { readonly flags: number; readonly addrs: Range; readonly ports: Range; /** With NF_NAT_RANGE_PROTO_OFFSET. */ readonly basePort: number };

/** `CT` rev 2: `notrack`, else an own zone (0 = none). `alias`: it was spelled `-j NOTRACK`. */
export type XtCt = { readonly notrack: boolean; readonly alias: boolean; readonly zone: number };

/** `TCPMSS` rev 0: 65535 = clamp to path MTU. */
export type XtTcpmss = { readonly mss: number };

/** Matches that are simulated, by name; with the revision that iptables 1.8.9 asks for. */
export interface XtMatches {
  readonly tcp: XtTcp;
  readonly udp: XtUdp;
  readonly icmp: XtIcmp;
  readonly comment: XtComment;
  readonly conntrack: XtConntrack;
  readonly addrtype: XtAddrtype;
  readonly statistic: XtStatistic;
  readonly connmark: XtConnmark;
  readonly multiport: XtMultiport;
  readonly physdev: XtPhysdev;
  readonly iprange: XtIprange;
  readonly mac: XtMac;
  readonly ttl: XtTtl;
  readonly length: XtLength;
  readonly pkttype: XtPkttype;
  readonly owner: XtOwner;
}
export const XT_MATCH_REVISION: Readonly<Record<keyof XtMatches, number>> = {
  tcp: 0, udp: 0, icmp: 0, comment: 0, conntrack: 3, addrtype: 1, statistic: 0, connmark: 1, multiport: 1, physdev: 0, iprange: 1, mac: 0, ttl: 0,
  length: 0, pkttype: 0, owner: 1,
};

/** Targets that are simulated. */
export interface XtTargets {
  readonly REJECT: XtReject;
  readonly LOG: XtLog;
  readonly MARK: XtMark;
  readonly CONNMARK: XtConnmarkTarget;
  readonly SNAT: XtNat;
  readonly DNAT: XtNat;
  readonly MASQUERADE: XtNat;
  readonly REDIRECT: XtNat;
  readonly NETMAP: XtNat;
  readonly CT: XtCt;
  readonly TCPMSS: XtTcpmss;
}
export const XT_TARGET_REVISION: Readonly<Record<keyof XtTargets, number>> = {
  REJECT: 0, LOG: 0, MARK: 2, CONNMARK: 2, SNAT: 0, DNAT: 2, MASQUERADE: 0, REDIRECT: 0, NETMAP: 0, CT: 2, TCPMSS: 0,
};

/**
 * Where the kernel lets an extension stand (`table` and `hooks` of xt_match and xt_target, and their checkentry); elsewhere adding
 * the rule, or the jump that leads to it, fails with EINVAL. Tables by name, hooks of the base chains that reach the rule. null = anywhere.
 */
export interface XtPlace {
  readonly table: "nat" | "filter" | "raw" | null;
  readonly hooks: readonly XtHook[] | null;
  /** The protocol that the rule must name, not inverted (NFTA_RULE_COMPAT). null = any. */
  readonly proto: number | null;
}
export type XtHook = "prerouting" | "input" | "forward" | "output" | "postrouting";

const ANYWHERE: XtPlace = { table: null, hooks: null, proto: null };
const inTable = (table: XtPlace["table"], ...hooks: XtHook[]): XtPlace => ({ table, hooks, proto: null });
const has = (list: unknown, ...names: readonly string[]): boolean => Array.isArray(list) && names.some((n) => list.includes(n));

const TARGET_PLACES: Readonly<Record<string, (info: NftCompatInfo) => XtPlace>> = {
  REJECT: (i) => ({ ...inTable("filter", "input", "forward", "output"), proto: i["with"] === "tcp-reset" ? 6 : null }),
  SNAT: () => inTable("nat", "input", "postrouting"),
  DNAT: () => inTable("nat", "prerouting", "output"),
  MASQUERADE: () => inTable("nat", "postrouting"),
  REDIRECT: () => inTable("nat", "prerouting", "output"),
  NETMAP: () => inTable("nat", "prerouting", "input", "output", "postrouting"),
  CT: () => ({ ...ANYWHERE, table: "raw" }),
  TCPMSS: (i) => ({ table: null, hooks: i["mss"] === TCPMSS_CLAMP_PMTU ? ["forward", "output", "postrouting"] : null, proto: 6 }),
};
const MATCH_PLACES: Readonly<Record<string, (info: NftCompatInfo) => XtPlace>> = {
  tcp: () => ({ ...ANYWHERE, proto: 6 }),
  udp: () => ({ ...ANYWHERE, proto: 17 }),
  icmp: () => ({ ...ANYWHERE, proto: 1 }),
  owner: () => inTable(null, "output", "postrouting"),
  mac: () => inTable(null, "prerouting", "input", "forward"),
  physdev: (i) => (has(i["match"], "out", "isOut") && !(has(i["match"], "isBridged") && !has(i["invert"], "isBridged"))
    ? inTable(null, "prerouting", "input", "forward", "postrouting") : ANYWHERE),
  addrtype: (i) => (i["limitIn"] === true ? inTable(null, "prerouting", "input", "forward")
    : i["limitOut"] === true ? inTable(null, "forward", "output", "postrouting") : ANYWHERE),
};

/** Where this match or target may stand. */
export function xtPlace(kind: "match" | "target", name: string, info: NftCompatInfo): XtPlace {
  return (kind === "match" ? MATCH_PLACES : TARGET_PLACES)[name]?.(info) ?? ANYWHERE;
}

/** {@link XtTcpmss}: as large as the path allows. */
export const TCPMSS_CLAMP_PMTU = 65535;
