import { bootNetns, createWorld } from "../net/init.ts";
import type { NetWorld } from "../net/core/world.ts";
import type { Netns } from "../net/core/netns.ts";
import { Sim } from "../sim/sim.ts";
import { Kernel } from "./kernel.ts";

/** A machine that has just booted: one kernel, its first network namespace with `lo` down, no programs yet. */
export interface Box {
  readonly sim: Sim;
  readonly world: NetWorld;
  readonly kernel: Kernel;
  /** The first network namespace. */
  readonly root: Netns;
}

/** Simulated clocks start here: 2026-01-01 09:00:00 UTC, the same for everybody. */
export const START_SEC = 1_767_258_000;

/** Boots a machine; `place` names its first namespace in traces. */
export function bootBox(seed: number, hostname: string, place: string): Box {
  const sim = new Sim(seed);
  const world = createWorld(sim);
  world.startSec = START_SEC;
  const root = bootNetns(world, place);
  const kernel = new Kernel({ sim, net: root, hostname, startSec: START_SEC });
  return { sim, world, kernel, root };
}

