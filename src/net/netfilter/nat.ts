import { type Ip4, IP4_ANY, ip4 } from "../../wire/addr.ts";
import { ipDst } from "../../wire/ipv4.ts";
import type { Hook, HookPoint } from "../core/hook.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import { SCOPE_UNIVERSE } from "../ipv4/in-device.ts";
import { dstOf, nexthopOf, selectAddr } from "../ipv4/route.ts";
import { IPS_DST_NAT, IPS_DST_NAT_DONE, IPS_SRC_NAT, IPS_SRC_NAT_DONE } from "../uapi/conntrack.ts";
import { NF_NAT_RANGE_MAP_IPS } from "../uapi/nft-expr.ts";
import { type Conntrack, ctOf } from "./ct-entry.ts";
import { invertTuple, newTuple, sameTuple } from "./ct-tuple.ts";
import type { Manip, NatRange } from "./nat-range.ts";
import { uniqueTuple } from "./nat-tuple.ts";

export type { Manip, NatRange };

/* NAT is decided once a flow, with its first packet, and remembered as the tuple its answers will have. nf_nat_core.c. */

/** What a NAT statement says: "drop" when the flow cannot be set up. */
export type NatVerdict = "accept" | "drop";

/** Without addresses: masquerade and redirect find them. */
export type NatPorts = Omit<NatRange, "minAddr" | "maxAddr">;

/** nf_nat_initialized: this end is decided. */
export const natInitialized = (ct: Conntrack, manip: Manip): boolean => ct.has(manip === "src" ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE);

/** nf_nat_setup_info: decides this end of the flow once, before it is confirmed. */
export function natSetupInfo(ns: Netns, ct: Conntrack, range: NatRange, manip: Manip): NatVerdict {
  if (ct.isConfirmed) return "accept";
  if (natInitialized(ct, manip)) return "drop";
  const current = newTuple();
  invertTuple(current, ct.reply);
  const wanted = uniqueTuple(ns, ct, current, range, manip);
  if (!sameTuple(wanted, current)) {
    const reply = newTuple();
    invertTuple(reply, wanted);
    ct.hashes[1].tuple = reply;
    ct.status |= manip === "src" ? IPS_SRC_NAT : IPS_DST_NAT;
  }
  if (manip === "src") ns.nf.ct.table.addSource(ct);
  ct.status |= manip === "src" ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE;
  return "accept";
}

/** nf_nat_alloc_null_binding: no rule spoke: the address stays, a port is changed only if another flow has it. */
export function natNullBinding(ns: Netns, ct: Conntrack, manip: Manip): NatVerdict {
  const address = manip === "src" ? ct.reply.dst : ct.reply.src;
  return natSetupInfo(ns, ct, { flags: NF_NAT_RANGE_MAP_IPS, minAddr: address, maxAddr: address, minProto: 0, maxProto: 0 }, manip);
}

const toAddress = (range: NatPorts, address: Ip4): NatRange =>
  ({ ...range, flags: range.flags | NF_NAT_RANGE_MAP_IPS, minAddr: address, maxAddr: address });

/** nf_nat_masquerade_ipv4: source NAT to the address of the device it leaves by; the flow ends with that device. */
export function natMasquerade(ns: Netns, skb: Skb, range: NatPorts, out: Netdev): NatVerdict {
  const ct = ctOf(skb);
  if (ct === null || ct.original.src === IP4_ANY) return "accept";
  const daddr = ipDst(skb.buf, skb.netAt);
  const nextHop = skb.dst === null ? daddr : nexthopOf(dstOf(skb), daddr);
  const address = selectAddr(ns, out, nextHop, SCOPE_UNIVERSE);
  if (address === IP4_ANY) return "drop";
  ct.masqIfindex = out.ifindex;
  ns.nf.nat.watchAddresses();
  return natSetupInfo(ns, ct, toAddress(range, address), "src");
}

/** nf_nat_redirect_ipv4: destination NAT to this machine: 127.0.0.1 at output, else the first address of the device it came in by. */
export function natRedirect(ns: Netns, skb: Skb, range: NatPorts, point: HookPoint): NatVerdict {
  const ct = ctOf(skb);
  if (ct === null) return "accept";
  const address = point === "output" ? ip4(0x7f000001) : skb.dev?.in4?.addrs[0]?.local;
  if (address === undefined) return "drop";
  return natSetupInfo(ns, ct, toAddress(range, address), "dst");
}

/**
 * nf_nat_register_fn: a base chain of type nat. It is asked once a flow, from NAT's own hooks at dstnat (-100)
 * or srcnat (100), in order of the chains' priorities. Returns the way to take it off.
 */
export function registerNatHook(ns: Netns, family: "ip" | "ip6", point: HookPoint, hook: Hook): () => void {
  return ns.nf.nat.register(family, point, hook);
}
