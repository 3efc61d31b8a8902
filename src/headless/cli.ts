import { readFileSync, writeFileSync } from "node:fs";
import { bootScenario } from "../lab/scenario.ts";
import { scenarioNames } from "../lab/scenario-core.ts";
import { LabHost } from "./host.ts";
import { CaptureFile } from "../lab/capture.ts";

/**
 * The lab on a command line:
 *   headless -- --scenario two-clusters --seed 1 --node C0w1/c1 -c 'ping -c 2 11.11.0.2' [--script FILE] [--pcap OUT.pcapng]
 */
interface Flags {
  scenario: string;
  seed: number;
  node: string | null;
  command: string | null;
  pcap: string | null;
}

const USAGE = `usage: npm run -s headless -- [--scenario ${scenarioNames().join("|")}] [--seed N] [--node PLACE] (-c COMMAND | --script FILE) [--pcap OUT.pcapng]\n`;

function parse(argv: readonly string[]): Flags | string {
  const flags: Flags = { scenario: "host", seed: 1, node: null, command: null, pcap: null };
  for (let i = 0; i < argv.length; i += 2) {
    const value = argv[i + 1];
    if (value === undefined) return `${argv[i]} needs a value`;
    const wrong = take(flags, argv[i]!, value);
    if (wrong !== null) return wrong;
  }
  return flags.command === null ? "nothing to run: give -c or --script" : flags;
}

function take(flags: Flags, name: string, value: string): string | null {
  if (name === "--scenario") flags.scenario = value;
  else if (name === "--seed" && /^\d+$/.test(value)) flags.seed = Number(value);
  else if (name === "--node") flags.node = value;
  else if (name === "-c") flags.command = value;
  else if (name === "--script") flags.command = readFileSync(value, "utf8");
  else if (name === "--pcap") flags.pcap = value;
  else return `unknown option ${name} ${value}`;
  return null;
}

async function main(argv: readonly string[]): Promise<number> {
  const flags = parse(argv);
  if (typeof flags === "string") return usage(flags);
  const lab = bootScenario(flags.scenario, flags.seed);
  if (lab === null) return usage(`no scenario "${flags.scenario}"`);
  const node = flags.node ?? lab.defaultPlace;
  if (lab.place(node) === undefined) return usage(`no place "${node}"; there are ${lab.places().map((p) => p.id).join(" ")}`);
  const capture = flags.pcap === null ? null : new CaptureFile(lab);
  const host = new LabHost(lab, node);
  const stdin = process.stdin.isTTY ? "" : readStdin();
  const result = await host.run(flags.command!, { stdin });
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  if (capture !== null && flags.pcap !== null) writeFileSync(flags.pcap, capture.bytes());
  return result.code;
}

/** What is piped in; nothing when there is no pipe. */
function readStdin(): Uint8Array {
  try {
    return readFileSync(0);
  } catch {
    return new Uint8Array(0);
  }
}

function usage(why: string): number {
  process.stderr.write(`headless: ${why}\n${USAGE}`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
