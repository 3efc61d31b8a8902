import { MS, SEC } from "../../sim/sim.ts";
import type { Netns } from "../core/netns.ts";
import { type SysctlEntry, intEntry, parseSysctlInt } from "../core/sysctl.ts";

/** Tunables of a device's neighbours: /proc/sys/net/ipv4/neigh/<dev>/* (arp(7), struct neigh_parms). */
export class NeighParms {
  mcastSolicit = 3;
  ucastSolicit = 3;
  appSolicit = 0;
  mcastResolicit = 0;
  baseReachableNs = 30 * SEC;
  /** Drawn anew from half to three halves of the base. */
  reachableNs = 30 * SEC;
  delayFirstProbeNs = 5 * SEC;
  retransNs = 1 * SEC;
  gcStaleNs = 60 * SEC;
  locktimeNs = 1 * SEC;
  /** Bytes (true sizes) that may wait for one unresolved neighbour. */
  unresQueueBytes = 212992;
  proxyQlen = 64;
  /** A proxy waits up to so long before it answers a broadcast (0.8 s). */
  proxyDelayNs = 800 * MS;

  /** neigh_rand_reach_time (RFC 4861 §6.3.2). */
  randomize(random: number): void {
    this.reachableNs = Math.floor(this.baseReachableNs / 2 + (random / 0x100000000) * this.baseReachableNs);
  }

  copyFrom(other: NeighParms): void {
    Object.assign(this, other);
  }
}

/** SKB_TRUESIZE(ETH_FRAME_LEN): what a full Ethernet frame costs in memory (unres_qlen counts in these). */
const FRAME_TRUE_SIZE = 1514 + 256 + 320;

/** proc_unres_qlen. */
function setQueueFrames(parms: NeighParms, text: string): "EINVAL" | undefined {
  const n = parseSysctlInt(text);
  if (n === null || n < 0 || n > Math.floor(0x7fffffff / FRAME_TRUE_SIZE)) return "EINVAL";
  parms.unresQueueBytes = n * FRAME_TRUE_SIZE;
  return undefined;
}

/** Registers net/ipv4/neigh/<name>/… for one set of tunables. */
export function registerNeighSysctls(ns: Netns, name: string, parms: NeighParms): void {
  ns.sysctl.register(`net/ipv4/neigh/${name}`, () => new Map<string, SysctlEntry>([
    ["app_solicit", intEntry(parms, "appSolicit", 0)],
    ["mcast_solicit", intEntry(parms, "mcastSolicit", 0)],
    ["ucast_solicit", intEntry(parms, "ucastSolicit", 0)],
    ["mcast_resolicit", intEntry(parms, "mcastResolicit", 0)],
    ["base_reachable_time", timeEntry(parms, "baseReachableNs", SEC)],
    ["base_reachable_time_ms", timeEntry(parms, "baseReachableNs", MS)],
    ["delay_first_probe_time", timeEntry(parms, "delayFirstProbeNs", SEC)],
    ["gc_stale_time", timeEntry(parms, "gcStaleNs", SEC)],
    ["locktime", timeEntry(parms, "locktimeNs", 10 * MS)],
    ["retrans_time", timeEntry(parms, "retransNs", 10 * MS)],
    ["retrans_time_ms", timeEntry(parms, "retransNs", MS)],
    ["unres_qlen_bytes", intEntry(parms, "unresQueueBytes", 0)],
    ["proxy_qlen", intEntry(parms, "proxyQlen", 0)],
    ["unres_qlen", { get: () => String(Math.floor(parms.unresQueueBytes / FRAME_TRUE_SIZE)), set: (text) => setQueueFrames(parms, text) }],
    ["proxy_delay", timeEntry(parms, "proxyDelayNs", 10 * MS)],
    // Read only: managed neighbours would ask, and they are not simulated.
    ["anycast_delay", { get: () => "100" }], ["interval_probe_time_ms", { get: () => "5000" }],
  ]));
}

function timeEntry(parms: NeighParms, field: "baseReachableNs" | "delayFirstProbeNs" | "gcStaleNs" | "locktimeNs" | "retransNs" | "proxyDelayNs", unitNs: number): SysctlEntry {
  return {
    get: () => String(Math.floor(parms[field] / unitNs)),
    set: (text) => {
      const n = parseSysctlInt(text);
      if (n === null || n < 0) return "EINVAL";
      parms[field] = n * unitNs;
      return undefined;
    },
  };
}
