import { PROGRAMS } from "../programs/registry.ts";
import type { Lab } from "./lab.ts";
import { bootCore } from "./scenario-core.ts";

/** Boots a scenario with all programs; `null` when there is none of that name. */
export function bootScenario(name: string, seed: number): Lab | null {
  const lab = bootCore(name, seed);
  return lab === null ? null : withAllPrograms(lab);
}

export function withAllPrograms(lab: Lab): Lab {
  lab.kernel.supplyPrograms(PROGRAMS);
  return lab;
}
