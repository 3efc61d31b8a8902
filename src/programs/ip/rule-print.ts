import { formatIp4 } from "../../wire/addr.ts";
import type { RuleRow } from "../../net/uapi/rtnetlink.ts";
import { ipprotoName, protoName, tableName, tosName, typeName } from "./lib/names.ts";
import type { Tool } from "./lib/tool.ts";

/** One line of `ip rule` (print_rule). */
export function printRule(tool: Tool, r: RuleRow, deleted = false): void {
  const { out } = tool;
  out.openObject();
  if (deleted) out.any("deleted", true, "Deleted ");
  out.any("priority", r.priority, `${r.priority}:\t`);
  if (r.invert) out.any("not", null, "not ");
  printFrom(tool, r);
  printTo(tool, r);
  if (r.tos !== 0) out.any("tos", tosName(r.tos), `tos ${tosName(r.tos)} `);
  printMark(tool, r);
  printDevs(tool, r);
  printUids(tool, r);
  printL4(tool, r);
  printAction(tool, r);
  if ((r.protocol !== 0 && r.protocol !== 2) || tool.options.details > 0) out.any("protocol", protoName(r.protocol, tool.options.numeric), ` proto ${protoName(r.protocol, tool.options.numeric)}`);
  out.fp("\n");
  out.closeObject();
}

function printFrom(tool: Tool, r: RuleRow): void {
  const { out } = tool;
  if (r.srcLen === 0) return out.any("src", "all", "from all ");
  out.fp("from ");
  out.any("src", formatIp4(r.src), formatIp4(r.src), "inet");
  if (r.srcLen !== 32) out.any("srclen", r.srcLen, `/${r.srcLen} `);
  else out.fp(" ");
}

function printTo(tool: Tool, r: RuleRow): void {
  const { out } = tool;
  if (r.dstLen === 0) return;
  out.fp("to ");
  out.any("dst", formatIp4(r.dst), formatIp4(r.dst), "inet");
  if (r.dstLen !== 32) out.any("dstlen", r.dstLen, `/${r.dstLen} `);
  else out.fp(" ");
}

function printMark(tool: Tool, r: RuleRow): void {
  if (r.mark === 0 && r.markMask === 0) return;
  const mark = `0x${r.mark.toString(16)}`;
  const mask = `0x${r.markMask.toString(16)}`;
  if (r.markMask === 0xffffffff) return tool.out.any("fwmark", mark, `fwmark ${mark} `);
  tool.out.any("fwmark", mark, `fwmark ${mark}`);
  tool.out.any("fwmask", mask, `/${mask} `);
}

function printDevs(tool: Tool, r: RuleRow): void {
  const { out } = tool;
  for (const [key, name, detached] of [["iif", r.iif, r.iifDetached], ["oif", r.oif, r.oifDetached]] as const) {
    if (name === "") continue;
    out.fp(`${key} `);
    out.any(key, name, `${name} `, "ifname");
    if (detached) out.any(`${key}_detached`, null, "[detached] ");
  }
}

function printUids(tool: Tool, r: RuleRow): void {
  if (r.uidRange === null) return;
  tool.out.any("uid_start", r.uidRange[0], `uidrange ${r.uidRange[0]}`);
  tool.out.any("uid_end", r.uidRange[1], `-${r.uidRange[1]} `);
}

function printL4(tool: Tool, r: RuleRow): void {
  const { out } = tool;
  if (r.ipproto !== 0) out.any("ipproto", ipprotoName(r.ipproto, tool.options.numeric), `ipproto ${ipprotoName(r.ipproto, tool.options.numeric)} `);
  for (const [key, range] of [["sport", r.sport], ["dport", r.dport]] as const) {
    if (range === null) continue;
    if (range[0] === range[1]) {
      out.any(key, range[0], `${key} ${range[0]} `);
      continue;
    }
    out.any(`${key}_start`, range[0], `${key} ${range[0]}`);
    out.any(`${key}_end`, range[1], `-${range[1]} `);
  }
}

function printAction(tool: Tool, r: RuleRow): void {
  const { out, options } = tool;
  if (r.action === "lookup") {
    const table = tableName(r.table, options.numeric);
    out.any("table", table, `lookup ${table}`);
    if (r.suppressPrefixLen >= 0) out.any("suppress_prefixlen", r.suppressPrefixLen, ` suppress_prefixlength ${r.suppressPrefixLen}`);
    if (r.suppressIfgroup >= 0) {
      const group = r.suppressIfgroup === 0 ? "default" : String(r.suppressIfgroup);
      out.any("suppress_ifgroup", group, ` suppress_ifgroup ${group}`);
    }
    return;
  }
  if (r.action === "nop") return out.any("nop", null, "nop");
  if (r.action !== "goto") return out.any("action", typeName(r.action, options.numeric), typeName(r.action, options.numeric));
  if (r.gotoPriority === 0) out.any("goto", "none", "goto none");
  else out.any("goto", r.gotoPriority, `goto ${r.gotoPriority}`);
  if (r.unresolved) out.any("unresolved", null, " [unresolved]");
}
