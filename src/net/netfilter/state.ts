import type { ConntrackNet } from "./conntrack.ts";
import type { NatNet } from "./nat-hooks.ts";
import type { NftNet } from "./nft/model.ts";

/** What netfilter keeps for one network namespace (struct net's nft, ct and bridge parts). */
export interface NetfilterState {
  readonly nft: NftNet;
  readonly ct: ConntrackNet;
  readonly nat: NatNet;
  /** /proc/sys/net/bridge/bridge-nf-call-{iptables,ip6tables,arptables}, filter-pppoe-tagged …; iptables is 1 in a new namespace. */
  readonly bridge: { callIptables: number; callIp6tables: number; callArptables: number; filterVlanTagged: number; filterPppoeTagged: number; passVlanInputDev: number; /** br_netfilter stands on the path: there was a bridge. */ hooked: boolean };
}
