import type { HostOptions } from "../headless/host.ts";
import type { Lab } from "../lab/lab.ts";
import { bootScenario } from "../lab/scenario.ts";
import type { ExitStatus } from "../os/process.ts";
import { signalNumber } from "../os/signals.ts";
import { fromUtf8 } from "../wire/text.ts";
import type { Output } from "./transcript.ts";

export type ScenarioName = NonNullable<HostOptions["scenario"]>;

export interface Typed {
  readonly where: string;
  readonly command: string;
}

/** Seconds a capture runs before the command beside it starts. */
const HEAD_START_SEC = 0.5;
const LIMIT_STEPS = 20_000_000;

/** A scenario in which several places run commands at the same time, as the recorded lab did. */
export class TruthHost {
  readonly lab: Lab;

  readonly #scenario: ScenarioName;

  private constructor(lab: Lab, scenario: ScenarioName) {
    this.lab = lab;
    this.#scenario = scenario;
  }

  /** The lab as it has just booted. */
  static boot(scenario: ScenarioName): TruthHost {
    const lab = bootScenario(scenario, 1);
    if (lab === null) throw new Error(`no scenario ${scenario}`);
    return new TruthHost(lab, scenario);
  }

  /** `box` in a recording is the machine of the scenario. */
  #placeOf(where: string): string {
    return where === "box" && this.#scenario !== "two-clusters" ? this.lab.defaultPlace : where;
  }

  has(where: string): boolean {
    return this.lab.place(this.#placeOf(where)) !== undefined;
  }

  run(main: Typed, beside: readonly Typed[]): { readonly main: Output; readonly beside: readonly Output[] } {
    const helpers = beside.map((b) => this.#start(b));
    if (helpers.length > 0) this.lab.pass(HEAD_START_SEC * 1e9);
    const first = this.#start(main);
    this.#stepUntil(() => first.ended());
    this.#stepUntil(() => helpers.every((h) => h.ended()));
    return { main: first.output(), beside: helpers.map((h) => h.output()) };
  }

  /** Number of the shell of a machine, as the machine itself counts. */
  pidOf(node: string): number | undefined {
    return this.lab.nodes.get(node)?.process.pid.in(this.lab.kernel.rootNs.pid);
  }

  #stepUntil(done: () => boolean): void {
    for (let i = 0; i < LIMIT_STEPS && !done(); i++) if (!this.lab.sim.step()) return;
  }

  #start({ where, command }: Typed): { ended: () => boolean; output: () => Output } {
    const { kernel } = this.lab;
    const place = this.lab.place(this.#placeOf(where));
    if (place === undefined) throw new Error(`no place ${where}`);
    const [stdout, stderr] = [kernel.newCapture(), kernel.newCapture()];
    let status: ExitStatus | null = null;
    const env = new Map([...this.lab.env, ["LC_ALL", "C.UTF-8"]] as [string, string][]);
    const p = kernel.start({ run: "/usr/bin/bash", argv: ["bash", "-c", command], env, cwd: this.lab.home, stdio: [kernel.newFeed(new Uint8Array(0)), stdout, stderr], ns: this.lab.namespacesAt(place), onExit: (s) => (status = s) });
    if (typeof p === "string") throw new Error(p);
    const code = (s: ExitStatus | null): number => (s === null ? 137 : s.is === "exited" ? s.code : 128 + signalNumber(s.signal));
    return { ended: () => status !== null, output: () => ({ stdout: fromUtf8(stdout.bytes()), stderr: fromUtf8(stderr.bytes()), exit: code(status) }) };
  }
}
