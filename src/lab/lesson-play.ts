import type { Capture } from "../os/host-stdio.ts";
import type { ExitStatus } from "../os/process.ts";
import type { Lab } from "./lab.ts";
import type { CommandFacts } from "./lesson-facts.ts";
import { fillIn } from "./lesson-vars.ts";

/** A command of a lesson that has not ended by then (simulated) is left running. */
const LIMIT_NS = 30_000_000_000;
/** What a command in the background needs to get going, and the last packets of one in the foreground to arrive. */
const SETTLE_NS = 300_000_000;

/** A command line that was started at a place. */
export interface Played {
  readonly at: string;
  readonly line: string;
  /** `null` while it runs. */
  status: ExitStatus | null;
  readonly stdout: Capture;
  readonly stderr: Capture;
}

/** Starts one command line at a place, in a bash of its own. */
export function startCommand(lab: Lab, at: string, line: string): Played {
  const place = lab.place(at);
  if (place === undefined) throw new Error(`no place ${at}`);
  const { kernel } = lab;
  const played: Played = { at, line, status: null, stdout: kernel.newCapture(), stderr: kernel.newCapture() };
  const stdio = [kernel.newFeed(new Uint8Array(0)), played.stdout, played.stderr] as const;
  const ns = lab.namespacesAt(place);
  const journey = kernel.newJourney(line, kernel.init);
  const onExit = (status: ExitStatus): void => void (played.status = status);
  const p = kernel.start({ run: "/usr/bin/bash", argv: ["bash", "-c", line], env: lab.env, cwd: "/root", ns, stdio, journey, onExit });
  if (typeof p === "string") throw new Error(`${at}: bash: ${p}`);
  return played;
}

/** Runs a lesson's command, as often as it says; simulated time advances until it has ended, or has settled in the background. */
export function playCommand(lab: Lab, command: CommandFacts, vars: Readonly<Record<string, string>>): readonly Played[] {
  const line = fillIn(command.cmd, vars);
  return Array.from({ length: command.times ?? 1 }, () => {
    const played = startCommand(lab, command.at, line);
    const limitNs = lab.sim.nowNs + LIMIT_NS;
    while (command.bg !== true && played.status === null && lab.sim.nowNs < limitNs && lab.sim.step());
    lab.pass(SETTLE_NS);
    return played;
  });
}
