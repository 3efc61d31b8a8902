import { wheelExpiryNs } from "../../sim/jiffies.ts";
import { MS } from "../../sim/sim.ts";
import type { Mac } from "../../wire/addr.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { drop, trace } from "../core/trace.ts";
import { type NeighEntry, type NudState, isConnected, isInTimer, isValid, neighChanged, neighRow, parmsOf, visibleRow } from "./neigh.ts";
import { sendResolved } from "./output.ts";

/*
 * Neighbour unreachability detection: RFC 4861 §7.3, Linux net/core/neighbour.c.
 *
 *   none ──packet──▶ incomplete ──answer──▶ reachable ──time──▶ stale ──packet──▶ delay ──5 s──▶ probe
 *                        └──3 unanswered──▶ failed ◀──3 unanswered──────────────────────────────────┘
 */

/** What a caller is told: send now, or the entry took the packet. */
export type NeighAnswer = "send" | "queued" | "failed";

/** A packet wants to leave through this entry (__neigh_event_send). Takes the skb unless the answer is "send". */
export function neighEventSend(ns: Netns, entry: NeighEntry, skb: Skb): NeighAnswer {
  entry.usedNs = ns.world.sim.nowNs;
  if (isConnected(entry.state) || entry.state === "delay" || entry.state === "probe") return "send";
  if (entry.dead) return lose(ns, skb);
  if (entry.state === "stale") {
    becomes(ns, entry, "delay", skb.journey);
    startTimer(ns, entry, parmsOf(entry).delayFirstProbeNs);
    return "send";
  }
  return entry.state === "incomplete" ? enqueue(ns, entry, skb) : beginResolution(ns, entry, skb);
}

function lose(ns: Netns, skb: Skb): NeighAnswer {
  drop(ns, skb, "NEIGH_DEAD");
  return "failed";
}

function beginResolution(ns: Netns, entry: NeighEntry, skb: Skb): NeighAnswer {
  const parms = parmsOf(entry);
  if (parms.mcastSolicit + parms.appSolicit === 0) {
    becomes(ns, entry, "failed", skb.journey);
    drop(ns, skb, "NEIGH_FAILED");
    return "failed";
  }
  becomesIncomplete(ns, entry, skb.journey);
  enqueue(ns, entry, skb);
  probe(ns, entry);
  return "queued";
}

function becomesIncomplete(ns: Netns, entry: NeighEntry, journey: number): void {
  entry.probes = parmsOf(entry).ucastSolicit;
  becomes(ns, entry, "incomplete", journey);
  startTimer(ns, entry, retransmitNs(entry));
}

/** neigh_event_send without a packet: somebody wants to know the neighbour (a redirect named it, `ip neigh … use`). */
export function neighProbe(ns: Netns, entry: NeighEntry, journey: number): void {
  entry.usedNs = ns.world.sim.nowNs;
  if (entry.dead || isConnected(entry.state) || isInTimer(entry.state)) return;
  if (entry.state === "stale") {
    becomes(ns, entry, "delay", journey);
    return startTimer(ns, entry, parmsOf(entry).delayFirstProbeNs);
  }
  becomesIncomplete(ns, entry, journey);
  probe(ns, entry);
}

/** Linux keeps a bounded number of bytes per neighbour and drops the oldest packet: ping's first reply depends on it. */
function enqueue(ns: Netns, entry: NeighEntry, skb: Skb): NeighAnswer {
  const bytes = trueSize(skb);
  while (entry.queueBytes + bytes > parmsOf(entry).unresQueueBytes && entry.queue.length > 0) {
    const oldest = entry.queue.shift()!;
    entry.queueBytes -= trueSize(oldest);
    drop(ns, oldest, "NEIGH_QUEUEFULL");
  }
  entry.queue.push(skb);
  entry.queueBytes += bytes;
  if (ns.world.trace !== null) {
    const row = neighRow(entry);
    trace(ns, "neigh.miss", entry.dev.name, skb, { decision: { table: "neigh", row, losers: [], note: "the packet waits until the neighbour is known" } });
  }
  return "queued";
}

/** skb->truesize: data plus bookkeeping, in the kernel's 256-byte steps. */
const trueSize = (skb: Skb): number => 512 + 256 * Math.ceil((skb.length + 64) / 256);

const retransmitNs = (entry: NeighEntry): number => Math.max(parmsOf(entry).retransNs, 10 * MS);

function startTimer(ns: Netns, entry: NeighEntry, delayNs: number): void {
  entry.timer?.cancel();
  const { sim } = ns.world;
  const waitNs = delayNs <= 0 ? 0 : wheelExpiryNs(sim.nowNs, delayNs) - sim.nowNs;
  entry.timer = sim.after(waitNs, () => onTimer(ns, entry), undefined);
}

function becomes(ns: Netns, entry: NeighEntry, state: NudState, journey: number): void {
  const before = visibleRow(entry);
  entry.state = state;
  entry.updatedNs = ns.world.sim.nowNs;
  neighChanged(ns, entry, before, journey);
}

/** neigh_timer_handler. */
function onTimer(ns: Netns, entry: NeighEntry): void {
  entry.timer = null;
  if (entry.state === "reachable") return onReachableTimer(ns, entry);
  if (entry.state === "delay" && ns.world.sim.nowNs <= entry.confirmedNs + parmsOf(entry).delayFirstProbeNs) {
    becomes(ns, entry, "reachable", 0);
    return startTimer(ns, entry, entry.confirmedNs + parmsOf(entry).reachableNs - ns.world.sim.nowNs);
  }
  if (entry.state === "delay") {
    entry.probes = 0;
    becomes(ns, entry, "probe", 0);
  }
  if (entry.state !== "probe" && entry.state !== "incomplete") return;
  if (entry.probes >= maxProbes(entry)) return giveUp(ns, entry);
  startTimer(ns, entry, retransmitNs(entry));
  probe(ns, entry);
}

function onReachableTimer(ns: Netns, entry: NeighEntry): void {
  const nowNs = ns.world.sim.nowNs;
  const parms = parmsOf(entry);
  if (nowNs < entry.confirmedNs + parms.reachableNs) return startTimer(ns, entry, entry.confirmedNs + parms.reachableNs - nowNs);
  if (nowNs <= entry.usedNs + parms.delayFirstProbeNs) {
    becomes(ns, entry, "delay", 0);
    return startTimer(ns, entry, parms.delayFirstProbeNs);
  }
  becomes(ns, entry, "stale", 0);
}

/** neigh_max_probes. */
function maxProbes(entry: NeighEntry): number {
  const p = parmsOf(entry);
  return p.ucastSolicit + p.appSolicit + (entry.state === "probe" ? p.mcastResolicit : p.mcastSolicit);
}

function probe(ns: Netns, entry: NeighEntry): void {
  const waiting = entry.queue[entry.queue.length - 1];
  ns.neigh.ops.solicit(ns, entry, waiting);
  entry.probes++;
}

function giveUp(ns: Netns, entry: NeighEntry): void {
  becomes(ns, entry, "failed", entry.queue[0]?.journey ?? 0);
  invalidate(ns, entry);
}

/** neigh_invalidate: everybody who waited hears that it was in vain. */
function invalidate(ns: Netns, entry: NeighEntry): void {
  for (const skb of takeQueue(entry)) ns.neigh.ops.errorReport(ns, entry, skb);
}

function takeQueue(entry: NeighEntry): readonly Skb[] {
  entry.queueBytes = 0;
  return entry.queue.splice(0);
}

/** How an update may treat what is known (NEIGH_UPDATE_F_*). */
export interface NeighUpdate {
  /** `null` keeps the known address. */
  readonly mac: Mac | null;
  readonly state: NudState;
  /** Replace a different known MAC. */
  readonly override: boolean;
  /** A person or daemon asked for it: fixed entries may change too. */
  readonly admin: boolean;
  readonly journey: number;
}

/** neigh_update: what ARP or `ip neigh` said. `EPERM` for fixed rows, `EINVAL` for a valid state without address. */
export function neighUpdate(ns: Netns, entry: NeighEntry, update: NeighUpdate): "EPERM" | "EINVAL" | undefined {
  const old = entry.state;
  if (!update.admin && (old === "noarp" || old === "permanent")) return "EPERM";
  if (!isValid(update.state)) return becomesInvalid(ns, entry, update);
  if (update.mac === null && !isValid(old)) return "EINVAL";
  const mac = update.mac ?? entry.mac;
  if (isConnected(update.state)) entry.confirmedNs = ns.world.sim.nowNs;
  if (isValid(old) && mac !== entry.mac && !update.override) return undefined;
  const sameStale = isValid(old) && mac === entry.mac && update.state === "stale" && !update.admin;
  apply(ns, entry, mac, sameStale ? old : update.state, update.journey);
  return undefined;
}

function becomesInvalid(ns: Netns, entry: NeighEntry, update: NeighUpdate): undefined {
  const old = entry.state;
  entry.timer?.cancel();
  becomes(ns, entry, update.state, update.journey);
  if ((old === "incomplete" || old === "probe") && update.state === "failed") invalidate(ns, entry);
  if (update.state === "incomplete" || update.state === "probe") startTimer(ns, entry, 0);
}

function apply(ns: Netns, entry: NeighEntry, mac: Mac, state: NudState, journey: number): void {
  const old = entry.state;
  const before = visibleRow(entry);
  const nowNs = ns.world.sim.nowNs;
  if (state !== old || mac !== entry.mac) entry.updatedNs = nowNs;
  if (mac !== entry.mac && !isConnected(state)) entry.confirmedNs = nowNs - 2 * parmsOf(entry).baseReachableNs;
  entry.mac = mac;
  if (state !== old) {
    entry.timer?.cancel();
    entry.timer = null;
    entry.state = state;
    if (state === "probe") entry.probes = 0;
    if (isInTimer(state)) startTimer(ns, entry, state === "reachable" ? parmsOf(entry).reachableNs : 0);
  }
  if (visibleRow(entry) !== before) neighChanged(ns, entry, before, journey);
  if (!isValid(old) && isValid(state)) for (const skb of takeQueue(entry)) sendResolved(ns, entry, skb);
}

/** Upper layers heard from this neighbour (neigh_confirm). */
export function neighConfirm(ns: Netns, entry: NeighEntry): void {
  entry.confirmedNs = ns.world.sim.nowNs;
}

/** `ip neigh del` and device removal: the row goes, waiting packets with it. */
export function neighDelete(ns: Netns, entry: NeighEntry, journey: number): void {
  const before = visibleRow(entry);
  ns.neigh.forget(entry);
  for (const skb of takeQueue(entry)) drop(ns, skb, "NEIGH_DEAD");
  neighChanged(ns, entry, before, journey);
}
