import type { Netns } from "../core/netns.ts";
import { newConntrackNet } from "./conntrack.ts";
import type { NetfilterState } from "./state.ts";

/** Netfilter of a new namespace: no rules, nothing tracked, bridges ask IPv4's hooks. */
export function newNetfilterState(ns: Netns): NetfilterState {
  return {
    nft: { tables: [], genid: 1, listeners: new Set(), traceListeners: new Set() },
    ct: newConntrackNet(ns),
    bridge: { callIptables: 1, callIp6tables: 1, callArptables: 1, filterVlanTagged: 0, filterPppoeTagged: 0, passVlanInputDev: 0 },
    log: null,
  };
}
