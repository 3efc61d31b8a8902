import type { Sys, Task } from "../../os/sys.ts";
import type { Cycle } from "./cycle.ts";
import type { ErrorLogger } from "./log.ts";

export interface WorkerSetup {
  readonly cycle: Cycle;
  readonly logger: ErrorLogger;
  /** Number of this worker, from 0. */
  readonly worker: number;
}

export function* runWorker(sys: Sys, setup: WorkerSetup): Task<number> {
  void setup;
  yield* sys.sleep(1e9);
  return 0;
}
