import { expect, test } from "vitest";
import { stackPlan } from "./plan-stack.ts";
import { spotIdIn } from "./plan.ts";
import type { PlanSource } from "./plan.ts";
import { twoClusters } from "./topology-fixture.ts";

const RULES = new Map([
  ["table ip nat", "table ip nat"],
  ["chain ip nat 1", "chain ip nat PREROUTING { type nat hook prerouting priority -100; policy accept; }"],
  ["chain ip nat 2", "chain ip nat CNI-f16e904d70a7c80b77d970e4"],
  ["rule ip nat PREROUTING 8", "ip daddr 100.64.10.1 counter dnat to 11.11.0.2 # handle 8"],
  ["chain ip mynat 1", "chain ip mynat OUTPUT { type nat hook output priority 0; policy accept; }"],
]);

function planWith(rows: ReadonlyMap<string, string>): ReturnType<typeof stackPlan> {
  const source: PlanSource = { ...twoClusters(), rows: (_, table) => (table === "nft" ? rows : new Map<string, string>()) };
  return stackPlan(source, "C0w1", 1030, 430);
}

const filled = (rows: ReadonlyMap<string, string>): string[] => planWith(rows).boxes.filter((box) => box.kind === "hook" && !box.off).map((box) => box.id);

test("a hook is filled when a base chain hangs on it", () => {
  expect(filled(new Map())).toEqual([]);
  expect(filled(RULES)).toEqual(["hook:C0w1/prerouting", "hook:C0w1/output"]);
});

test("a packet at a hook rests there in the inside view, and in the kernel elsewhere", () => {
  const plan = planWith(RULES);
  expect(spotIdIn(plan, "C0w1:@prerouting")).toBe("C0w1:@prerouting");
  expect(spotIdIn(plan, "C0w2:@prerouting")).toBe("C0w2:");
});
