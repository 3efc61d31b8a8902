import { describe, expect, test } from "vitest";
import { batchOf, journeyOf, snapshotOf } from "../store/world-fixture.ts";
import { Hops } from "../time/hops.ts";
import { World } from "../store/world.ts";
import type { LoggedEvent } from "../store/event-log.ts";
import { pingEvents } from "../testing/ping-fixture.ts";
import { cardsOf, currentCard } from "./journey-model.ts";

function ping(): LoggedEvent[] {
  const world = new World();
  world.load(snapshotOf());
  world.receive(batchOf(0, pingEvents(1, 0)), null, [journeyOf(1)]);
  return Array.from({ length: world.log.end }, (_, seq) => world.log.at(seq)).filter((event) => event !== null);
}

function hopsOf(events: readonly LoggedEvent[]): Hops {
  const hops = new Hops();
  for (const event of events) hops.take(event);
  return hops;
}

const pingCards = () => cardsOf(ping(), hopsOf(ping()));

describe("a journey as cards", () => {
  test("there and back is one card a place", () => {
    expect(pingCards().map((card) => card.place)).toEqual(["C0w1/c1", "C0w1", "box", "C0w2", "C0w2/c2", "C0w2", "box", "C0w1", "C0w1/c1"]);
  });

  test("a card names the interfaces by which the packet came and left", () => {
    expect(pingCards()[1]).toMatchObject({ place: "C0w1", from: "vethc1", to: "C0w1-eth0", hop: 1 });
  });

  test("its lines are the decisions, not the moves", () => {
    expect(pingCards()[1]?.lines.map((event) => event.kind)).toEqual(["route", "forward", "neigh.miss", "neigh.write", "encap"]);
  });

  test("the current card is the one of the event shown last", () => {
    const cards = pingCards();
    expect([currentCard(cards, 0), currentCard(cards, 1)?.place, currentCard(cards, 4)?.place]).toEqual([null, "C0w1/c1", "C0w1"]);
  });
});
