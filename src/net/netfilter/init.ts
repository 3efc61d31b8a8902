import type { Netns } from "../core/netns.ts";
import type { NetWorld } from "../core/world.ts";
import { ctCleanup, ctDelete, newConntrackNet } from "./conntrack.ts";
import { CT_BRIDGE_HOOKS, CT_HOOKS } from "./ct-hooks.ts";
import { NatNet } from "./nat-hooks.ts";
import { newNftNet } from "./nft/net.ts";
import type { NetfilterState } from "./state.ts";

/** Netfilter of a new namespace: no rules, nothing tracked, bridges ask IPv4's hooks. */
export function newNetfilterState(ns: Netns): NetfilterState {
  return {
    nft: newNftNet(),
    ct: newConntrackNet(ns, { ip: CT_HOOKS, bridge: CT_BRIDGE_HOOKS }),
    nat: new NatNet(ns),
    bridge: { callIptables: 1, callIp6tables: 1, callArptables: 1, filterVlanTagged: 0, filterPppoeTagged: 0, passVlanInputDev: 0, hooked: false },
  };
}

/** nf_conntrack_cleanup_net: the flows go with their namespace, and nobody hears of it. */
export function dropFlows(ns: Netns): void {
  ns.nf.ct.listeners.clear();
  for (const ct of [...ns.nf.ct.table.entries()]) {
    ct.shown = null;
    ctDelete(ns, ct, "gone with its namespace");
  }
}

/** masq_device_event: flows masqueraded to the address of a device that went down end with it. Registered once a world. */
export function watchMasquerade(world: NetWorld): void {
  world.notifiers.push((dev, event) => {
    if (event === "down" && dev.ns.nf.ct.table.size > 0) ctCleanup(dev.ns, (ct) => ct.masqIfindex === dev.ifindex, "ended: the device it was masqueraded to is down");
  });
}
