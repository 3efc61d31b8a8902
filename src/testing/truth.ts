import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { firstDifference } from "./normalise.ts";
import { TruthHost, type ScenarioName } from "./truth-host.ts";
import { parseTranscript, type Output, type Step } from "./transcript.ts";

/**
 * `npm run truth [NN…]`: types the commands of the recordings of the real lab into the simulator and
 * says how many outputs are exact. The recordings are kept beside the project, not in it; addresses
 * differ by run and are mapped by role (README of the recordings).
 */

const CORPUS = resolve(import.meta.dirname, "../../../shared/truth");

interface Plan {
  readonly file: string;
  readonly scenario: ScenarioName;
  /** Only these steps are meant, by command. Default all. */
  readonly only?: RegExp;
}

const PLANS: readonly Plan[] = [
  { file: "03-ip-netns.txt", scenario: "lab" }, { file: "04-ip-show-worker.txt", scenario: "two-clusters" }, { file: "05-ip-show-others.txt", scenario: "two-clusters" },
  { file: "06-ip-link-addr-route-errors.txt", scenario: "lab" }, { file: "07-ping.txt", scenario: "two-clusters" }, { file: "09-tcpdump.txt", scenario: "two-clusters" },
  { file: "12-ss-netstat-ps-nsenter.txt", scenario: "two-clusters", only: /\b(ps|nsenter|pgrep)\b/ }, { file: "29-neighbour-timeline.txt", scenario: "two-clusters" },
];

/** Address blocks of the recorded run and those of seed 1, by role: worker by worker. */
const SUBNETS: readonly (readonly [recorded: string, ours: string])[] = [
  ["11.15.160", "11.10.128"], ["11.10.80", "11.11.0"], ["11.10.160", "11.15.48"], ["11.10.96", "11.20.0"], ["11.13.176", "11.24.16"], ["11.11.64", "11.31.64"],
];

function mapAddresses(text: string): string {
  return text.replace(/\b11\.\d{1,3}\.\d{1,3}(?=\.\d)/g, (block) => SUBNETS.find(([recorded]) => recorded === block)?.[1] ?? block)
    .replace(/\b11\.15\.175\.255\b/g, "11.10.143.255").replace(/\b11\.10\.95\.255\b/g, "11.11.15.255").replace(/\b11\.10\.175\.255\b/g, "11.15.63.255");
}

/** Parts that later issues bring, and dumps of bytes (addresses differ): their steps are counted apart. */
const LATER = /\b(nft|iptables|conntrack|curl|wget|nc|ss|netstat|lsof|lsns|traceroute|mtr|tshark|etcdctl|cnitool|brctl|arping|dig|nslookup|python3?|nginx|skstat|awk|sed|script|ethtool|sysctl net\.bridge|getent|file|od)\b|tcpdump -d|tcpdump.* -n?(?:X|XX|x|A)\b|100\.64\.|::1|fe80|-6\b|localhost|utils\/exec|flannel\.log/;
/** What the recorded kernel was built without: mainline decides there. */
const NOT_IN_THAT_KERNEL = /\b(dummy|d0|vlan|ipvlan|bond|wireguard|gre)\b/;
/** An artefact of the recording: namespaces of the other workers cannot be opened (README). */
const ARTEFACT = /^Error: Peer netns reference is invalid\.\n/gm;

/** The recorded machine had made and lost links before: numbers of netdevs start elsewhere. */
const maskIndexes = (text: string): string => text.replace(/^\d+: (?=\S+?[:@])/gm, "N: ").replace(/@if\d+/g, "@ifN");

const clean = (o: Output): Output => ({ stdout: maskIndexes(mapAddresses(o.stdout)), stderr: mapAddresses(o.stderr).replace(ARTEFACT, ""), exit: o.exit });
const cleanOurs = (o: Output): Output => ({ ...o, stdout: maskIndexes(o.stdout), stderr: o.stderr.replace(ARTEFACT, "") });

/** In the recorded lab pods leave their worker with the worker's address; masquerade is a later issue. */
const withoutMasquerade = (o: Output): Output => ({ ...o, stdout: o.stdout.replace(/\b11\.10\.128\.0(?= >|: ICMP|\b)/g, "11.10.128.2") });

interface Score {
  readonly file: string;
  exact: number;
  counted: number;
  later: number;
  /** Exact but for masquerade's address; not counted as exact. */
  masquerade: number;
  readonly differences: string[];
}

/** A command, and the captures that ran beside it. */
interface Group {
  readonly main: Step;
  readonly beside: Step[];
}

function groupsOf(steps: readonly Step[]): Group[] {
  const groups: Group[] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (step.beside && last !== undefined) last.beside.push(step);
    else groups.push({ main: step, beside: [] });
  }
  return groups;
}

function judge(score: Score, step: Step, actual: Output): void {
  const expected = clean(step);
  const difference = firstDifference(expected, cleanOurs(actual));
  if (difference !== null && firstDifference(withoutMasquerade(expected), withoutMasquerade(cleanOurs(actual))) === null) {
    score.masquerade++;
    return;
  }
  score.counted++;
  if (difference === null) score.exact++;
  else score.differences.push(`[${step.where}]$ ${mapAddresses(step.command)}\n${difference}`);
}

async function scoreFile(plan: Plan): Promise<Score> {
  const score: Score = { file: plan.file, exact: 0, counted: 0, later: 0, masquerade: 0, differences: [] };
  const { steps } = parseTranscript(readFileSync(join(CORPUS, plan.file), "utf8"));
  const host = TruthHost.boot(plan.scenario);
  for (const { main, beside } of groupsOf(steps)) {
    const wanted = plan.only?.test(main.command) ?? true;
    if (!wanted) continue;
    if (LATER.test(main.command) || NOT_IN_THAT_KERNEL.test(main.command) || beside.some((b) => LATER.test(b.command)) || !host.has(main.where)) {
      score.later += 1 + beside.length;
      continue;
    }
    const done = host.run({ where: main.where, command: mapAddresses(main.command) }, beside.map((b) => ({ where: b.where, command: mapAddresses(b.command) })));
    judge(score, main, done.main);
    beside.forEach((b, i) => judge(score, b, done.beside[i] ?? { stdout: "", stderr: "", exit: 255 }));
  }
  return score;
}

async function main(args: readonly string[]): Promise<void> {
  if (!existsSync(CORPUS)) {
    console.log(`truth: ${CORPUS} is not there: skipped`);
    return;
  }
  const verbose = args.includes("-v");
  const numbers = args.filter((a) => /^\d+$/.test(a));
  const present = new Set(readdirSync(CORPUS));
  console.log("file                                 exact  of   %      not compared  masquerade");
  for (const plan of PLANS.filter((p) => present.has(p.file) && (numbers.length === 0 || numbers.some((n) => p.file.startsWith(n))))) {
    const s = await scoreFile(plan);
    const percent = s.counted === 0 ? "-" : ((s.exact * 100) / s.counted).toFixed(1);
    console.log(`${s.file.padEnd(36)} ${String(s.exact).padStart(5)} ${String(s.counted).padStart(4)} ${percent.padStart(6)} ${String(s.later).padStart(6)} ${String(s.masquerade).padStart(8)}`);
    for (const d of s.differences.slice(0, verbose ? undefined : 3)) console.log(d.replace(/^/gm, "    "));
  }
}

if (process.argv[1]?.endsWith("truth.ts") === true) await main(process.argv.slice(2));
