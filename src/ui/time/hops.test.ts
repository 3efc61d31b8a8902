import { describe, expect, test } from "vitest";
import { batchOf, snapshotOf } from "../store/world-fixture.ts";
import type { EventSketch } from "../store/world-fixture.ts";
import { World } from "../store/world.ts";
import { Hops } from "./hops.ts";

function after(...events: readonly EventSketch[]): Hops {
  const world = new World();
  world.load(snapshotOf());
  world.receive(batchOf(0, events), null, []);
  const hops = new Hops();
  events.forEach((_, seq) => { const event = world.log.at(seq); if (event !== null) hops.take(event); });
  return hops;
}

const at = (kind: EventSketch["kind"], place: string, skb: number, more: Partial<EventSketch> = {}): EventSketch => ({ kind, place, skb, atNs: 0, ...more });

describe("what is a hop", () => {
  test("an arrival from another interface is one", () => {
    expect(after(at("l2.tx", "c1", 1), at("l2.rx", "w1", 1)).isHop(1)).toBe(true);
  });

  test("a frame that a bridge hands up to its own machine is none", () => {
    const hops = after(at("l2.rx", "w1", 1), at("bridge.hit", "w1", 1), at("l2.rx", "w1", 1));
    expect([hops.isHop(0), hops.isHop(2)]).toEqual([true, false]);
  });

  test("over the loopback it is one, though the machine is the same", () => {
    expect(after(at("l2.tx", "w1", 1), at("l2.rx", "w1", 1)).isHop(1)).toBe(true);
  });

  test("a copy for somebody else is unwanted, both its arrival and its end, and no hop", () => {
    const hops = after(at("l2.rx", "e1", 5, { parent: 4 }), at("drop", "e1", 5, { parent: 4, drop: "ARP_IGNORED" }));
    expect([hops.isHop(0), hops.isUnwanted(0), hops.isUnwanted(1)]).toEqual([false, true, true]);
  });

  test("any other drop leaves its arrival a hop", () => {
    const hops = after(at("l2.rx", "w1", 5), at("drop", "w1", 5, { drop: "IP_INNOROUTES" }));
    expect([hops.isHop(0), hops.isUnwanted(1)]).toEqual([true, false]);
  });

  test("of the copies of a flood that arrive together, all but the first follow", () => {
    const hops = after(at("l2.rx", "e1", 5, { parent: 4 }), at("l2.rx", "w2", 6, { parent: 4 }), at("l2.rx", "w3", 7, { parent: 4, atNs: 9 }));
    expect([hops.isFollower(0), hops.isFollower(1), hops.isFollower(2)]).toEqual([false, true, false]);
  });
});
