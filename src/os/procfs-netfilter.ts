import { type CtRow, IPS_ASSURED, IPS_SEEN_REPLY } from "../net/uapi/conntrack.ts";
import { ctProtocolName, tupleText } from "../net/uapi/conntrack-text.ts";
import { ctRequest } from "../net/netfilter/ct-netlink.ts";
import type { Netns } from "../net/core/netns.ts";
import { CPU_COUNT } from "./machine.ts";

/* /proc/net/nf_conntrack and /proc/net/stat/nf_conntrack: nf_conntrack_standalone.c. */

/** ct_seq_show: as conntrack(8) writes a flow, with the family in front and the zone always there. */
export function conntrackTable(ns: Netns): string {
  const reply = ctRequest(ns, { op: "ct.dump" });
  return reply.error === null ? reply.rows.map((row) => `${line(row)}\n`).join("") : "";
}

function line(r: CtRow): string {
  const name = ctProtocolName(r.original.protocol);
  const head = `ipv4     2 ${name.padEnd(8)} ${r.original.protocol} ${r.timeoutSec} ${r.tcpState === null ? "" : `${r.tcpState} `}`;
  const counter = (dir: "original" | "reply"): string => (r.counters === null ? "" : `packets=${r.counters[dir].packets} bytes=${r.counters[dir].bytes} `);
  const unreplied = (r.status & IPS_SEEN_REPLY) === 0 ? "[UNREPLIED] " : "";
  const assured = (r.status & IPS_ASSURED) !== 0 ? "[ASSURED] " : "";
  return `${head}${tupleText(r.original)}${counter("original")}${unreplied}${tupleText(r.reply)}${counter("reply")}${assured}mark=${r.mark} zone=${r.zone} use=${r.use + 1}`;
}

const STAT_HEADER = "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart\n";

/** ct_cpu_seq_show: one line a CPU; CPU 0 does all the work here. */
export function conntrackStats(ns: Netns): string {
  const { stats, table } = ns.nf.ct;
  const hex = (n: number): string => n.toString(16).padStart(8, "0");
  const row = (on: 0 | 1): string => [
    table.size, stats.clashResolve * on, stats.found * on, 0, stats.invalid * on, 0, 0, stats.chainToolong * on, stats.insert * on, stats.insertFailed * on, stats.drop * on,
    stats.earlyDrop * on, stats.error * on,
  ].map(hex).join(" ");
  const lines = Array.from({ length: CPU_COUNT }, (_, cpu) => `${row(cpu === 0 ? 1 : 0)}  ${[0, 0, 0, stats.searchRestart * (cpu === 0 ? 1 : 0)].map(hex).join(" ")}\n`);
  return STAT_HEADER + lines.join("");
}
