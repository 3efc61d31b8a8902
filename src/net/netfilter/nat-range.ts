import type { Ip4 } from "../../wire/addr.ts";

/** Which end of the flow is rewritten: "dst" at prerouting and output, "src" at input and postrouting (HOOK2MANIP). */
export type Manip = "src" | "dst";

/** struct nf_nat_range2. `flags` are NF_NAT_RANGE_* bits; ports (or ICMP ids) in host order; `base` only with PROTO_OFFSET. */
export interface NatRange {
  readonly flags: number;
  readonly minAddr: Ip4;
  readonly maxAddr: Ip4;
  readonly minProto: number;
  readonly maxProto: number;
  readonly base?: number;
}
