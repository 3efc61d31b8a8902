import type { Errno } from "../../uapi/errno.ts";
import { JUMP_STACK } from "./frame.ts";
import type { NftBaseHook, NftChain, NftTable } from "./model.ts";
import { type Refusal, refuse } from "./transaction.ts";

/**
 * nft_table_validate: walks from every base chain along jumps and gotos. EMLINK when they lead deeper than 16
 * chains, as a circle does; EOPNOTSUPP when an instruction cannot work at that hook.
 */
export function validateTable(table: NftTable): Refusal | null {
  for (const chain of table.chains.values()) {
    if (chain.base === null) continue;
    const { type, spec } = chain.base;
    const error = validateChain(chain, { type, hook: spec.hook, priority: spec.priority }, 0, new Map());
    if (error !== null) return refuse(error);
  }
  return null;
}

/** `seen`: the deepest level at which a chain was found to be fine; shallower visits need no second look. */
function validateChain(chain: NftChain, base: NftBaseHook, level: number, seen: Map<NftChain, number>): Errno | null {
  if (level === JUMP_STACK) return "EMLINK";
  if ((seen.get(chain) ?? -1) >= level) return null;
  for (const { ops } of chain.rules) {
    for (const op of ops) {
      const error = op.validate?.(base, chain.table.family) ?? null;
      if (error !== null) return error;
      for (const next of op.jumps?.() ?? []) {
        const below = validateChain(next, base, level + 1, seen);
        if (below !== null) return below;
      }
    }
  }
  seen.set(chain, level);
  return null;
}
