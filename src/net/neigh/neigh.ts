import { type Ip4, type Mac, MAC_ZERO, formatIp4, formatMac } from "../../wire/addr.ts";
import type { Timer } from "../../sim/sim.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { trace } from "../core/trace.ts";
import { NeighParms } from "./parms.ts";

/** Neighbour states (RFC 4861 §7.3.2, linux/neighbour.h). */
export type NudState = "none" | "incomplete" | "reachable" | "stale" | "delay" | "probe" | "failed" | "noarp" | "permanent";

/** A MAC is known, though it may have to be checked. */
export const isValid = (s: NudState): boolean => s === "reachable" || s === "stale" || s === "delay" || s === "probe" || s === "noarp" || s === "permanent";
/** No check is needed before sending. */
export const isConnected = (s: NudState): boolean => s === "reachable" || s === "noarp" || s === "permanent";
/** A timer runs in these states. */
export const isInTimer = (s: NudState): boolean => s === "incomplete" || s === "reachable" || s === "delay" || s === "probe";

/** One row of `ip neigh`. */
export class NeighEntry {
  readonly ip: Ip4;
  readonly dev: Netdev;
  mac: Mac = MAC_ZERO;
  state: NudState = "none";
  probes = 0;
  readonly queue: Skb[] = [];
  queueBytes = 0;
  timer: Timer | null = null;
  confirmedNs: number;
  updatedNs: number;
  usedNs: number;
  dead = false;
  /** A packet was sent by it: its Ethernet header is kept ready (neigh->hh). */
  hasHeader = false;
  /** NTF_EXT_LEARNED ("extern_learn"), NTF_ROUTER, NTF_USE flags as `ip neigh` shows them. */
  externLearned = false;
  router = false;
  /** RTPROT_* of who added it, 0 = nobody said. */
  protocol = 0;

  constructor(ip: Ip4, dev: Netdev, nowNs: number) {
    this.ip = ip;
    this.dev = dev;
    this.confirmedNs = nowNs;
    this.updatedNs = nowNs;
    this.usedNs = nowNs;
  }
}

/** How a table asks the wire: ARP's part (struct neigh_ops). Given by arp.ts through init. */
export interface NeighOps {
  solicit(ns: Netns, entry: NeighEntry, waiting: Skb | undefined): void;
  /** A queued packet will never leave: tell its sender (arp_error_report). */
  errorReport(ns: Netns, entry: NeighEntry, skb: Skb): void;
  /** Initial state: NOARP for addresses that need no asking. */
  construct(ns: Netns, entry: NeighEntry): void;
}

/** All neighbours of a namespace (arp_tbl): per device, keyed by address. */
export class NeighTable {
  readonly ns: Netns;
  readonly ops: NeighOps;
  readonly defaults = new NeighParms();
  readonly #byDev = new Map<Netdev, Map<Ip4, NeighEntry>>();

  constructor(ns: Netns, ops: NeighOps) {
    this.ns = ns;
    this.ops = ops;
  }

  lookup(ip: Ip4, dev: Netdev): NeighEntry | undefined {
    return this.#byDev.get(dev)?.get(ip);
  }

  /** Finds or makes the entry (neigh_create). */
  create(ip: Ip4, dev: Netdev): NeighEntry {
    const known = this.lookup(ip, dev);
    if (known !== undefined) return known;
    const entry = new NeighEntry(ip, dev, this.ns.world.sim.nowNs);
    entry.confirmedNs = entry.usedNs - 2 * parmsOf(entry).baseReachableNs;
    this.ops.construct(this.ns, entry);
    let rows = this.#byDev.get(dev);
    if (rows === undefined) this.#byDev.set(dev, (rows = new Map<Ip4, NeighEntry>()));
    rows.set(ip, entry);
    return entry;
  }

  /** Addresses answered for on behalf of others (`ip neigh add proxy`); device null = on all. */
  readonly proxies: { readonly ip: Ip4; readonly dev: Netdev | null; readonly protocol: number }[] = [];

  /** pneigh_lookup. */
  isProxy(ip: Ip4, dev: Netdev): boolean {
    return this.proxies.some((p) => p.ip === ip && (p.dev === null || p.dev === dev));
  }

  /** Takes the row out; the caller has dealt with its queue. */
  forget(entry: NeighEntry): void {
    entry.dead = true;
    entry.timer?.cancel();
    this.#byDev.get(entry.dev)?.delete(entry.ip);
  }

  *entries(): Generator<NeighEntry> {
    for (const rows of this.#byDev.values()) yield* rows.values();
  }

  *entriesOf(dev: Netdev): Generator<NeighEntry> {
    const rows = this.#byDev.get(dev);
    if (rows !== undefined) yield* [...rows.values()];
  }
}

export const parmsOf = (entry: NeighEntry): NeighParms => entry.dev.neighParms ?? entry.dev.ns.neigh.defaults;

/** The row as `ip neigh` prints it. */
export function neighRow(entry: NeighEntry): string {
  const lladdr = isValid(entry.state) ? ` lladdr ${formatMac(entry.mac)}` : "";
  return `${formatIp4(entry.ip)} dev ${entry.dev.name}${lladdr} ${entry.state.toUpperCase()}`;
}

/** Tells trace and netlink that a row changed; `before` null = it was not visible. */
export function neighChanged(ns: Netns, entry: NeighEntry, before: string | null, journey: number): void {
  const after = entry.dead || entry.state === "none" ? null : neighRow(entry);
  if (ns.world.trace !== null && before !== after) {
    const change = { place: ns.place, table: "neigh" as const, key: `${entry.dev.ifindex} ${formatIp4(entry.ip)}`, before, after };
    trace(ns, entry.state === "failed" ? "neigh.fail" : "neigh.write", entry.dev.name, null, { changes: [change], note: after ?? "deleted", journey });
  }
  if (!entry.dead && SILENT.has(entry.state)) return;
  ns.tell({ group: "neigh", is: after === null ? "del" : "new", row: entry, journey });
}

/** The kernel enters these because of a packet and says so to nobody (__neigh_event_send). */
const SILENT: ReadonlySet<NudState> = new Set<NudState>(["incomplete", "delay"]);

/** `null` for rows nobody can see yet. */
export const visibleRow = (entry: NeighEntry): string | null => (entry.state === "none" ? null : neighRow(entry));
