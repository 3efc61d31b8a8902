import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import type { NftBind, NftOp } from "./model.ts";

/** nft_counter.c: packets, and bytes from the network header on. */
export function bindCounter(_: NftBind, expr: ExprOf<"counter">): NftOp | Errno {
  let { packets, bytes } = expr;
  return {
    op: "counter",
    eval: (_regs, pkt) => {
      packets++;
      bytes += pkt.skb.length;
    },
    dump: () => ({ op: "counter", packets, bytes }),
    reset: () => {
      packets = 0;
      bytes = 0;
    },
  };
}
