import type { JourneyInfo } from "../../protocol/messages.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import type { World } from "../store/world.ts";
import { isUnwantedDrop } from "./hops.ts";
import { isAboutPackets } from "./filter.ts";
import type { FilterChips } from "./filter.ts";
import type { Player } from "./player.ts";

/** The shown events of one command, in order: what the timeline and the journey list are made of. */
export interface Track {
  readonly journey: JourneyInfo;
  readonly events: readonly LoggedEvent[];
  readonly hops: readonly LoggedEvent[];
  /** Those that the view has ever shown. What is only known to come is not told: the learner may be asked about it. */
  readonly seen: readonly LoggedEvent[];
}

export type MarkerKind = "drop" | "nat" | "encap" | "arp" | "again" | "dupack" | "reset" | "window";

/** What happened to a connection and stands out. */
const TCP_MARKS: Readonly<Partial<Record<LoggedEvent["kind"], MarkerKind>>> = {
  "tcp.retransmit": "again", "tcp.dupack": "dupack", "tcp.rst": "reset", "tcp.window": "window", "tcp.overflow": "reset",
};

/** What stands out on the timeline, or null. */
export function markerOf(event: LoggedEvent): MarkerKind | null {
  if (event.drop !== null) return isUnwantedDrop(event) ? null : "drop";
  if (event.kind === "nat") return "nat";
  if (event.kind === "encap") return "encap";
  return event.kind === "arp.request" ? "arp" : TCP_MARKS[event.kind] ?? null;
}

/** How many of `events` (in order of number) had happened at `position`. */
export function countBefore(events: readonly LoggedEvent[], position: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.seq ?? Infinity) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Growing {
  readonly events: LoggedEvent[];
}

const NOTHING: Growing = { events: [] };

/** Sorts events by journey as they arrive, so that nobody has to search the log while drawing. */
export class Tracks {
  readonly #world: World;
  readonly #player: Player;
  #byJourney = new Map<number, Growing>();
  #sorted = 0;
  #chips: FilterChips | null = null;
  #hidden = 0;

  constructor(world: World, player: Player) {
    this.#world = world;
    this.#player = player;
    world.loaded.subscribe(() => { this.#chips = null; });
  }

  /** The command whose packets are in view: the latest that had caused any at the instant of the view. */
  get followed(): Track | null {
    this.#sort();
    const { position, journeys } = this.#world;
    const mine = journeys.filter((journey) => journey.terminal !== 0 && this.#byJourney.has(journey.id));
    const begun = mine.filter((journey) => (this.#byJourney.get(journey.id)?.events[0]?.seq ?? Infinity) < position);
    const journey = begun.at(-1) ?? mine[0];
    if (journey === undefined) return null;
    const { events } = this.#byJourney.get(journey.id) ?? NOTHING;
    return { journey, events, hops: events.filter((event) => this.#player.hops.isHop(event.seq)), seen: events.slice(0, countBefore(events, this.#player.frontier)) };
  }

  /** Events that the filter keeps from view, in the whole log. */
  get hiddenCount(): number {
    this.#sort();
    return this.#hidden;
  }

  #sort(): void {
    const { log } = this.#world;
    if (this.#chips !== this.#player.chips) this.#restart();
    for (; this.#sorted < log.end; this.#sorted++) {
      const event = log.at(this.#sorted);
      if (event !== null) this.#put(event);
    }
  }

  #restart(): void {
    this.#chips = this.#player.chips;
    this.#byJourney = new Map();
    this.#sorted = this.#world.log.first;
    this.#hidden = 0;
  }

  #put(event: LoggedEvent): void {
    if (!this.#player.shows(event)) {
      if (isAboutPackets(event)) this.#hidden++;
      return;
    }
    const growing = this.#byJourney.get(event.journey) ?? { events: [] };
    this.#byJourney.set(event.journey, growing);
    growing.events.push(event);
  }
}

/** "hop 4 of 11", counting the hops shown so far. */
export function hopWords(track: Track, position: number): string {
  return `hop ${countBefore(track.hops, position)} of ${track.hops.length}`;
}

/** Text for a duration of simulated time: "41.2 µs". */
export function nsText(ns: number): string {
  if (ns < 1_000) return `${Math.round(ns)} ns`;
  if (ns < 1_000_000) return `${(ns / 1_000).toFixed(1)} µs`;
  return ns < 1_000_000_000 ? `${(ns / 1_000_000).toFixed(1)} ms` : `${(ns / 1_000_000_000).toFixed(2)} s`;
}
