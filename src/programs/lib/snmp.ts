/** /proc/net/snmp and /proc/net/netstat: a line of names, then a line of values, for each group. */
import type { Sys } from "../../os/sys.ts";
import { readText } from "./proc.ts";

/** Counters by group, in the file's order. */
export function readSnmp(sys: Sys, path: string): ReadonlyMap<string, readonly (readonly [name: string, value: number])[]> {
  const lines = (readText(sys, path) ?? "").split("\n").filter((l) => l !== "");
  const groups = new Map<string, (readonly [string, number])[]>();
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [head = "", ...names] = (lines[i] ?? "").trim().split(" ");
    const values = (lines[i + 1] ?? "").trim().split(" ").slice(1);
    groups.set(head.replace(/:$/, ""), names.map((name, at) => [name, Number(values[at] ?? 0)] as const));
  }
  return groups;
}
