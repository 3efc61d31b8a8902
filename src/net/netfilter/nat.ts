import type { Hook, HookPoint } from "../core/hook.ts";
import type { Netdev } from "../core/netdev.ts";
import type { Netns } from "../core/netns.ts";
import type { Skb } from "../core/skb.ts";
import type { Ip4 } from "../../wire/addr.ts";
import type { Conntrack } from "./ct-entry.ts";

/** Which end of the flow is rewritten: HOOK2MANIP says "dst" for prerouting and output, "src" for input and postrouting. */
export type Manip = "src" | "dst";

/** struct nf_nat_range2. `flags` are NF_NAT_RANGE_* bits; ports (or ICMP ids) host order; `base` only with PROTO_OFFSET. */
export interface NatRange {
  readonly flags: number;
  readonly minAddr: Ip4;
  readonly maxAddr: Ip4;
  readonly minProto: number;
  readonly maxProto: number;
  readonly base?: number;
}

/** What a NAT statement says: "drop" when no free tuple is left or the flow cannot be set up. */
export type NatVerdict = "accept" | "drop";

/** nf_nat_setup_info: decides this end of the flow once, before it is confirmed. */
export function natSetupInfo(ns: Netns, ct: Conntrack, range: NatRange, manip: Manip): NatVerdict {
  void [ns, ct, range, manip];
  return "accept";
}

/** nf_nat_masquerade_ipv4: source NAT to the address of the device it leaves by. */
export function natMasquerade(ns: Netns, skb: Skb, range: Omit<NatRange, "minAddr" | "maxAddr">, out: Netdev): NatVerdict {
  void [ns, skb, range, out];
  return "accept";
}

/** nf_nat_redirect_ipv4: destination NAT to this machine: 127.0.0.1 at output, else the first address of the device it came in by. */
export function natRedirect(ns: Netns, skb: Skb, range: Omit<NatRange, "minAddr" | "maxAddr">, point: HookPoint): NatVerdict {
  void [ns, skb, range, point];
  return "accept";
}

/**
 * nf_nat_register_fn: a base chain of type nat. It is asked once a flow, from NAT's own hooks at dstnat (-100)
 * or srcnat (100), in order of the chains' priorities. Returns the way to take it off.
 */
export function registerNatHook(ns: Netns, family: "ip" | "ip6", point: HookPoint, hook: Hook): () => void {
  void [ns, family, point, hook];
  return () => undefined;
}
