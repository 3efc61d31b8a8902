import type { Netns } from "../core/netns.ts";
import type { Errno } from "../uapi/errno.ts";
import type { NetfilterState } from "./state.ts";
import { type SysctlEntry, intEntry } from "../core/sysctl.ts";

/** net.netfilter.nf_conntrack_*, seconds where they are times; a new namespace starts with Linux's values. */
export interface CtSysctls {
  acct: number;
  checksum: number;
  events: number;
  logInvalid: number;
  timestamp: number;
  genericTimeout: number;
  icmpTimeout: number;
  udpTimeout: number;
  udpTimeoutStream: number;
  tcpBeLiberal: number;
  tcpIgnoreInvalidRst: number;
  tcpLoose: number;
  tcpMaxRetrans: number;
  tcpTimeoutClose: number;
  tcpTimeoutCloseWait: number;
  tcpTimeoutEstablished: number;
  tcpTimeoutFinWait: number;
  tcpTimeoutLastAck: number;
  tcpTimeoutMaxRetrans: number;
  tcpTimeoutSynRecv: number;
  tcpTimeoutSynSent: number;
  tcpTimeoutTimeWait: number;
  tcpTimeoutUnacknowledged: number;
}

export const defaultCtSysctls = (): CtSysctls => ({
  acct: 0, checksum: 1, events: 2, logInvalid: 0, timestamp: 0,
  genericTimeout: 600, icmpTimeout: 30, udpTimeout: 30, udpTimeoutStream: 120,
  tcpBeLiberal: 0, tcpIgnoreInvalidRst: 0, tcpLoose: 1, tcpMaxRetrans: 3,
  tcpTimeoutClose: 10, tcpTimeoutCloseWait: 60, tcpTimeoutEstablished: 432000, tcpTimeoutFinWait: 120, tcpTimeoutLastAck: 30,
  tcpTimeoutMaxRetrans: 300, tcpTimeoutSynRecv: 60, tcpTimeoutSynSent: 120, tcpTimeoutTimeWait: 120, tcpTimeoutUnacknowledged: 300,
});

/** Numbers that only their files show: of protocols which have no tracker here, and of IPv6. */
const OTHERS: readonly (readonly [string, number])[] = [
  ["frag6_high_thresh", 4194304], ["frag6_low_thresh", 3145728], ["frag6_timeout", 60], ["gre_timeout", 30], ["gre_timeout_stream", 180],
  ["icmpv6_timeout", 30], ["sctp_timeout_closed", 10], ["sctp_timeout_cookie_echoed", 3], ["sctp_timeout_cookie_wait", 3],
  ["sctp_timeout_established", 210], ["sctp_timeout_heartbeat_sent", 30], ["sctp_timeout_shutdown_ack_sent", 3],
  ["sctp_timeout_shutdown_recd", 3], ["sctp_timeout_shutdown_sent", 3],
];

/** Largest value of the switches; times take any. */
const LIMITS: Partial<Record<keyof CtSysctls, number>> = {
  acct: 1, checksum: 1, events: 2, logInvalid: 255, timestamp: 1, tcpBeLiberal: 1, tcpIgnoreInvalidRst: 1, tcpLoose: 1, tcpMaxRetrans: 255,
};

/** "tcpTimeoutSynSent" → "nf_conntrack_tcp_timeout_syn_sent". */
const fileName = (field: string): string => `nf_conntrack_${field.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}`;

/** Registers net/netfilter/nf_conntrack_* and net/bridge/*. Limits of the whole kernel may be changed in its first namespace only. */
export function registerNetfilterSysctls(ns: Netns): void {
  ns.sysctl.register("net/netfilter", () => new Map(conntrackFiles(ns)));
  ns.sysctl.register("net/netfilter/nf_log", () => new Map(logFiles()));
  ns.sysctl.register("net/bridge", () => new Map(bridgeFiles(ns)));
}

function conntrackFiles(ns: Netns): readonly (readonly [string, SysctlEntry])[] {
  const c = ns.nf.ct.sysctl;
  const others = Object.fromEntries(OTHERS);
  const fields = Object.keys(c) as (keyof CtSysctls)[];
  return [
    ...fields.map((f) => [fileName(f), (LIMITS[f] === undefined ? intEntry(c, f) : intEntry(c, f, 0, LIMITS[f]))] as const),
    ...OTHERS.map(([name]) => [`nf_conntrack_${name}`, intEntry(others, name, 0)] as const),
    ["nf_conntrack_buckets", { get: () => "262144" }], ["nf_conntrack_count", { get: () => String(ns.nf.ct.table.size) }],
    ["nf_conntrack_expect_max", { get: () => "4096" }], ["nf_conntrack_max", maxFile(ns)], ["nf_hooks_lwtunnel", { get: () => "0" }],
    ...(isFirst(ns) ? [["nf_log_all_netns", intEntry(ns.world, "nfLogAllNetns", 0, 1)] as const] : []),
  ];
}

const isFirst = (ns: Netns): boolean => ns.world.namespaces.values().next().value === ns;

function maxFile(ns: Netns): SysctlEntry {
  const entry = intEntry(ns.world, "conntrackMax", 0);
  return isFirst(ns) ? entry : { get: entry.get };
}

/** net.netfilter.nf_log.<family>: who writes `log` lines. Read-only here. */
const LOGGERS: Readonly<Record<number, string>> = { 2: "nf_log_ipv4", 3: "nf_log_arp", 5: "nf_log_netdev", 7: "nf_log_bridge", 10: "nf_log_ipv6" };
const logFiles = (): readonly (readonly [string, SysctlEntry])[] =>
  Array.from({ length: 11 }, (_, family) => [String(family), { get: () => LOGGERS[family] ?? "NONE" }] as const);

type BridgeSysctls = NetfilterState["bridge"];

function bridgeFiles(ns: Netns): readonly (readonly [string, SysctlEntry])[] {
  const b = ns.nf.bridge;
  return [
    ["bridge-nf-call-arptables", onOff(b, "callArptables")], ["bridge-nf-call-ip6tables", onOff(b, "callIp6tables")],
    ["bridge-nf-call-iptables", onOff(b, "callIptables")], ["bridge-nf-filter-pppoe-tagged", onOff(b, "filterPppoeTagged")],
    ["bridge-nf-filter-vlan-tagged", onOff(b, "filterVlanTagged")], ["bridge-nf-pass-vlan-input-dev", onOff(b, "passVlanInputDev")],
  ];
}

/** brnf_sysctl_call_tables: any number but 0 is 1. */
function onOff(b: BridgeSysctls, field: Exclude<keyof BridgeSysctls, "hooked">): SysctlEntry {
  const number = intEntry(b, field);
  const set = (text: string): Errno | undefined => {
    const error = number.set?.(text);
    if (b[field] !== 0) b[field] = 1;
    return error;
  };
  return { get: number.get, set };
}
