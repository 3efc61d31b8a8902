import type { Netns } from "./core/netns.ts";
import type { FibRule } from "./ipv4/fib.ts";
import { DONE, answer, refuse } from "./rtnl-reply.ts";
import type { NewFlags, RtnlReply, RuleRow, RuleSpec } from "./uapi/rtnetlink.ts";
import { IP4_ANY } from "../wire/addr.ts";

/** RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE of IPv4 (net/core/fib_rules.c). */

export function ruleRowOf(ns: Netns, rule: FibRule): RuleRow {
  return {
    ...rule,
    iifDetached: rule.iif !== "" && ns.device(rule.iif) === undefined,
    oifDetached: rule.oif !== "" && ns.device(rule.oif) === undefined,
    unresolved: rule.action === "goto" && !ns.ipv4.fib.rules.some((r) => r.priority === rule.gotoPriority),
  };
}

/** The two low bits of the TOS byte are no part of it any more (RFC 3168). */
const ECN_BITS = 3;

/** fib_nl_newrule: behind rules of the same priority. */
export function ruleNew(ns: Netns, flags: NewFlags, spec: RuleSpec): RtnlReply {
  if (((spec.tos ?? 0) & ECN_BITS) !== 0) return refuse("EINVAL", "Invalid dsfield (tos): ECN bits must be 0");
  const rule = toRule(ns, spec);
  if (rule.action === "goto" && rule.gotoPriority <= rule.priority) return refuse("EINVAL", "Backward goto not supported");
  if (flags.exclusive && ns.ipv4.fib.rules.some((r) => sameRule(r, rule))) return refuse("EEXIST");
  const { rules } = ns.ipv4.fib;
  const at = rules.findIndex((r) => r.priority > rule.priority);
  rules.splice(at < 0 ? rules.length : at, 0, rule);
  ns.tell({ group: "rule", is: "new", row: rule, journey: 0 });
  return DONE;
}

function toRule(ns: Netns, spec: RuleSpec): FibRule {
  const action = spec.action ?? "lookup";
  return {
    action, invert: false, src: IP4_ANY, srcLen: 0, dst: IP4_ANY, dstLen: 0, tos: 0, mark: 0, markMask: 0, iif: "", oif: "", protocol: 0,
    suppressPrefixLen: -1, suppressIfgroup: -1, gotoPriority: 0, ipproto: 0, uidRange: null, sport: null, dport: null, table: 0, ...spec,
    priority: spec.priority ?? freePriority(ns),
  };
}

/** fib_default_rule_pref: right before the second rule. */
function freePriority(ns: Netns): number {
  const second = ns.ipv4.fib.rules[1];
  return second === undefined || second.priority === 0 ? 0 : second.priority - 1;
}

/** rule_exists. */
function sameRule(a: FibRule, b: FibRule): boolean {
  const keys = ["priority", "table", "action", "invert", "src", "srcLen", "dst", "dstLen", "tos", "mark", "markMask", "iif", "oif", "suppressPrefixLen", "suppressIfgroup", "gotoPriority", "ipproto", "protocol"] as const;
  return keys.every((k) => a[k] === b[k]) && samePorts(a.sport, b.sport) && samePorts(a.dport, b.dport) && samePorts(a.uidRange, b.uidRange);
}

const samePorts = (a: FibRule["sport"], b: FibRule["sport"]): boolean => (a?.[0] ?? 0) === (b?.[0] ?? 0) && (a?.[1] ?? 0) === (b?.[1] ?? 0);

/** fib_nl_delrule: the first rule that has everything that was named. */
export function ruleDel(ns: Netns, spec: RuleSpec): RtnlReply {
  const { rules } = ns.ipv4.fib;
  const at = rules.findIndex((r) => fits(r, spec));
  if (at < 0) return refuse("ENOENT");
  const [gone] = rules.splice(at, 1);
  ns.tell({ group: "rule", is: "del", row: gone!, journey: 0 });
  return DONE;
}

/** rule_find: what is zero or was not said matches all; prefixes and TOS must be alike. */
function fits(rule: FibRule, spec: RuleSpec): boolean {
  if (spec.action !== undefined && spec.action !== rule.action) return false;
  if ((spec.table ?? 0) !== 0 && spec.table !== rule.table) return false;
  if ((spec.srcLen ?? 0) !== 0 && (spec.src !== rule.src || spec.srcLen !== rule.srcLen)) return false;
  if ((spec.dstLen ?? 0) !== 0 && (spec.dst !== rule.dst || spec.dstLen !== rule.dstLen)) return false;
  if ((spec.tos ?? 0) !== 0 && spec.tos !== rule.tos) return false;
  if (spec.sport !== undefined && !samePorts(spec.sport, rule.sport)) return false;
  if (spec.dport !== undefined && !samePorts(spec.dport, rule.dport)) return false;
  if (spec.uidRange !== undefined && !samePorts(spec.uidRange, rule.uidRange)) return false;
  const plain = ["priority", "invert", "mark", "markMask", "iif", "oif", "protocol", "suppressPrefixLen", "suppressIfgroup", "ipproto", "gotoPriority"] as const;
  return plain.every((k) => spec[k] === undefined || spec[k] === rule[k]);
}

export function ruleDump(ns: Netns): RtnlReply {
  return answer(ns.ipv4.fib.rules.map((rule) => ({ is: "rule", rule: ruleRowOf(ns, rule) })));
}
