import { expect, it } from "vitest";
import { inRuleOrder } from "./rule-order.ts";

it("rules stand under their chain and chains under their table, however late they came", () => {
  const row = (key: string, text = key): { key: string; text: string; depth: number } => ({ key, text, depth: 0 });
  const rows = [
    row("table ip nat"), row("chain ip nat 1", "chain ip nat PREROUTING { type nat hook prerouting priority -100; policy accept; }"), row("table ip mynat"),
    row("chain ip nat 2", "chain ip nat CNI-f1"), row("rule ip nat CNI-f1 3", "counter # handle 3"), row("rule ip nat PREROUTING 8", "ip daddr 100.64.10.1 # handle 8"),
    row("flowtable ip nat f"),
  ];
  expect(inRuleOrder(rows).map(({ key, depth }) => `${"  ".repeat(depth)}${key}`)).toEqual([
    "table ip nat", "  chain ip nat 1", "    rule ip nat PREROUTING 8", "  chain ip nat 2", "    rule ip nat CNI-f1 3", "table ip mynat", "flowtable ip nat f",
  ]);
});
