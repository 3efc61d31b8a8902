import type { Netns } from "../net/core/netns.ts";
import type { NftChain, NftRule } from "../net/netfilter/nft/model.ts";

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
  return { handle: rule.handle, text: ns.world.ruleText(rule) ?? "", packets: counter?.op === "counter" ? counter.packets : null };
}
