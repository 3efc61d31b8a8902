import type { Ip4, Mac } from "../../wire/addr.ts";

/** How a request names another network namespace (IFLA_NET_NS_FD, IFLA_NET_NS_PID): a file the caller has open, or a process it can see. */
export type NetnsRef = { readonly fd: number } | { readonly pid: number };

/** rtnl_link_stats64. */
export interface LinkStats {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly multicast: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
  readonly txCarrierErrors: number;
}

/** Switches of a bridge (IFLA_BR_*); times in centiseconds, as the kernel keeps them. */
export interface BridgeInfo {
  readonly forwardDelayCs: number;
  readonly helloTimeCs: number;
  readonly maxAgeCs: number;
  readonly ageingCs: number;
  readonly stpState: number;
  readonly priority: number;
  readonly vlanFiltering: number;
  readonly groupFwdMask: number;
  readonly mcastSnooping: number;
  /** The bridge's own address: the tail of bridge_id and designated_root. */
  readonly address: Mac;
}

/** What a port of a bridge is and may do (IFLA_BRPORT_*). */
export interface BridgePortInfo {
  readonly state: "disabled" | "listening" | "learning" | "forwarding" | "blocking";
  readonly priority: number;
  readonly cost: number;
  readonly portNo: number;
  readonly hairpin: boolean;
  readonly guard: boolean;
  readonly rootBlock: boolean;
  readonly fastLeave: boolean;
  readonly learning: boolean;
  readonly flood: boolean;
  readonly mcastFlood: boolean;
  readonly bcastFlood: boolean;
  readonly neighSuppress: boolean;
  readonly isolated: boolean;
  readonly locked: boolean;
  /** Address of the bridge: root, bridge and designated ids end in it. */
  readonly bridgeMac: Mac;
  readonly bridgePriority: number;
}

/** IFLA_VXLAN_*. */
export interface VxlanInfo {
  readonly vni: number;
  /** "remote", or "group" when it is a multicast address; 0.0.0.0 = none. */
  readonly group: Ip4;
  readonly local: Ip4;
  /** Index of "dev", 0 = none. */
  readonly lowerIndex: number;
  readonly portLow: number;
  readonly portHigh: number;
  readonly dstPort: number;
  /** 0 = auto, -1 = inherit. */
  readonly ttl: number;
  /** 1 = inherit. */
  readonly tos: number;
  readonly learning: boolean;
  readonly proxy: boolean;
  readonly rsc: boolean;
  readonly l2miss: boolean;
  readonly l3miss: boolean;
  readonly ageingSec: number;
  readonly maxAddresses: number;
  readonly udpChecksum: boolean;
  /** 0 unset, 1 set, 2 inherit. */
  readonly df: number;
}

export type LinkInfo =
  | { readonly kind: "veth" | "dummy" }
  | ({ readonly kind: "bridge" } & BridgeInfo)
  | ({ readonly kind: "vxlan" } & VxlanInfo);

/** One link with all that `ip -d -s link` prints (RTM_NEWLINK). */
export interface LinkRow {
  readonly ifindex: number;
  readonly name: string;
  /** ARPHRD_*: 1 Ethernet, 772 loopback. */
  readonly type: number;
  /** IFF_*, with RUNNING and LOWER_UP as the device is now. */
  readonly flags: number;
  readonly mtuBytes: number;
  readonly minMtuBytes: number;
  readonly maxMtuBytes: number;
  readonly qdisc: string;
  readonly operstate: "unknown" | "up" | "down" | "lowerlayerdown";
  readonly group: number;
  readonly txqlen: number;
  readonly address: Mac;
  readonly broadcast: Mac;
  /** Index of the bridge it is a port of, 0 = none. */
  readonly master: number;
  /** IFLA_LINK: index of the device it sends through (the veth peer); null = itself. */
  readonly link: number | null;
  /** IFLA_LINK_NETNSID: the namespace in which `link` counts; null = this one. */
  readonly linkNetnsid: number | null;
  readonly alias: string;
  readonly promiscuity: number;
  readonly allmulti: number;
  readonly stats: LinkStats;
  readonly carrierChanges: number;
  readonly info: LinkInfo | null;
  /** Present on bridge ports. */
  readonly port: BridgePortInfo | null;
}

/** What `ip link add` and `set` may say of any device. Absent = leave alone. */
export interface LinkAttrs {
  readonly name?: string;
  /** Wanted ifindex of a new device. */
  readonly index?: number;
  readonly mtuBytes?: number;
  readonly address?: Mac;
  readonly broadcast?: Mac;
  readonly txqlen?: number;
  readonly group?: number;
  readonly alias?: string;
  /** Index of the new master, 0 = none. */
  readonly master?: number;
  /** IFLA_LINK of a new device. */
  readonly link?: number;
  /** The namespace to be made in or moved to. */
  readonly netns?: NetnsRef;
  /** IFF_* to set and to clear. */
  readonly flagsOn?: number;
  readonly flagsOff?: number;
  readonly carrier?: boolean;
}

export type BridgeOptions = Partial<Omit<BridgeInfo, "address">>;
export type VxlanOptions = Partial<VxlanInfo>;
export type PortOptions = Partial<Pick<BridgePortInfo,
  "state" | "priority" | "cost" | "hairpin" | "guard" | "rootBlock" | "fastLeave" | "learning" | "flood" | "mcastFlood" | "bcastFlood" | "neighSuppress" | "isolated" | "locked">>;

/** IFLA_LINKINFO of a request; a kind nobody registered is refused by the kernel. */
export type LinkInfoSpec =
  | { readonly kind: "veth"; readonly peer?: LinkAttrs }
  | { readonly kind: "bridge"; readonly options: BridgeOptions }
  | { readonly kind: "vxlan"; readonly options: VxlanOptions }
  | { readonly kind: "bridge_slave"; readonly options: PortOptions }
  | { readonly kind: "dummy" }
  | { readonly kind: "unknown"; readonly name: string };

export type LinkTarget = { readonly ifindex: number } | { readonly name: string };
