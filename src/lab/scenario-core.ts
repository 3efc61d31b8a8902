import type { Lab } from "./lab.ts";
import { bootHost, bootLab } from "./single.ts";
import { bootTwoClusters } from "./two-clusters.ts";

/** Scenarios by name; the seed draws MACs, subnets (seed 1: the deck's) and everything else that is random. */
const SCENARIOS: ReadonlyMap<string, (seed: number) => Lab> = new Map([["host", bootHost], ["lab", bootLab], ["two-clusters", bootTwoClusters]]);

export const scenarioNames = (): readonly string[] => [...SCENARIOS.keys()];

/** Boots a scenario with the programs of registry-core.ts; the others are supplied by the caller. `null` when there is none of that name. */
export const bootCore = (name: string, seed: number): Lab | null => SCENARIOS.get(name)?.(seed) ?? null;
