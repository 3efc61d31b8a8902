import { formatMac } from "../../wire/addr.ts";
import type { LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import type { Tool } from "./lib/tool.ts";
import { groupName } from "./lib/names.ts";
import { printLinkInfo, printPortInfo } from "./link-info-print.ts";
import { linkName, printFlags } from "./link-flags.ts";
import { netnsNameOf } from "./netns-names.ts";
import { printStats } from "./stats-print.ts";

/** One link as `ip link` and `ip addr` print it (print_linkinfo). */

const OPERSTATES = { unknown: "UNKNOWN", up: "UP", down: "DOWN", lowerlayerdown: "LOWERLAYERDOWN" } as const;
const LOOPBACK_TYPE = 772;

export const typeName = (link: LinkRow): string => (link.type === LOOPBACK_TYPE ? "loopback" : "ether");

/** What differs between the two: `link` prints mode and statistics kinds, `addr` only what fits. */
export interface LinkPrint {
  readonly mode: "link" | "addr";
  readonly deleted?: boolean;
  /** In a monitor: without the queue's length. */
  readonly monitor?: boolean;
  /** Addresses of one family were asked for: the link's own is not shown. */
  readonly bare?: boolean;
}

export function printLink(tool: Tool, link: LinkRow, how: LinkPrint): void {
  const { out, options } = tool;
  if (how.deleted === true) out.any("deleted", true, "Deleted ");
  out.any("ifindex", link.ifindex, `${link.ifindex}: `);
  const lower = printNames(tool, link);
  printFlags(tool, link.flags, lower);
  out.any("mtu", link.mtuBytes, `mtu ${link.mtuBytes} `);
  out.any("qdisc", link.qdisc, `qdisc ${link.qdisc} `);
  if (link.master !== 0) out.any("master", tool.links.name(link.master), `master ${tool.links.name(link.master)} `);
  printState(tool, link);
  if (how.mode === "link") out.any("linkmode", "DEFAULT", "mode DEFAULT ");
  out.any("group", groupName(link.group, options.numeric), `group ${groupName(link.group, options.numeric)} `);
  if (link.txqlen !== 0 && how.monitor !== true) out.any("txqlen", link.txqlen, `qlen ${link.txqlen}`);
  if (how.mode === "link" || (how.bare !== true && (options.family === "any" || options.family === "link"))) printAddresses(tool, link);
  else printNetns(tool, link, " ");
  printDetails(tool, link, how);
  printAlias(tool, link);
  if (options.stats > 0 && how.mode === "link") printStats(tool, link);
  out.fp("\n");
}

/** `eth0@if7: `, in JSON link and ifname; tells whether the other half is down. */
function printNames(tool: Tool, link: LinkRow): boolean {
  const { out } = tool;
  const lower = linkName(tool, link);
  if (lower !== null && link.linkNetnsid === null && lower.name !== "NONE") out.js("link", lower.name);
  else if (lower !== null && lower.name === "NONE") out.js("link", "null");
  else if (lower !== null) out.js("link_index", link.link ?? 0);
  out.any("ifname", link.name, `${link.name}${lower === null ? "" : `@${lower.name}`}: `, "ifname");
  return lower?.masterDown ?? false;
}

function printState(tool: Tool, link: LinkRow): void {
  const state = OPERSTATES[link.operstate];
  const color = state === "UP" ? "up" : state === "DOWN" ? "down" : undefined;
  if (tool.out.json !== null) return tool.out.js("operstate", state);
  tool.out.fp("state ");
  tool.out.fp(`${state} `, color);
}

function printAddresses(tool: Tool, link: LinkRow): void {
  const { out } = tool;
  out.nl();
  out.any("link_type", typeName(link), `    link/${typeName(link)} `);
  out.any("address", formatMac(link.address), formatMac(link.address), "mac");
  out.fp(" brd ");
  out.any("broadcast", formatMac(link.broadcast), formatMac(link.broadcast), "mac");
  printNetns(tool, link, " ");
}

function printNetns(tool: Tool, link: LinkRow, before: string): void {
  const { out } = tool;
  const id = link.linkNetnsid;
  if (id === null) return;
  if (out.json !== null) return out.js("link_netnsid", id);
  const name = netnsNameOf(tool, id);
  out.fp(name === null ? `${before}link-netnsid ${id}` : `${before}link-netns ${name}`);
}

/** With -d: limits, the kind's own settings, port settings, queue and offload sizes. */
function printDetails(tool: Tool, link: LinkRow, how: LinkPrint): void {
  const { out, options } = tool;
  if (options.details === 0) return;
  out.any("promiscuity", link.promiscuity, ` promiscuity ${link.promiscuity} `);
  out.any("allmulti", link.allmulti, ` allmulti ${link.allmulti} `);
  out.any("min_mtu", link.minMtuBytes, `minmtu ${link.minMtuBytes} `);
  out.any("max_mtu", link.maxMtuBytes, `maxmtu ${link.maxMtuBytes === 0xffffffff ? 0 : link.maxMtuBytes} `);
  if (link.info !== null || link.port !== null) printKinds(tool, link);
  if (how.mode === "link") out.any("inet6_addr_gen_mode", "eui64", "addrgenmode eui64 ");
  printSizes(tool, link);
}

function printKinds(tool: Tool, link: LinkRow): void {
  const { out } = tool;
  out.openObject("linkinfo");
  if (link.info !== null) {
    out.nl();
    out.any("info_kind", link.info.kind, `    ${link.info.kind} `);
    printLinkInfo(tool, link.info);
  }
  if (link.port !== null) {
    out.nl();
    out.any("info_slave_kind", "bridge", "    bridge_slave ");
    printPortInfo(tool, link.port);
  }
  out.closeObject();
}

function printSizes(tool: Tool, link: LinkRow): void {
  const { out } = tool;
  const queues = link.info?.kind === "veth" ? 2 : 1;
  const sizes: readonly (readonly [string, number])[] = [
    ["num_tx_queues", queues], ["num_rx_queues", queues], ["gso_max_size", 65536], ["gso_max_segs", 65535],
    ["tso_max_size", link.info?.kind === "vxlan" && link.info.lowerIndex === 0 ? 65536 : 524280], ["tso_max_segs", 65535], ["gro_max_size", 65536],
  ];
  for (const [key, value] of sizes) out.any(key, value, `${key.replace(/^num_(.)x_/, "num$1x")} ${value} `);
}

function printAlias(tool: Tool, link: LinkRow): void {
  if (link.alias === "") return;
  if (tool.out.json !== null) return tool.out.js("ifalias", link.alias);
  tool.out.nl();
  tool.out.fp(`    alias ${link.alias}`);
}

/** `ip -br link` and the beginning of `ip -br addr` (print_linkinfo_brief). */
export function printBrief(tool: Tool, link: LinkRow, how: LinkPrint): void {
  const { out } = tool;
  const lower = linkName(tool, link);
  if (how.deleted === true) out.any("deleted", true, "Deleted ");
  if (lower !== null && link.linkNetnsid === null) out.js("link", lower.name);
  else if (lower !== null) out.js("link_index", link.link ?? 0);
  const name = `${link.name}${lower === null ? "" : `@${lower.name}`}`;
  out.any("ifname", link.name, `${name.padEnd(16)} `, "ifname");
  const state = OPERSTATES[link.operstate];
  out.any("operstate", state, `${state.padEnd(14)} `, state === "UP" ? "up" : state === "DOWN" ? "down" : undefined);
  if (how.mode === "addr") return;
  out.any("address", formatMac(link.address), `${formatMac(link.address)} `, "mac");
  printFlags(tool, link.flags, lower?.masterDown ?? false);
}
