import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { utf8 } from "../wire/text.ts";
import type { LabNode } from "./node.ts";

/* What the CNI bridge plugin's ipMasq does for a pod (plugins/pkg/ip/ipmasq_iptables_linux.go), as iptables commands. */

export interface Masqueraded {
  /** Name of the CNI network: the worker's. */
  readonly network: string;
  readonly netns: string;
  readonly ip: string;
  /** Pods of this worker keep their addresses among themselves: a /20. */
  readonly subnet: string;
}

/**
 * A chain of its own for the pod, reached from POSTROUTING by its address. The plugin lists the nat table first; with
 * a rule in it that iptables cannot read (a VIP with its map) that fails, and the pod gets no chain.
 */
export function masquerade(node: LabNode, pod: Masqueraded): void {
  const id = `cnitool-${hash(`/var/run/netns/${pod.netns}`).slice(0, 20)}`;
  const chain = `CNI-${hash(pod.network + id)}`.slice(0, 28);
  const comment = `-m comment --comment "name: \\"${pod.network}\\" id: \\"${id}\\""`;
  const rules = [
    "*nat", `:${chain} - [0:0]`,
    `-A ${chain} -d ${pod.subnet}/20 -j ACCEPT ${comment}`,
    `-A ${chain} ! -d 224.0.0.0/4 -j MASQUERADE ${comment}`,
    `-A POSTROUTING -s ${pod.ip} -j ${chain} ${comment}`, "COMMIT",
  ];
  node.type(`iptables -t nat -S --wait > /dev/null 2>&1 && iptables-restore --noflush << 'EOF'\n${rules.join("\n")}\nEOF`);
}

const hash = (text: string): string => bytesToHex(sha512(utf8(text)));
