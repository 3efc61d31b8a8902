import type { NftHook } from "../../net/uapi/nft.ts";

/** The tables of iptables, each with its chains in the order in which they are made. */
export interface BuiltinChain {
  readonly name: string;
  readonly type: "filter" | "nat" | "route";
  readonly hook: NftHook;
  readonly priority: number;
}
export interface BuiltinTable {
  readonly name: string;
  readonly chains: readonly BuiltinChain[];
}

/** Hooks by the kernel's number (NF_INET_*): the order of listings. */
export const HOOKS: readonly NftHook[] = ["prerouting", "input", "forward", "output", "postrouting"];

const NAMES: Readonly<Record<string, NftHook>> = {
  PREROUTING: "prerouting", INPUT: "input", FORWARD: "forward", OUTPUT: "output", POSTROUTING: "postrouting",
};
const filter = (name: string, priority: number): BuiltinChain => ({ name, type: "filter", hook: NAMES[name] ?? "input", priority });
const nat = (name: string, priority: number): BuiltinChain => ({ ...filter(name, priority), type: "nat" });

/** In the order of iptables-save. */
export const TABLES: readonly BuiltinTable[] = [
  {
    name: "mangle",
    chains: [filter("PREROUTING", -150), filter("INPUT", -150), filter("FORWARD", -150), { ...filter("OUTPUT", -150), type: "route" }, filter("POSTROUTING", -150)],
  },
  { name: "security", chains: ["INPUT", "FORWARD", "OUTPUT"].map((c) => filter(c, 150)) },
  { name: "raw", chains: ["PREROUTING", "OUTPUT"].map((c) => filter(c, -300)) },
  { name: "filter", chains: ["INPUT", "FORWARD", "OUTPUT"].map((c) => filter(c, 0)) },
  { name: "nat", chains: [nat("PREROUTING", -100), nat("INPUT", 100), nat("POSTROUTING", 100), nat("OUTPUT", -100)] },
];

export const builtinTable = (name: string): BuiltinTable | undefined => TABLES.find((t) => t.name === name);
export const builtinChain = (table: string, name: string): BuiltinChain | undefined => builtinTable(table)?.chains.find((c) => c.name === name);
