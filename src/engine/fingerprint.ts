import { runToEnd } from "../lab/run.ts";
import { bootCore } from "../lab/scenario-core.ts";
import type { Program } from "../os/sys.ts";
import type { FingerprintRun } from "../protocol/messages.ts";
import { TraceHash } from "./trace-hash.ts";

/** Hash over every trace event of the run, and what was printed. Equal on every machine. */
export function fingerprint(run: FingerprintRun, programs: ReadonlyMap<string, Program>): { readonly hash: string; readonly output: string } {
  const lab = bootCore(run.scenario, run.seed);
  if (lab === null) return { hash: "", output: `no scenario ${run.scenario}` };
  lab.kernel.supplyPrograms(programs);
  const hash = new TraceHash();
  lab.box.world.trace = { event: (e) => { hash.add(e); } };
  const output = run.commands.map(({ at, command }) => runToEnd(lab, at, command).stdout).join("");
  return { hash: hash.hex, output };
}
