import { type Ip4, formatIp4 } from "../../wire/addr.ts";
import type { NexthopRow, RouteGetRow, RouteRow } from "../../net/uapi/rtnetlink.ts";
import { formatPrefix } from "./lib/addresses.ts";
import { protoName, scopeName, tableName, tosName, typeName } from "./lib/names.ts";
import type { Tool } from "./lib/tool.ts";

/** One route as `ip route` prints it (print_route). */

const TABLE_MAIN = 254;
const PROTO_BOOT = 3;

/** What the listing was asked for: a table other than main, or all. */
export interface RoutePrint {
  /** Table the listing is of; 0 = several. */
  readonly table: number;
  /** What was selected by is not repeated: `ip route show dev X` leaves the device out. */
  readonly hidden?: ReadonlySet<RouteColumn>;
  readonly deleted?: boolean;
}
export type RouteColumn = "dev" | "gateway" | "protocol" | "scope" | "prefsrc" | "tos" | "metric";

const NOTHING: ReadonlySet<RouteColumn> = new Set();

export function printRoute(tool: Tool, r: RouteRow, how: RoutePrint): void {
  const { out, options } = tool;
  out.openObject();
  if (how.deleted === true) out.any("deleted", true, "Deleted ");
  if (r.type !== "unicast" || options.details > 0) out.any("type", typeName(r.type, options.numeric), `${typeName(r.type, options.numeric)} `);
  const dst = r.prefixLen === 0 ? "default" : (r.prefixLen === 32 ? tool.host(r.dst) : formatPrefix(r.dst, r.prefixLen));
  out.any("dst", dst, `${dst} `, r.prefixLen === 0 ? undefined : "inet");
  const hidden = how.hidden ?? NOTHING;
  if (r.tos !== 0 && !hidden.has("tos")) out.any("tos", tosName(r.tos), `tos ${tosName(r.tos)} `);
  const single = r.nexthops.length === 1 ? r.nexthops[0]! : null;
  if (single !== null) printWay(tool, single, hidden);
  printAttributes(tool, r, how);
  out.openArray("flags");
  if (single !== null) printNhFlags(tool, single);
  out.closeArray();
  if (single !== null) printRealm(tool, single.realm);
  printMetrics(tool, r.metrics, r.locked);
  if (r.nexthops.length > 1) printNexthops(tool, r);
  out.fp("\n");
  out.closeObject();
}

function printWay(tool: Tool, nh: NexthopRow, hidden: ReadonlySet<RouteColumn>): void {
  if (nh.gateway !== null && !hidden.has("gateway")) printGateway(tool, nh.gateway);
  if (nh.ifindex !== 0 && !hidden.has("dev")) printDev(tool, nh.ifindex);
}

function printGateway(tool: Tool, gateway: Ip4): void {
  tool.out.fp("via ");
  tool.out.any("gateway", tool.host(gateway), `${tool.host(gateway)} `, "inet");
}

function printDev(tool: Tool, ifindex: number): void {
  const name = tool.links.name(ifindex);
  tool.out.fp("dev ");
  tool.out.any("dev", name, `${name} `, "ifname");
}

function printAttributes(tool: Tool, r: RouteRow, how: RoutePrint): void {
  const { out, options } = tool;
  const numeric = options.numeric;
  const hidden = how.hidden ?? NOTHING;
  if (r.table !== how.table && (r.table !== TABLE_MAIN || options.details > 0)) out.any("table", tableName(r.table, numeric), `table ${tableName(r.table, numeric)} `);
  if ((r.protocol !== PROTO_BOOT || options.details > 0) && !hidden.has("protocol")) out.any("protocol", protoName(r.protocol, numeric), `proto ${protoName(r.protocol, numeric)} `);
  if ((r.scope !== 0 || options.details > 0) && !hidden.has("scope")) out.any("scope", scopeName(r.scope, numeric), `scope ${scopeName(r.scope, numeric)} `);
  if (r.prefsrc !== null && !hidden.has("prefsrc")) {
    out.fp("src ");
    out.any("prefsrc", formatIp4(r.prefsrc), `${formatIp4(r.prefsrc)} `, "inet");
  }
  if (r.metric !== 0 && !hidden.has("metric")) out.any("metric", r.metric, `metric ${r.metric} `);
}

function printNhFlags(tool: Tool, nh: NexthopRow): void {
  for (const [word, on] of [["dead", nh.dead], ["onlink", nh.onlink], ["linkdown", nh.linkdown]] as const) if (on) tool.out.any(undefined, word, `${word} `);
}

function printRealm(tool: Tool, realm: number): void {
  if (realm === 0) return;
  tool.out.openObject("flow");
  tool.out.any("to", String(realm), `realm ${realm} `);
  tool.out.closeObject();
}

/** RTAX_* in the kernel's order, with the words of print_rta_metrics. */
export const METRIC_ORDER = [
  "mtu", "window", "rtt", "rttvar", "ssthresh", "cwnd", "advmss", "reordering", "hoplimit", "initcwnd", "features", "rto_min", "initrwnd", "quickack", "congctl", "fastopen_no_cookie",
] as const;

function printMetrics(tool: Tool, metrics: ReadonlyMap<string, number>, locked: ReadonlySet<string>): void {
  const { out } = tool;
  const given = METRIC_ORDER.filter((name) => metrics.has(name));
  if (given.length === 0) return;
  out.openArray("metrics");
  out.openObject();
  for (const name of given) {
    const value = metrics.get(name)!;
    const text = name === "rtt" || name === "rttvar" || name === "rto_min" ? timeText(value) : String(value);
    out.any(name, value, `${name} ${locked.has(name) ? "lock " : ""}${text} `);
  }
  out.closeObject();
  out.closeArray();
}

const timeText = (ms: number): string => (ms >= 1000 && ms % 1000 === 0 ? `${ms / 1000}s` : ms >= 1000 ? `${(ms / 1000).toFixed(1)}s`.replace(".0s", "s") : `${ms}ms`);

function printNexthops(tool: Tool, r: RouteRow): void {
  const { out } = tool;
  out.openArray("nexthops");
  for (const nh of r.nexthops) {
    out.openObject();
    out.nl();
    out.fp("\tnexthop ");
    printRealm(tool, nh.realm);
    if (nh.gateway !== null) printGateway(tool, nh.gateway);
    printDev(tool, nh.ifindex);
    out.any("weight", nh.weight, `weight ${nh.weight} `);
    out.openArray("flags");
    printNhFlags(tool, nh);
    out.closeArray();
    out.closeObject();
  }
  out.closeArray();
}

/** Answer of `ip route get`. */
export function printRouteGet(tool: Tool, r: RouteGetRow): void {
  const { out, options } = tool;
  out.openObject();
  if (r.type !== "unicast" || options.details > 0) out.any("type", r.type, `${r.type} `);
  out.any("dst", tool.host(r.dst), `${tool.host(r.dst)} `, "inet");
  if (r.src !== null) out.any("from", formatIp4(r.src), `from ${formatIp4(r.src)} `, "inet");
  if (r.tos !== 0) out.any("tos", tosName(r.tos), `tos ${tosName(r.tos)} `);
  if (r.gateway !== null) printGateway(tool, r.gateway);
  if (r.oif !== 0) printDev(tool, r.oif);
  if ((options.details > 0 && (r.uid !== null || r.iif !== 0)) || (r.table !== TABLE_MAIN && r.table !== 255)) out.any("table", tableName(r.table, options.numeric), `table ${tableName(r.table, options.numeric)} `);
  if (r.prefsrc !== null) {
    out.fp("src ");
    out.any("prefsrc", formatIp4(r.prefsrc), `${formatIp4(r.prefsrc)} `, "inet");
  }
  out.openArray("flags");
  out.closeArray();
  printGetTail(tool, r);
  out.fp("\n");
  out.closeObject();
}

function printGetTail(tool: Tool, r: RouteGetRow): void {
  const { out } = tool;
  if (r.mark !== 0) out.any("mark", r.mark, `mark ${r.mark >= 16 ? `0x${r.mark.toString(16)}` : r.mark} `);
  if (r.uid !== null) out.any("uid", r.uid, `uid ${r.uid} `);
  out.nl();
  out.fp("    cache ");
  out.openArray("cache");
  if (r.cacheFlags.length > 0) out.fp(`<${r.cacheFlags.join(",")}> `);
  for (const flag of r.cacheFlags) out.js(undefined, flag);
  out.closeArray();
  if (r.expiresSec > 0) out.any("expires", r.expiresSec, `expires ${r.expiresSec}sec `);
  printMetrics(tool, r.metrics, r.locked);
  if (r.iif !== 0) out.any("iif", tool.links.name(r.iif), `iif ${tool.links.name(r.iif)} `);
}
