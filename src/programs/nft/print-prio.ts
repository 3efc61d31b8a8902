import type { NftFamily } from "../../net/uapi/nft-expr.ts";
import type { PrintFlags } from "./datatype.ts";

interface Named { readonly name: string; readonly value: number; /** The only hook it is a name at. */ readonly hook?: string }

const STANDARD: readonly Named[] = [
  { name: "raw", value: -300 }, { name: "mangle", value: -150 }, { name: "dstnat", value: -100, hook: "prerouting" }, { name: "filter", value: 0 },
  { name: "security", value: 50 }, { name: "srcnat", value: 100, hook: "postrouting" },
];
const BRIDGE: readonly Named[] = [
  { name: "dstnat", value: -300, hook: "prerouting" }, { name: "filter", value: -200 }, { name: "out", value: 100, hook: "output" },
  { name: "srcnat", value: 300, hook: "postrouting" },
];
const FILTER_ONLY: readonly Named[] = [{ name: "filter", value: 0 }];

/** Names of priorities that `family` has at `hook` (std_prio_lookup; nft(8), table of standard priorities). */
export function priorityNames(family: NftFamily, hook: string): readonly Named[] {
  const all = family === "bridge" ? BRIDGE : family === "arp" || family === "netdev" ? FILTER_ONLY : STANDARD;
  return all.filter((n) => n.hook === undefined || n.hook === hook);
}

/** How far from a named priority a number is still told by its name. */
const REACH = 10;

/** `filter + 10`, or the number (prio2str). */
export function printPriority(family: NftFamily, hook: string, priority: number, flags: PrintFlags): string {
  const near = flags.numericPrio ? undefined : priorityNames(family, hook).find((n) => Math.abs(priority - n.value) <= REACH);
  if (near === undefined) return String(priority);
  const offset = priority - near.value;
  return offset === 0 ? near.name : `${near.name} ${offset < 0 ? "-" : "+"} ${Math.abs(offset)}`;
}
