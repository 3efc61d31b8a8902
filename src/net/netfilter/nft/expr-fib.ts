import { IP4_ANY, IP4_BROADCAST, type Ip4, isMulticastIp4 } from "../../../wire/addr.ts";
import { IP_HLEN, IP_TOS, ipDst, ipSrc } from "../../../wire/ipv4.ts";
import type { Netdev } from "../../core/netdev.ts";
import { type RouteType, tableLookup } from "../../ipv4/fib.ts";
import { fibLookup } from "../../ipv4/fib-lookup.ts";
import { flowOf } from "../../ipv4/route.ts";
import type { Errno } from "../../uapi/errno.ts";
import type { ExprOf } from "./expr.ts";
import { isInetFamily, onlyAt } from "./hooks.ts";
import type { NftBind, NftOp, NftPkt, NftRegs } from "./model.ts";
import { BREAK, checkReg, firstError, store32, store8, storeName } from "./vm.ts";

type Fib = ExprOf<"fib">;

/** RTN_* of rtnetlink.h. */
export const RTN: Readonly<Record<RouteType, number>> =
  { unicast: 1, local: 2, broadcast: 3, multicast: 5, blackhole: 6, unreachable: 7, prohibit: 8, throw: 9 };

/** nft_fib.c: what the routing tables say of an address of the packet. Only IPv4 has tables here. */
export function bindFib(bind: NftBind, expr: Fib): NftOp | Errno {
  if (!isInetFamily(bind.family) && bind.family !== "netdev") return "EOPNOTSUPP";
  const error = firstError(checkFlags(expr), checkReg(expr.dreg, expr.result === "oifname" ? 16 : 4));
  if (error !== null) return error;
  const at = expr.dreg * 4;
  const evaluate = (regs: NftRegs, pkt: NftPkt): void => {
    const isIpv4 = pkt.family === "ip" || (pkt.family === "netdev" && pkt.skb.protocol === 0x0800);
    if (!isIpv4 || pkt.skb.netAt + IP_HLEN > pkt.skb.end) regs.verdict = BREAK;
    else if (expr.result === "addrtype") store32(regs, at, RTN[addrTypeOn(pkt, expr)]);
    else storeDev(regs, at, expr, wayOut(pkt, expr));
  };
  return { op: "fib", eval: evaluate, dump: () => expr, validate: validateFib(expr) };
}

/** nft_fib_init: one address, at most one device, and no outgoing device as an answer about itself. */
function checkFlags({ flags, result }: Fib): Errno | null {
  const has = (f: Fib["flags"][number]): boolean => flags.includes(f);
  if (has("saddr") === has("daddr") || (has("iif") && has("oif"))) return "EINVAL";
  return result !== "addrtype" && has("oif") ? "EINVAL" : null;
}

/** nft_fib_validate. It compares numbers of hooks: a device's ingress and egress count as prerouting and input. */
function validateFib({ flags, result }: Fib): NonNullable<NftOp["validate"]> {
  return (base, family) => {
    if (family === "netdev") return flags.includes("oif") ? "EOPNOTSUPP" : onlyAt(base, ["ingress", "egress"]);
    if (result !== "addrtype" || flags.includes("iif")) return onlyAt(base, ["prerouting", "input", "forward"]);
    if (flags.includes("oif")) return onlyAt(base, ["output", "postrouting", "forward"]);
    return onlyAt(base, ["prerouting", "input", "forward", "output", "postrouting"]);
  };
}

const deviceOf = (pkt: NftPkt, { flags }: Fib): Netdev | null => (flags.includes("iif") ? pkt.state.indev : flags.includes("oif") ? pkt.state.outdev : null);

/** nft_fib4_eval_type. */
function addrTypeOn(pkt: NftPkt, expr: Fib): RouteType {
  const { buf, netAt } = pkt.skb;
  return inetDevAddrType(pkt, expr.flags.includes("daddr") ? ipDst(buf, netAt) : ipSrc(buf, netAt), deviceOf(pkt, expr));
}

/** inet_dev_addr_type: what an address is to this machine, or (with a device) to this device. */
export function inetDevAddrType({ ns }: NftPkt, addr: Ip4, dev: Netdev | null): RouteType {
  if (addr >>> 24 === 0 || addr === IP4_BROADCAST) return "broadcast";
  if (isMulticastIp4(addr)) return "multicast";
  const found = tableLookup(ns.ipv4.fib.local, flowOf({ daddr: addr }));
  if (found === null || (dev !== null && found.nexthop?.dev !== dev)) return "unicast";
  return found.route.type;
}

/** nft_fib4_eval: the device that a packet to this address would leave by; null = no route, or this machine itself. */
function wayOut(pkt: NftPkt, expr: Fib): Netdev | null {
  const { buf, netAt } = pkt.skb;
  const { indev, point } = pkt.state;
  if (point === "prerouting" && (indev?.isLoopback === true || pkt.skb.iif === pkt.ns.loopback.ifindex)) return indev;
  const saddr = ipSrc(buf, netAt);
  const daddr = ipDst(buf, netAt);
  if (saddr >>> 24 === 0 && (daddr === IP4_BROADCAST || daddr >>> 8 === 0xe00000)) return pkt.skb.dev;
  const toDst = expr.flags.includes("daddr");
  const mark = expr.flags.includes("mark") ? pkt.skb.mark : 0;
  const from = unicastOnly(toDst ? saddr : daddr);
  // A forwarded packet's answer would come in by the device that it leaves by.
  const iif = point === "forward" && expr.flags.includes("iif") ? pkt.state.outdev : pkt.ns.loopback;
  const flow = flowOf({ daddr: toDst ? daddr : saddr, saddr: from, tos: buf[netAt + IP_TOS]! & 0x1c, mark }, iif?.ifindex);
  const found = fibLookup(pkt.ns, flow);
  if (typeof found === "string" || found.route.type === "local") return null;
  const wanted = deviceOf(pkt, expr);
  if (wanted === null) return found.nexthop?.dev ?? null;
  return found.route.nexthops.some((nh) => nh.dev === wanted) ? wanted : null;
}

/** get_saddr: an address that can be a source. */
const unicastOnly = (addr: Ip4): Ip4 => (isMulticastIp4(addr) || addr === IP4_BROADCAST || addr >>> 24 === 0 ? IP4_ANY : addr);

/** nft_fib_store_result. */
function storeDev(regs: NftRegs, at: number, expr: Fib, dev: Netdev | null): void {
  if (expr.present) store8(regs, at, dev === null ? 0 : 1);
  else if (expr.result === "oif") store32(regs, at, dev?.ifindex ?? 0);
  else storeName(regs, at, dev?.name ?? "");
}
