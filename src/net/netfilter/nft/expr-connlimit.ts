import type { Errno } from "../../uapi/errno.ts";
import { type Conntrack, ctOf } from "../ct-entry.ts";
import { newTuple, tupleOfPacket } from "../ct-tuple.ts";
import type { ExprOf } from "./expr.ts";
import { tracks } from "./expr-nat.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, DROP } from "./vm.ts";

/** What has no entry in the table of flows is forgotten after two jiffies (nf_conncount.c). */
const UNCONFIRMED_NS = 8_000_000;

/** A flow, or (untracked packets) what would be its tuple. */
type Counted = Conntrack | string;

/** nft_connlimit.c: how many flows that passed here are still alive. */
export function bindConnlimit(bind: NftBind, expr: ExprOf<"connlimit">): NftOp | Errno {
  const flows = new Map<Counted, number>();
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const now = pkt.ns.world.sim.nowNs;
    for (const [flow, sinceNs] of flows) if (isGone(flow, now - sinceNs)) flows.delete(flow);
    const flow = ctOf(pkt.skb) ?? tupleText(pkt);
    if (flow === null) regs.verdict = DROP;
    else {
      if (!flows.has(flow)) flows.set(flow, now);
      if (flows.size > expr.count !== expr.invert) regs.verdict = BREAK;
    }
  };
  return { op: "connlimit", eval: evaluate, dump: () => expr, ...tracks(bind) };
}

function tupleText({ skb }: NftPkt): string | null {
  const t = newTuple();
  return skb.netAt >= 0 && tupleOfPacket(t, skb.buf, skb.netAt, skb.end) ? `${t.src} ${t.dst} ${t.protocol} ${t.sport} ${t.dport}` : null;
}

/** Ended, or a TCP connection that both sides have closed (already_closed). */
function isGone(flow: Counted, ageNs: number): boolean {
  if (typeof flow === "string" || !flow.isConfirmed) return ageNs > UNCONFIRMED_NS;
  if (flow.isDying) return true;
  return flow.tcp !== null && (flow.tcp.state === "TIME_WAIT" || flow.tcp.state === "CLOSE");
}
