import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import type { CtEvent } from "../uapi/conntrack.ts";
import type { Conntrack } from "./ct-entry.ts";
import { defaultCtSysctls, type CtSysctls } from "./ct-sysctl.ts";

/** Which packets' tracking is asked for; "inet" is both. Bridge users also need the bridge's hooks. */
export type CtFamily = "ip" | "ip6" | "inet" | "bridge";

/** Conntrack of one namespace (struct netns_ct). */
export class ConntrackNet {
  readonly ns: Netns;
  /** Users of conntrack (rules with ct, NAT …) by family: it watches packets only while there are some. */
  readonly users = { ip: 0, ip6: 0, bridge: 0 };
  readonly sysctl: CtSysctls = defaultCtSysctls();
  readonly listeners = new Set<(e: CtEvent) => void>();

  constructor(ns: Netns) {
    this.ns = ns;
  }
}

export const newConntrackNet = (ns: Netns): ConntrackNet => new ConntrackNet(ns);

/** nf_ct_netns_get: from the first user on, packets of that family are tracked. */
export function ctNetnsGet(ns: Netns, family: CtFamily): void {
  void [ns, family];
}

/** nf_ct_netns_put. */
export function ctNetnsPut(ns: Netns, family: CtFamily): void {
  void [ns, family];
}

/** `ct mark set`: told to listeners when it changes (nft_ct_set_eval). */
export function ctSetMark(ns: Netns, ct: Conntrack, mark: number): void {
  void ns;
  ct.mark = mark;
}

/** `ct label set`: ORs 128 bits in (nf_connlabels_replace); `bits` 16 bytes. */
export function ctSetLabels(ns: Netns, ct: Conntrack, bits: Uint8Array): void {
  void [ns, ct, bits];
}

/** `ct zone set` before conntrack looked at the packet: a template carries the zone; `dirs` 1 original, 2 reply, 3 both. */
export function ctSetZone(ns: Netns, skb: Skb, zone: number, dirs: number): void {
  void [ns, skb, zone, dirs];
}

/** Nanoseconds until the entry ends (nf_ct_expires). */
export function ctExpiresNs(ns: Netns, ct: Conntrack): number {
  return ct.isConfirmed ? Math.max(0, ct.expiresAtNs - ns.world.sim.nowNs) : ct.timeoutNs;
}
