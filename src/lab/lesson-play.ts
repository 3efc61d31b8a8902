import type { Process } from "../os/process.ts";
import type { Lab } from "./lab.ts";
import type { CommandFacts } from "./lesson-facts.ts";
import { fillIn } from "./lesson-vars.ts";

/** A command of a lesson that has not ended by then (simulated) is left running. */
const LIMIT_NS = 30_000_000_000;
/** What a command in the background needs to get going. */
const SETTLE_NS = 300_000_000;

/** Starts one command line at a place, in a bash of its own. */
export function startCommand(lab: Lab, at: string, line: string, onExit: () => void): Process {
  const place = lab.place(at);
  if (place === undefined) throw new Error(`no place ${at}`);
  const { kernel } = lab;
  const journey = kernel.newJourney(line, kernel.init);
  const stdio = [kernel.newFeed(new Uint8Array(0)), kernel.newCapture(), kernel.newCapture()] as const;
  const ns = { ...lab.nodes.get(place.node ?? "")?.ns, net: place.net };
  const p = kernel.start({ run: "/usr/bin/bash", argv: ["bash", "-c", line], env: lab.env, cwd: "/root", ns, stdio, journey, onExit });
  if (typeof p === "string") throw new Error(`${at}: bash: ${p}`);
  return p;
}

/** Runs a lesson's commands one after the other; simulated time advances. */
export function playCommands(lab: Lab, commands: readonly CommandFacts[], vars: Readonly<Record<string, string>>): void {
  for (const command of commands) for (let i = 0; i < (command.times ?? 1); i++) play(lab, command, fillIn(command.cmd, vars));
  lab.pass(SETTLE_NS);
}

function play(lab: Lab, { at, bg }: CommandFacts, line: string): void {
  let ended = false;
  startCommand(lab, at, line, () => (ended = true));
  if (bg === true) return lab.pass(SETTLE_NS);
  const limitNs = lab.sim.nowNs + LIMIT_NS;
  while (!ended && lab.sim.nowNs < limitNs && lab.sim.step());
}
