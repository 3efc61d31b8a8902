import { describe, expect, test } from "vitest";
import { batchOf, journeyOf, snapshotOf } from "../store/world-fixture.ts";
import type { EventSketch } from "../store/world-fixture.ts";
import { World } from "../store/world.ts";
import { DECISION_MS, HOP_MS } from "./durations.ts";
import { Player } from "./player.ts";

const mine = (kind: EventSketch["kind"], place: string, more: Partial<EventSketch> = {}): EventSketch => ({ kind, place, journey: 1, skb: 1, ...more });
const PING: readonly EventSketch[] = [
  mine("app.send", "c1"), mine("route", "c1"), mine("l2.tx", "c1"), mine("l2.rx", "w1"), mine("route", "w1"), mine("l2.rx", "c2"),
];
const DAEMON: EventSketch = { kind: "l2.rx", place: "e1", journey: 0 };

class Stage {
  readonly world = new World();
  readonly player = new Player(this.world);
  constructor(events: readonly EventSketch[] = PING) {
    this.world.load(snapshotOf());
    this.world.receive(null, null, [journeyOf(1)]);
    this.add(events);
  }
  add(events: readonly EventSketch[]): void {
    this.world.receive(batchOf(this.world.log.end, events.map((event) => ({ ...event })), this.#words), null, []);
  }
  readonly #words: string[] = [];
}

describe("playing", () => {
  test("a hop takes 450 ms at speed 1, and the fraction tells how far the packet is", () => {
    const { player } = new Stage([mine("l2.rx", "w1")]);
    player.tick(HOP_MS / 2);
    expect([player.position, player.fraction]).toEqual([0, 0.5]);
    player.tick(HOP_MS / 2);
    expect([player.position, player.fraction]).toEqual([1, 0]);
  });

  test("speed 4 reaches a decision in a quarter of 600 ms", () => {
    const { player } = new Stage([mine("encap", "w1")]);
    player.setSpeed(4);
    player.tick(DECISION_MS / 4);
    expect(player.position).toBe(1);
  });

  test("instant shows everything at once", () => {
    const { player, world } = new Stage();
    player.setSpeed("instant");
    player.tick(16);
    expect(player.position).toBe(world.log.end);
  });

  test("events of daemons pass at once and are not stopped at", () => {
    const { player } = new Stage([DAEMON, DAEMON, mine("l2.rx", "w1"), DAEMON]);
    player.tick(HOP_MS);
    expect(player.position).toBe(3);
    player.tick(1);
    expect(player.position).toBe(4);
  });

  test("far behind, the view hurries", () => {
    const far = new Stage(Array.from({ length: 600 }, () => mine("l2.rx", "w1")));
    far.player.tick(1000);
    expect(far.player.position).toBeGreaterThan(15);
  });

  test("a second packet on the path of the first plays four times as fast and says so", () => {
    const { player } = new Stage([...PING, ...PING]);
    player.seek(PING.length);
    expect(player.sameAs).toBe(1);
    player.play();
    player.tick((3 * 120 + 2 * 120 + 2 * HOP_MS + 2 * DECISION_MS) / 4);
    expect(player.position).toBe(2 * PING.length);
  });

  test("a repeat that needs no ARP any more is still the same path", () => {
    const { player } = new Stage([mine("app.send", "c1"), mine("neigh.miss", "c1"), mine("l2.rx", "w1"), mine("app.send", "c1"), mine("l2.rx", "w1")]);
    player.seek(4);
    expect(player.sameAs).toBe(1);
  });

  test("rounds are counted from the first packet, and a neighbour known by now makes no other path", () => {
    const { player } = new Stage([mine("proc.start", "c1"), ...PING, mine("app.send", "c1"), mine("neigh.hit", "c1"), mine("l2.rx", "w1")]);
    player.seek(9);
    expect(player.sameAs).toBe(1);
  });

  test("a different hop in a repeat ends the hurry", () => {
    const { player } = new Stage([...PING, mine("app.send", "c1"), mine("route", "c1"), mine("l2.rx", "w9")]);
    player.tick(20_000);
    expect([player.position, player.sameAs]).toEqual([9, 0]);
  });

  test("with reduced motion nothing travels, the beat stays", () => {
    const { player } = new Stage([mine("l2.rx", "w1")]);
    player.reducedMotion = true;
    player.tick(HOP_MS / 2);
    expect([player.position, player.fraction]).toEqual([0, 0]);
    player.tick(HOP_MS / 2);
    expect(player.position).toBe(1);
  });
});

describe("stepping", () => {
  test("step event shows one more event and pauses", () => {
    const { player } = new Stage();
    player.step("event");
    expect([player.position, player.playing]).toEqual([1, false]);
  });

  test("step hop goes to the next interface", () => {
    const { player } = new Stage();
    const seen = [1, 2, 3].map(() => { player.step("hop"); return player.position; });
    expect(seen).toEqual([4, 6, 6]);
  });

  test("step journey goes to the end of the packets under way", () => {
    const { player } = new Stage([...PING, DAEMON]);
    player.step("journey");
    expect(player.position).toBe(PING.length);
  });

  test("back by event, hop and journey are the ways forward reversed", () => {
    const { player } = new Stage();
    player.step("journey");
    const back = (size: "event" | "hop" | "journey"): number => { player.back(size); return player.position; };
    expect([back("event"), back("hop"), back("journey")]).toEqual([5, 4, 0]);
  });

  test("a step at the end of what is known lets the engine run until one event comes", () => {
    const stage = new Stage([mine("app.send", "c1")]);
    stage.player.step("event");
    expect(stage.player.pace.hold).toBe(true);
    stage.player.step("event");
    expect(stage.player.pace.hold).toBe(false);
    stage.add([mine("route", "c1"), mine("l2.tx", "c1")]);
    expect([stage.player.position, stage.player.pace.hold]).toEqual([2, true]);
  });
});

describe("past and live", () => {
  test("stepping back is the past; the engine is held at the frontier", () => {
    const { player } = new Stage();
    player.step("journey");
    player.back("hop");
    expect(player.past).toBe(true);
    expect(player.pace).toMatchObject({ played: PING.length, hold: true });
  });

  test("playing from the past up to the frontier is live again", () => {
    const { player } = new Stage();
    player.step("journey");
    player.back("hop");
    player.play();
    player.tick(5_000);
    expect([player.past, player.pace.hold]).toEqual([false, false]);
  });

  test("live jumps to the newest event and plays", () => {
    const { player, world } = new Stage();
    player.seek(1);
    player.live();
    expect([player.position, player.playing, player.past]).toEqual([world.log.end, true, false]);
  });

  test("pause holds the simulation, play releases it", () => {
    const { player } = new Stage();
    player.pause();
    expect(player.pace.hold).toBe(true);
    player.play();
    expect(player.pace.hold).toBe(false);
  });
});

describe("stopping by itself", () => {
  test("the view pauses at the awaited event and says which it was", () => {
    const { player } = new Stage();
    player.setPauseWhen((event) => event.place === "w1" && event.kind === "route");
    player.tick(20_000);
    expect([player.position, player.playing, player.pausedAt?.place]).toEqual([5, false, "w1"]);
  });

  test("an event seen before does not stop the view again", () => {
    const { player } = new Stage();
    player.step("journey");
    player.seek(0);
    player.setPauseWhen(() => true);
    player.play();
    player.tick(20_000);
    expect(player.position).toBe(PING.length);
  });
});

describe("the filter", () => {
  test("others' packets are stopped at once their chip is on", () => {
    const { player } = new Stage([DAEMON, mine("l2.rx", "w1")]);
    player.setChips({ arp: true, control: false, others: true });
    player.step("event");
    expect(player.position).toBe(1);
  });

  test("a program's start and end are no stops", () => {
    const { player } = new Stage([mine("proc.start", "c1"), mine("l2.rx", "w1"), mine("proc.exit", "c1")]);
    player.tick(HOP_MS);
    expect(player.position).toBe(2);
    player.tick(1);
    expect(player.position).toBe(3);
  });

  test("without the ARP chip one's own ARP is passed over", () => {
    const { player } = new Stage([mine("arp.request", "c1"), mine("l2.rx", "w1")]);
    player.setChips({ arp: false, control: false, others: false });
    player.step("event");
    expect(player.position).toBe(2);
  });
});
