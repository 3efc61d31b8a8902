import { formatIp4, formatMac, maskOf, type Ip4 } from "../wire/addr.ts";
import type { Netdev } from "../net/core/netdev.ts";
import type { Netns } from "../net/core/netns.ts";
import { TABLE_MAIN, type Route } from "../net/ipv4/fib.ts";
import { isValid, type NeighEntry } from "../net/neigh/neigh.ts";
import { tableDir, text, type GeneratedDir } from "./generated.ts";
import type { Kernel } from "./kernel.ts";
import { conntrackStats, conntrackTable } from "./procfs-netfilter.ts";
import { netstat, snmp, sockstat } from "./procfs-snmp.ts";
import { icmpTable, littleEndianHex, packetTable, rawTable, tcpTable, udpTable, unixTable } from "./procfs-sockets.ts";

/** /proc/<pid>/net: the network namespace of that process, as the kernel has printed it since the nineties. */
export function netDir(kernel: Kernel, ns: Netns): GeneratedDir {
  return tableDir({
    arp: () => text(() => arp(ns)),
    dev: () => text(() => dev(ns)),
    icmp: () => text(() => icmpTable(ns)),
    netstat: () => text(() => netstat(ns)),
    nf_conntrack: () => text(() => conntrackTable(ns)),
    packet: () => text(() => packetTable(ns)),
    raw: () => text(() => rawTable(ns)),
    route: () => text(() => route(ns)),
    snmp: () => text(() => snmp(ns)),
    sockstat: () => text(() => sockstat(kernel, ns)),
    stat: () => tableDir({ nf_conntrack: () => text(() => conntrackStats(ns)) }),
    tcp: () => text(() => tcpTable(ns)),
    udp: () => text(() => udpTable(ns)),
    unix: () => text(() => unixTable(ns)),
  });
}

const DEV_HEADER = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

/** net/core/net-procfs.c */
const dev = (ns: Netns): string => DEV_HEADER + ns.devicesInOrder().map(devLine).join("");

function devLine({ name, stats: s }: Netdev): string {
  const columns: readonly (readonly [value: number, width: number])[] = [
    [s.rxBytes, 7], [s.rxPackets, 7], [s.rxErrors, 4], [s.rxDropped, 4], [0, 4], [0, 5], [0, 10], [s.multicast, 9],
    [s.txBytes, 8], [s.txPackets, 7], [s.txErrors, 4], [s.txDropped, 4], [0, 4], [0, 5], [s.txCarrierErrors, 7], [0, 10],
  ];
  return `${name.padStart(6)}: ${columns.map(([value, width]) => String(value).padStart(width)).join(" ")}\n`;
}

const ROUTE_LINE_CHARS = 127;
const RTF_UP = 1;
const RTF_GATEWAY = 2;
const RTF_HOST = 4;
const RTF_REJECT = 0x200;

/** net/ipv4/fib_trie.c, fib_route_seq_show: addresses as the machine's little-endian words. */
function route(ns: Netns): string {
  const header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
  const rows = ns.ipv4.fib.tables.get(TABLE_MAIN)?.list() ?? [];
  const shown = rows.filter((r) => r.type !== "broadcast" && r.type !== "multicast" && r.type !== "local");
  return [header, ...shown.map(routeLine)].map((line) => `${line.padEnd(ROUTE_LINE_CHARS)}\n`).join("");
}

function routeLine(r: Route): string {
  const nexthop = r.nexthops[0];
  const gateway = nexthop?.gateway ?? null;
  const advmss = r.metrics.get("advmss");
  return [
    nexthop?.dev?.name ?? "*", littleEndianHex(r.dst), littleEndianHex(gateway ?? (0 as Ip4)), routeFlags(r, gateway).toString(16).toUpperCase().padStart(4, "0"),
    0, 0, r.metric, littleEndianHex(maskOf(r.prefixLen)), advmss ? advmss + 40 : 0, r.metrics.get("window") ?? 0, (r.metrics.get("rtt") ?? 0) >> 3,
  ].join("\t");
}

function routeFlags(r: Route, gateway: Ip4 | null): number {
  const reject = r.type === "unreachable" || r.type === "prohibit" ? RTF_REJECT : 0;
  return RTF_UP | reject | (gateway !== null ? RTF_GATEWAY : 0) | (r.prefixLen === 32 ? RTF_HOST : 0);
}

/** net/ipv4/arp.c, arp_format_neigh_entry; rows that need no ARP are left out. */
function arp(ns: Netns): string {
  const rows = [...ns.neigh.entries()].filter((entry) => entry.state !== "noarp" && entry.state !== "none");
  return `IP address       HW type     Flags       HW address            Mask     Device\n${rows.map(arpLine).join("")}`;
}

const ATF_COM = 2;
const ATF_PERM = 4;

function arpLine(entry: NeighEntry): string {
  const flags = entry.state === "permanent" ? ATF_PERM | ATF_COM : isValid(entry.state) ? ATF_COM : 0;
  const hwType = entry.dev.type.toString(16).padEnd(10);
  return `${formatIp4(entry.ip).padEnd(16)} 0x${hwType}0x${flags.toString(16).padEnd(10)}${formatMac(entry.mac).padEnd(17)}     *        ${entry.dev.name}\n`;
}
