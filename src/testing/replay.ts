import { createHost, type Host } from "../headless/host.ts";
import { firstDifference } from "./normalise.ts";
import { inPlace, type Machine } from "./real-kernel.ts";
import type { Output, Step, Transcript } from "./transcript.ts";

/** The simulator's blank machine, in the form that recorded scripts are typed into. */
export class SimMachine implements Machine {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  static async create(): Promise<SimMachine> {
    return new SimMachine(await createHost({ scenario: "host" }));
  }

  async run(where: string, command: string): Promise<Output> {
    const { stdout, stderr, code } = await this.#host.run(inPlace(where, command));
    return { stdout, stderr, exit: code };
  }

  dispose(): Promise<void> {
    return this.#host.dispose();
  }
}

export interface Mismatch {
  readonly step: Step;
  readonly difference: string;
}

/** Types a transcript's commands into a machine; every step whose normalised output is not the recorded one. */
export async function replay(transcript: Transcript, machine: Machine): Promise<Mismatch[]> {
  const mismatches: Mismatch[] = [];
  for (const step of transcript.steps) {
    const difference = firstDifference(step, await machine.run(step.where, step.command));
    if (difference !== null) mismatches.push({ step, difference });
  }
  return mismatches;
}

export const describeMismatch = ({ step, difference }: Mismatch): string => `[${step.where}]$ ${step.command}\n${difference}`;
