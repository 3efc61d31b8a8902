import type { TraceEvent, TraceKind } from "../../protocol/trace.ts";

/** Milliseconds of the view at speed 1. */
export const HOP_MS = 450;
export const DECISION_MS = 600;
/** Bookkeeping that explains little by itself: shown, but not dwelt on. */
const BRIEF_MS = 120;

const DECISIONS: ReadonlySet<TraceKind> = new Set([
  "route", "forward", "neigh.miss", "neigh.fail", "encap", "decap", "nat", "nft.eval", "frag.needed",
  "icmp.error", "drop", "ctl.miss", "bridge.flood",
]);

/** A frame that the receiver throws away because it was for somebody else: the far ends of a flood. */
const NOT_FOR_ME: ReadonlySet<string> = new Set(["OTHERHOST", "ARP_IGNORED"]);

/** A move from one interface to the next ends with this event. */
export function isHop(event: TraceEvent): boolean {
  return event.kind === "l2.rx";
}

/** How long the view takes to reach `event` at speed 1. `previous` is the last one shown. */
export function durationMs(event: TraceEvent, previous: TraceEvent | null): number {
  if (isHop(event)) return isAnotherCopy(event, previous) ? BRIEF_MS : HOP_MS;
  if (event.drop !== null && NOT_FOR_ME.has(event.drop)) return BRIEF_MS;
  return DECISIONS.has(event.kind) ? DECISION_MS : BRIEF_MS;
}

/** Copies of one flooded frame arrive together: only the first is travelled at full length. */
function isAnotherCopy(event: TraceEvent, previous: TraceEvent | null): boolean {
  return previous !== null && event.parent !== 0 && previous.parent === event.parent && previous.atNs === event.atNs;
}
