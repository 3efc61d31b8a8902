import { DROP_REASONS } from "../../protocol/trace.ts";
import type { TraceEvent, TraceKind } from "../../protocol/trace.ts";

/** A verb for each kind of event, as it is read in a list: "route", "wrap in VXLAN". */
const VERBS: Readonly<Record<TraceKind, string>> = {
  "app.send": "program sends", "app.recv": "program receives",
  "l2.tx": "frame leaves", "l2.rx": "frame arrives",
  "bridge.hit": "bridge knows the port", "bridge.flood": "bridge floods", "bridge.learn": "bridge learns",
  "arp.request": "ARP asks", "arp.reply": "ARP answers",
  "neigh.hit": "neighbour known", "neigh.miss": "no neighbour yet", "neigh.write": "neighbour written", "neigh.fail": "neighbour failed",
  route: "route", local: "for this machine", forward: "forward",
  encap: "wrap in VXLAN", decap: "unwrap VXLAN", ttl: "time to live",
  "frag.needed": "too big", frag: "fragment", defrag: "reassemble",
  "nft.eval": "nft rule", nat: "translate address", "ct.new": "new flow", "ct.hit": "known flow",
  "icmp.echo": "kernel answers the echo", "icmp.reply": "echo reply", "icmp.error": "ICMP error",
  drop: "dropped", table: "table written",
  "proc.start": "process starts", "proc.exit": "process ends", iface: "interface",
  "ctl.miss": "kernel asks the daemon", "ctl.lease": "lease", "ctl.cni": "CNI",
  "tcp.state": "connection state", "tcp.retransmit": "sent once more", "tcp.dupack": "duplicate acknowledgement", "tcp.rst": "reset",
  "tcp.window": "window", "tcp.probe": "probe", "tcp.overflow": "connection turned away", qdisc: "queueing discipline",
};

export function verbOf(kind: TraceKind): string {
  return VERBS[kind];
}

/** One sentence for a screen reader or a tooltip: "C0w1: wrap in VXLAN, VNI 100, +50 bytes." */
export function sentenceOf(event: TraceEvent): string {
  const where = event.dev === "" ? event.place : `${event.place} ${event.dev}`;
  if (event.drop !== null) return `${where}: dropped, ${DROP_REASONS[event.drop]}.`;
  const details = [event.decision?.row, event.decision?.note, event.note].filter((text) => text !== undefined && text !== "");
  return `${where}: ${[...new Set([verbOf(event.kind), ...details])].join(", ")}.`;
}
