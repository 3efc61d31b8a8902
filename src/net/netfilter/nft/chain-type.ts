import type { NftFamily, NftHook } from "../../uapi/nft.ts";

const INET: readonly NftHook[] = ["prerouting", "input", "forward", "output", "postrouting"];
const NAT: readonly NftHook[] = ["prerouting", "input", "output", "postrouting"];

type Types = Readonly<Record<string, readonly NftHook[]>>;

/** struct nft_chain_type of each family: where a base chain of that type may hang. */
const TYPES: Readonly<Record<NftFamily, Types>> = {
  ip: { filter: INET, nat: NAT, route: ["output"] },
  ip6: { filter: INET, nat: NAT, route: ["output"] },
  inet: { filter: [...INET, "ingress"], nat: NAT, route: ["output"] },
  arp: { filter: ["input", "output"] },
  bridge: { filter: INET },
  netdev: { filter: ["ingress", "egress"] },
};

/** Hooks of a chain type, or null for one that the family does not have. */
export function hooksOfType(family: NftFamily, type: string): readonly NftHook[] | null {
  const types = TYPES[family];
  return Object.hasOwn(types, type) ? (types[type] ?? null) : null;
}

/** Hooks that belong to devices instead of to the family's packet path. */
export const isDeviceHook = (hook: NftHook): boolean => hook === "ingress" || hook === "egress";
