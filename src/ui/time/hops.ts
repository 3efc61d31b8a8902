import type { TraceEvent } from "../../protocol/trace.ts";

/** A copy of a flooded frame that the receiver throws away because it was for somebody else. */
export function isUnwantedDrop(event: TraceEvent): boolean {
  return event.drop === "OTHERHOST" || event.drop === "ARP_IGNORED";
}

/**
 * Tells moves from what looks like one. A hop is an arrival from another interface: not the frame that a
 * bridge or tunnel hands up inside its own machine, and not a copy of a flood that nobody wanted.
 * Takes all events in order; answers by event number.
 */
export class Hops {
  readonly #hops = new Set<number>();
  readonly #unwanted = new Set<number>();
  readonly #followers = new Set<number>();
  /** Latest event of each packet. */
  readonly #last = new Map<number, TraceEvent>();
  /** Latest arrival of each packet, whether a hop or not. */
  readonly #arrived = new Map<number, number>();
  /** Instants at which a copy of a flood has arrived, by origin. */
  readonly #floods = new Set<string>();

  clear(): void {
    for (const kept of [this.#hops, this.#unwanted, this.#followers, this.#last, this.#arrived, this.#floods]) kept.clear();
  }

  /** Event number `seq` ends a move from one interface to the next. */
  isHop(seq: number): boolean { return this.#hops.has(seq); }

  /** Arrival or end of a copy that was for somebody else. */
  isUnwanted(seq: number): boolean { return this.#unwanted.has(seq); }

  /** A copy that arrives together with a sibling that arrived just before: the flood was shown already. */
  isFollower(seq: number): boolean { return this.#followers.has(seq); }

  take(event: TraceEvent): void {
    if (event.skb === 0) return;
    if (event.kind === "l2.rx") this.#takeArrival(event);
    if (isUnwantedDrop(event)) this.#takeUnwanted(event);
    if (event.drop === null) this.#last.set(event.skb, event);
    else this.#forget(event.skb);
  }

  #takeArrival(event: TraceEvent): void {
    const last = this.#last.get(event.skb);
    this.#arrived.set(event.skb, event.seq);
    if (last !== undefined && last.place === event.place && last.kind !== "l2.tx") return;
    this.#hops.add(event.seq);
    if (event.parent === 0) return;
    const flood = `${event.parent} ${event.atNs}`;
    if (this.#floods.has(flood)) this.#followers.add(event.seq);
    this.#floods.add(flood);
  }

  #takeUnwanted(event: TraceEvent): void {
    const arrival = this.#arrived.get(event.skb);
    this.#unwanted.add(event.seq);
    if (arrival === undefined) return;
    this.#unwanted.add(arrival);
    this.#hops.delete(arrival);
  }

  #forget(skb: number): void {
    this.#last.delete(skb);
    this.#arrived.delete(skb);
  }
}
