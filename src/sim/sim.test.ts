import { expect, test } from "vitest";
import { Rng } from "./rng.ts";
import { Sim } from "./sim.ts";

test("events run by time, then in the order they were asked for", () => {
  const sim = new Sim(1);
  const log: string[] = [];
  const say = (s: string) => log.push(`${s}@${sim.nowNs}`);
  sim.after(20, say, "late");
  sim.after(10, say, "a");
  sim.after(10, say, "b");
  sim.after(0, say, "now");
  while (sim.step());
  expect(log).toEqual(["now@0", "a@10", "b@10", "late@20"]);
});

test("a cancelled timer does not run, cancelling twice is harmless", () => {
  const sim = new Sim(1);
  const log: number[] = [];
  const timer = sim.after(5, (n: number) => log.push(n), 1);
  sim.after(6, (n: number) => log.push(n), 2);
  timer.cancel();
  timer.cancel();
  sim.runUntil(100);
  expect(log).toEqual([2]);
  expect(sim.nowNs).toBe(100);
});

test("a thousand random delays come out sorted", () => {
  const sim = new Sim(7);
  const rng = new Rng(3);
  const seen: number[] = [];
  for (let i = 0; i < 1000; i++) sim.after(rng.below(500), () => seen.push(sim.nowNs), undefined);
  while (sim.step());
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen).toHaveLength(1000);
});

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number) => { const r = new Rng(seed); return Array.from({ length: 8 }, () => r.u32()); };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});
