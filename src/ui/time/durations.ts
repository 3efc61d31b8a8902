import type { TraceEvent, TraceKind } from "../../protocol/trace.ts";
import type { Hops } from "./hops.ts";

/** Milliseconds of the view at speed 1. */
export const HOP_MS = 450;
export const DECISION_MS = 600;
/** Bookkeeping that explains little by itself: shown, but not dwelt on. */
const BRIEF_MS = 120;
/** Ten machines hear a flood at once: their copies are not told one after another. */
const COPY_MS = 25;

const DECISIONS: ReadonlySet<TraceKind> = new Set([
  "route", "forward", "neigh.miss", "neigh.fail", "encap", "decap", "nat", "nft.eval", "frag.needed",
  "icmp.error", "drop", "ctl.miss", "bridge.flood", "arp.request", "arp.reply",
]);

/** How long the view takes to reach `event` at speed 1. */
export function durationMs(event: TraceEvent, hops: Hops): number {
  if (hops.isFollower(event.seq)) return COPY_MS;
  if (event.kind === "l2.rx") return hops.isHop(event.seq) || event.parent !== 0 && hops.isUnwanted(event.seq) ? HOP_MS : BRIEF_MS;
  if (hops.isUnwanted(event.seq)) return COPY_MS;
  return DECISIONS.has(event.kind) ? DECISION_MS : BRIEF_MS;
}
