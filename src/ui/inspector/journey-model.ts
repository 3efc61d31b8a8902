import type { LoggedEvent } from "../store/event-log.ts";
import type { Hops } from "../time/hops.ts";

/** What happened to the packets at one place between two hops: one card of the journey. */
export interface HopCard {
  /** Number of the hop that began it; 0 for what happened before the first hop. */
  readonly hop: number;
  readonly place: string;
  /** Interface by which the packet came in, "" when it began here. */
  readonly from: string;
  /** Interface by which it left, "" when it did not. */
  readonly to: string;
  /** Everything worth a line; the moves themselves are the card's heading. */
  readonly lines: readonly LoggedEvent[];
  /** All its events, in order. */
  readonly events: readonly LoggedEvent[];
}

/** Bookkeeping without a decision is not worth a line. */
const MUTE: ReadonlySet<string> = new Set(["l2.tx", "l2.rx", "bridge.learn"]);

function isLine(event: LoggedEvent): boolean {
  return event.drop !== null || event.decision !== null || !MUTE.has(event.kind);
}

/**
 * Cuts a journey's events into cards. An arrival at another place begins a card, and so does an
 * arrival that follows a departure; what happens inside one machine between stays on one card. Copies
 * of a flood that nobody wanted are left out: the flood says to how many ports it went.
 */
export function cardsOf(events: readonly LoggedEvent[], hops: Hops): HopCard[] {
  const groups: LoggedEvent[][] = [];
  for (const event of events) {
    if (hops.isUnwanted(event.seq)) continue;
    const open = groups.at(-1);
    if (open === undefined || beginsCard(open, event)) groups.push([event]);
    else open.push(event);
  }
  let hop = 0;
  return groups.map((group) => {
    hop += group.filter((event) => hops.isHop(event.seq)).length;
    return cardOf(group, hop);
  });
}

function beginsCard(open: readonly LoggedEvent[], event: LoggedEvent): boolean {
  const last = open.at(-1);
  return last !== undefined && (last.place !== event.place || (event.kind === "app.send" && open.length > 0));
}

function cardOf(group: readonly LoggedEvent[], hop: number): HopCard {
  const first = group[0];
  const lastOut = group.filter((event) => event.kind === "l2.tx").at(-1);
  return {
    hop, place: first?.place ?? "",
    from: first?.kind === "l2.rx" ? first.dev : "",
    to: lastOut?.dev ?? "",
    lines: group.filter(isLine), events: group,
  };
}

/** The card that holds the event shown last at `position`. */
export function currentCard(cards: readonly HopCard[], position: number): HopCard | null {
  return cards.filter((card) => (card.events[0]?.seq ?? Infinity) < position).at(-1) ?? null;
}
