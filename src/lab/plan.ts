import { Rng } from "../sim/rng.ts";

/** What k8s-netsim's main.py builds: names and addresses of both clusters, for a seed. */
export interface HostPlan {
  readonly name: string;
  readonly cluster: 0 | 1;
  readonly kind: "etcd" | "worker";
  /** Underlay address, /8. */
  readonly ip: string;
  /** Switch port it hangs on, "C0s0-eth3". */
  readonly port: string;
}

export interface WorkerPlan extends HostPlan {
  readonly kind: "worker";
  /** Network address of its /20, "11.10.128.0". */
  readonly subnet: string;
  readonly containers: readonly string[];
}

export interface LabPlan {
  readonly hosts: readonly (HostPlan | WorkerPlan)[];
  readonly workers: readonly WorkerPlan[];
}

/** The deck's own numbers: what seed 1 shows (flannel draws a /20 a worker at random). */
const DECK_SUBNETS: Readonly<Record<string, string>> = {
  C0w1: "11.10.128.0", C0w2: "11.11.0.0", C0w3: "11.15.48.0", C1w1: "11.20.0.0", C1w2: "11.24.16.0", C1w3: "11.31.64.0",
};

/** Containers in the order main.py creates them. */
const CONTAINERS: Readonly<Record<string, readonly string[]>> = {
  C0w1: ["c1"], C0w2: ["c2", "ic0", "ic2"], C0w3: ["c3", "c4", "ic1", "ic3"], C1w1: ["c1"], C1w2: ["c2"], C1w3: ["c3"],
};

/** Mininet numbers hosts over both clusters; etcd hosts have addresses of their own. */
const UNDERLAY: Readonly<Record<string, string>> = {
  C0e1: "10.1.0.1", C0e2: "10.1.0.2", C0w1: "10.0.0.3", C0w2: "10.0.0.4", C0w3: "10.0.0.5",
  C1e1: "10.2.0.1", C1e2: "10.2.0.2", C1w1: "10.0.0.8", C1w2: "10.0.0.9", C1w3: "10.0.0.10",
};

export function planTwoClusters(seed: number): LabPlan {
  const subnets = seed === 1 ? DECK_SUBNETS : drawSubnets(seed);
  const hosts = ([0, 1] as const).flatMap((cluster) =>
    ["e1", "e2", "w1", "w2", "w3"].map((suffix, i) => hostPlan(cluster, suffix, i + 1, subnets)));
  return { hosts, workers: hosts.filter((h): h is WorkerPlan => h.kind === "worker") };
}

function hostPlan(cluster: 0 | 1, suffix: string, port: number, subnets: Readonly<Record<string, string>>): HostPlan | WorkerPlan {
  const name = `C${cluster}${suffix}`;
  const base = { name, cluster, ip: UNDERLAY[name]!, port: `C${cluster}s0-eth${port}` };
  if (suffix.startsWith("e")) return { ...base, kind: "etcd" };
  return { ...base, kind: "worker", subnet: subnets[name]!, containers: CONTAINERS[name]! };
}

/** flannel 0.6.2 picks from the first 100 free /20s above 11.10.0.0; a cluster's workers never share one. */
function drawSubnets(seed: number): Record<string, string> {
  const rng = new Rng(seed ^ 0x5eed);
  const out: Record<string, string> = {};
  for (const cluster of [0, 1]) {
    const bag = Array.from({ length: 100 }, (_, i) => `11.${10 + (i >> 4)}.${(i & 15) * 16}.0`);
    for (const w of ["w1", "w2", "w3"]) out[`C${cluster}${w}`] = bag.splice(rng.below(bag.length), 1)[0]!;
  }
  return out;
}

/** "11.10.128.0" + 2 → "11.10.128.2". */
export const addressIn = (subnet: string, n: number): string => subnet.replace(/\d+$/, (last) => String(Number(last) + n));

/** Address of a container: .1 is the bridge, containers follow in order of creation. */
export const containerIp = (worker: WorkerPlan, container: string): string => addressIn(worker.subnet, 2 + worker.containers.indexOf(container));
