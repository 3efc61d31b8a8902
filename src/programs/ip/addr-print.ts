import type { AddrRow } from "../../net/uapi/rtnetlink.ts";
import type { LinkRow } from "../../net/uapi/rtnetlink-link.ts";
import { scopeName } from "./lib/names.ts";
import type { Tool } from "./lib/tool.ts";

/** One address as `ip addr` prints it (print_addrinfo). */

const FOREVER_JSON = 4294967295;

export function printAddr(tool: Tool, a: AddrRow, link: LinkRow | undefined, alone = false): void {
  const { out, options } = tool;
  out.openObject();
  if (options.oneline || alone) out.fp(`${a.ifindex}: ${link?.name ?? tool.links.name(a.ifindex)}`);
  out.any("family", "inet", "    inet ");
  printLocal(tool, a);
  if (a.metric !== 0) out.any("metric", a.metric, ` metric ${a.metric}`);
  if (a.broadcast !== null) {
    out.fp(" brd ");
    out.any("broadcast", tool.host(a.broadcast), tool.host(a.broadcast), "inet");
  }
  out.any("scope", scopeName(a.scope, options.numeric), ` scope ${scopeName(a.scope, options.numeric)} `);
  printFlags(tool, a);
  out.any("label", a.label, a.label);
  printLifetimes(tool, a);
  out.closeObject();
}

function printLocal(tool: Tool, a: AddrRow): void {
  const { out } = tool;
  out.any("local", tool.host(a.local), tool.host(a.local), "inet");
  if (a.peer !== a.local) {
    out.fp(" peer ");
    out.any("address", tool.host(a.peer), tool.host(a.peer), "inet");
  }
  out.any("prefixlen", a.prefixLen, `/${a.prefixLen}`);
}

function printFlags(tool: Tool, a: AddrRow): void {
  const words: [string, boolean][] = [
    ["secondary", a.secondary], ["deprecated", a.deprecated], ["dynamic", a.validSec !== Infinity], ["noprefixroute", a.noPrefixRoute],
  ];
  for (const [word, on] of words) if (on) tool.out.any(word, true, `${word} `);
}

function printLifetimes(tool: Tool, a: AddrRow): void {
  const { out } = tool;
  const text = (sec: number): string => (sec === Infinity ? "forever" : `${sec}sec`);
  const json = (sec: number): number => (sec === Infinity ? FOREVER_JSON : sec);
  out.nl();
  out.fp("       ");
  out.any("valid_life_time", json(a.validSec), `valid_lft ${text(a.validSec)}`);
  out.any("preferred_life_time", json(a.preferredSec), ` preferred_lft ${text(a.preferredSec)}`);
  out.fp("\n");
}

/** `ip -br addr`: all addresses on the link's line. */
export function printAddrBrief(tool: Tool, a: AddrRow): void {
  const { out } = tool;
  out.openObject();
  printLocal(tool, a);
  if (a.metric !== 0) out.any("metric", a.metric, ` metric ${a.metric}`);
  out.fp(" ");
  out.closeObject();
}
