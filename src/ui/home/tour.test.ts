import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeEngine } from "../testing/fake-link.ts";
import { TOUR_COMMAND, Tour } from "./tour.ts";

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

function begun(): { engine: FakeEngine; tour: Tour; typed: () => string } {
  const engine = FakeEngine.loaded();
  const tour = new Tour(engine.session);
  tour.begin();
  return { engine, tour, typed: () => engine.session.terminals.active?.early ?? "" };
}

const toWorker = [{ kind: "app.send", place: "C0w1/c1" }, { kind: "l2.rx", place: "C0w1" }] as const;
const wrapped = [{ kind: "encap", place: "C0w1" }, { kind: "l2.rx", place: "C0w2" }] as const;

test("the first minute: a ping by itself, a stop in the tunnel, the learner's own, the question, the outcome", () => {
  const { engine, tour, typed } = begun();
  expect(tour.stage).toBe("hello");
  vi.advanceTimersByTime(2000);
  expect([tour.stage, typed()]).toEqual(["watch", `${TOUR_COMMAND}\r`]);
  engine.happens(1, [...toWorker, ...wrapped]);
  engine.session.player.tick(60_000);
  expect([tour.stage, engine.session.player.playing]).toEqual(["capsule", false]);
  vi.advanceTimersByTime(10_000);
  expect([tour.stage, typed()]).toEqual(["yours", `${TOUR_COMMAND}\r${TOUR_COMMAND}`]);
  engine.session.player.tick(60_000);
  engine.happens(2, [...toWorker, ...wrapped]);
  engine.session.player.tick(60_000);
  expect([tour.stage, engine.session.player.playing, tour.revealed]).toEqual(["ask", false, false]);
  tour.answer("pod");
  engine.session.player.tick(60_000);
  expect([tour.stage, tour.revealed, tour.answered]).toEqual(["answered", true, "pod"]);
});

test("a learner who takes over is left alone", () => {
  const { engine, tour, typed } = begun();
  tour.takeOver();
  vi.advanceTimersByTime(60_000);
  expect([tour.stage, typed()]).toEqual(["free", ""]);
  engine.happens(1, [...toWorker, ...wrapped]);
  engine.session.player.tick(60_000);
  expect(engine.session.player.playing).toBe(true);
});
