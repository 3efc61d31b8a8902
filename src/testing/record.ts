import { mkdirSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { volatileFields } from "./normalise.ts";
import { RealMachine, whyNotReal } from "./real-kernel.ts";
import { SCRIPTS, type Script } from "./scripts.ts";
import { formatTranscript, type Step, type Transcript } from "./transcript.ts";

/** `npm run record [NAME…]`: types the scripts into this machine's own kernel and writes what its tools print. */

export const TRANSCRIPTS = join(import.meta.dirname, "transcripts");

/** Runs one script on the real kernel. */
export async function recordScript(script: Script): Promise<Transcript> {
  const machine = await RealMachine.create();
  const steps: Step[] = [];
  try {
    for (const [where, command] of script.steps) steps.push({ where, command, beside: false, ...(await machine.run(where, command)) });
  } finally {
    await machine.dispose();
  }
  const when = new Date().toISOString().slice(0, 10);
  return { header: [script.title, `lab: one machine with lo up, ${when}, kernel ${release()}, Debian 12; IPv6 off`, `volatile: ${volatileFields()}`], steps };
}

async function main(names: readonly string[]): Promise<void> {
  const why = whyNotReal();
  if (why !== null) {
    console.error(`record: ${why}`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(TRANSCRIPTS, { recursive: true });
  for (const script of SCRIPTS.filter((s) => names.length === 0 || names.includes(s.name))) {
    const transcript = await recordScript(script);
    writeFileSync(join(TRANSCRIPTS, `${script.name}.txt`), formatTranscript(transcript));
    console.log(`${script.name}: ${transcript.steps.length} commands`);
  }
}

if (process.argv[1]?.endsWith("record.ts") === true) await main(process.argv.slice(2));
