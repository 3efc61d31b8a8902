import type { JourneyInfo } from "../../protocol/messages.ts";
import type { TraceEvent } from "../../protocol/trace.ts";

/** What besides one's own packets is shown: the chips over the journey list. */
export interface FilterChips {
  /** ARP of one's own journeys. Without it, neighbours seem to be known by magic. */
  readonly arp: boolean;
  /** Daemons and their packets: flanneld, etcd, keep-alives. */
  readonly control: boolean;
  /** Everything else that no command of the learner caused. */
  readonly others: boolean;
}

export const DEFAULT_CHIPS: FilterChips = { arp: true, control: false, others: false };

const ETHERTYPE_ARP = 0x0806;

/** True for ARP messages and for the events of resolving a neighbour by them. */
export function isArp(event: TraceEvent): boolean {
  if (event.kind.startsWith("arp.")) return true;
  const bytes = event.bytes;
  return bytes !== null && event.netOffset === 14 && ((bytes[12] ?? 0) << 8 | (bytes[13] ?? 0)) === ETHERTYPE_ARP;
}

/** True when a learner's command in a terminal caused it. */
export function isMine(event: TraceEvent, journeys: ReadonlyMap<number, JourneyInfo>): boolean {
  return event.journey !== 0 && (journeys.get(event.journey)?.terminal ?? 0) !== 0;
}

/** Programs that start and end are no part of a packet's story: their output tells. */
export function isAboutPackets(event: TraceEvent): boolean {
  return !event.kind.startsWith("proc.");
}

/** Whether the view stops at this event and lists it. */
export function isShown(event: TraceEvent, chips: FilterChips, journeys: ReadonlyMap<number, JourneyInfo>): boolean {
  if (!isAboutPackets(event)) return false;
  if (event.kind.startsWith("ctl.") && !isMine(event, journeys)) return chips.control;
  if (!isMine(event, journeys)) return chips.others;
  return chips.arp || !isArp(event);
}
