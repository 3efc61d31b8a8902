import type { LabNode } from "./node.ts";

/* What k8s-netsim's kube_proxy.py types on every worker: services are static DNAT rules, one table a hook. */

/** Services of a cluster, in the order in which they are made; those behind the ingress exist in cluster 0 only. */
export const SERVICES = [
  { vip: "100.64.10.1", backends: ["c2", "c3"], ingress: false },
  { vip: "100.64.11.1", backends: ["ic0", "ic1"], ingress: true },
  { vip: "100.64.11.2", backends: ["ic2", "ic3"], ingress: true },
] as const;

/** Tables and chains, and a route without which a worker's own packet to a VIP never reaches the output hook. */
export function startProxy(node: LabNode): void {
  node.must([
    "nft -f - <<< $'add table nat",
    "add chain nat PREROUTING { type nat hook prerouting priority dstnat; policy accept; }",
    "add table mynat",
    "add chain mynat OUTPUT { type nat hook output priority 0; policy accept; }'",
  ].join("\\n"));
  node.must("ip route add 100.64.0.0/16 dev flannel.100");
}

/** One service on every worker of its cluster: for packets that pass through, and for the worker's own. */
export function addVip(workers: readonly LabNode[], vip: string, backends: readonly string[]): void {
  const map = backends.map((ip, i) => `${i}: ${ip}`).join(", ");
  const rule = `ip daddr ${vip} counter dnat to jhash ip checksum mod ${backends.length} map {${map}}`;
  for (const node of workers) node.must(`nft -f - <<< $'add rule ip nat PREROUTING ${rule}\\nadd rule ip mynat OUTPUT ${rule}'`);
}
