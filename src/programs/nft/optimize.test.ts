import { expect, test } from "vitest";
import type { Input } from "./loc.ts";
import { optimizeCmds } from "./optimize.ts";
import { parseInput } from "./parse.ts";

const optimized = (...rules: readonly string[]): ReturnType<typeof optimizeCmds> => {
  const input: Input = { name: "rules", text: `table ip t {\n\tchain c {\n${rules.map((r) => `\t\t${r}\n`).join("")}\t}\n}\n`, from: null };
  const { cmds, diags } = parseInput(input, { include: () => [], defines: new Map() });
  expect(diags).toEqual([]);
  return optimizeCmds(cmds);
};

const runs = (...rules: readonly string[]): number[] => optimized(...rules).merges.map((m) => m.merged.length);

// Each list as nft 1.0.6 merged it.
test.each<[readonly string[], readonly number[]]>([
  [["ip saddr 1.1.1.1 drop", "ip saddr 1.1.1.2 drop"], [2]],
  [["ip saddr 1.1.1.1 drop", "ip saddr 1.1.1.2 accept"], [2]],
  [["ip saddr 1.1.1.1 drop", "ip daddr 1.1.1.2 drop"], []],
  [["ip saddr != 1.1.1.1 drop", "ip saddr != 1.1.1.2 drop"], []],
  [["ip saddr @s drop", "ip saddr 1.1.1.1 drop"], []],
  [["tcp dport 80 quota over 100 bytes drop", "tcp dport 81 quota over 100 bytes drop"], []],
  [["ip saddr 1.1.1.6 reject with icmp type host-unreachable", "ip saddr 1.1.1.8 reject with icmp type port-unreachable"], [2]],
  [["ip saddr 1.1.1.1 log prefix \"a\" drop", "ip saddr 1.1.1.2 log prefix \"b\" drop"], []],
  [["tcp dport 1 snat to 1.1.1.1-1.1.1.2", "tcp dport 3 snat to 1.1.1.2-1.1.1.3"], [2]],
])("%j: runs of %j rules become one", (rules, expected) => {
  expect(runs(...rules)).toEqual(expected);
});

test.each<[readonly string[], string]>([
  [["oifname eth0 masquerade", "oifname eth1 masquerade"], "SIGSEGV"],
  [["snat to 1.1.1.1", "snat to 2.2.2.2"], "SIGSEGV"],
  [["tcp dport 1 snat to 1.1.1.1/24", "tcp dport 3 snat to 1.1.2.1/24"], "SIGABRT"],
  [["ip saddr 1.2.3.4 ct state established,related accept", "ip saddr 1.2.3.5 ct state new accept"], "SIGABRT"],
])("%j: 1.0.6 dies, so does this (%s)", (rules, signal) => {
  expect(optimized(...rules).crash?.signal).toBe(signal);
});
