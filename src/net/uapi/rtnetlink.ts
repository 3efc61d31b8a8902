import type { Ip4, Mac } from "../../wire/addr.ts";
import type { Errno } from "./errno.ts";
import type { ClassRow, FilterRequest, FilterRow, QdiscRequest, QdiscRow } from "./rtnetlink-qdisc.ts";
import type { LinkAttrs, LinkInfoSpec, LinkRow, LinkTarget, NetnsRef, PortOptions } from "./rtnetlink-link.ts";

/**
 * rtnetlink(7) as typed values: what `ip` and `bridge` ask of the kernel and hear from it. A request
 * names its operation in `op`; attributes that were not given are absent.
 */

/** One IPv4 address (RTM_NEWADDR). */
export interface AddrRow {
  readonly ifindex: number;
  readonly local: Ip4;
  /** IFA_ADDRESS: the peer of a point-to-point address, else the same as `local`. */
  readonly peer: Ip4;
  readonly prefixLen: number;
  readonly broadcast: Ip4 | null;
  readonly scope: number;
  readonly label: string;
  readonly secondary: boolean;
  readonly noPrefixRoute: boolean;
  readonly metric: number;
  /** Seconds left, Infinity = forever. */
  readonly validSec: number;
  readonly preferredSec: number;
  /** Its preferred time is over (IFA_F_DEPRECATED). */
  readonly deprecated: boolean;
  /** Made and last changed, ns of simulated time. */
  readonly createdNs: number;
  readonly changedNs: number;
  readonly protocol: number;
}

export type RouteType =
  | "unicast" | "local" | "broadcast" | "anycast" | "multicast" | "blackhole" | "unreachable" | "prohibit" | "throw" | "nat";

export interface NexthopRow {
  /** 0 = none. */
  readonly ifindex: number;
  readonly gateway: Ip4 | null;
  readonly weight: number;
  readonly onlink: boolean;
  /** Its device is down, or has no carrier. */
  readonly dead: boolean;
  readonly linkdown: boolean;
  readonly realm: number;
}

/** One route (RTM_NEWROUTE). */
export interface RouteRow {
  readonly table: number;
  readonly type: RouteType;
  readonly dst: Ip4;
  readonly prefixLen: number;
  readonly tos: number;
  readonly metric: number;
  readonly protocol: number;
  readonly scope: number;
  readonly prefsrc: Ip4 | null;
  /** Empty for routes that lead nowhere (blackhole …). */
  readonly nexthops: readonly NexthopRow[];
  /** RTAX_* by name; times in the kernel's units (ms). */
  readonly metrics: ReadonlyMap<string, number>;
  readonly locked: ReadonlySet<string>;
}

/** A nexthop as asked for; absent = to be found out. */
export interface NexthopSpec {
  readonly ifindex?: number;
  readonly gateway?: Ip4;
  readonly weight?: number;
  readonly onlink?: boolean;
  readonly realm?: number;
}

export interface RouteSpec {
  readonly table: number;
  /** null in a deletion = any; in a new route unicast. */
  readonly type: RouteType | null;
  readonly dst: Ip4;
  readonly prefixLen: number;
  readonly tos: number;
  readonly metric?: number;
  readonly protocol: number;
  /** RT_SCOPE_NOWHERE in a deletion = any. */
  readonly scope: number;
  readonly prefsrc?: Ip4;
  readonly nexthops: readonly NexthopSpec[];
  /** RTA_MULTIPATH was used, even for one nexthop. */
  readonly multipath: boolean;
  readonly metrics: ReadonlyMap<string, number>;
  readonly locked: ReadonlySet<string>;
}

/** Answer of `ip route get`. */
export interface RouteGetRow {
  readonly type: RouteType;
  readonly dst: Ip4;
  readonly src: Ip4 | null;
  readonly tos: number;
  readonly table: number;
  readonly gateway: Ip4 | null;
  /** Index of the way out, 0 = none. */
  readonly oif: number;
  readonly iif: number;
  readonly prefsrc: Ip4 | null;
  readonly mark: number;
  readonly uid: number | null;
  readonly metrics: ReadonlyMap<string, number>;
  readonly locked: ReadonlySet<string>;
  readonly realm: number;
  /** RTCF_*: words between < > after "cache". */
  readonly cacheFlags: readonly string[];
  /** Seconds until a learned path MTU is forgotten, 0 = none. */
  readonly expiresSec: number;
}

export interface RouteGet {
  readonly op: "route.get";
  readonly dst: Ip4;
  readonly src?: Ip4;
  readonly iif?: number;
  readonly oif?: number;
  readonly tos?: number;
  readonly mark?: number;
  readonly protocol?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly uid?: number;
  /** RTM_F_FIB_MATCH: answer with the row of the table instead. */
  readonly fibMatch: boolean;
}

/** One line of `ip rule` (RTM_NEWRULE). */
export interface RuleRow {
  readonly priority: number;
  readonly table: number;
  readonly action: "lookup" | "blackhole" | "unreachable" | "prohibit" | "goto" | "nop";
  readonly invert: boolean;
  readonly src: Ip4;
  readonly srcLen: number;
  readonly dst: Ip4;
  readonly dstLen: number;
  readonly tos: number;
  readonly mark: number;
  readonly markMask: number;
  readonly iif: string;
  readonly oif: string;
  /** The named device does not exist now. */
  readonly iifDetached: boolean;
  readonly oifDetached: boolean;
  readonly protocol: number;
  /** -1 = none. */
  readonly suppressPrefixLen: number;
  /** Answers by a device of this group do not count; -1 = all do. */
  readonly suppressIfgroup: number;
  readonly gotoPriority: number;
  /** "goto" whose target does not exist. */
  readonly unresolved: boolean;
  readonly uidRange: readonly [number, number] | null;
  readonly ipproto: number;
  readonly sport: readonly [number, number] | null;
  readonly dport: readonly [number, number] | null;
}

export type RuleSpec = Partial<Omit<RuleRow, "iifDetached" | "oifDetached" | "unresolved">>;

export type NudName = "none" | "incomplete" | "reachable" | "stale" | "delay" | "probe" | "failed" | "noarp" | "permanent";

/** One neighbour (RTM_NEWNEIGH, AF_INET). */
export interface NeighRow {
  readonly ip: Ip4;
  readonly ifindex: number;
  /** null: not known. */
  readonly lladdr: Mac | null;
  readonly state: NudName;
  readonly router: boolean;
  readonly externLearned: boolean;
  readonly proxy: boolean;
  readonly protocol: number;
  /** Holders besides the table; a running timer is one. */
  readonly refs: number;
  readonly usedNs: number;
  readonly confirmedNs: number;
  readonly updatedNs: number;
  readonly probes: number;
}

/** One row of a forwarding table (RTM_NEWNEIGH, AF_BRIDGE), with all that `bridge -d -s fdb` prints. */
export interface FdbRow {
  readonly mac: Mac;
  readonly ifindex: number;
  /** Index of the bridge; 0: the row is the device's own ("self"). */
  readonly master: number;
  readonly self: boolean;
  readonly dst: Ip4 | null;
  /** null = the device's own port, VNI, device. */
  readonly port: number | null;
  readonly vni: number | null;
  readonly viaIfindex: number;
  readonly state: "permanent" | "static" | "reachable" | "stale";
  readonly externLearned: boolean;
  readonly offload: boolean;
  readonly sticky: boolean;
  readonly addedByUser: boolean;
  /** null where the kernel sends no times (device address lists). */
  readonly usedNs: number | null;
  readonly updatedNs: number | null;
}

/** What `bridge fdb add` says; `self` and `master` choose whose table. */
export interface FdbSpec {
  readonly mac: Mac;
  readonly ifindex: number;
  readonly self: boolean;
  readonly master: boolean;
  /** NUD_*: permanent (local), noarp (static), reachable (dynamic); absent in deletions. */
  readonly state?: "permanent" | "static" | "reachable";
  readonly dst?: Ip4;
  readonly port?: number;
  readonly vni?: number;
  readonly viaIfindex?: number;
  readonly externLearned?: boolean;
  readonly sticky?: boolean;
  readonly vlan?: number;
}

/** NLM_F_CREATE, _EXCL, _REPLACE, _APPEND. */
export interface NewFlags {
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly replace: boolean;
  readonly append: boolean;
}

export type RtnlRequest =
  | { readonly op: "link.new"; readonly target: LinkTarget | null; readonly flags: NewFlags; readonly attrs: LinkAttrs; readonly info?: LinkInfoSpec }
  | { readonly op: "link.del"; readonly target: LinkTarget | { readonly group: number } }
  | { readonly op: "link.get"; readonly target: LinkTarget }
  /** `master` and `kind` are filters of the kernel; kinds nobody knows list nothing. */
  | { readonly op: "link.dump"; readonly master?: number; readonly kind?: string }
  | { readonly op: "port.set"; readonly ifindex: number; readonly options: PortOptions }
  | { readonly op: "addr.new"; readonly flags: NewFlags; readonly addr: AddrSpec }
  /** `local` absent: any; the label and the peer must fit too where they are given. */
  | { readonly op: "addr.del"; readonly ifindex: number; readonly local?: Ip4; readonly peer?: Ip4; readonly prefixLen: number; readonly label?: string }
  | { readonly op: "addr.dump"; readonly ifindex?: number }
  | { readonly op: "route.new"; readonly flags: NewFlags; readonly route: RouteSpec }
  | { readonly op: "route.del"; readonly route: RouteSpec }
  | { readonly op: "route.dump"; readonly table?: number; /** RTM_F_CLONED: what was learned about single destinations; answers are "routeGet" items. */ readonly cached?: boolean; readonly protocol?: number; readonly oif?: number; readonly type?: RouteType }
  | RouteGet
  | { readonly op: "rule.new"; readonly flags: NewFlags; readonly rule: RuleSpec }
  | { readonly op: "rule.del"; readonly rule: RuleSpec }
  | { readonly op: "rule.dump" }
  | { readonly op: "neigh.new"; readonly flags: NewFlags; readonly ip: Ip4; readonly ifindex: number; readonly lladdr?: Mac; readonly state: NudName; readonly externLearned?: boolean; readonly router?: boolean; readonly proxy?: boolean; readonly use?: boolean; readonly protocol?: number }
  | { readonly op: "neigh.del"; readonly ip: Ip4; readonly ifindex: number; readonly proxy?: boolean }
  | { readonly op: "neigh.get"; readonly ip: Ip4; readonly ifindex: number; readonly proxy?: boolean }
  | { readonly op: "neigh.dump"; readonly ifindex?: number; readonly master?: number; readonly proxy?: boolean }
  | { readonly op: "fdb.new"; readonly flags: NewFlags; readonly fdb: FdbSpec }
  | { readonly op: "fdb.del"; readonly fdb: FdbSpec }
  | { readonly op: "fdb.get"; readonly mac: Mac; readonly ifindex: number; readonly master: boolean; readonly self: boolean }
  | { readonly op: "fdb.dump"; readonly ifindex?: number; readonly bridge?: number }
  | { readonly op: "nsid.get"; readonly netns: NetnsRef }
  | { readonly op: "nsid.set"; readonly netns: NetnsRef; /** -1 = any free one. */ readonly id: number }
  | { readonly op: "nsid.dump" }
  | QdiscRequest
  | FilterRequest;

export interface AddrSpec {
  readonly ifindex: number;
  readonly local?: Ip4;
  readonly peer?: Ip4;
  readonly prefixLen: number;
  readonly broadcast?: Ip4;
  readonly scope: number;
  readonly label?: string;
  readonly noPrefixRoute?: boolean;
  readonly metric?: number;
  readonly validSec?: number;
  readonly preferredSec?: number;
  readonly protocol?: number;
}

/** What came back, a list of rows of the one kind that was asked for. */
export type RtnlItem =
  | { readonly is: "link"; readonly link: LinkRow }
  | { readonly is: "addr"; readonly addr: AddrRow }
  | { readonly is: "route"; readonly route: RouteRow }
  | { readonly is: "routeGet"; readonly route: RouteGetRow }
  | { readonly is: "rule"; readonly rule: RuleRow }
  | { readonly is: "neigh"; readonly neigh: NeighRow }
  | { readonly is: "fdb"; readonly fdb: FdbRow }
  | { readonly is: "qdisc"; readonly qdisc: QdiscRow }
  | { readonly is: "class"; readonly class: ClassRow }
  | { readonly is: "filter"; readonly filter: FilterRow }
  | { readonly is: "nsid"; readonly id: number };

/** Refused: an errno, and the kernel's own words (extack) where it has some. `warning` is said of a request that was obeyed. */
export type RtnlReply = RtnlError | { readonly items: readonly RtnlItem[]; readonly warning?: string };
export interface RtnlError {
  readonly error: Errno;
  readonly message?: string;
}

export const isRtnlError = (reply: RtnlReply): reply is RtnlError => "error" in reply;

export type RtnlGroup = "link" | "addr" | "route" | "rule" | "neigh" | "nsid";

/** A multicast message: a row is new or changed, is gone, or ("get") is wanted by the kernel: an L3 miss, answered by flanneld. */
export interface RtnlEvent {
  readonly group: RtnlGroup;
  readonly is: "new" | "del" | "get";
  readonly item: RtnlItem;
  /** Journey of the packet that caused it, 0 = none. */
  readonly journey: number;
}
