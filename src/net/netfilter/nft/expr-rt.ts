import { ipDst, ipSrc } from "../../../wire/ipv4.ts";
import { type Dst, dstMtu, nexthopOf, routeOutput } from "../../ipv4/route.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import { storeClassid } from "./expr-meta.ts";
import { inetAt, isInetFamily } from "./hooks.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, checkReg, store16, store8, storeBe32 } from "./vm.ts";

const BYTES: Readonly<Record<ExprOf<"rt">["key"], number>> = { classid: 4, nexthop4: 4, nexthop6: 16, tcpmss: 2, ipsec: 1 };

/** nft_rt.c: about the route that the packet takes. */
export function bindRt(_: NftBind, expr: ExprOf<"rt">): NftOp | Errno {
  const error = checkReg(expr.dreg, BYTES[expr.key]);
  if (error !== null) return error;
  const at = expr.dreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const dst = pkt.skb.dst as Dst | null;
    if (dst === null || !storeRt(regs, at, pkt, dst, expr.key)) regs.verdict = BREAK;
  };
  const atOutput = inetAt("forward", "output", "postrouting");
  const validate: NonNullable<NftOp["validate"]> = (base, family) =>
    expr.key === "tcpmss" ? atOutput(base, family) : isInetFamily(family) ? null : "EOPNOTSUPP";
  return { op: "rt", eval: evaluate, dump: () => expr, validate };
}

function storeRt(regs: NftRegs, at: number, pkt: NftPkt, dst: Dst, key: ExprOf<"rt">["key"]): boolean {
  switch (key) {
    case "classid": return storeClassid(regs, at, pkt);
    case "nexthop4":
      if (pkt.family !== "ip") return false;
      storeBe32(regs, at, nexthopOf(dst, ipDst(pkt.skb.buf, pkt.skb.netAt)));
      return true;
    case "tcpmss":
      if (pkt.family !== "ip") return false;
      store16(regs, at, tcpMss(pkt, dst));
      return true;
    case "ipsec":
      store8(regs, at, 0);
      return true;
    // IPv6 is not routed here.
    case "nexthop6": return false;
  }
}

const HEADERS_BYTES = 40;
const LEAST_MSS = 536;

/** get_tcpmss: what fits both ways, without IPv4 and TCP headers. */
export function tcpMss({ ns, skb }: NftPkt, dst: Dst): number {
  const there = dstMtu(ns, dst, ipDst(skb.buf, skb.netAt));
  const back = routeOutput(ns, { daddr: ipSrc(skb.buf, skb.netAt) });
  const mtu = typeof back === "string" ? there : Math.min(there, dstMtu(ns, back, ipSrc(skb.buf, skb.netAt)));
  return mtu > HEADERS_BYTES ? mtu - HEADERS_BYTES : LEAST_MSS;
}
