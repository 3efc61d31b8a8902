/** One row of the rule set, and how deep it stands: tables 0, chains and sets 1, rules and elements 2. */
export interface RuleRow {
  readonly key: string;
  readonly text: string;
  readonly depth: number;
}

/**
 * Rows in the order of `nft list ruleset`: the page hears of them in the order in which they were made. Keys begin with
 * what the row is: "table ip nat", "chain ip nat 1", "rule ip nat PREROUTING 7"; a chain's text names it.
 */
export function inRuleOrder(rows: readonly RuleRow[]): RuleRow[] {
  const within = (kind: string, table: string): RuleRow[] => rows.filter(({ key }) => key.startsWith(`${kind} ${table} `));
  const tables = rows.filter(({ key }) => key.startsWith("table ")).map((row) => ({ row, name: row.key.slice("table ".length) }));
  const ordered = tables.flatMap(({ row, name }) => [row, ...["set", "map"].flatMap((kind) => within(kind, name).map(under(1))), ...chainsOf(name, within)]);
  const placed = new Set(ordered.map(({ key }) => key));
  return [...ordered, ...rows.filter(({ key }) => !placed.has(key))];
}

const under = (depth: number) => (row: RuleRow): RuleRow => ({ ...row, depth });

function chainsOf(table: string, within: (kind: string, table: string) => RuleRow[]): RuleRow[] {
  const rules = within("rule", table);
  return within("chain", table).flatMap((chain) => {
    const name = chain.text.slice(`chain ${table} `.length).split(" ")[0] ?? "";
    return [under(1)(chain), ...rules.filter(({ key }) => key.startsWith(`rule ${table} ${name} `)).map(under(2))];
  });
}
