import { formatIp4, formatMac } from "../../wire/addr.ts";
import type { FdbRow } from "../../net/uapi/rtnetlink.ts";
import { SEC } from "../../sim/sim.ts";
import type { Tool } from "../ip/lib/tool.ts";

/** One row of `bridge fdb` (print_fdb). */
export function printFdb(tool: Tool, row: FdbRow, how: { readonly dev: boolean; readonly deleted?: boolean }): void {
  const { out } = tool;
  out.openObject();
  if (how.deleted === true) out.any("deleted", true, "Deleted ");
  out.any("mac", formatMac(row.mac), `${formatMac(row.mac)} `, "mac");
  if (how.dev) {
    out.fp("dev ");
    out.any("ifname", tool.links.name(row.ifindex), `${tool.links.name(row.ifindex)} `, "ifname");
  }
  printRemote(tool, row);
  if (tool.options.stats > 0 && row.usedNs !== null && row.updatedNs !== null) printTimes(tool, row.usedNs, row.updatedNs);
  printFlags(tool, row);
  if (row.master !== 0) out.any("master", tool.links.name(row.master), `master ${tool.links.name(row.master)} `);
  const state = row.state === "reachable" ? "" : row.state;
  out.any("state", state, `${state}\n`);
  out.closeObject();
}

function printRemote(tool: Tool, row: FdbRow): void {
  const { out } = tool;
  if (row.dst !== null) {
    out.fp("dst ");
    out.any("dst", formatIp4(row.dst), `${formatIp4(row.dst)} `, "inet");
  }
  if (row.port !== null) out.any("port", row.port, `port ${row.port} `);
  if (row.vni !== null) out.any("vni", row.vni, `vni ${row.vni} `);
  if (row.viaIfindex !== 0) out.any("viaIf", tool.links.name(row.viaIfindex), `via ${tool.links.name(row.viaIfindex)} `);
}

/** Seconds since the last frame to and from the address. */
function printTimes(tool: Tool, usedNs: number, updatedNs: number): void {
  const [used, updated] = [Math.floor(usedNs / SEC), Math.floor(updatedNs / SEC)];
  tool.out.fp(`used ${used}/${updated} `);
  tool.out.js("used", used);
  tool.out.js("updated", updated);
}

function printFlags(tool: Tool, row: FdbRow): void {
  const flags = [["self", row.self], ["extern_learn", row.externLearned], ["offload", row.offload], ["sticky", row.sticky]] as const;
  tool.out.openArray("flags");
  for (const [word, on] of flags) if (on) tool.out.any(undefined, word, `${word} `);
  tool.out.closeArray();
}
