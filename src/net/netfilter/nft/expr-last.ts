import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp } from "./model.ts";

const NS_PER_MS = 1_000_000;

/** nft_last.c: when the rule matched last. */
export function bindLast(bind: NftBind, expr: ExprOf<"last">): NftOp | Errno {
  const { sim } = bind.ns.world;
  let lastNs = expr.usedMs === null ? null : sim.nowNs - expr.usedMs * NS_PER_MS;
  return {
    op: "last",
    eval: () => {
      lastNs = sim.nowNs;
    },
    dump: () => ({ op: "last", usedMs: lastNs === null ? null : Math.floor((sim.nowNs - lastNs) / NS_PER_MS) }),
    reset: () => {
      lastNs = null;
    },
  };
}
