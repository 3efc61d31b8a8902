import { formatIp4, formatMac } from "../../wire/addr.ts";
import type { FdbRow, NeighRow } from "../../net/uapi/rtnetlink.ts";
import { SEC } from "../../sim/sim.ts";
import { protoName } from "./lib/names.ts";
import type { Tool } from "./lib/tool.ts";

/** One row of `ip neigh` (print_neigh). */
export function printNeigh(tool: Tool, n: NeighRow, how: { readonly dev: boolean; readonly deleted?: boolean; readonly miss?: boolean }): void {
  const { out, options } = tool;
  out.openObject();
  if (how.deleted === true) out.any("deleted", true, "Deleted ");
  if (how.miss === true) out.any("miss", true, "miss ");
  out.any("dst", tool.host(n.ip), `${tool.host(n.ip)} `, "inet");
  if (how.dev) {
    out.fp("dev ");
    out.any("dev", tool.links.name(n.ifindex), `${tool.links.name(n.ifindex)} `, "ifname");
  }
  if (n.lladdr !== null) {
    out.fp("lladdr ");
    out.any("lladdr", formatMac(n.lladdr), `${formatMac(n.lladdr)} `, "mac");
  }
  printNeighFlags(tool, n);
  if (options.stats > 0 && !n.proxy) printTimes(tool, n);
  printState(tool, n);
  if (n.protocol !== 0) out.any("protocol", protoName(n.protocol, options.numeric), `proto ${protoName(n.protocol, options.numeric)} `);
  out.fp("\n");
  out.closeObject();
}

/** A row of a bridge's or tunnel's table as `ip monitor` shows it: a neighbour without an address. */
export function printBridgeNeigh(tool: Tool, row: FdbRow, deleted: boolean): void {
  const { out } = tool;
  const name = tool.links.name(row.ifindex);
  const state = row.state === "static" ? "NOARP" : row.state.toUpperCase();
  if (deleted) out.fp("Deleted ");
  if (row.dst !== null) out.fp(`${formatIp4(row.dst)} `, "inet");
  out.fp("dev ");
  out.fp(`${name} `, "ifname");
  out.fp("lladdr ");
  out.fp(`${formatMac(row.mac)} `, "mac");
  out.fp(`${row.externLearned ? "extern_learn " : ""}${state} \n`);
}

function printNeighFlags(tool: Tool, n: NeighRow): void {
  for (const [key, text, on] of [["router", "router ", n.router], ["proxy", "proxy ", n.proxy], ["extern_learn", "extern_learn ", n.externLearned]] as const) if (on) tool.out.any(key, null, text);
}

/** Seconds since used, confirmed, updated. */
function printTimes(tool: Tool, n: NeighRow): void {
  const { out } = tool;
  const sec = (ns: number): number => Math.floor(ns / SEC);
  if (n.refs > 0) out.any("refcnt", n.refs, ` ref ${n.refs}`);
  out.fp(` used ${sec(n.usedNs)}/${sec(n.confirmedNs)}/${sec(n.updatedNs)}`);
  out.js("used", sec(n.usedNs));
  out.js("confirmed", sec(n.confirmedNs));
  out.js("updated", sec(n.updatedNs));
  out.any("probes", n.probes, `probes ${n.probes} `);
}

function printState(tool: Tool, n: NeighRow): void {
  if (n.state === "none") return;
  tool.out.openArray("state");
  tool.out.any(undefined, n.state.toUpperCase(), `${n.state.toUpperCase()} `);
  tool.out.closeArray();
}
