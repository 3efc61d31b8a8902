import type { Errno } from "../../uapi/errno.ts";
import type { NftFamily } from "../../uapi/nft-expr.ts";
import type { NftBaseHook, NftOp } from "./model.ts";

/** nft_chain_validate_hooks: EOPNOTSUPP when the base chain's hook is not among these. */
export const onlyAt = (base: NftBaseHook, hooks: readonly NftBaseHook["hook"][]): Errno | null => (hooks.includes(base.hook) ? null : "EOPNOTSUPP");

/** ip, ip6, inet: what most instructions that need a route or a flow ask for. */
export const isInetFamily = (family: NftFamily): boolean => family === "ip" || family === "ip6" || family === "inet";

/** An instruction of the IP families, at these hooks only. */
export const inetAt = (...hooks: readonly NftBaseHook["hook"][]): NonNullable<NftOp["validate"]> =>
  (base, family) => (isInetFamily(family) ? onlyAt(base, hooks) : "EOPNOTSUPP");

/** An instruction of NAT: only in chains of type nat (nft_chain_validate_dependency), at these hooks. */
export const natAt = (...hooks: readonly NftBaseHook["hook"][]): NonNullable<NftOp["validate"]> =>
  (base, family) => (base.type !== "nat" || !isInetFamily(family) ? "EOPNOTSUPP" : onlyAt(base, hooks));
