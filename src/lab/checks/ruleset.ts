import { type ChainView, type RuleView, type RulesetView, viewRuleset } from "../../os/inspect-nft.ts";
import type { Lab } from "../lab.ts";
import type { Want } from "./condition.ts";
import type { Verdict } from "./verdict.ts";

/* The predicate on nf_tables: is there such a table, chain, rule, and what has it counted? */

type WantNft = Want<"nft">;

const NOTHING: RulesetView = { tables: [], chains: [] };

function rulesetAt(lab: Lab, at: string): RulesetView {
  const place = lab.place(at);
  return place === undefined ? NOTHING : viewRuleset(place.net.netns);
}

/** "table1" is in any family, "ip table1" in that one. */
const isNamed = (table: string, wanted: string): boolean => table === wanted || table.endsWith(` ${wanted}`);

function chainsFor(view: RulesetView, want: WantNft): readonly ChainView[] {
  return view.chains.filter((chain) =>
    (want.table === undefined || isNamed(chain.table, want.table)) && (want.chain === undefined || chain.name === want.chain) &&
    (want.hook === undefined || chain.hook === want.hook));
}

/** Rules that have all the wanted pieces of text, in this order. */
function rulesFor(chains: readonly ChainView[], want: WantNft): readonly RuleView[] {
  return chains.flatMap((chain) => chain.rules).filter((rule) => hasPieces(rule.text, want.rule ?? []));
}

function hasPieces(text: string, pieces: readonly string[]): boolean {
  let from = 0;
  for (const piece of pieces) {
    const at = text.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
}

/** Packets counted by the rules that fit, all together. */
export function countedBy(lab: Lab, want: WantNft): number {
  return rulesFor(chainsFor(rulesetAt(lab, want.at), want), want).reduce((sum, rule) => sum + (rule.packets ?? 0), 0);
}

export function checkNft(lab: Lab, want: WantNft, base: number): Verdict {
  const view = rulesetAt(lab, want.at);
  const { thing, pass, found } = want.rule !== undefined ? onRules(lab, view, want, base)
    : want.chain !== undefined || want.hook !== undefined ? onChains(view, want) : onTables(view, want);
  return { pass, text: `${want.at} has ${thing}`, denied: `${want.at} has no such thing: ${thing}`, found: `${want.at}: ${found}` };
}

interface Finding {
  readonly thing: string;
  readonly pass: boolean;
  readonly found: string;
}

function onTables(view: RulesetView, want: WantNft): Finding {
  const right = view.tables.filter((table) => want.table === undefined || isNamed(table, want.table));
  const found = view.tables.length === 0 ? "the rule set is empty" : `tables are ${view.tables.join(", ")}`;
  return { thing: want.table === undefined ? "some table" : `the table ${want.table}`, pass: right.length > 0, found };
}

function onChains(view: RulesetView, want: WantNft): Finding {
  const name = want.chain === undefined ? "a chain" : `the chain ${want.chain}`;
  const thing = name + (want.table === undefined ? "" : ` in table ${want.table}`) + (want.hook === undefined ? "" : ` on the hook ${want.hook}`);
  const near = view.chains.filter((chain) => want.table === undefined || isNamed(chain.table, want.table));
  const found = near.length === 0 ? "no chain there" : `chains are ${near.map((chain) => `${chain.name} (${chain.hook ?? "no hook"})`).join(", ")}`;
  return { thing, pass: chainsFor(view, want).length > 0, found };
}

function onRules(lab: Lab, view: RulesetView, want: WantNft, base: number): Finding {
  const chains = chainsFor(view, want);
  const rules = rulesFor(chains, want);
  const { packets } = want;
  const now = countedBy(lab, want);
  const counted = packets === undefined || ((packets.is === undefined || now === packets.is) && (packets.min === undefined || now >= packets.min) &&
    (packets.delta === undefined || now - base >= packets.delta));
  const thing = `a rule with "${want.rule!.join(" … ")}"${packets === undefined ? "" : ` that has counted ${amount(packets)}`}`;
  const found = rules.length === 0 ? `no such rule in ${chains.length === 0 ? "any chain" : chains.map((c) => c.name).join(", ")}`
    : packets === undefined ? rules.map((rule) => rule.text).join("; ") : `it has counted ${now}, ${now - base} since this step began`;
  return { thing, pass: rules.length > 0 && counted, found };
}

function amount({ is, min, delta }: NonNullable<WantNft["packets"]>): string {
  const many = (n: number, more = ""): string => `${n}${more} packet${n === 1 ? "" : "s"}`;
  if (is !== undefined) return many(is);
  return delta === undefined ? `at least ${many(min ?? 0)}` : many(delta, " more");
}
