import type { Netns } from "../net/core/netns.ts";
import { ctKey, ctText } from "../net/netfilter/ct-event.ts";
import { chainKey, chainText } from "../net/netfilter/nft/chain.ts";
import { ruleRow } from "../net/netfilter/nft/eval-trace.ts";
import type { NftTable } from "../net/netfilter/nft/model.ts";
import { ruleKey } from "../net/netfilter/nft/rule.ts";
import { KernelSet } from "../net/netfilter/nft/set-object.ts";
import { elemText, setText } from "../net/netfilter/nft/set-text.ts";
import { tableText } from "../net/netfilter/nft/table.ts";
import type { RowView } from "./inspect.ts";

/* What an observer sees of netfilter: the rows and keys that the trace's table changes carry. */

/** Tables, chains with their rules, sets with their elements, table by table. */
export const nftRows = (ns: Netns): readonly RowView[] => [...ns.nf.nft.tables.values()].flatMap((table) => tableRows(ns, table));

const same = (text: string): RowView => ({ key: text, text });

function tableRows(ns: Netns, table: NftTable): readonly RowView[] {
  const chains = [...table.chains.values()].flatMap((chain) => [
    { key: chainKey(chain), text: chainText(chain) },
    ...chain.rules.map((rule) => ({ key: ruleKey(rule), text: ruleRow(ns, rule) })),
  ]);
  const sets = [...table.sets.values()].flatMap((set) => {
    const elems = set instanceof KernelSet ? [...set.elems()] : [];
    return [same(setText(set)), ...elems.map((elem) => same(elemText(set, elem)))];
  });
  return [same(tableText(table)), ...chains, ...sets];
}

/** The flows, as `conntrack -L` prints them now. */
export const flowRows = (ns: Netns): readonly RowView[] => [...ns.nf.ct.table.entries()].map((ct) => ({ key: ctKey(ct), text: ctText(ns, ct) }));
