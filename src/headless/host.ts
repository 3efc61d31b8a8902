import type { Lab } from "../lab/lab.ts";
import { type RunOptions, type RunResult, runToEnd } from "../lab/run.ts";
import { bootScenario } from "../lab/scenario.ts";

export interface HostOptions {
  readonly scenario?: "host" | "lab" | "two-clusters";
  readonly seed?: number;
  /** Place that `run` uses when it names none: "C0w1", "C0w1/c1". */
  readonly node?: string;
}

export interface HostRunOptions extends RunOptions {
  readonly node?: string;
}

/**
 * The same lab as in the page, driven by calls. Virtual time runs as fast as it can; state stays between runs;
 * each run is a fresh bash in the same directory, which holds its `files`.
 */
export interface Host {
  run(command: string, options?: HostRunOptions): Promise<RunResult>;
  /** Lets simulated time pass. */
  sleep(virtualSeconds: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Boots a scenario (default: one blank machine). Throws on an unknown scenario or place. */
export async function createHost(options: HostOptions = {}): Promise<Host> {
  const lab = bootScenario(options.scenario ?? "host", options.seed ?? 1);
  if (lab === null) throw new Error(`no scenario ${options.scenario}`);
  return new LabHost(lab, options.node ?? lab.defaultPlace);
}

export class LabHost implements Host {
  readonly lab: Lab;
  readonly #node: string;

  constructor(lab: Lab, node: string) {
    if (lab.place(node) === undefined) throw new Error(`no place ${node}; there are ${lab.places().map((p) => p.id).join(" ")}`);
    this.lab = lab;
    this.#node = node;
  }

  async run(command: string, options: HostRunOptions = {}): Promise<RunResult> {
    return runToEnd(this.lab, options.node ?? this.#node, command, options);
  }

  async sleep(virtualSeconds: number): Promise<void> {
    this.lab.pass(virtualSeconds * 1e9);
  }

  async dispose(): Promise<void> {
    // The lab is garbage once nobody holds the host; nothing outside it was opened.
  }
}
