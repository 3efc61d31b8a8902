import type { Netns } from "../net/core/netns.ts";
import type { NftChain, NftRule } from "../net/netfilter/nft/model.ts";
import { ruleRow as rowOf, setRow } from "../net/netfilter/nft/rows.ts";
import { elemRow, KernelSet } from "../net/netfilter/nft/set-object.ts";
import type { NftElem, NftRuleRow, NftSetRow } from "../net/uapi/nft.ts";

/* The rule set of a namespace as an observer outside the simulation sees it: plain values, changing nothing. */

export interface RuleView {
  readonly handle: number;
  /** As `nft -s list` prints it; "" when nobody gave the world a printer. */
  readonly text: string;
  /** Packets of its first counter, `null` when it has none. */
  readonly packets: number | null;
}

export interface ChainView {
  /** "ip nat" */
  readonly table: string;
  readonly name: string;
  /** `null`: reached by jumps only. */
  readonly hook: string | null;
  readonly policy: string | null;
  readonly rules: readonly RuleView[];
}

export interface RulesetView {
  /** "ip nat" … in the kernel's order. */
  readonly tables: readonly string[];
  readonly chains: readonly ChainView[];
}

export function viewRuleset(ns: Netns): RulesetView {
  const tables = [...ns.nf.nft.tables.values()].map((table) => ({ name: `${table.family} ${table.name}`, table }));
  return {
    tables: tables.map(({ name }) => name),
    chains: tables.flatMap(({ name, table }) => [...table.chains.values()].map((chain) => viewChain(ns, name, chain))),
  };
}

function viewChain(ns: Netns, table: string, chain: NftChain): ChainView {
  const rules = chain.rules.map((rule) => viewRule(ns, rule));
  return { table, name: chain.name, hook: chain.base?.spec.hook ?? null, policy: chain.base?.policy ?? null, rules };
}

function viewRule(ns: Netns, rule: NftRule): RuleView {
  const counter = rule.ops.find((op) => op.op === "counter")?.dump();
  return { handle: rule.handle, text: ns.world.ruleText(ns, rule) ?? "", packets: counter?.op === "counter" ? counter.packets : null };
}

/** A rule and the sets of its table, those without a name with their elements: what a program would get by asking the kernel for it. */
export interface RuleParts {
  readonly row: NftRuleRow;
  readonly sets: readonly { readonly row: NftSetRow; readonly elems: readonly NftElem[] }[];
  ifnameOf(index: number): string | null;
}

/** The parts of one of the kernel's rules, for whoever prints it; `null`: the object is none. */
export function rulePartsOf(ns: Netns, rule: object): RuleParts | null {
  if (!isRule(rule)) return null;
  const sets = [...rule.chain.table.sets.values()].filter((set) => set instanceof KernelSet);
  const now = ns.world.sim.nowNs;
  const used = sets.filter((set) => set.spec.flags.anonymous !== true || rule.sets.includes(set)).map((set) => ({
    row: setRow(set), elems: set.spec.flags.anonymous === true ? [...set.elems()].map((elem) => elemRow(set, elem, now)) : [],
  }));
  return { row: rowOf(rule), sets: used, ifnameOf: (index) => ns.byIndex.get(index)?.name ?? null };
}

const isRule = (rule: object): rule is NftRule => "ops" in rule && "chain" in rule;
