import type { Lab, Place } from "../lab/lab.ts";
import { bootScenario } from "../lab/scenario.ts";
import type { ExitStatus } from "../os/process.ts";
import { signalNumber } from "../os/signals.ts";
import { fromUtf8, utf8 } from "../wire/text.ts";

export interface HostOptions {
  readonly scenario?: "host" | "lab" | "two-clusters";
  readonly seed?: number;
  /** Place that `run` uses when it names none: "C0w1", "C0w1/c1". */
  readonly node?: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** Written into the working directory first. */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: string;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The same lab as in the page, driven by calls. Virtual time runs as fast as it can. */
export interface Host {
  run(command: string, options?: RunOptions): Promise<RunResult>;
  /** Lets simulated time pass. */
  sleep(virtualSeconds: number): Promise<void>;
  dispose(): Promise<void>;
}

/** Where runs stand, and where their files are. */
const WORK_DIR = "/root/work";
/** A command that runs longer than this (simulated) is taken for endless and killed with status 137. */
const LIMIT_NS = 24 * 3600 * 1e9;
/** The same for commands that burn no simulated time worth speaking of. */
const LIMIT_STEPS = 30_000_000;

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
    this.lab = lab;
    this.#node = node;
    this.#place(node);
    lab.kernel.makeDirs(WORK_DIR);
  }

  async run(command: string, options: RunOptions = {}): Promise<RunResult> {
    const { kernel } = this.lab;
    for (const [name, content] of Object.entries(options.files ?? {})) kernel.writeFile(`${WORK_DIR}/${name}`, bytesOf(content));
    const stdout = kernel.newCapture();
    const stderr = kernel.newCapture();
    const code = this.#toEnd(command, options, [kernel.newFeed(bytesOf(options.stdin ?? "")), stdout, stderr]);
    return { stdout: fromUtf8(stdout.bytes()), stderr: fromUtf8(stderr.bytes()), code };
  }

  #toEnd(command: string, options: RunOptions, stdio: Parameters<Lab["kernel"]["start"]>[0]["stdio"]): number {
    const { kernel } = this.lab;
    const place = this.#place(options.node ?? this.#node);
    const env = new Map([...this.lab.env, ["LC_ALL", "C.UTF-8"], ...Object.entries(options.env ?? {})] as [string, string][]);
    let status: ExitStatus | null = null;
    const journey = kernel.newJourney(command, kernel.init);
    const p = kernel.start({
      run: "/usr/bin/bash", argv: ["bash", "-c", command], env, cwd: WORK_DIR, stdio, journey,
      ns: { ...this.lab.nodes.get(place.node ?? "")?.ns, net: place.net }, onExit: (s) => (status = s),
    });
    if (typeof p === "string") throw new Error(`bash: ${p}`);
    this.#stepUntil(() => status !== null);
    return status === null ? 137 : exitCode(status);
  }

  #stepUntil(done: () => boolean): void {
    const { sim } = this.lab;
    const limitNs = sim.nowNs + LIMIT_NS;
    for (let i = 0; i < LIMIT_STEPS && !done(); i++) if (sim.nowNs > limitNs || !sim.step()) return;
  }

  #place(id: string): Place {
    const place = this.lab.place(id);
    if (place === undefined) throw new Error(`no place ${id}; there are ${this.lab.places().map((p) => p.id).join(" ")}`);
    return place;
  }

  async sleep(virtualSeconds: number): Promise<void> {
    this.lab.pass(virtualSeconds * 1e9);
  }

  async dispose(): Promise<void> {
    // The lab is garbage once nobody holds the host; nothing outside it was opened.
  }
}

const bytesOf = (content: Uint8Array | string): Uint8Array => (typeof content === "string" ? utf8(content) : content);

/** Shell convention: 128 + signal number for the killed. */
function exitCode(status: ExitStatus): number {
  return status.is === "exited" ? status.code : 128 + signalNumber(status.signal);
}
