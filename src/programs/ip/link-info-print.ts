import { formatIp4, formatMac, isMulticastIp4, type Mac } from "../../wire/addr.ts";
import type { BridgeInfo, BridgePortInfo, LinkInfo, VxlanInfo } from "../../net/uapi/rtnetlink-link.ts";
import type { Tool } from "./lib/tool.ts";

/** What `ip -d link` says of a kind of device. */
export function printLinkInfo(tool: Tool, info: LinkInfo): void {
  if (info.kind !== "bridge" && info.kind !== "vxlan") return;
  tool.out.openObject("info_data");
  if (info.kind === "bridge") printBridge(tool, info);
  if (info.kind === "vxlan") printVxlan(tool, info);
  tool.out.closeObject();
}

type Item = readonly [key: string, value: string | number, text?: string];

function printItems(tool: Tool, items: readonly Item[]): void {
  for (const [key, value, text] of items) tool.out.any(key, value, text ?? `${key} ${value} `);
}

/** A timer in seconds, as bridges have them; nothing here runs, so they stand. */
function printTimers(tool: Tool, timers: readonly (readonly [string, number])[]): void {
  for (const [key, sec] of timers) {
    if (tool.out.json !== null) tool.out.json.literal(key, sec.toFixed(2));
    else tool.out.fp(`${key} ${sec.toFixed(2).padStart(7)} `);
  }
}

/** br_dump_bridge_id: priority in hex, then the address without leading zeros. */
const bridgeId = (priority: number, mac: Mac): string =>
  `${priority.toString(16).padStart(4, "0")}.${formatMac(mac).split(":").map((b) => parseInt(b, 16).toString(16)).join(":")}`;

function printBridge(tool: Tool, b: BridgeInfo): void {
  const id = bridgeId(b.priority, b.address);
  printItems(tool, [
    ["forward_delay", b.forwardDelayCs], ["hello_time", b.helloTimeCs], ["max_age", b.maxAgeCs], ["ageing_time", b.ageingCs],
    ["stp_state", b.stpState], ["priority", b.priority], ["vlan_filtering", b.vlanFiltering], ["bridge_id", id], ["root_id", id, `designated_root ${id} `],
    ["root_port", 0], ["root_path_cost", 0], ["topology_change", 0], ["topology_change_detected", 0],
  ]);
  printTimers(tool, [["hello_timer", 0], ["tcn_timer", 0], ["topology_change_timer", 0], ["gc_timer", 0]]);
  printItems(tool, [
    ["group_fwd_mask", b.groupFwdMask === 0 ? "0" : hex(b.groupFwdMask), `group_fwd_mask ${b.groupFwdMask === 0 ? "0" : hex(b.groupFwdMask)} `], ["group_addr", "01:80:c2:00:00:00", "group_address 01:80:c2:00:00:00 "],
    ["mcast_snooping", b.mcastSnooping], ["no_linklocal_learn", 0], ["mcast_vlan_snooping", 0], ["mcast_router", 1], ["mcast_query_use_ifaddr", 0],
    ["mcast_querier", 0], ["mcast_hash_elasticity", 16], ["mcast_hash_max", 4096], ["mcast_last_member_cnt", 2, "mcast_last_member_count 2 "],
    ["mcast_startup_query_cnt", 2, "mcast_startup_query_count 2 "], ["mcast_last_member_intvl", 100, "mcast_last_member_interval 100 "],
    ["mcast_membership_intvl", 26000, "mcast_membership_interval 26000 "], ["mcast_querier_intvl", 25500, "mcast_querier_interval 25500 "],
    ["mcast_query_intvl", 12500, "mcast_query_interval 12500 "], ["mcast_query_response_intvl", 1000, "mcast_query_response_interval 1000 "],
    ["mcast_startup_query_intvl", 3124, "mcast_startup_query_interval 3124 "], ["mcast_stats_enabled", 0], ["mcast_igmp_version", 2],
    ["mcast_mld_version", 1], ["nf_call_iptables", 0], ["nf_call_ip6tables", 0], ["nf_call_arptables", 0],
  ]);
}

const hex = (n: number): string => `0x${n.toString(16)}`;
const TTL_AUTO = 0;

function printVxlan(tool: Tool, v: VxlanInfo): void {
  const { out } = tool;
  out.any("id", v.vni, `id ${v.vni} `);
  const group = formatIp4(v.group);
  if (v.group !== 0) out.any(isMulticastIp4(v.group) ? "group" : "remote", group, `${isMulticastIp4(v.group) ? "group" : "remote"} ${group} `);
  if (v.local !== 0) out.any("local", formatIp4(v.local), `local ${formatIp4(v.local)} `);
  if (v.lowerIndex !== 0) out.any("link", tool.links.name(v.lowerIndex), `dev ${tool.links.name(v.lowerIndex)} `);
  printPorts(tool, v);
  printLearning(tool, v);
  printTtl(tool, v);
  printSwitches(tool, v);
}

function printPorts(tool: Tool, v: VxlanInfo): void {
  const { out } = tool;
  if (out.json === null) out.fp(`srcport ${v.portLow} ${v.portHigh} `);
  else {
    out.openObject("port_range");
    out.js("low", v.portLow);
    out.js("high", v.portHigh);
    out.closeObject();
  }
  out.any("port", v.dstPort, `dstport ${v.dstPort} `);
}

function printLearning(tool: Tool, v: VxlanInfo): void {
  const { out } = tool;
  if (out.json !== null) out.js("learning", v.learning);
  else if (!v.learning) out.fp("nolearning ");
  for (const key of ["proxy", "rsc", "l2miss", "l3miss"] as const) if (v[key]) out.any(key, true, `${key} `);
}

function printTtl(tool: Tool, v: VxlanInfo): void {
  const { out } = tool;
  if (v.tos !== 0) {
    const tos = v.tos === 1 ? "inherit" : `0x${v.tos.toString(16)}`;
    out.any("tos", tos, `tos ${tos} `);
  }
  const ttl = v.ttl === TTL_AUTO ? "auto" : v.ttl === -1 ? "inherit" : String(v.ttl);
  if (out.json === null) out.fp(`ttl ${ttl} `);
  else if (v.ttl === TTL_AUTO) out.js("ttl", 0);
  else out.js("ttl", v.ttl === -1 ? "inherit" : v.ttl);
  const df = v.df === 0 ? "unset" : v.df === 1 ? "set" : "inherit";
  out.any("df", df, v.df === 0 ? "" : `df ${df} `);
}

function printSwitches(tool: Tool, v: VxlanInfo): void {
  const { out } = tool;
  out.any("ageing", v.ageingSec, v.ageingSec === 0 ? "ageing none " : `ageing ${v.ageingSec} `);
  if (v.maxAddresses !== 0) out.any("limit", v.maxAddresses, `maxaddr ${v.maxAddresses} `);
  for (const [key, on] of [["udp_csum", v.udpChecksum], ["udp_zero_csum6_tx", false], ["udp_zero_csum6_rx", false]] as const) {
    const word = key.replaceAll("_", "").replace("zerocsum6", "6zerocsum");
    out.any(key, on, `${on ? "" : "no"}${word} `);
  }
}

const STATES = ["disabled", "listening", "learning", "forwarding", "blocking"];

/** bridge_slave_print_opt. */
export function printPortInfo(tool: Tool, p: BridgePortInfo): void {
  const { out } = tool;
  const id = bridgeId(p.bridgePriority, p.bridgeMac);
  const port = (p.priority << 10) | p.portNo;
  const portId = `0x${port.toString(16)}`;
  out.openObject("info_slave_data");
  printItems(tool, [["state", STATES.includes(p.state) ? p.state : "unknown"], ["priority", p.priority], ["cost", p.cost]]);
  printOnOff(tool, [["hairpin", p.hairpin], ["guard", p.guard], ["root_block", p.rootBlock], ["fastleave", p.fastLeave], ["learning", p.learning], ["flood", p.flood]]);
  printItems(tool, [["id", portId, `port_id ${portId} `], ["no", tool.out.json === null ? 0 : `0x${p.portNo.toString(16)}`, `port_no 0x${p.portNo.toString(16)} `], ["designated_port", port], ["designated_cost", 0], ["bridge_id", id, `designated_bridge ${id} `], ["root_id", id, `designated_root ${id} `]]);
  printTimers(tool, [["hold_timer", 0], ["message_age_timer", 0], ["forward_delay_timer", 0]]);
  printItems(tool, [["topology_change_ack", 0], ["config_pending", 0]]);
  printOnOff(tool, [["proxy_arp", false], ["proxy_arp_wifi", false]]);
  printItems(tool, [["multicast_router", 1, "mcast_router 1 "]]);
  tool.out.fp(`mcast_fast_leave ${p.fastLeave ? "on" : "off"} `);
  printOnOff(tool, [["mcast_flood", p.mcastFlood], ["bcast_flood", p.bcastFlood], ["mcast_to_unicast", false], ["neigh_suppress", p.neighSuppress]]);
  printItems(tool, [["group_fwd_mask", "0", "group_fwd_mask 0 "], ["group_fwd_mask_str", "0x0", "group_fwd_mask_str 0x0 "]]);
  printOnOff(tool, [["vlan_tunnel", false], ["isolated", p.isolated], ["locked", p.locked]]);
  out.closeObject();
}

function printOnOff(tool: Tool, items: readonly (readonly [string, boolean])[]): void {
  for (const [key, on] of items) tool.out.any(key, on, `${key} ${on ? "on" : "off"} `);
}
