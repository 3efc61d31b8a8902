import { loadavg } from "node:os";
import { Batcher } from "../engine/batcher.ts";
import { bootScenario } from "../lab/scenario.ts";
import type { Netns } from "../net/core/netns.ts";
import { EventQueue } from "../sim/queue.ts";
import { Sim } from "../sim/sim.ts";
import { Overlay } from "./overlay.ts";
import { linearRules, mapRule } from "./ruleset.ts";
import { Traffic } from "./traffic.ts";

/*
 * Benchmarks, never timed tests: CPU seconds of this process, so that other work on the machine counts little.
 * Figures are to be read as ratios against the bare event loop of the same run.
 */

/** Runs `work` and returns CPU seconds (user + system). */
function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

/** Best of `runs`: the least disturbed. */
const best = (runs: number, rate: () => number): number => Math.max(...Array.from({ length: runs }, rate));

const say = (name: string, figure: string, note = ""): void => console.log(`${name.padEnd(46)} ${figure.padStart(16)}  ${note}`);
const millions = (n: number): string => `${(n / 1e6).toFixed(2)} M/s`;

/** The event loop alone: a timer that sets the next one, what every frame costs at least. */
function bareLoop(): number {
  const events = 2_000_000;
  const sim = new Sim(1);
  let left = events;
  const again = (): void => {
    if (left-- > 0) sim.after(5_000, again, undefined);
  };
  return best(3, () => {
    left = events;
    again();
    return events / cpuSeconds(() => { while (sim.step()); });
  });
}

function hops(bytes: number, prepare: (worker: Netns) => void = () => undefined): number {
  const overlay = new Overlay();
  overlay.workers.forEach(prepare);
  overlay.ping(5_000, bytes);
  return best(3, () => {
    const before = overlay.frames();
    const seconds = cpuSeconds(() => { overlay.ping(30_000, bytes); });
    return (overlay.frames() - before) / seconds;
  });
}

function tracedHops(): number {
  const overlay = new Overlay();
  const batcher = new Batcher();
  overlay.world.trace = { event: (e) => { batcher.add(e); if (batcher.count > 5_000) batcher.giveBack(batcher.take().batch); } };
  overlay.ping(2_000, 64);
  return best(3, () => {
    const before = overlay.frames();
    const seconds = cpuSeconds(() => { overlay.ping(5_000, 64); });
    return (overlay.frames() - before) / seconds;
  });
}

/** Milliseconds of CPU to boot the whole lab: the first in this process, then the best of five. */
function bootMs(): readonly [first: number, warm: number] {
  const once = (): number => cpuSeconds(() => { bootScenario("two-clusters", 1); }) * 1e3;
  const first = once();
  return [first, Math.min(...Array.from({ length: 5 }, once))];
}

/** Milliseconds to batch one animation frame's share of 100,000 events a second. */
function batchMs(): number {
  const overlay = new Overlay();
  const events: Parameters<Batcher["add"]>[0][] = [];
  overlay.world.trace = { event: (e) => { if (events.length < 1_667) events.push(e); } };
  while (events.length < 1_667) overlay.ping(1, 64);
  const batcher = new Batcher();
  const frames = 300;
  const seconds = cpuSeconds(() => {
    for (let i = 0; i < frames; i++) {
      for (const e of events) batcher.add(e);
      batcher.giveBack(batcher.take().batch);
    }
  });
  return (seconds / frames) * 1e3;
}

function heapOnly(): number {
  const queue = new EventQueue();
  for (let i = 0; i < 1_000; i++) queue.push({ atNs: i, seq: i, cancelled: false });
  const turns = 1_000_000;
  return turns / cpuSeconds(() => {
    for (let i = 0; i < turns; i++) {
      const e = queue.pop()!;
      e.atNs += 1_000;
      queue.push(e);
    }
  });
}

/** HTTP requests a CPU second, from a pod through a VIP over the overlay: a connection each. */
function requestRate(): number {
  const traffic = new Traffic("requests");
  traffic.requests(1_500);
  return best(4, () => {
    const count = 2_000;
    // What earlier rounds left in TIME_WAIT and in the tables of flows has gone by now.
    traffic.lab.pass(200e9);
    const seconds = cpuSeconds(() => { if (traffic.requests(count) !== count) throw new Error("a request was not answered"); });
    return count / seconds;
  });
}

/** Bytes a CPU second of one connection on the same way. */
function bulkRate(): number {
  const traffic = new Traffic("bulk");
  const bytes = 32 << 20;
  return best(2, () => bytes / cpuSeconds(() => { traffic.bulk(bytes); }));
}

/** What an established connection costs, both ends and its flows in two tables of conntrack; and the CPU to open it. */
function connectionCost(): { readonly bytes: number; readonly us: number } {
  const traffic = new Traffic("many");
  const count = 1_000;
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const seconds = cpuSeconds(() => { traffic.connections(count); });
  globalThis.gc?.();
  return { bytes: (process.memoryUsage().heapUsed - before) / count, us: (seconds / count) * 1e6 };
}

/** What stands at forward of both workers. */
const RULE_SETS: readonly (readonly [string, (worker: Netns) => void])[] = [
  ["20 linear rules", (ns) => { linearRules(ns, 20); }], ["200 linear rules", (ns) => { linearRules(ns, 200); }],
  ["a map of 10 entries", (ns) => { mapRule(ns, 10); }], ["a map of 10,000 entries", (ns) => { mapRule(ns, 10_000); }],
];

console.log(`node ${process.version}, load ${loadavg().map((n) => n.toFixed(2)).join(" ")}\n`);
const loop = bareLoop();
say("bare event loop, events", millions(loop));
say("event queue with 1,000 timers, turns", millions(heapOnly()));
for (const bytes of [64, 1400]) {
  const rate = hops(bytes);
  say(`frame-hops pod to pod over VXLAN, ${bytes} B`, millions(rate), `1/${(loop / rate).toFixed(1)} of the bare loop; aim ≥ 1 M/s`);
}
const bare = hops(64);
for (const [what, prepare] of RULE_SETS) {
  const rate = hops(64, prepare);
  say(`the same at 64 B, ${what}`, millions(rate), `${(bare / rate).toFixed(2)} times the CPU of no rules`);
}
say("the same at 64 B, traced and batched", millions(tracedHops()));
say("HTTP requests through a VIP over VXLAN", `${requestRate().toFixed(0)}/s`, "a connection each; aim ≥ 5,000/s");
say("bulk TCP on the same way", `${(bulkRate() / 1e6).toFixed(1)} MB/s`);
const cost = connectionCost();
say("1,000 connections open at once, each", `${(cost.bytes / 1024).toFixed(1)} kB`, `${cost.us.toFixed(0)} µs of CPU to open${globalThis.gc === undefined ? "; garbage included" : ""}`);
const [first, warm] = bootMs();
say("boot of two-clusters, CPU, first in the process", `${first.toFixed(0)} ms`);
say("boot of two-clusters, CPU, warm", `${warm.toFixed(0)} ms`, "aim < 100 ms");
say("engine to page: 1,667 events batched", `${batchMs().toFixed(2)} ms`, "one animation frame at 100,000 events/s");
console.log(`\nload after: ${loadavg().map((n) => n.toFixed(2)).join(" ")}`);
