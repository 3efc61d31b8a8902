import { formatIp4, inPrefix } from "../../wire/addr.ts";
import type { Netns } from "../core/netns.ts";
import type { Decision, Loser } from "../uapi/trace.ts";
import type { Errno } from "../uapi/errno.ts";
import { SCOPE_NOWHERE } from "./in-device.ts";
import { isUsable, selectPath } from "./multipath.ts";
import { type FibResult, type FibRule, type FibTables, type Flow, type Route, TABLE_LOCAL, routeRow, tableLookup } from "./fib.ts";

/** What a route type that refuses makes of a packet (fib_props). */
const REFUSALS: Partial<Record<Route["type"], Errno>> = { blackhole: "EINVAL", unreachable: "EHOSTUNREACH", prohibit: "EACCES" };
/** And a rule (fib4_rule_action). */
const RULE_REFUSALS: Partial<Record<FibRule["action"], Errno>> = { blackhole: "EINVAL", unreachable: "ENETUNREACH", prohibit: "EACCES" };

/** fib_lookup: rules by priority, each table by longest prefix. Errno when a row refuses or nothing fits (`ENETUNREACH`). */
export function fibLookup(ns: Netns, flow: Flow): FibResult | Errno {
  const found = ns.ipv4.fib.hasOnlyBootRules ? lookupBootRules(ns.ipv4.fib, flow) : lookupRules(ns, flow);
  if (typeof found === "string" || found.route.nexthops.length < 2) return found;
  const usable = found.route.nexthops.filter((nh) => isUsable(nh, flow, SCOPE_NOWHERE));
  return { route: found.route, nexthop: usable.length === 1 ? usable[0]! : selectPath(ns, found.route, usable, flow) };
}

/** fib_rules_lookup. */
function lookupRules(ns: Netns, flow: Flow): FibResult | Errno {
  const { fib } = ns.ipv4;
  for (let i = 0; i < fib.rules.length; i++) {
    const rule = fib.rules[i]!;
    if (!ruleMatches(ns, rule, flow)) continue;
    if (rule.action === "goto") {
      // Without its target a goto does nothing.
      const target = fib.rules.findIndex((r) => r.priority === rule.gotoPriority);
      if (target > i) i = target - 1;
      continue;
    }
    const answer = applyRule(ns, rule, flow);
    if (answer !== null) return answer;
  }
  return "ENETUNREACH";
}

/** The three rules of a machine that nobody touched: local, main, default. */
function lookupBootRules(fib: FibTables, flow: Flow): FibResult | Errno {
  for (let i = 0; i < fib.boot.length; i++) {
    const found = tableLookup(fib.boot[i]!, flow);
    if (found !== null && found.route.type !== "throw") return REFUSALS[found.route.type] ?? found;
  }
  return "ENETUNREACH";
}

function applyRule(ns: Netns, rule: FibRule, flow: Flow): FibResult | Errno | null {
  if (rule.action === "nop") return null;
  if (rule.action !== "lookup") return RULE_REFUSALS[rule.action] ?? "ENETUNREACH";
  const table = ns.ipv4.fib.tables.get(rule.table);
  const found = table === undefined ? null : tableLookup(table, flow);
  if (found === null || found.route.type === "throw") return null;
  // Suppressed are only answers that lead somewhere (fib4_rule_suppress).
  const refusal = REFUSALS[found.route.type];
  if (refusal !== undefined) return refusal;
  if (found.route.prefixLen <= rule.suppressPrefixLen) return null;
  return rule.suppressIfgroup >= 0 && found.nexthop?.dev?.group === rule.suppressIfgroup ? null : found;
}

/** fib_rule_match. */
function ruleMatches(ns: Netns, rule: FibRule, flow: Flow): boolean {
  if (rule.priority === 0 && rule.table === TABLE_LOCAL && rule.srcLen === 0 && rule.markMask === 0 && rule.iif === "") return true;
  return selectorMatches(ns, rule, flow) !== rule.invert;
}

function selectorMatches(ns: Netns, rule: FibRule, flow: Flow): boolean {
  if (rule.srcLen > 0 && !inPrefix(flow.saddr, rule.src, rule.srcLen)) return false;
  if (rule.dstLen > 0 && !inPrefix(flow.daddr, rule.dst, rule.dstLen)) return false;
  if (rule.tos !== 0 && rule.tos !== flow.tos) return false;
  if (rule.markMask !== 0 && ((flow.mark ^ rule.mark) & rule.markMask) !== 0) return false;
  if (rule.iif !== "" && ns.device(rule.iif)?.ifindex !== (flow.iif === 0 ? ns.loopback.ifindex : flow.iif)) return false;
  if (rule.oif !== "" && ns.device(rule.oif)?.ifindex !== flow.oif) return false;
  if (rule.uidRange !== null && !inRange(rule.uidRange, flow.uid ?? 0)) return false;
  if (rule.ipproto !== 0 && rule.ipproto !== flow.protocol) return false;
  return inRange(rule.sport, flow.sport) && inRange(rule.dport, flow.dport);
}

const inRange = (range: readonly [number, number] | null, port: number): boolean =>
  range === null || (port >= range[0] && port <= range[1]);

/** The decision for the trace: the row that won and why the others did not. Costs a walk: only while traced. */
export function explainRoute(ns: Netns, flow: Flow, winner: Route | null): Decision {
  const losers: Loser[] = [];
  for (const table of ns.ipv4.fib.tables.values()) {
    if (winner !== null && table.id === TABLE_LOCAL && winner.table !== TABLE_LOCAL) continue;
    for (const route of table.list()) if (route !== winner && losers.length < 12) losers.push({ row: routeRow(route), why: whyNot(route, flow, winner) });
  }
  const row = winner === null ? `no route for ${formatIp4(flow.daddr)}` : routeRow(winner);
  return { table: "route", row, losers };
}

function whyNot(route: Route, flow: Flow, winner: Route | null): string {
  if (!inPrefix(flow.daddr, route.dst, route.prefixLen)) return "no match";
  if (winner !== null && route.table !== winner.table) return "another table answered first";
  if (winner !== null && route.prefixLen < winner.prefixLen) return "shorter prefix";
  if (route.tos !== 0 && route.tos !== flow.tos) return "other TOS";
  if (winner !== null && route.metric > winner.metric) return "higher metric";
  return "later row";
}
