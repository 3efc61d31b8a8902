import { setIpChecksum, IP_DF, IP_FRAG, IP_TTL } from "../../../wire/ipv4.ts";
import { readIp4, readU16, writeU16 } from "../../../wire/addr.ts";
import type { Netdev } from "../../core/netdev.ts";
import type { Skb } from "../../core/skb.ts";
import { drop } from "../../core/trace.ts";
import { devQueueXmit } from "../../core/xmit.ts";
import { ipLocalOut } from "../../ipv4/ip-output.ts";
import { routeOutput } from "../../ipv4/route.ts";
import { neighOutput } from "../../neigh/output.ts";
import type { Errno } from "../../uapi/errno.ts";
import { setUntracked } from "../ct-entry.ts";
import type { ExprOf } from "./expr.ts";
import { onlyAt } from "./hooks.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { DROP, STOLEN, checkReg, firstError, load32 } from "./vm.ts";

/** nft_dup_ipv4.c, nft_dup_netdev.c: a copy goes to a gateway, or out of a device. inet has no dup. */
export function bindDup(bind: NftBind, expr: ExprOf<"dup">): NftOp | Errno {
  if (bind.family === "netdev") return bindDupNetdev(expr);
  if (bind.family !== "ip" && bind.family !== "ip6") return "ENOENT";
  if (expr.addr === undefined) return "EINVAL";
  const error = firstError(checkReg(expr.addr, bind.family === "ip" ? 4 : 16), expr.dev === undefined ? null : checkReg(expr.dev, 4));
  if (error !== null) return error;
  const addrAt = expr.addr * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    if (pkt.family === "ip") dupIpv4(pkt, readIp4(regs.data, addrAt), expr.dev === undefined ? 0 : load32(regs.data, expr.dev * 4));
  };
  return { op: "dup", eval: evaluate, dump: () => expr };
}

/** nf_dup_ipv4: the copy is not tracked, may not be fragmented, and loses a hop where the original had none to lose yet. */
function dupIpv4({ ns, skb, state }: NftPkt, gateway: ReturnType<typeof readIp4>, oif: number): void {
  const copy = ns.world.clone(skb);
  const { buf, netAt } = copy;
  copy.start = netAt;
  setUntracked(copy);
  writeU16(buf, netAt + IP_FRAG, readU16(buf, netAt + IP_FRAG) | IP_DF);
  if (state.point === "prerouting" || state.point === "input") buf[netAt + IP_TTL] = buf[netAt + IP_TTL]! - 1;
  setIpChecksum(buf, netAt);
  const dst = routeOutput(ns, { daddr: gateway, ...(oif === 0 ? {} : { oif }) });
  if (typeof dst === "string") return drop(ns, copy, "IP_OUTNOROUTES");
  copy.dst = { ...dst, gateway: dst.gateway ?? gateway };
  copy.dev = dst.dev;
  ipLocalOut(ns, copy);
}

function bindDupNetdev(expr: ExprOf<"dup">): NftOp | Errno {
  if (expr.dev === undefined) return "EINVAL";
  const error = checkReg(expr.dev, 4);
  if (error !== null) return error;
  const at = expr.dev * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const dev = pkt.ns.byIndex.get(load32(regs.data, at));
    if (dev !== undefined) sendFrame(pkt.ns.world.clone(pkt.skb), dev);
  };
  return { op: "dup", eval: evaluate, dump: () => expr };
}

/** nf_do_netdev_egress: from the Ethernet header on. */
function sendFrame(skb: Skb, dev: Netdev): void {
  if (skb.macAt >= 0) skb.start = skb.macAt;
  skb.dev = dev;
  devQueueXmit(skb);
}

/** nft_fwd_netdev.c: the frame itself leaves by another device; with an address, to that neighbour. */
export function bindFwd(bind: NftBind, expr: ExprOf<"fwd">): NftOp | Errno {
  if (bind.family !== "netdev") return "EOPNOTSUPP";
  const error = firstError(checkReg(expr.dev, 4), expr.addr === undefined ? null : checkReg(expr.addr, expr.family === "ip6" ? 16 : 4));
  if (error !== null) return error;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const dev = pkt.ns.byIndex.get(load32(regs.data, expr.dev * 4));
    regs.verdict = dev !== undefined && forward(regs, pkt, expr, dev) ? STOLEN : DROP;
  };
  const validate: NonNullable<NftOp["validate"]> = (base) => onlyAt(base, expr.addr === undefined ? ["ingress", "egress"] : ["ingress"]);
  return { op: "fwd", eval: evaluate, dump: () => expr, validate };
}

function forward(regs: NftRegs, { ns, skb }: NftPkt, expr: ExprOf<"fwd">, dev: Netdev): boolean {
  if (expr.addr === undefined) {
    sendFrame(skb, dev);
    return true;
  }
  if (expr.family !== "ip" || skb.protocol !== 0x0800 || skb.buf[skb.netAt + IP_TTL]! <= 1) return false;
  skb.buf[skb.netAt + IP_TTL] = skb.buf[skb.netAt + IP_TTL]! - 1;
  setIpChecksum(skb.buf, skb.netAt);
  skb.dev = dev;
  neighOutput(ns, readIp4(regs.data, expr.addr * 4), dev, skb);
  return true;
}
