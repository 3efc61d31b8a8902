import type { Errno } from "../../uapi/errno.ts";
import { type Conntrack, ctOf } from "../ct-entry.ts";
import type { ExprOf } from "./expr.ts";
import { tracks } from "./expr-nat.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK } from "./vm.ts";

/** A flow that was counted but never confirmed is forgotten after two jiffies (nf_conncount.c). */
const UNCONFIRMED_NS = 8_000_000;

/** nft_connlimit.c: how many flows that passed here are still alive. */
export function bindConnlimit(bind: NftBind, expr: ExprOf<"connlimit">): NftOp | Errno {
  const flows = new Map<Conntrack, number>();
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const now = pkt.ns.world.sim.nowNs;
    for (const [ct, sinceNs] of flows) if (isGone(ct, now - sinceNs)) flows.delete(ct);
    const ct = ctOf(pkt.skb);
    if (ct !== null && !flows.has(ct)) flows.set(ct, now);
    if (flows.size > expr.count === expr.invert) return;
    regs.verdict = BREAK;
  };
  return { op: "connlimit", eval: evaluate, dump: () => expr, ...tracks(bind) };
}

/** Ended, or a TCP connection that both sides have closed (already_closed). */
function isGone(ct: Conntrack, ageNs: number): boolean {
  if (ct.isDying) return true;
  if (!ct.isConfirmed) return ageNs > UNCONFIRMED_NS;
  return ct.tcp !== null && (ct.tcp.state === "TIME_WAIT" || ct.tcp.state === "CLOSE");
}
