import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { firstDifference } from "./normalise.ts";
import { cleanOurs, cleanRecorded, mapPids, mapRoles } from "./truth-roles.ts";
import { TruthHost, type ScenarioName, type Typed } from "./truth-host.ts";
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
  /** What had happened in the recorded lab before, where the recording shows its traces. */
  readonly before?: readonly (readonly [where: string, command: string])[];
}

/** 04 and 05 were recorded a minute after c1 had pinged c3 and c4, while C0w1 was talking to etcd and to C1w1. */
const HISTORY: Plan["before"] = [
  ["C0w1/c1", "ping -c 1 11.15.48.2; ping -c 1 11.15.48.3; sleep 100"], ["C0w1", "ping -c 1 10.0.0.8; ping -c 1 10.1.0.1"], ["C0e1", "ping -c 1 10.1.0.2; ping -c 1 10.0.0.4; ping -c 1 10.0.0.5"],
];

/** The recorded box had a gateway that answers, and nothing behind it. */
const NO_INTERNET: Plan["before"] = [["gw", "echo 0 > /proc/sys/net/ipv4/ip_forward"]];

/** The rules that 27's head names; its neighbours knew one another by then. */
const HAIRPIN: Plan["before"] = [
  ["C0w2", "for v in 1:11.11.0.2 2:11.11.0.3 3:11.15.48.2; do nft add rule ip nat PREROUTING ip daddr 100.64.20.${v%%:*} counter dnat to ${v#*:}; done"],
  ...["c2", "ic0", "ic2"].map((pod) => [`C0w2/${pod}`, "ping -c 1 -q 11.11.0.2; ping -c 1 -q 11.11.0.3; ping -c 1 -q 11.11.0.4; ping -c 1 -q 11.15.48.2; ping -c 1 -q 11.11.0.1"] as const),
  ["C0w2", "conntrack -F"],
];

/** What 17's box had before its first command, as its listings show. */
const ONE_CHAIN: Plan["before"] = [["box", "nft add table ip t; nft add chain ip t c '{ type filter hook output priority 0; }'"]];

const PLANS: readonly Plan[] = [
  { file: "03-ip-netns.txt", scenario: "lab" }, { file: "04-ip-show-worker.txt", scenario: "two-clusters", before: HISTORY }, { file: "05-ip-show-others.txt", scenario: "two-clusters", before: HISTORY },
  { file: "06-ip-link-addr-route-errors.txt", scenario: "lab" }, { file: "07-ping.txt", scenario: "two-clusters" }, { file: "09-tcpdump.txt", scenario: "two-clusters" },
  { file: "14-nft-tutorial.txt", scenario: "lab", before: NO_INTERNET }, { file: "15-nft-kube-proxy.txt", scenario: "two-clusters" }, { file: "16-nft-statements.txt", scenario: "lab", before: NO_INTERNET },
  { file: "17-nft-errors.txt", scenario: "lab", before: ONE_CHAIN }, { file: "19-iptables-nft.txt", scenario: "lab", before: NO_INTERNET }, { file: "26-path-of-a-ping.txt", scenario: "two-clusters" },
  { file: "27-hairpin-bridge-nf.txt", scenario: "two-clusters", before: HAIRPIN },
  { file: "11-curl-wget-nc.txt", scenario: "two-clusters" }, { file: "12-ss-netstat-ps-nsenter.txt", scenario: "two-clusters" }, { file: "20-ingress.txt", scenario: "two-clusters" },
  { file: "28-mtu-fragmentation.txt", scenario: "two-clusters" }, { file: "29-neighbour-timeline.txt", scenario: "two-clusters" }, { file: "37-http-listing.txt", scenario: "two-clusters" },
];

/** Parts that later issues bring, and dumps of bytes (addresses differ): their steps are counted apart. */
const LATER = /\b(lsns|mtr|tshark|etcdctl|cnitool|skstat|awk|script|ethtool|file|od)\b|tcpdump -d|tcpdump.* -n?(?:X|XX|x|A)\b|::1|fe80|-6\b|ping.* localhost|utils\/exec|flannel\.log/;
/** Mininet shares /run/netns over all machines; here each has its own (named in the README of the recordings). */
const SHARED_RUN = /^box .*ip netns list/;
/** What the recorded kernel was built without: mainline decides there. */
const NOT_IN_THAT_KERNEL = /\b(dummy|d0|vlan|ipvlan|bond|wireguard|gre)\b/;
interface Score {
  readonly file: string;
  exact: number;
  counted: number;
  later: number;
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
  const expected = cleanRecorded(step);
  const difference = firstDifference(expected, cleanOurs(actual));
  score.counted++;
  if (difference === null) score.exact++;
  else score.differences.push(`[${step.where}]$ ${mapRoles(step.command)}\n${difference}`);
}

const typed = (host: TruthHost, step: Step): Typed => ({ where: step.where, command: mapPids(mapRoles(step.command), (node) => host.pidOf(node)) });

async function scoreFile(plan: Plan): Promise<Score> {
  const score: Score = { file: plan.file, exact: 0, counted: 0, later: 0, differences: [] };
  const { steps } = parseTranscript(readFileSync(join(CORPUS, plan.file), "utf8"));
  const host = TruthHost.boot(plan.scenario);
  for (const [where, command] of plan.before ?? []) host.run({ where, command }, []);
  for (const { main, beside } of groupsOf(steps)) {
    const wanted = plan.only?.test(main.command) ?? true;
    if (!wanted) continue;
    if ((plan.scenario === "two-clusters" && SHARED_RUN.test(`${main.where} ${main.command}`)) || LATER.test(main.command) || NOT_IN_THAT_KERNEL.test(main.command) || beside.some((b) => LATER.test(b.command)) || !host.has(main.where)) {
      score.later += 1 + beside.length;
      continue;
    }
    const done = host.run(typed(host, main), beside.map((b) => typed(host, b)));
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
  console.log("file                                 exact  of   %      not compared");
  for (const plan of PLANS.filter((p) => present.has(p.file) && (numbers.length === 0 || numbers.some((n) => p.file.startsWith(n))))) {
    const s = await scoreFile(plan);
    const percent = s.counted === 0 ? "-" : ((s.exact * 100) / s.counted).toFixed(1);
    console.log(`${s.file.padEnd(36)} ${String(s.exact).padStart(5)} ${String(s.counted).padStart(4)} ${percent.padStart(6)} ${String(s.later).padStart(6)}`);
    for (const d of s.differences.slice(0, verbose ? undefined : 3)) console.log(d.replace(/^/gm, "    "));
  }
}

if (process.argv[1]?.endsWith("truth.ts") === true) await main(process.argv.slice(2));
